import {readExactly, writeWhole} from '../publish/disk.ts'
import {unpackLarge} from './large-entry.ts'
import {inflateWhole} from '../zip/inflate.ts'
import {checkDescriptor, checkLocalHeader, type WorkItem} from '../zip/local-header.ts'
import {badData} from '../zip/rules.ts'

/** Neighbours in the archive that are read at once; a large entry is alone. */
export interface Segment {
  readonly start: number
  readonly end: number
  /** One entry that is streamed. */
  readonly isLarge: boolean
  readonly items: readonly WorkItem[]
}

/** A link is made last, by whoever knows all of them. */
export interface Link {
  readonly item: WorkItem
  readonly target: string
}

/** Entries with more than this, packed or unpacked, are streamed. */
const largeBytes = 4 * 2 ** 20

/**
 * Unpacks the entries of a segment of the archive open at `fd` into the folder `root`, whose folders all exist, and returns its links.
 * Without a root everything is checked and nothing written. `memory` holds the segment's bytes, if they are not in the file.
 */
export async function unpackSegment(
  fd: number,
  segment: Segment,
  root: string | undefined,
  memory?: SharedArrayBuffer,
): Promise<readonly Link[]> {
  const {start, end, items} = segment
  const [only] = items
  if (only && segment.isLarge) {
    await unpackLarge(fd, only, root)
    return []
  }
  const links: Link[] = []
  const bytes = memory ? Buffer.from(memory, 0, end - start) : readSegment(fd, segment)
  for (const item of items) {
    const own = bytes.subarray(item.offset - start, item.end - start)
    const {length, isComplete} = checkLocalHeader(own, item)
    const dataEnd = length + item.packedBytes
    checkDescriptor(own.subarray(dataEnd), item, isComplete)
    const content = inflateWhole(own.subarray(length, dataEnd), item)
    if (item.type === 'symlink') links.push({item, target: linkTarget(content, item)})
    else if (item.type === 'file' && root !== undefined)
      writeWhole(`${root}/${item.out}`, content, item.mode, item.modified)
  }
  return links
}

let room = Buffer.alloc(0)

/** Into the same memory for every segment of a thread: from here on, nothing waits until all of it has been used. */
function readSegment(fd: number, {start, end}: Segment): Buffer {
  if (room.length < end - start) room = Buffer.allocUnsafeSlow(Math.max(end - start, 2 ** 20))
  const bytes = room.subarray(0, end - start)
  readExactly(fd, bytes, start)
  return bytes
}

export function isLarge(item: Pick<WorkItem, 'bytes' | 'packedBytes'>): boolean {
  return item.bytes > largeBytes || item.packedBytes > largeBytes
}

function linkTarget(content: Buffer, item: WorkItem): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(content)
  } catch {
    throw badData(item.path, 'is a link whose target is not UTF-8')
  }
}
