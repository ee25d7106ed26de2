import {stripVTControlCharacters} from 'node:util'
import type {Outputs} from '../command/action.ts'
import {noColours} from './colour.ts'
import type {Colour, Paint} from './colour.ts'
import type {HostKind} from './host.ts'
import type {Table} from './table.ts'

export type MessageLevel = 'debug' | 'info' | 'warn' | 'error'

/** How one host wants to be spoken to. Pure where it can be: the narrative engine decides when, a dialect only how. */
export interface Dialect {
  readonly kind: HostKind
  readonly paint: Paint
  /** Lines of one message, clean already, as they are to be written. */
  tell(level: MessageLevel, lines: readonly string[]): string
  /** `depth` counts from 0. The name comes back to `closeSection`. */
  openSection(title: string, depth: number): {readonly name: string; readonly text: string}
  closeSection(name: string): string
  /** Lines of a foreign log, clean already, so that the host does not take them for its own commands. */
  foreign(lines: readonly string[]): string
  /** How the host is told what to mask. Nothing where telling it would print the secret. */
  maskCommands?(forms: readonly string[]): string
  /** True where the host itself asks for more detail. */
  readonly wantsDebug?: boolean
  /** A table for a page beside the log. */
  summarise?(table: Table): void
  flush?(): Promise<void>
  /** True where `outputs` has a place to write to. */
  readonly takesOutputs?: boolean
  /** Finds out whether `outputs` could do its work. Rejects with `cannotWrite`, returns warnings. */
  tryOutputs?(): Promise<readonly string[]>
  /** The outputs in the host's own way. Returns warnings. */
  outputs?(definitions: Outputs, values: Readonly<Record<string, unknown>>): Promise<readonly string[]>
}

const prefixes: Readonly<Record<Exclude<MessageLevel, 'info'>, {readonly word: string; readonly colour: Colour}>> = {
  debug: {word: 'debug: ', colour: 'dim'},
  warn: {word: 'warning: ', colour: 'yellow'},
  error: {word: 'error: ', colour: 'red'},
}

/** Plain lines with a word in front: what terminals and GitLab's job logs have in common. */
export function plainDialect(kind: HostKind, paint: Paint): Pick<Dialect, 'kind' | 'paint' | 'tell' | 'foreign'> {
  return {
    kind,
    paint,
    tell(level, lines) {
      if (level === 'info') return joined(lines)
      const {word, colour} = prefixes[level]
      const [first = '', ...rest] = lines
      return joined([paint(colour, word) + (level === 'debug' ? paint('dim', first) : first), ...rest])
    },
    foreign: (lines) => joined(paint === noColours ? lines.map((line) => stripVTControlCharacters(line)) : lines),
  }
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
