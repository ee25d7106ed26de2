import type {Chosen} from './selection.ts'
import {isLarge, type Segment} from './unpack.ts'
import type {WorkItem} from '../zip/local-header.ts'

const segmentBytes = 2 ** 20
const segmentPlainBytes = 16 * 2 ** 20
/** Between two segments signals and sockets get their turn, on a slow disk too. */
const segmentEntries = 200
/** Farther apart than this, neighbours are read separately. */
const longestGap = 64 * 2 ** 10

/** What to unpack, as plain data for threads. */
export function workItem({entry, out}: Chosen, end: number): WorkItem {
  return {
    index: entry.index,
    path: entry.path,
    out,
    type: entry.type,
    mode: fileMode(entry.unixMode),
    modified: entry.modified,
    rawName: entry.rawName,
    flags: entry.flags,
    method: entry.method,
    crc: entry.crc,
    packedBytes: entry.packedBytes,
    bytes: entry.bytes,
    offset: entry.offset,
    end,
  }
}

/**
 * As the archive says, so that what only its owner may read stays so; the umask counts beside it, as for every file that is made. Set-user-id and
 * its like are gone, and nobody else may write. An archive that says nothing, not even what it is, means a plain file.
 */
export function fileMode(unixMode: number): number {
  return unixMode === 0 ? 0o644 : unixMode & 0o775
}

/** The same for folders. Their owner can always go in and delete what was made there. */
export function folderMode(unixMode: number): number {
  return unixMode === 0 ? 0o755 : (unixMode & 0o775) | 0o700
}

/**
 * Groups neighbours so that each group is one read; `ends` tells by index where entries end. In order of place in the archive. The items of a segment
 * are made when they are asked for: those of 100,000 entries at once would take 20 MB.
 */
export function segmentsOf(chosen: readonly Chosen[], ends: Float64Array): readonly Segment[] {
  const segments: Segment[] = []
  const endOf = ({entry}: Chosen): number => ends[entry.index] ?? entry.offset
  let group: Chosen[] = []
  let plain = 0
  const close = (): void => {
    const [first] = group
    if (first) segments.push(segmentOf(group, first.entry.offset, endOf))
    group = []
    plain = 0
  }
  for (const one of chosen.toSorted((a, b) => a.entry.offset - b.entry.offset)) {
    const {entry} = one
    const [first] = group
    const last = group.at(-1)
    const isApart = last !== undefined && entry.offset - endOf(last) > longestGap
    const isFull =
      first !== undefined &&
      (group.length >= segmentEntries ||
        endOf(one) - first.entry.offset > segmentBytes ||
        plain + entry.bytes > segmentPlainBytes)
    if (isApart || isFull || isLarge(entry)) close()
    group.push(one)
    plain += entry.bytes
    if (isLarge(entry)) close()
  }
  close()
  return segments
}

function segmentOf(group: readonly Chosen[], start: number, endOf: (one: Chosen) => number): Segment {
  const last = group.at(-1)
  return {
    start,
    end: last ? endOf(last) : start,
    isLarge: last !== undefined && isLarge(last.entry),
    get items() {
      return group.map((one) => workItem(one, endOf(one)))
    },
  }
}
