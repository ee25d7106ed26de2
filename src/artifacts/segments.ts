import type {Chosen} from './selection.ts'
import {isLarge, type Segment} from './unpack.ts'
import type {WorkItem} from './local-header.ts'

const segmentBytes = 2 * 2 ** 20
const segmentPlainBytes = 16 * 2 ** 20
/** Farther apart than this, neighbours are read separately. */
const longestGap = 64 * 2 ** 10

/** What to unpack, as plain data for threads. */
export function workItems(chosen: readonly Chosen[], ends: Float64Array): readonly WorkItem[] {
  return chosen.map(({entry, out}) => ({
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
    end: ends[entry.index] ?? entry.offset,
  }))
}

/** Whoever may run it, everyone may; nobody but the owner may write. Set-user-id and its like are gone. */
export function fileMode(unixMode: number): number {
  return (unixMode & 0o111) === 0 ? 0o644 : 0o755
}

/** Groups neighbours so that each group is one read. In order of place in the archive. */
export function segmentsOf(items: readonly WorkItem[]): readonly Segment[] {
  const segments: Segment[] = []
  let group: WorkItem[] = []
  let plain = 0
  const close = (): void => {
    const [first] = group
    const last = group.at(-1)
    if (first && last) segments.push({start: first.offset, end: last.end, items: group})
    group = []
    plain = 0
  }
  for (const item of [...items].sort((a, b) => a.offset - b.offset)) {
    const [first] = group
    const last = group.at(-1)
    const isApart = last !== undefined && item.offset - last.end > longestGap
    const isFull =
      first !== undefined && (item.end - first.offset > segmentBytes || plain + item.bytes > segmentPlainBytes)
    if (isApart || isFull || isLarge(item)) close()
    group.push(item)
    plain += item.bytes
    if (isLarge(item)) close()
  }
  close()
  return segments
}
