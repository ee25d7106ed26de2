import {spell} from '../base/names.ts'
import {outputsOf} from './action.ts'
import type {AnyAction, AnyField, Output} from './action.ts'
import {inputsOf, repeats, shownDefault} from './describe.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * What a machine has to know of a command, as JSON Schema (2020-12): its inputs by the names of its flags, each value as it would be typed
 * (a list has one string an item), and the answer of `--json`, whose unknown values are null.
 */
export function commandSchema(action: AnyAction): Schema {
  const given = inputsOf(action).filter(({field}) => field.type !== 'secret')
  const outputs = outputsOf(action)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: action.name,
    description: action.about,
    $defs: {
      inputs: {
        type: 'object',
        properties: Object.fromEntries(given.map(({name, field}) => [spell.kebab(name), inputSchema(field)])),
        required: given
          .filter(({field}) => field.required && field.from.length === 0)
          .map(({name}) => spell.kebab(name)),
        additionalProperties: false,
      },
      json: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(outputs).map(([name, output]) => [spell.snake(name), outputSchema(output)]),
        ),
        required: Object.keys(outputs).map(spell.snake),
      },
    },
  }
}

function inputSchema(field: AnyField): Schema {
  const {about, options, type} = field
  const fallback = shownDefault(field)
  const single: Schema = {
    ...(type === 'flag' ? {type: 'boolean'} : type === 'integer' ? {type: 'integer'} : {type: 'string'}),
    ...(options && {enum: options}),
    ...(type in patterns && {pattern: patterns[type as keyof typeof patterns]}),
  }
  if (repeats(field)) return {description: about, type: 'array', items: single}
  return {description: about, ...single, ...(fallback !== undefined && {default: typed(type, fallback)})}
}

const patterns = {
  duration: String.raw`^(\d+(\.\d+)?(ms|s|m|h|d)?)+$`,
  bytes: String.raw`^\d{1,12} ?([KMGT]i?)?B?$`,
  pairs: '^[^=]+=',
} as const

function typed(type: AnyField['type'], text: string): string | number | boolean {
  return type === 'flag' ? text === 'true' : type === 'integer' ? Number(text) : text
}

function outputSchema({about, type}: Output<unknown>): Schema {
  const types = {text: 'string', integer: 'integer', number: 'number', flag: 'boolean'} as const
  return {description: about, ...(type === 'json' ? {} : {type: [types[type], 'null']})}
}
