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

/** Splits the arguments into flags: `--name value`, `--name=value`, `--flag`, `--no-flag`. Nothing is positional. */
export function parseArguments(
  argv: readonly string[],
  fields: Fields,
  renamed: Readonly<Record<string, string>> = {},
): Arguments {
  const names = new Map(Object.keys(fields).map((name) => [spell.kebab(name), name]))
  const former = new Map(Object.entries(renamed).map(([old, now]) => [spell.kebab(old), now]))
  const flags = new Map<string, string[]>()
  const problems: string[] = []
  let page: Arguments['page']
  const add = (name: string, value: string): void => void flags.set(name, [...(flags.get(name) ?? []), value])
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
    const name = names.get(flag)
    const field = name === undefined ? undefined : fields[name]
    const next = argv[at]?.startsWith('--') ? undefined : argv[at]
    if (name !== undefined && field?.type === 'flag') {
      // A word such as `false` after a flag can only be its value, because nothing is positional.
      const spaced = inline === undefined && isBoolean(next)
      if (spaced) at++
      add(name, inline ?? (spaced ? (next ?? '') : 'true'))
      continue
    }
    const negated = inline === undefined && field === undefined ? names.get(flag.replace(/^no-/, '')) : undefined
    if (negated !== undefined && fields[negated]?.type === 'flag') {
      add(negated, 'false')
      continue
    }
    // The value of an unknown flag is swallowed too: it may be a secret behind a misspelled name. And where a value is missing, `--help`
    // may have been meant as that value: a gate must not end well by it.
    if (inline === undefined && (next !== undefined || pages.has(argv[at] ?? ''))) at++
    const value = inline ?? next
    if (flag === outputFileFlag && value !== undefined && value.trim() !== '') continue
    if (field?.type === 'secret') problems.push(secretFlag(flag, name ?? '', field))
    else if (former.has(flag)) problems.push(renamedInput(`--${flag}`, former.get(flag) ?? ''))
    else if (value === undefined && (name !== undefined || flag === outputFileFlag))
      problems.push(`--${flag} needs a value (write --${flag}=VALUE if it begins with --)`)
    else if (flag === outputFileFlag) problems.push(emptyFlag(flag))
    else if (name === undefined) problems.push(unknownFlag(flag, fields))
    else add(name, value ?? '')
  }
  return {flags, problems, page}
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
