import {badRequest} from '../http/answers.ts'
import type {Job} from '../world/model.ts'
import {has} from '../world/versions.ts'
import type {InputFile} from '../world/world-types.ts'
import type {World} from '../world/world.ts'

/** Checks the inputs given for a job and fills in defaults. GitLab before 18.10 knows of none and ignores them. */
export function checkInputs(world: World, job: Job, given: object): Job['inputs'] {
  if (!has(world.settings.version, 'jobInputs')) return {}
  const names = Object.keys(given)
  const unknown = names.filter((name) => job.inputSpecs[name] === undefined)
  if (unknown.length > 0) throw badRequest(unknown.map((name) => `Unknown input: ${name}`).join(', '))
  const values: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(job.inputSpecs)) {
    const value = (given as Record<string, unknown>)[name] ?? spec.default ?? job.inputs[name]
    if (value === undefined) continue
    const problem = problemOf(name, value, spec)
    if (problem !== undefined) throw badRequest(problem)
    values[name] = value
  }
  return values
}

/** The same for the inputs of a pipeline, where one without a default has to be given. */
export function pipelineInputs(
  world: World,
  specs: Readonly<Record<string, InputFile>>,
  given: object,
  refused: (text: string) => Error,
): Readonly<Record<string, unknown>> {
  if (!has(world.settings.version, 'pipelineInputs')) return {}
  const unknown = Object.keys(given).filter((name) => specs[name] === undefined)
  if (unknown.length > 0)
    throw refused(
      `Given inputs not defined in the \`spec\` section of the included configuration file: ${unknown.join(', ')}`,
    )
  const values: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const value = (given as Record<string, unknown>)[name] ?? spec.default
    if (value === undefined) throw refused(`\`${name}\` input: required value has not been provided`)
    const problem = problemOf(name, value, spec)
    if (problem !== undefined) throw refused(problem)
    values[name] = value
  }
  return values
}

function problemOf(name: string, value: unknown, {type = 'string', options}: InputFile): string | undefined {
  const given = Array.isArray(value) ? 'array' : typeof value
  if (given !== type) return `\`${name}\` input: provided value is not ${type === 'array' ? 'an' : 'a'} ${type}`
  if (options === undefined || options.includes(value)) return undefined
  return `\`${name}\` input: \`${String(value)}\` cannot be used because it is not in the list of allowed options`
}
