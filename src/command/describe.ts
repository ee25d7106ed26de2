import type {AnyAction} from './action.ts'
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

/** Groups of the catalogue, in its order. A command in none of them is listed last. */
export const groups: readonly {readonly title: string; readonly names: readonly string[]}[] = [
  {
    title: 'Wait and fetch',
    names: ['wait-for-job', 'download-artifacts-by-ref', 'download-artifacts', 'get-artifact-file', 'list-artifacts'],
  },
  {title: 'Look', names: ['doctor', 'fetch-self', 'list-jobs', 'get-job', 'get-job-log', 'list-allowed-agents']},
  {
    title: 'Change',
    names: ['play-manual-job', 'retry-job', 'cancel-job', 'erase-job', 'keep-artifacts', 'delete-artifacts'],
  },
]

/** The commands of each group, without empty groups. */
export function grouped(
  actions: readonly AnyAction[],
): readonly {readonly title: string; readonly actions: readonly AnyAction[]}[] {
  const named = new Set(groups.flatMap(({names}) => names))
  const found = groups.map(({title, names}) => ({
    title,
    actions: names.flatMap((name) => actions.filter((action) => action.name === name)),
  }))
  const rest = {title: 'More', actions: actions.filter(({name}) => !named.has(name))}
  return [...found, rest].filter((group) => group.actions.length > 0)
}
