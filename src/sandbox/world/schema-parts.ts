import {jobStatuses} from './status.ts'

/** The words that the schema of a world is written in. */

export const text = {type: 'string', minLength: 1} as const
export const id = {type: 'integer', minimum: 1} as const
export const span = {
  type: 'string',
  pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
  description: 'A duration on the sandbox\'s clock, such as "2s" or "1h30m"',
} as const
export const moment = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d))?$',
  description: 'ISO 8601',
} as const
export const mode = {
  type: 'string',
  pattern: '^0?[0-7]{3,4}$',
  description: 'Octal permission bits, such as "0755"',
} as const
export const status = {enum: jobStatuses} as const
export const flag = {type: 'boolean'} as const
export const number = {type: 'integer', minimum: 0} as const
export const refAccess = {enum: ['no_one', 'developer', 'maintainer']} as const

export type Schemas = Readonly<Record<string, object>>

export function object(properties: Schemas, required: readonly string[] = [], description?: string): object {
  const about = description === undefined ? {} : {description}
  return {...about, type: 'object', properties, required, additionalProperties: false}
}

export const list = (items: object): object => ({type: 'array', items})
export const map = (values: object): object => ({type: 'object', additionalProperties: values})
export const ref = (name: string): object => ({$ref: `#/$defs/${name}`})
export const orNull = (schema: object): object => ({anyOf: [schema, {type: 'null'}]})
