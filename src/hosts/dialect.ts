import type {Outputs} from '../command/action.ts'
import type {Paint} from './colour.ts'
import type {HostKind} from './host.ts'

/** How one host wants to be spoken to. Pure where it can be: the narrative engine decides when, a dialect only how. */
export interface Dialect {
  readonly kind: HostKind
  readonly paint: Paint
  /** Lines of one message, clean already, as they are to be written. */
  tell(level: 'debug' | 'info' | 'warn' | 'error', lines: readonly string[]): string
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
  summarise?(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void
  flush?(): Promise<void>
  /** Finds out whether `outputs` could do its work. Rejects with `cannotWrite`, returns warnings. */
  tryOutputs?(): Promise<readonly string[]>
  /** The outputs in the host's own way. Returns warnings. */
  outputs?(definitions: Outputs, values: Readonly<Record<string, unknown>>): Promise<readonly string[]>
}
