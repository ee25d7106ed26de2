import {ActionError} from '../base/errors.ts'

/**
 * The value at a dotted path of a JSON answer as text: a string as it is, anything else as JSON. A name in the spelling of an output will do
 * too (`web-url`, `pipeline-id`). Throws `notFound` naming the keys there are.
 */
export function fieldOf(answer: object, given: string): string {
  const snake = given.replaceAll('-', '_')
  const path = [given, snake, snake.replace('_', '.')].find((candidate) => isIn(answer, candidate)) ?? given
  let value: unknown = answer
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
      throw new ActionError('notFound', `The answer has no field "${given}": there is no "${key}".`, {
        hint:
          keys.length > 0 ? `There are ${keys.join(', ')}.` : 'Give a path such as id, pipeline.ref or user.username.',
      })
    }
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isIn(answer: object, path: string): boolean {
  let value: unknown = answer
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return true
}
