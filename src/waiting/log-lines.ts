/** Longer lines are given in pieces of this many characters, so that a log without a line end cannot fill the memory. */
const longestLine = 65_536

export interface LineSplitter {
  /** The lines that this piece completes, without their ends. */
  push(bytes: Uint8Array): readonly string[]
  /** What is left when nothing more comes. */
  end(): readonly string[]
}

/** Cuts a stream of UTF-8 into lines. A character or a line split between two pieces is put together again. */
export function createLineSplitter(): LineSplitter {
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
    return [...lines.map((line) => line.replace(/\r$/, '')), ...pieces]
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
