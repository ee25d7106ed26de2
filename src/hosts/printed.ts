import {isNamed} from '../command/action.ts'
import type {Outputs} from '../command/action.ts'
import {dotenvKey, textOf} from './dotenv.ts'
import type {OutputTargets} from './host.ts'

type Values = Readonly<Record<string, unknown>>

/** What `field` and `format` put on standard output; undefined if neither is asked for. */
export function printedOutputs(
  definitions: Outputs,
  values: Values,
  {field = [], format, outputPrefix}: OutputTargets,
  exitCode: number,
): string | undefined {
  const names = field.map((text) => Object.keys(definitions).find((name) => isNamed(text, name)) ?? '')
  if (format === 'shell') return assignments(definitions, values, {names, prefix: outputPrefix, exitCode})
  if (names.length === 0) return undefined
  return names.map((name) => `${line(definitions, values, name)}\n`).join('')
}

/** One value on one line: a text with line breaks in it is shown as JSON. */
function line(definitions: Outputs, values: Values, name: string): string {
  const definition = definitions[name]
  const text = definition === undefined ? '' : textOf(definition, values[name])
  return /[\r\n\0]/.test(text) ? JSON.stringify(text) : text
}

/**
 * Assignments for `eval` and `.` of any POSIX shell. Everything between single quotes is itself there. A failure ends them with its own
 * code: `eval "$(…)"` would else be good whatever came of the command.
 */
function assignments(
  definitions: Outputs,
  values: Values,
  {names, prefix = '', exitCode}: {names: readonly string[]; prefix?: string | undefined; exitCode: number},
): string {
  const lines = Object.entries(definitions)
    .filter(([name, {type}]) => (names.length === 0 ? type !== 'json' : names.includes(name)))
    .map(([name, definition]) => `${dotenvKey(name, prefix)}=${quoted(textOf(definition, values[name]))}\n`)
  return lines.join('') + (exitCode === 0 ? '' : `(exit ${exitCode})\n`)
}

function quoted(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`
}
