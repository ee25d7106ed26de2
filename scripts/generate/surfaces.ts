import type {AnyField} from '../../src/command/action.ts'
import {repeats, shownDefault} from '../../src/command/describe.ts'

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

/** True where a host with types takes an array. */
export function isArray(field: AnyField): boolean {
  return repeats(field) && !field.isMostlyOne
}

export type ManifestType = 'string' | 'number' | 'boolean' | 'array'

/** The text of a default as a manifest with types states it. */
export function typedDefault(type: ManifestType, text: string): string | number | boolean | readonly string[] {
  if (type === 'array') return text === '' ? [] : text.split('\n')
  if (type === 'number') return Number(text)
  return type === 'boolean' ? text === 'true' : text
}

/** True if no default and no variable can stand in for it. */
export function mustBeGiven(field: AnyField): boolean {
  return field.required && field.from.length === 0
}

/** What the input means, and for a surface that knows only texts, what its text looks like. */
export function meaning(field: AnyField, surface: 'texts' | 'types'): string {
  const form = {...forms, ...(surface === 'texts' || field.isMostlyOne ? textForms : {})}[field.type]
  const known = /one a line/i.test(field.about) && repeats(field) ? '' : form
  const choice = surface === 'texts' && field.options ? `One of ${field.options.join(', ')}.` : ''
  const variables = field.from.length > 0 ? `Without it, ${field.from.join(' or ')} is read.` : ''
  return [sentence(field.about), known, choice, variables].filter((part) => part !== '').join(' ')
}

const forms: Readonly<Record<AnyField['type'], string>> = {
  list: '',
  pairs: 'Each KEY=value.',
  choice: '',
  flag: '',
  duration: 'Such as 90s, 5m or 1h30m.',
  bytes: 'Such as 500, 64KiB or 10GB.',
  text: '',
  path: '',
  integer: '',
  secret: '',
}

const textForms = {list: 'One a line.', pairs: 'KEY=value, one a line.', flag: 'true or false.'} as const

/** The text with a full stop, unless it has an end of its own. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
