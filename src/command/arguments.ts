import {clean} from '../base/clean.ts'
import type {Field, Fields} from './fields.ts'
import {spell} from '../base/names.ts'
import {nearestNames} from '../base/nearest.ts'

export interface Arguments {
  /** The texts given for each input by its camelCase name, in the order given. */
  readonly flags: ReadonlyMap<string, readonly string[]>
  /** Everything wrong with the arguments, a sentence each. Never the value of an unknown or a secret flag. */
  readonly problems: string[]
}

/** The flag of the GitLab Functions host, which is not an input. */
export const outputFileFlag = 'output-file'

/** Splits the arguments into flags: `--name value`, `--name=value`, `--flag`, `--no-flag`. Nothing is positional. */
export function parseArguments(argv: readonly string[], fields: Fields): Arguments {
  const names = new Map(Object.keys(fields).map((name) => [spell.kebab(name), name]))
  const flags = new Map<string, string[]>()
  const problems: string[] = []
  const add = (name: string, value: string): void => void flags.set(name, [...(flags.get(name) ?? []), value])
  let at = 0
  while (at < argv.length) {
    const argument = argv[at++] ?? ''
    const [, flag = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? []
    if (flag === '') {
      problems.push(strayArgument(argument))
      continue
    }
    const next = argv[at]?.startsWith('--') ? undefined : argv[at]
    const name = names.get(flag)
    const field = name === undefined ? undefined : fields[name]
    const negated = /^no-(.+)$/.exec(flag)?.[1] ?? ''
    if (name !== undefined && field?.type === 'flag') {
      // A word such as `false` after a flag can only be its value, because nothing is positional.
      const spaced = inline === undefined && isBoolean(next)
      if (spaced) at++
      add(name, inline ?? (spaced ? (next ?? '') : 'true'))
    } else if (field === undefined && inline === undefined && typeOf(fields, names.get(negated)) === 'flag') {
      add(names.get(negated) ?? '', 'false')
    } else {
      // The value of an unknown flag is swallowed too: it may be a secret behind a misspelled name.
      if (inline === undefined && next !== undefined) at++
      const value = inline ?? next
      if (field?.type === 'secret') problems.push(secretFlag(flag, name ?? '', field))
      else if (flag === outputFileFlag) continue
      else if (name === undefined) problems.push(unknownFlag(flag, fields))
      else if (value === undefined)
        problems.push(`--${flag} needs a value (write --${flag}=VALUE if it begins with --)`)
      else add(name, value)
    }
  }
  return {flags, problems}
}

function typeOf(fields: Fields, name: string | undefined): Field<unknown>['type'] | undefined {
  return name === undefined ? undefined : fields[name]?.type
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
  const [meant] = nearestNames(
    spell.kebab(flag).replaceAll('_', '-'),
    known.map(([name]) => spell.kebab(name)),
  )
  return `unknown flag --${clean(flag, 60)}${meant === undefined ? '' : `, did you mean --${meant}?`}`
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
