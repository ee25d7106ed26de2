import type {AnyAction, AnyField, Group} from './action.ts'
import type {Field, Fields} from './fields.ts'
import {spell} from '../base/names.ts'
import {sharedInputs} from './shared-inputs.ts'

/** What stands for the value of an input in a synopsis: `TIME`, `all|any`, nothing for a flag. */
export function placeholder(field: Field<unknown>): string {
  return field.options?.join('|') ?? placeholders[field.type]
}

const placeholders: Readonly<Record<Field<unknown>['type'], string>> = {
  text: 'TEXT',
  path: 'PATH',
  integer: 'N',
  duration: 'TIME',
  bytes: 'SIZE',
  flag: '',
  list: 'TEXT',
  pairs: 'KEY=VALUE',
  choice: 'WORD',
  secret: 'SECRET',
}

/** The default as a person would write it, or undefined if there is none or it says nothing. */
export function shownDefault(field: Field<unknown>): string | undefined {
  return field.shown === undefined || field.shown === '' ? undefined : field.shown
}

/** Whether the flag of an input may be given several times. */
export function repeats(field: Field<unknown>): boolean {
  return field.type === 'list' || field.type === 'pairs'
}

/** `--job-id`, or for a secret the variable that holds it. */
export function inputLabel(name: string, field: Field<unknown>): string {
  return field.type === 'secret' ? spell.shellVariable(name) : `--${spell.kebab(name)}`
}

/** A command line as typed. */
export function exampleLine(action: AnyAction, line: string): string {
  return `jobside ${action.name}${line === '' ? '' : ` ${line}`}`
}

const groupTitles: Readonly<Record<Group, string>> = {wait: 'Wait', fetch: 'Fetch', look: 'Look', change: 'Change'}

/** The commands of each group, in the catalogue's order, without empty groups. */
export function grouped(
  actions: readonly AnyAction[],
): readonly {readonly title: string; readonly actions: readonly AnyAction[]}[] {
  return Object.entries(groupTitles)
    .map(([group, title]) => ({title, actions: actions.filter((action) => action.group === group)}))
    .filter((found) => found.actions.length > 0)
}

export interface Input {
  /** In camelCase. */
  readonly name: string
  readonly field: AnyField
}

/** All inputs of an action, its own first, then the shared ones that it does not define itself. */
export function inputsOf(action: AnyAction): readonly Input[] {
  const shared: Fields = sharedInputs
  const others = Object.entries(shared).filter(([name]) => !(name in action.inputs))
  return [...Object.entries(action.inputs), ...others].map(([name, field]) => ({name, field}))
}
