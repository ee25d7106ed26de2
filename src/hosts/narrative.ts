import type {Log} from '../command/action.ts'
import {clean, cleanLogLines} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import type {Dialect, MessageLevel} from './dialect.ts'
import type {LogLevel, Stream} from './host.ts'
import type {Outlet} from './outlet.ts'
import {withoutQuotedValues, type Redactor} from './redact.ts'
import {tableLines, withBars} from './table.ts'
import type {Table} from './table.ts'
import {createLiveLines} from './terminal.ts'

/** What a command says of its work, and how it ends. */
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
  const live = createLiveLines(outlet)
  const isLive = (): boolean => canRedraw && outlet.stream().isTTY === true && level !== 'quiet'
  const write = (text: string): void => live.above(() => outlet.narrate(text))
  const safe = (text: string): readonly string[] => safeLines(text, redactor)
  const safeLine = (text: string): string => safe(text)[0] ?? ''
  const say = (at: MessageLevel, text: string): void => {
    // What is said as it goes well names jobs and branches, which may hold an innocent value; a server is quoted when it does not.
    write(dialect.tell(at, safe(at === 'info' ? withoutQuotedValues(text, redactor) : redactor.redactValues(text))))
  }
  const sections = createSections(dialect, write)
  const log: Log = {
    debug: (text) => void (level === 'debug' && say('debug', text)),
    info: (text) => void (level !== 'quiet' && say('info', text)),
    warn: (text) => say('warn', text),
    error: (text) => say('error', text),
    section: async (title, body) => (level === 'quiet' ? body() : sections.around(safeLine(title), body)),
    live: (lines) => void (isLive() && live.show(lines.flatMap(safe))),
    foreign(lines) {
      if (level === 'quiet' || lines.length === 0) return
      write(dialect.foreign(cleanLogLines(lines.map((line) => redactor.redact(redactor.redactValues(line))))))
    },
    table(title, header, rows, times) {
      const cells = (row: readonly string[]): readonly string[] => row.map((cell) => safe(cell).join(' '))
      const table = {title: safeLine(title), header: cells(header), rows: rows.map(cells), times}
      dialect.summarise?.(table)
      if (level !== 'quiet') write(tableText(table, dialect, outlet.stream()))
    },
    get isLive() {
      return isLive()
    },
  }
  return {
    log,
    setLevel: (asked) => void (level = dialect.wantsDebug && asked === 'info' ? 'debug' : asked),
    debugging: () => level === 'debug',
    settle() {
      live.clear()
      sections.closeAll()
    },
  }
}

/** Redacted before it is cut: a cut through the middle of a secret would show half of it. */
function safeLines(text: string, redactor: Redactor): readonly string[] {
  return redactor
    .redact(text)
    .split(/\r?\n/)
    .map((line) => clean(line, 4000))
}

interface Sections {
  around<T>(title: string, body: () => Promise<T>): Promise<T>
  closeAll(): void
}

function createSections(dialect: Dialect, write: (text: string) => void): Sections {
  const open: string[] = []
  const closeDownTo = (depth: number): void => {
    while (open.length > depth) write(dialect.closeSection(open.pop() ?? ''))
  }
  return {
    async around(title, body) {
      const depth = open.length
      const {name, text} = dialect.openSection(title, depth)
      open.push(name)
      write(text)
      try {
        return await body()
      } finally {
        closeDownTo(depth)
      }
    },
    closeAll: () => closeDownTo(0),
  }
}

function tableText(table: Table, dialect: Dialect, stream: Stream): string {
  const columns = stream.isTTY ? stream.columns : undefined
  const {title, header, rows} = withBars(table, columns)
  const lines = tableLines(header, rows, {paint: dialect.paint, columns})
  return dialect.tell('info', [...(title === '' ? [] : [dialect.paint('bold', title)]), ...lines])
}

const bugNotice = 'This is a bug in jobside: please report it with the lines above.'

/** A failure as lines to show: what went wrong and what helps, or for one we do not understand the stack. */
export function explainFailure(error: unknown, debugging: boolean): string {
  if (error instanceof ActionError) {
    const lines = [error.message, ...(error.hint === undefined ? [] : [error.hint])]
    return [...lines, ...(debugging ? causesOf(error) : [])].join('\n')
  }
  const stack = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : `Thrown: ${String(error)}`
  return [`Unexpected error. ${stack}`, ...causesOf(error), bugNotice].join('\n')
}

function causesOf(error: unknown, depth = 0): readonly string[] {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause === undefined || cause === null || depth === 5) return []
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  const shown = cause instanceof Error ? `${cause.name}: ${cause.message}${code}` : 'something that is no error'
  return [`Caused by ${shown}`, ...causesOf(cause, depth + 1)]
}
