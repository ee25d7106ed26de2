import {ActionError} from '../base/errors.ts'

/** The value at a dotted path of a JSON answer as text: a string as it is, anything else as JSON. Throws `notFound` naming the keys there are. */
export function fieldOf(answer: object, path: string): string {
  let value: unknown = answer
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
      throw new ActionError('notFound', `The answer has no field "${path}": there is no "${key}".`, {
        hint:
          keys.length > 0 ? `There are ${keys.join(', ')}.` : 'Give a path such as id, pipeline.ref or user.username.',
      })
    }
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
