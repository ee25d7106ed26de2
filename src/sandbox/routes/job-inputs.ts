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

function problemOf(name: string, value: unknown, {type = 'string', options}: InputFile): string | undefined {
  const given = Array.isArray(value) ? 'array' : typeof value
  if (given !== type) return `\`${name}\` input: provided value is not ${type === 'array' ? 'an' : 'a'} ${type}`
  if (options === undefined || options.includes(value)) return undefined
  return `\`${name}\` input: \`${String(value)}\` cannot be used because it is not in the list of allowed options`
}
