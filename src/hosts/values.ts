import type {Output} from '../command/action.ts'

/** An output as text for files that know only text. Unknown is empty, never guessed. */
export function textOf(definition: Output<unknown>, value: unknown): string {
  if (value === undefined || value === null) return ''
  return definition.type !== 'json' && typeof value === 'string' ? value : JSON.stringify(value)
}
