import type {AnyAction, Group} from './action.ts'
import type {Field} from './fields.ts'
import {spell} from '../base/names.ts'

/** What stands for the value of an input in a synopsis: `TIME`, `all|any`, nothing for a flag. */
export function placeholder(field: Field<unknown>): string {
  return field.options?.join('|') ?? placeholders[field.type]
}

const placeholders: Readonly<Record<Field<unknown>['type'], string>> = {
  text: 'TEXT',
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
