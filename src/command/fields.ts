import {parseDuration} from '../base/duration.ts'
import {secretProblem} from '../base/secret.ts'
import {ActionError} from '../base/errors.ts'

/** One input: its meaning for people, its default, and how its text becomes a value. */
export interface Field<T> {
  readonly type: 'text' | 'path' | 'integer' | 'duration' | 'bytes' | 'flag' | 'list' | 'pairs' | 'choice' | 'secret'
  readonly about: string
  /** The value when nothing is given. Undefined with `required: false` means the input is then undefined. */
  readonly fallback: T | undefined
  /** The default as a person would write it. */
  readonly shown: string | undefined
  readonly required: boolean
  /** CI variables or other environment variables that stand in for it, first non-empty wins. */
  readonly from: readonly string[]
  readonly options: readonly string[] | undefined
  /** A list that hosts with types take as text. */
  readonly isMostlyOne?: true
  /** Under which heading of the help page it stands; without one under the first. */
  readonly heading?: string
  /** The command writes to the file or folder that it names. */
  readonly isWritten?: boolean
  /** Turns the given text into the value. Throws `Invalid` with what is wrong. Lists get one string an item. */
  readonly parse: (given: readonly string[]) => T
}

/** The same inputs, under a heading of their own in the help page. */
export function underHeading<F extends Fields>(heading: string, fields: F): F {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, {...field, heading}])) as F
}

/** What is wrong with a given text, as the rest of a sentence that begins with the input's name. */
export class Invalid extends Error {
  override readonly name = 'Invalid'
}

export type Fields = Readonly<Record<string, Field<unknown>>>
export type Values<F extends Fields> = {readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never}

interface Options<T> {
  /** Without a default the input is required, unless wrapped in `optional`. */
  readonly default?: T
  readonly from?: string | readonly string[]
}

/** Any text, or one that fits a pattern; `rule` says in words what is asked. */
export function text(about: string, options: Options<string> & {pattern?: RegExp; rule?: string} = {}): Field<string> {
  return field('text', about, options, options.default, (given) => {
    if (options.pattern && !options.pattern.test(given))
      throw new Invalid(options.rule ?? `does not match ${options.pattern.source}`)
    return given
  })
}

