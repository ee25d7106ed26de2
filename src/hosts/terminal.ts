import {colours, noColours} from './colour.ts'
import {plainDialect} from './dialect.ts'
import type {Dialect} from './dialect.ts'
import type {Surroundings} from './host.ts'
import type {Outlet} from './outlet.ts'
import {cut} from './table.ts'

/** A person's terminal, or a pipe: colour and live lines only where they show. */
export function terminal({env, stdout, stderr}: Surroundings): Dialect {
  const shows = (stdout.isTTY === true && stderr.isTTY === true) || (env['FORCE_COLOR'] ?? '0') !== '0'
  const paint = shows && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? colours : noColours
  return {
    ...plainDialect('terminal', paint),
    openSection: (title) => ({name: '', text: `${paint('bold', title)}\n`}),
    closeSection: () => '',
  }
}

/** Lines at the bottom of a terminal that are redrawn in place. */
interface LiveLines {
  show(lines: readonly string[]): void
  clear(): void
  /** Lets something be written above the live lines. */
  above(write: () => void): void
}

/** Redraws lines on the stream of the narrative. */
export function createLiveLines(outlet: Outlet): LiveLines {
  let shown: readonly string[] = []
  const erase = (): string => (shown.length === 0 ? '' : `\x1b[${shown.length}A\x1b[0J`)
  const draw = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
  return {
    show(lines) {
      // A line that wraps would take two rows, and the cursor would no longer find the first.
      const {columns = 80, rows = 24} = outlet.stream()
      const fitting = lines.slice(0, Math.max(rows - 1, 1)).map((line) => cut(line, columns - 1))
      const text = erase() + draw(fitting)
      shown = fitting
      outlet.narrate(text)
    },
    clear() {
      const text = erase()
      shown = []
      outlet.narrate(text)
    },
    above(write) {
      if (shown.length === 0) return write()
      outlet.narrate(erase())
      write()
      outlet.narrate(draw(shown))
    },
  }
}
