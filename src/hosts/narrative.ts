import type {Log} from '../command/action.ts'
import {clean, cleanLogLines} from '../base/clean.ts'
import type {Dialect} from './dialect.ts'
import type {LogLevel} from './host.ts'
import {createLiveLines} from './live-lines.ts'
import type {Outlet} from './outlet.ts'
import {withoutQuotedValues, type Redactor} from './redact.ts'
import {tableLines} from './table.ts'

export interface Narrative {
  readonly log: Log
  readonly setLevel: (level: LogLevel) => void
  readonly debugging: () => boolean
  /** Closes every open section and clears the live lines. */
  readonly settle: () => void
}

/** The log of a command in the given dialect: levels, sections and live lines, cleaned and redacted. */
export function createNarrative(dialect: Dialect, outlet: Outlet, redactor: Redactor, canRedraw: boolean): Narrative {
  let level: LogLevel = dialect.wantsDebug ? 'debug' : 'info'
  const open: string[] = []
  const live = createLiveLines(outlet)
  const isLive = (): boolean => canRedraw && outlet.stream().isTTY === true && level !== 'quiet'
  const safe = (text: string): readonly string[] =>
    // Redacted before it is cut: a cut through the middle of a secret would show half of it.
    redactor
      .redact(text)
      .split(/\r?\n/)
      .map((line) => clean(line, 4000))
  const write = (text: string): void => live.above(() => outlet.narrate(text))
  const tell = (at: 'debug' | 'info' | 'warn' | 'error', text: string): void => {
    // What is told as it goes well names jobs and branches, which may hold an innocent value; a server is quoted when it does not.
    write(dialect.tell(at, safe(at === 'info' ? withoutQuotedValues(text, redactor) : redactor.redactValues(text))))
  }
  const shut = (depth: number): void => {
    while (open.length > depth) write(dialect.closeSection(open.pop() ?? ''))
  }
  const log: Log = {
    debug: (text) => void (level === 'debug' && tell('debug', text)),
    info: (text) => void (level !== 'quiet' && tell('info', text)),
    warn: (text) => tell('warn', text),
    error: (text) => tell('error', text),
    async section(title, body) {
      if (level === 'quiet') return body()
      const depth = open.length
      const {name, text} = dialect.openSection(safe(title)[0] ?? '', depth)
      open.push(name)
      write(text)
      try {
        return await body()
      } finally {
        shut(depth)
      }
    },
    live: (lines) => void (isLive() && live.show(lines.flatMap(safe))),
    foreign(lines) {
      if (level === 'quiet' || lines.length === 0) return
      write(dialect.foreign(cleanLogLines(lines.map((line) => redactor.redact(redactor.redactValues(line))))))
    },
    table(title, header, rows) {
      const cells = (row: readonly string[]): readonly string[] => row.map((cell) => safe(cell).join(' '))
      dialect.summarise?.(safe(title)[0] ?? '', cells(header), rows.map(cells))
      if (level === 'quiet') return
      const columns = outlet.stream().isTTY ? outlet.stream().columns : undefined
      const lines = tableLines(cells(header), rows.map(cells), {paint: dialect.paint, columns})
      const heading = title === '' ? [] : [dialect.paint('bold', safe(title)[0] ?? '')]
      write(dialect.tell('info', [...heading, ...lines]))
    },
    get isLive() {
      return isLive()
    },
  }
  return {
    log,
    setLevel: (wanted) => void (level = dialect.wantsDebug && wanted === 'info' ? 'debug' : wanted),
    debugging: () => level === 'debug',
    settle() {
      live.clear()
      shut(0)
    },
  }
}
