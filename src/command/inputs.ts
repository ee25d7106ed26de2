import {clean} from '../base/clean.ts'
import {Invalid} from './fields.ts'
import type {Field, Fields, Values} from './fields.ts'
import {emptyFlag, parseArguments, renamedInput} from './arguments.ts'
import {spell} from '../base/names.ts'

export interface Surroundings {
  /** The arguments after the command's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface ReadInputs<F extends Fields> {
  readonly values: Values<F>
  /** Where each given value came from: `--job`, `INPUT_JOB`, `CI_PROJECT_ID`. A default is not listed. */
  readonly given: Readonly<Partial<Record<keyof F, string>>>
  /** Everything wrong with the call, a sentence each. If there is any, only the inputs not named hold what was given. */
  readonly problems: readonly string[]
}

/**
 * Reads the inputs of a command: flag, then `INPUT_NAME-WITH-HYPHENS`, then `INPUT_NAME_WITH_UNDERSCORES`, then the variables
 * that stand in for it, then the default. An empty variable means not given, because GitHub sets one for each input; an empty flag was
 * written by somebody whose own variable is empty, and is refused. Never throws for what the user wrote.
 */
export function readInputs<F extends Fields, S extends Fields>(
  action: {readonly inputs: F; readonly renamed?: Readonly<Record<string, string>>},
  shared: S,
  {argv, env}: Surroundings,
): ReadInputs<F & S> {
  const fields: Fields = {...shared, ...action.inputs}
  const renamed = action.renamed ?? {}
  const {flags, problems} = parseArguments(argv, fields, renamed)
  for (const [old, name] of Object.entries(renamed)) {
    const variable = [spell.githubVariable(old), spell.shellVariable(old)].find((name) => env[name])
    if (variable !== undefined) problems.push(renamedInput(spell.kebab(old), name, ` (from ${variable})`))
  }
  const values: Record<string, unknown> = {}
  const given: Record<string, string> = {}
  for (const [name, field] of Object.entries(fields)) {
    if (isBlank(field, flags.get(name) ?? [])) {
      problems.push(emptyFlag(spell.kebab(name)))
      values[name] = field.fallback
      continue
    }
    const found = lookUp(name, field, flags, env)
    if (found) given[name] = found.source
    values[name] = field.fallback
    try {
      if (found?.hasHole) throw new Invalid('holds an empty item: is the variable set?')
      const left = found && unexpanded(field, found.texts)
      if (left !== undefined) throw new Invalid(`is ${clean(left, 60)}, which nothing has expanded: ${expandIt}`)
      if (found) values[name] = field.parse(found.texts)
      else if (field.required) problems.push(missing(name, field))
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      problems.push(describe(name, field, found, error.message))
    }
  }
  return {values: values as Values<F & S>, given: given as Partial<Record<keyof (F & S), string>>, problems}
}

const expandIt = 'in a shell use double quotes, and look whether the variable is set'

/**
 * A text that is nothing but a variable in the spelling of a shell, of GitLab or GitHub: whoever wrote it meant the value. Values of KEY=value
 * may be expanded by whoever gets them, and a credential is never shown.
 */
function unexpanded({type}: Field<unknown>, texts: readonly string[]): string | undefined {
  if (type === 'secret' || type === 'pairs') return undefined
  const variable =
    /^(?:\$(?:env:)?[A-Za-z_]\w*|\$\{[^{}]*\}|\$\([A-Za-z_]\w*\)|\$\{\{.*\}\}|\$\[\[.*\]\]|%[A-Z_][A-Z0-9_]*%)$/s
  return texts.find((text) => variable.test(text.trim()))
}

/** A problem that begins with the inputs it is of, with the variables they came from: whoever gave none of them looks for these. */
export function withVariables(problem: string, given: Readonly<Partial<Record<string, string>>>): string {
  const [start = ''] = /^[a-z\d-]+(?: and [a-z\d-]+(?= ))?/.exec(problem) ?? []
  const names = start.split(' and ')
  const variables = Object.entries(given).flatMap(([name, source = '']) =>
    names.includes(spell.kebab(name)) && !source.startsWith('--') ? source : [],
  )
  return variables.length === 0 ? problem : `${start} (from ${variables.join(' and ')})${problem.slice(start.length)}`
}

interface Found {
  readonly texts: readonly string[]
  readonly source: string
  /** An item of a JSON array is empty, which nobody writes on purpose. */
  readonly hasHole: boolean
}

function lookUp(
  name: string,
  field: Field<unknown>,
  flags: ReadonlyMap<string, readonly string[]>,
  env: Surroundings['env'],
): Found | undefined {
  const candidates: readonly (readonly [string, readonly string[]])[] = [
    [`--${spell.kebab(name)}`, flags.get(name) ?? []],
    ...[spell.githubVariable(name), spell.shellVariable(name), ...field.from].map(
      (variable) => [variable, [env[variable] ?? '']] as const,
    ),
  ]
  for (const [source, raw] of candidates) {
    const texts = textsOf(field, raw)
    const hasHole = raw.some((text) => isList(field) && jsonTexts(text)?.some((item) => item.trim() === ''))
    if (texts.length > 0 || hasHole) return {texts, source, hasHole}
  }
  return undefined
}

/** Whether any of the texts of a flag holds nothing. */
function isBlank(field: Field<unknown>, raw: readonly string[]): boolean {
  return raw.some((text) => textsOf(field, [text]).length === 0)
}

/** One string an item, the empty ones left out. Blanks around a value of KEY=value are the user's own. */
function textsOf(field: Field<unknown>, raw: readonly string[]): readonly string[] {
  if (field.type === 'pairs') return raw.flatMap(itemsOf).filter((line) => line.trim() !== '')
  const items = field.type === 'list' ? raw.flatMap(itemsOf) : raw
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

/** One item a line; or a JSON array of texts, which is what GitLab makes of an array where a text has to stand. */
function itemsOf(text: string): readonly string[] {
  return jsonTexts(text) ?? text.split(/\r?\n/)
}

function isList({type}: Field<unknown>): boolean {
  return type === 'list' || type === 'pairs'
}

function jsonTexts(text: string): readonly string[] | undefined {
  if (!/^\s*\[\s*["\]]/.test(text)) return undefined
  try {
    const found: unknown = JSON.parse(text)
    return Array.isArray(found) && found.every((item) => typeof item === 'string') ? found : undefined
  } catch {
    return undefined
  }
}

function missing(name: string, field: Field<unknown>): string {
  const also = field.from.length > 0 ? `, or ${field.from.join(' or ')}` : ''
  return `${spell.kebab(name)} is required: give --${spell.kebab(name)} or set ${spell.shellVariable(name)}${also}`
}

function describe(name: string, field: Field<unknown>, found: Found | undefined, problem: string): string {
  const [text] = found?.texts ?? []
  const hidden = field.type === 'secret' || field.type === 'pairs' || field.type === 'list' || text === undefined
  const shown = hidden ? '' : `, not "${clean(text, 80)}"`
  const source = found && !found.source.startsWith('--') ? ` (from ${found.source})` : ''
  return `${spell.kebab(name)} ${problem}${problem.startsWith('must') ? shown : ''}${source}`
}
