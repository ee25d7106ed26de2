import {clean} from '../base/clean.ts'
import {spell} from '../base/names.ts'
import {nearestNames} from '../base/nearest.ts'
import {Invalid} from '../command/fields.ts'
import type {Field, Fields} from '../command/fields.ts'

/** What a caller gives in place of flags. */
export type Options = Readonly<Record<string, unknown>>

interface ReadOptions {
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: string[]
}

/**
 * Options by the rules of the inputs of the same names. An option that is there must hold something: taken for "not given", an empty variable would
 * choose everything.
 */
export function readOptions(fields: Fields, options: Options): ReadOptions {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, value] of Object.entries(options)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    try {
      if (field === undefined) problems.push(unknownOption(name, fields))
      else values[name] = field.parse(textsOf(field, value, name === 'inputs'))
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      problems.push(`${name} ${error.message}`)
    }
  }
  const missing = Object.entries(fields).filter(([name, field]) => field.required && !Object.hasOwn(options, name))
  return {values, problems: [...problems, ...missing.map(([name]) => `${name} is required`)]}
}

function unknownOption(name: string, fields: Fields): string {
  const [meant] = nearestNames(name, Object.keys(fields))
  return `there is no option ${clean(name, 60)}${meant === undefined ? '' : `, did you mean ${meant}?`}`
}

const kinds: Readonly<Record<Field<unknown>['type'], string>> = {
  text: 'a string',
  path: 'a string',
  choice: 'a string',
  secret: 'a string',
  integer: 'a number',
  bytes: 'a number of bytes',
  duration: 'a number of milliseconds',
  flag: 'true or false',
  list: 'a list of strings or numbers',
  pairs: 'an object of strings',
}

/** The value as its flag would be typed; with `isTyped` each value of an object as JSON, so that its type stays. Throws Invalid. */
function textsOf({type}: Field<unknown>, value: unknown, isTyped: boolean): readonly string[] {
  if (value === undefined || value === null || value === '')
    throw new Invalid('is given, but empty: leave it out instead')
  const wrong = new Invalid(`must be ${kinds[type]}`)
  if (type === 'list') {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (items.length === 0) throw new Invalid('is given, but empty: leave it out instead')
    if (items.some((item) => item === '' || item === undefined)) throw new Invalid('holds an empty item')
    if (!items.every((item) => typeof item === 'string' || typeof item === 'number')) throw wrong
    return items.map(String)
  }
  if (type === 'pairs') {
    if (typeof value !== 'object' || Array.isArray(value)) throw wrong
    return Object.entries(value as Options).map(([key, item]) => {
      if (isTyped) return `${key}=${JSON.stringify(item)}`
      if (typeof item !== 'string') throw wrong
      return `${key}=${item}`
    })
  }
  if (type === 'flag') {
    if (typeof value !== 'boolean') throw wrong
    return [String(value)]
  }
  const isNumber = typeof value === 'number' && Number.isFinite(value)
  // More digits than the field reads would be told as a wrong form, not as too much.
  if (type === 'duration' && isNumber && value >= 0) return [`${(Math.min(value, 9e11) / 1000).toFixed(3)}s`]
  if (type === 'duration' || (!isNumber && typeof value !== 'string')) throw wrong
  if ((type === 'integer' || type === 'bytes') && !isNumber) throw wrong
  return [String(value)]
}

/** Names of inputs that stand in a sentence as flags have them. */
export function inCamelCase(text: string, fields: Fields): string {
  return Object.keys(fields)
    .filter((name) => spell.kebab(name) !== name)
    .reduce((sentence, name) => sentence.replaceAll(spell.kebab(name), name), text)
}
