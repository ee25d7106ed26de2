import {ActionError} from '../base/errors.ts'
import {pairs} from '../command/fields.ts'
import type {Field} from '../command/fields.ts'
import {serverVersion} from '../gitlab/api/endpoints.ts'
import {ignoredParameter, sinceOf} from '../gitlab/api/permit.ts'
import type {Parameter} from '../gitlab/api/permit.ts'
import type {GitLab} from '../gitlab/http/client.ts'

/** What GitLab takes as the value of an input of a job or a pipeline. */
type InputValue = string | number | boolean | readonly InputValue[]

/** Inputs as they were typed. */
export type TypedInputs = ReadonlyMap<string, string>

/**
 * Inputs, `name=value` a line. What looks like a number, true, false or a [list] is sent as such, and as a text if GitLab says that the input is one; a
 * value in double quotes is a text whatever it looks like. https://docs.gitlab.com/ci/jobs/job_inputs/
 */
export function typedInputs(about: string): Field<TypedInputs> {
  return pairs(about, {key: /^[A-Za-z_][A-Za-z0-9_-]*$/})
}

/**
 * Makes a change with the inputs; once more, with the types that GitLab asks for, if it refused the change for their types and nothing else. GitLab
 * does not tell the types beforehand. `change` must reject only if nothing was changed.
 */
export async function withInputs<T>(
  inputs: TypedInputs,
  log: {info(text: string): void},
  change: (values: ReadonlyMap<string, InputValue>) => Promise<T>,
): Promise<T> {
  const values = new Map([...inputs].map(([name, text]) => [name, guess(text)]))
  try {
    return await change(values)
  } catch (error) {
    if (!(error instanceof ActionError) || error.status !== 400 || inputs.size === 0) throw error
    const types = typesIn(error.message).filter(([name]) => inputs.has(name))
    const right = types.map(([name, type]) => [name, as(type, inputs.get(name) ?? '')] as const)
    if (types.length === 0 || right.some(([, value]) => value === undefined)) throw explained(error, types)
    const names = types.map(([name, type]) => `${name} as a ${type}`).join(', ')
    log.info(`GitLab takes the inputs otherwise than they look: sending ${names}.`)
    try {
      return await change(new Map([...values, ...(right as readonly (readonly [string, InputValue])[])]))
    } catch (again) {
      throw again instanceof ActionError && again.status === 400 ? explained(again, typesIn(again.message)) : again
    }
  }
}

/** Whether the server surely takes a parameter; false where its version is not known. Throws where it would ignore it. */
export async function demandParameter(parameter: Parameter, gitlab: GitLab, signal: AbortSignal): Promise<boolean> {
  const version = gitlab.facts.serverVersion ?? (await askVersion(gitlab, signal))
  const problem = ignoredParameter(parameter, version)
  if (problem) throw problem
  return version !== undefined
}

/** What to say after a change whose parameter an older server would have ignored. */
export function perhapsIgnored(parameter: Parameter): string {
  return `GitLab does not tell its version, and before ${sinceOf(parameter)} it ignores them: look whether the inputs have arrived.`
}

async function askVersion(gitlab: GitLab, signal: AbortSignal): Promise<string | undefined> {
  if (gitlab.choose('version').kind === 'refused') return undefined
  try {
    return (await gitlab.call(serverVersion(), {signal, attempts: 2, quiet: true})).version
  } catch (error) {
    if (error instanceof ActionError && !signal.aborted) return undefined
    throw error
  }
}

/** A number must come back as it was typed, else it is a text: 1.10 is a version, 12345678901234567890 would be rounded. */
function guess(text: string): InputValue {
  const parsed = parse(text)
  if (typeof parsed === 'number') return String(parsed) === text ? parsed : text
  return parsed ?? text
}

type InputType = 'string' | 'number' | 'boolean' | 'array'

/** The text as that type, or undefined if it cannot be one. */
function as(type: InputType, text: string): InputValue | undefined {
  if (type === 'string') return text
  const parsed = parse(text.trim()) ?? (text.trim() === '' ? undefined : text)
  if (type === 'number') {
    const number = typeof parsed === 'string' ? Number(parsed) : parsed
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined
  }
  if (type === 'boolean')
    return typeof parsed === 'boolean'
      ? parsed
      : /^(true|false)$/i.test(text.trim())
        ? /^true$/i.test(text.trim())
        : undefined
  return Array.isArray(parsed) ? (parsed as InputValue[]) : undefined
}

/** JSON that GitLab takes as an input; undefined for anything else, which is a text. */
function parse(text: string): InputValue | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return isInputValue(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isInputValue(value: unknown): value is InputValue {
  return ['string', 'number', 'boolean'].includes(typeof value) || (Array.isArray(value) && value.every(isInputValue))
}

/** In GitLab's words: "`env` input: provided value is not a string". */
function typesIn(message: string): readonly (readonly [string, InputType])[] {
  const found = message.matchAll(/`([^`]+)` input: provided value is not an? (string|number|boolean|array)/g)
  return [...found].map(([, name = '', type]) => [name, type as InputType])
}

const spelling: Readonly<Record<InputType, string>> = {
  string: '"text" in double quotes',
  number: 'a number such as 3 or 1.5',
  boolean: 'true or false',
  array: 'a list such as ["a", "b"]',
}

function explained(error: ActionError, types: readonly (readonly [string, InputType])[]): ActionError {
  const {kind, message, status, hint} = error
  const ways = types.map(([name, type]) => `${name} must be ${spelling[type]}`)
  return new ActionError(kind, message, {
    status,
    hint:
      ways.length > 0
        ? `${ways.join('; ')}. Nothing was started.`
        : (hint ?? 'Check the names and values of the inputs.'),
  })
}