/** A file or folder. What the shell should have put in and did not is refused: nobody wants a folder named `~` or `$HOME`. */
export function path(about: string, options: Options<string> & {readonly isWritten?: boolean} = {}): Field<string> {
  const {isWritten = false, ...rest} = options
  const parse = (given: string): string => {
    if (/^~[^/\\]*(?:[/\\]|$)/.test(given))
      throw new Invalid('begins with ~, which the shell did not expand: write $HOME, or ./~ for a name that begins so')
    if (/\$(?:[A-Za-z_]|\{|\(|\[\[)|`|%[A-Z_][A-Z0-9_]*%/.test(given))
      throw new Invalid('holds a variable that the shell did not expand: use double quotes')
    if (/\p{Cc}/u.test(given)) throw new Invalid('holds a line break or another control character')
    return given
  }
  return {...field('path', about, rest, rest.default, parse), isWritten}
}

/** A regular expression, as JavaScript reads them. */
export function expression(about: string): Field<RegExp> {
  const field = text(about)
  const parse = (given: readonly string[]): RegExp => {
    try {
      return new RegExp(field.parse(given), 'u')
    } catch (error) {
      if (error instanceof Invalid) throw error
      throw new Invalid('must be a regular expression as JavaScript reads them')
    }
  }
  return {...field, fallback: undefined, parse}
}

/** A whole decimal number. Refuses signs other than a leading minus, exponents, hexadecimal and anything beyond 2^53. */
export function integer(about: string, options: Options<number> & {min?: number; max?: number} = {}): Field<number> {
  return field('integer', about, options, options.default?.toString(), (given) => {
    const {min = 0, max = Number.MAX_SAFE_INTEGER} = options
    const value = /^-?\d{1,16}$/.test(given) ? Number(given) : Number.NaN
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new Invalid(`must be a whole number from ${min} to ${max}`)
    }
    return value
  })
}

/** A length of time such as `90s`, `5m`, `1h30m`, `500ms`; a bare number counts seconds. The value is in milliseconds. */
export function duration(about: string, options: Options<string> & {max?: string} = {}): Field<number> {
  const limitMs = parseDuration(options.max ?? '30d') ?? 0
  const parse = (given: string): number => {
    const value = parseDuration(given)
    if (value === undefined) throw new Invalid('must be a duration such as 90s, 5m or 1h30m')
    if (value > limitMs) throw new Invalid(`must be at most ${options.max ?? '30d'}`)
    return value
  }
  const {default: fallback, ...rest} = options
  const typed = fallback === undefined ? rest : {...rest, default: parse(fallback)}
  return field('duration', about, typed, fallback, parse)
}

/** A size such as `500`, `64KiB`, `10GiB`, `2MB`. The value is in bytes. */
export function bytes(about: string, options: Options<string> = {}): Field<number> {
  const parse = (given: string): number => {
    const match = /^(\d{1,12})\s?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/i.exec(given)
    const [, digits = '', unit = 'B'] = match ?? []
    const base = unit.length === 3 ? 1024 : 1000
    const value = match ? Number(digits) * base ** 'BKMGT'.indexOf(unit[0]?.toUpperCase() ?? 'B') : Number.NaN
    if (!Number.isSafeInteger(value)) throw new Invalid('must be a size such as 500, 64KiB or 10GB')
    return value
  }
  const {default: fallback, ...rest} = options
  const typed = fallback === undefined ? rest : {...rest, default: parse(fallback)}
  return field('bytes', about, typed, fallback, parse)
}

/** Yes or no. As a flag on the command line it may stand alone. */
export function flag(about: string, options: Options<boolean> = {}): Field<boolean> {
  return field('flag', about, {default: false, ...options}, String(options.default ?? false), (given) => {
    if (/^(true|1|yes)$/i.test(given)) return true
    if (/^(false|0|no)$/i.test(given)) return false
    throw new Invalid('must be true or false')
  })
}

/** Several values: a repeated flag, or one a line. Never split at commas, which job names may hold. */
export function list(about: string, options: Options<readonly string[]> = {}): Field<readonly string[]> {
  return many('list', about, options.default ?? [], (given) => given, options)
}

/** A list that mostly holds one value: hosts whose inputs have types take it as text, one a line. */
export function oneOrMore(about: string): Field<readonly string[]> {
  return {...list(about), isMostlyOne: true}
}

/** Whole positive numbers, given like a list. */
export function integers(about: string): Field<readonly number[]> {
  const id = integer(about, {min: 1})
  return many<readonly number[]>('list', about, [], (given) => given.map((item) => id.parse([item])))
}

/** KEY=value, one a line or a repeated flag. A repeated key is an error. Values are never shown. */
export function pairs(
  about: string,
  {key = variableName}: {readonly key?: RegExp} = {},
): Field<ReadonlyMap<string, string>> {
  return many<ReadonlyMap<string, string>>('pairs', about, new Map(), (given) => parsePairs(given, key))
}

/** What GitLab and every shell take as the name of a variable. */
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** One of these words. */
export function oneOf<const T extends string>(about: string, options: readonly T[], more: Options<T> = {}): Field<T> {
  const parse = (given: string): T => {
    const found = options.find((option) => option === given)
    if (found === undefined) throw new Invalid(`must be one of ${options.join(', ')}`)
    return found
  }
  return {...field('choice', about, more, more.default, parse), options}
}

/** A credential. Read from the environment only: never a flag, whose value every process list shows. */
export function secret(about: string, from: string | readonly string[]): Field<string | undefined> {
  return optional(field<string>('secret', about, {from}, undefined, parseSecret))
}

function parseSecret(given: string): string {
  const problem = secretProblem(given)
  if (problem !== undefined) throw new Invalid(problem)
  return given
}

/** The same input, which may be left out. */
export function optional<T>(inner: Field<T>): Field<T | undefined> {
  return {...inner, required: false, parse: inner.parse}
}

function field<T>(
  type: Field<T>['type'],
  about: string,
  options: Options<T>,
  shown: string | undefined,
  parse: (given: string) => T,
): Field<T> {
  const from = typeof options.from === 'string' ? [options.from] : (options.from ?? [])
  return {
    type,
    about,
    fallback: options.default,
    shown,
    required: options.default === undefined,
    from,
    options: undefined,
    parse: (given) => {
      if (given.length > 1) throw new Invalid('is given more than once')
      return parse(given[0] ?? '')
    },
  }
}

function many<T>(
  type: Field<T>['type'],
  about: string,
  fallback: T,
  parse: (given: readonly string[]) => T,
  options: {readonly default?: readonly string[]; readonly from?: string | readonly string[]} = {},
): Field<T> {
  return {
    ...field<T>(
      type,
      about,
      {default: fallback, from: options.from ?? []},
      options.default?.join(', '),
      () => fallback,
    ),
    parse,
  }
}

/** Throws `Invalid`, without any value, which may be secret. */
export function parsePairs(given: readonly string[], key = variableName): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of given) {
    const at = line.indexOf('=')
    const name = line.slice(0, at).trim()
    if (at < 1 || !key.test(name)) throw new Invalid('must be KEY=value, with a key of letters, digits and _')
    if (found.has(name)) throw new Invalid(`gives ${name} twice`)
    found.set(name, line.slice(at + 1))
  }
  return found
}

/** The single error for everything wrong with a call. */
export function usageError(command: string, problems: readonly string[]): ActionError {
  const message =
    problems.length === 1
      ? `${command}: ${problems[0]}`
      : `${command}: ${problems.length} problems with the input\n${problems.map((p) => `  - ${p}`).join('\n')}`
  return new ActionError('usage', message, {hint: `Run "${command} --help" for the inputs. Nothing was changed.`})
}
