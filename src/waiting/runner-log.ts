/** One line of a job's log as its job wrote it: without the runner's stamp, continued pieces joined, section markers taken out. */
export interface RunnerLine {
  readonly text: string
  /** Time, stream and kind as the runner wrote them, such as `2026-11-25T10:00:00.000000Z 01E`; undefined in logs without stamps. */
  readonly stamp: string | undefined
  /** The runner's own narrative and not what a command wrote. False where a log without stamps does not tell. */
  readonly isRunners: boolean
  /** Names of the sections that the line is in, the outermost first. */
  readonly sections: readonly string[]
}

export interface RunnerLog {
  /** The lines that this piece completes. */
  push(bytes: Uint8Array): readonly RunnerLine[]
  /** What is left when nothing more comes. */
  end(): readonly RunnerLine[]
}

/** Since runner 18.7 by default: time, stream (00 is the runner, 01 the script, 0f and up are services), kind, and `+` for "goes on". */
const header = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ([0-9a-f]{2})[OE])([ +])/
/** The runner writes a longer line in pieces, and one with a carriage return as it comes. */
const runnerBuffer = 8 * 1024

interface Piece {
  readonly text: string
  readonly stamp: string | undefined
  /** Stream and kind: a piece continues only a piece of the same. */
  readonly stream: string
  readonly isContinued: boolean
}

/** Reads a job's log in both forms that runners write, with stamps and without. Holds one line at most. */
export function createRunnerLog(): RunnerLog {
  const splitter = createLineSplitter()
  const sections = createSections()
  let held: Piece | undefined
  const release = (): readonly RunnerLine[] => {
    const lines = held ? sections.place(held) : []
    held = undefined
    return lines
  }
  const take = (line: string): readonly RunnerLine[] => {
    const piece = pieceOf(line)
    const isMore = piece.isContinued && held?.stream === piece.stream
    if (isMore && held && held.text.length + piece.text.length <= longestLine) {
      held = {...held, text: held.text + piece.text}
      return []
    }
    const released = release()
    if (!mayGoOn(piece)) return [...released, ...sections.place(piece)]
    held = piece
    return released
  }
  return {
    push: (bytes) => splitter.push(bytes).flatMap(take),
    end: () => [...splitter.end().flatMap(take), ...release()],
  }
}

function pieceOf(line: string): Piece {
  const [all, stamp, stream = '', mark] = header.exec(line) ?? []
  if (all === undefined) return {text: line, stamp: undefined, stream: '', isContinued: false}
  return {text: line.slice(all.length), stamp, stream: stream + (stamp?.at(-1) ?? ''), isContinued: mark === '+'}
}

/** A line that was written whole is shown at once, not only when the next one comes. */
function mayGoOn({text, stamp}: Piece): boolean {
  return stamp !== undefined && (text.includes('\r') || text.length >= runnerBuffer / 4)
}

// The lengths are bounded so that a line of nothing but beginnings of markers takes no time that grows with its square.
const marker =
  /(?:\x1b\[0?K)?section_(start|end):\d{1,20}:([A-Za-z0-9_.-]{1,200})(?:\[[^\]\r\n\x1b]{0,200}\])?(?:\r(?:\x1b\[0?K)?|$)/g

const deepest = 50

function createSections() {
  let open: string[] = []
  return {
    place({text, stamp, stream}: Piece): readonly RunnerLine[] {
      let isMarked = false
      const left = text.replace(marker, (_, edge: string, name: string) => {
        isMarked = true
        if (edge === 'start') open = [...open, name].slice(0, deepest)
        else if (open.includes(name)) open = open.slice(0, open.lastIndexOf(name))
        return ''
      })
      const shown = left.replace(/\r$/, '')
      // A line that was nothing but markers was never meant to be seen.
      if (
        isMarked &&
        withoutColours(shown)
          .replace(/\x1b\[0?K/g, '')
          .trim() === ''
      )
        return []
      return [{text: shown, stamp, isRunners: stream.startsWith('00'), sections: open}]
    },
  }
}

/** Longer lines are given in pieces of this many characters, so that a log without a line end cannot fill the memory. */
const longestLine = 65_536

interface LineSplitter {
  /** The lines that this piece completes, without their ends. */
  push(bytes: Uint8Array): readonly string[]
  /** What is left when nothing more comes. */
  end(): readonly string[]
}

/** Cuts a stream of UTF-8 into lines. A character or a line split between two pieces is put together again. */
function createLineSplitter(): LineSplitter {
  const decoder = new TextDecoder()
  let rest = ''
  const take = (text: string): readonly string[] => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    const pieces: string[] = []
    while (rest.length > longestLine) {
      pieces.push(rest.slice(0, longestLine))
      rest = rest.slice(longestLine)
    }
    return [...lines, ...pieces]
  }
  return {
    push: (bytes) => take(decoder.decode(bytes, {stream: true})),
    end() {
      const lines = take(decoder.decode())
      const last = rest
      rest = ''
      return last === '' ? lines : [...lines, last]
    },
  }
}

/** The line without its SGR sequences. */
export function withoutColours(line: string): string {
  return line.replace(/\x1b\[[\d;:]*m/g, '')
}

/** Sections in which the runner runs what the job's author wrote. */
const scriptSection = /^(?:step_|build_script$|user_script$)/
const stageLine = /^Executing "[\w-]+" stage of the job script/

export interface Excerpt {
  take(lines: readonly RunnerLine[]): void
  lines(): readonly string[]
}

/**
 * The last lines that tell why a job failed: those of its script, if the log shows where the script is; else those that the runner did
 * not write itself; else the last ones there are, as of a job that failed before its script. Holds `count` lines of each kind.
 */
export function createExcerpt(count: number): Excerpt {
  let script: readonly string[] = []
  let others: readonly string[] = []
  let all: readonly string[] = []
  const add = (lines: readonly string[], text: string): readonly string[] => [...lines, text].slice(-count)
  return {
    take(lines) {
      for (const {text, isRunners, sections} of lines) {
        const plain = withoutColours(text).trim()
        if (plain === '') continue
        all = add(all, text)
        if (isRunners || stageLine.test(plain)) continue
        if (sections.some((name) => scriptSection.test(name))) script = add(script, text)
        else if (!sections.includes('after_script')) others = add(others, text)
      }
    },
    lines: () => [script, others, all].find((lines) => lines.length > 0) ?? [],
  }
}
