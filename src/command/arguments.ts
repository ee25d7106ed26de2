import {clean} from '../base/clean.ts'
import type {Field, Fields} from './fields.ts'
import {spell} from '../base/names.ts'
import {alternatives, meantNames} from '../base/nearest.ts'

export interface Arguments {
  /** The texts given for each input by its camelCase name, in the order given. */
  readonly flags: ReadonlyMap<string, readonly string[]>
  /** Everything wrong with the arguments, a sentence each. Never the value of an unknown or a secret flag. */
  readonly problems: string[]
  /** Asked for instead of a run, by `--help`, `-h` or `--version` where a flag may stand. In the place of a value they are a value. */
  readonly page: 'help' | 'version' | undefined
}

/** The flag of the GitLab Functions host, which is not an input. */
export const outputFileFlag = 'output-file'

/** The inputs that arguments may name, by their flags. */
interface KnownFlags {
  readonly fields: Fields
  readonly names: ReadonlyMap<string, string>
  /** The names that inputs had once, and have now. */
  readonly former: ReadonlyMap<string, string>
}

interface GivenFlag {
  readonly flag: string
  /** The input that it means, if there is one. */
  readonly name: string | undefined
  readonly value: string | undefined
  /** Whether the argument after it was its value. */
  readonly takesNext: boolean
}

/** Splits the arguments into flags: `--name value`, `--name=value`, `--flag`, `--no-flag`. Nothing is positional. */
export function parseArguments(
  argv: readonly string[],
  fields: Fields,
  renamed: Readonly<Record<string, string>> = {},
): Arguments {
  const names = new Map(Object.keys(fields).map((name) => [spell.kebab(name), name]))
  const former = new Map(Object.entries(renamed).map(([old, now]) => [spell.kebab(old), now]))
  const known: KnownFlags = {fields, names, former}
  const flags = new Map<string, string[]>()
  const problems: string[] = []
  let page: Arguments['page']
  let at = 0
  while (at < argv.length) {
    const argument = argv[at++] ?? ''
    const asked = pages.get(argument)
    if (asked !== undefined) {
      page ??= asked
      continue
    }
    const {flag, inline} = splitFlag(argument)
    if (flag === '') {
      problems.push(strayArgument(argument))
      continue
    }
    const given = readFlag(flag, inline, argv[at], known)
    if (given.takesNext) at++
    const problem = flagProblem(given, known)
    if (problem !== undefined) problems.push(problem)
    else if (given.name !== undefined) flags.set(given.name, [...(flags.get(given.name) ?? []), given.value ?? ''])
  }
  return {flags, problems, page}
}

/** Which input a flag means and what is its value, if need be from the argument that follows. */
function readFlag(
  flag: string,
  inline: string | undefined,
  following: string | undefined,
  {fields, names}: KnownFlags,
): GivenFlag {
  const isFlag = (input: string | undefined): boolean => input !== undefined && fields[input]?.type === 'flag'
  const name = names.get(flag)
  const next = following?.startsWith('--') ? undefined : following
  if (isFlag(name)) {
    // A word such as `false` after a flag can only be its value, because nothing is positional.
    const takesNext = inline === undefined && isBoolean(next)
    return {flag, name, value: inline ?? (takesNext ? next : 'true'), takesNext}
  }
  const negated = inline === undefined && name === undefined ? names.get(flag.replace(/^no-/, '')) : undefined
  if (isFlag(negated)) return {flag, name: negated, value: 'false', takesNext: false}
  // The value of an unknown flag is swallowed too: it may be a secret behind a misspelled name. And where a value is missing, `--help`
  // may have been meant as that value: a gate must not end well by it.
  const takesNext = inline === undefined && (next !== undefined || pages.has(following ?? ''))
  return {flag, name, value: inline ?? next, takesNext}
}

function flagProblem({flag, name, value}: GivenFlag, {fields, former}: KnownFlags): string | undefined {
  const field = name === undefined ? undefined : fields[name]
  const isOutputFile = flag === outputFileFlag
  if (name !== undefined && field?.type === 'secret') return secretFlag(flag, name, field)
  if (former.has(flag)) return renamedInput(`--${flag}`, former.get(flag) ?? '')
  if (value === undefined && (name !== undefined || isOutputFile)) {
    return `--${flag} needs a value (write --${flag}=VALUE if it begins with --)`
  }
  if (isOutputFile) return value?.trim() === '' ? emptyFlag(flag) : undefined
  return name === undefined ? unknownFlag(flag, fields) : undefined
}

/** What to say of a flag that stands there with nothing in it: taken for "not given", it would choose everything. */
export function emptyFlag(flag: string): string {
  return `--${flag} is given, but empty: is the variable set?`
}

/** What to say of an input by the name that it had. */
export function renamedInput(shown: string, name: string, source = ''): string {
  return `${shown} is called --${spell.kebab(name)} now${source}`
}

const pages: ReadonlyMap<string, 'help' | 'version'> = new Map([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
])

function splitFlag(argument: string): {readonly flag: string; readonly inline: string | undefined} {
  const [, flag = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? []
  return {flag, inline}
}

function isBoolean(text: string | undefined): boolean {
  return text !== undefined && /^(?:true|false|yes|no|1|0)$/i.test(text)
}

function secretFlag(flag: string, name: string, field: Field<unknown>): string {
  const variables = [spell.shellVariable(name), ...field.from].join(' or ')
  return `--${flag} is refused, because every process list shows its value: set ${variables} instead`
}

function unknownFlag(flag: string, fields: Fields): string {
  const known = Object.entries(fields).filter(([, field]) => field.type !== 'secret')
  const given = spell.kebab(flag).replaceAll('_', '-')
  const flags = known.map(([name]) => spell.kebab(name))
  const meant = [...meantNames(given, flags).map((name) => `--${name}`), ...choicesLike(given, known)]
  return `unknown flag --${clean(flag, 60)}${meant.length === 0 ? '' : `, did you mean ${alternatives(meant)}?`}`
}

/** What people take for a flag may be a value of one: `--merge` for `--layout merged`. */
function choicesLike(given: string, known: readonly (readonly [string, Field<unknown>])[]): readonly string[] {
  if (given.length < 3) return []
  return known.flatMap(([name, {options = []}]) =>
    options.filter((option) => option.startsWith(given)).map((option) => `--${spell.kebab(name)} ${option}`),
  )
}

function strayArgument(argument: string): string {
  if (/^-[A-Za-z]/.test(argument)) return `unknown flag ${clean(argument.slice(0, 2))}: flags begin with two hyphens`
  return `unexpected argument "${clean(argument, 60)}": every input is a flag, and a value with blanks needs quotes`
}

/** The flags that stand in GitHub's `with` input of the root action, one `name=value` a line. */
export function withArguments(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const lines = (env['INPUT_WITH'] ?? '').split(/\r?\n/).map((line) => line.trim())
  return lines.filter((line) => line !== '').map((line) => `--${line.replace(/^-+/, '')}`)
}
