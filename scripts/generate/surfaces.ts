import type {AnyAction} from '../../src/action.ts'
import type {AnyField} from '../../src/action.ts'
import {repeats, shownDefault} from '../../src/describe.ts'
import type {Fields} from '../../src/fields.ts'
import {sharedInputs} from '../../src/shared-inputs.ts'

export interface Input {
  /** In camelCase. */
  readonly name: string
  readonly field: AnyField
}

/** All inputs of an action, its own first. */
export function inputsOf(action: AnyAction): readonly Input[] {
  const shared: Fields = sharedInputs
  const others = Object.entries(shared).filter(([name]) => !(name in action.inputs))
  return [...Object.entries(action.inputs), ...others].map(([name, field]) => ({name, field}))
}

/**
 * The default as a manifest may state it, which the host then hands in as if it were given; a list has one item a line. Undefined
 * where a variable may stand in: a default from a manifest would win over that.
 */
export function manifestDefault(field: AnyField): string | undefined {
  if (field.from.length > 0) return undefined
  if (repeats(field))
    return Array.isArray(field.fallback) && field.fallback.length > 0 ? field.fallback.join('\n') : undefined
  return shownDefault(field)
}

/** True if no default and no variable can stand in for it. */
export function mustBeGiven(field: AnyField): boolean {
  return field.required && field.from.length === 0
}

/** What the input means, and what its text looks like where that is not plain. */
export function meaning(field: AnyField): string {
  const form = {
    list: 'One a line.',
    pairs: 'KEY=value, one a line.',
    choice: `One of ${(field.options ?? []).join(', ')}.`,
    flag: 'true or false.',
    duration: 'Such as 90s, 5m or 1h30m.',
    bytes: 'Such as 500, 64KiB or 10GB.',
    text: '',
    integer: '',
    secret: '',
  }[field.type]
  const variables = field.from.length > 0 ? `Without it, ${field.from.join(' or ')} is read.` : ''
  const known = /one a line/i.test(field.about) ? '' : form
  return [sentence(field.about), known, variables].filter((part) => part !== '').join(' ')
}

export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
