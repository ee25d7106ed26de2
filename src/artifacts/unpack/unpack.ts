import {closeSync} from 'node:fs'
import {once} from 'node:events'
import {crc32} from 'node:zlib'
import {createFile, readExactly, setModified, writeAll, writeWhole} from '../publish/disk.ts'
import {checkResult, inflateFailure, inflateStream, inflateWhole} from '../zip/inflate.ts'
import {checkDescriptor, checkLocalHeader, longestHeader, type WorkItem} from '../zip/local-header.ts'
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
const blockBytes = 2 ** 20
const longestTarget = 4_096

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
  if (room.length < end - start) room = Buffer.allocUnsafeSlow(Math.max(end - start, 2 * blockBytes))
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

async function unpackLarge(fd: number, item: WorkItem, root: string | undefined): Promise<void> {
  if (item.type === 'symlink') throw badData(item.path, `is a link whose target is longer than ${longestTarget} bytes`)
  const head = Buffer.allocUnsafe(longestHeader(item))
  readExactly(fd, head, item.offset)
  const {length, isComplete} = checkLocalHeader(head, item)
  const start = item.offset + length
  const tail = Buffer.allocUnsafe(Math.min(item.end - start - item.packedBytes, 64))
  readExactly(fd, tail, start + item.packedBytes)
  checkDescriptor(tail, item, isComplete)
  const path = root === undefined ? undefined : `${root}/${item.out}`
  const out = path === undefined ? undefined : createFile(path, item.mode)
  let bytes = 0
  let crc = 0
  const take = (piece: Uint8Array): void => {
    bytes += piece.length
    if (bytes > item.bytes) throw badData(item.path, `unpacks to more than the ${item.bytes} bytes it declares`)
    crc = crc32(piece, crc)
    if (out !== undefined && path !== undefined) writeAll(out, piece, undefined, path)
  }
  try {
    if (item.method === 0) copyStored(fd, start, item, take)
    else await inflateLarge(fd, start, item, take)
    checkResult(bytes, crc, item)
    if (out !== undefined && path !== undefined && item.modified !== undefined) setModified(out, path, item.modified)
  } finally {
    if (out !== undefined) closeSync(out)
  }
}

function copyStored(fd: number, start: number, item: WorkItem, take: (piece: Uint8Array) => void): void {
  for (const block of blocks(fd, start, item.packedBytes)) take(block)
}

function* blocks(fd: number, start: number, bytes: number): Generator<Buffer, void, undefined> {
  for (let done = 0; done < bytes; done += blockBytes) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, bytes - done))
    readExactly(fd, block, start + done)
    yield block
  }
}

async function inflateLarge(
  fd: number,
  start: number,
  item: WorkItem,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const inflate = inflateStream(item)
  let failure: Error | undefined
  const ended = new Promise<void>((resolve) => {
    inflate.once('close', resolve)
    inflate.once('end', resolve)
    inflate.on('error', (error) => {
      failure ??= inflateFailure(error, item)
      resolve()
    })
  })
  inflate.on('data', (piece: Buffer) => {
    try {
      take(piece)
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error))
      inflate.destroy()
    }
  })
  for (const block of blocks(fd, start, item.packedBytes)) {
    if (failure !== undefined || inflate.readableEnded || inflate.destroyed) break
    if (!inflate.write(block)) await Promise.race([once(inflate, 'drain').catch(() => undefined), ended])
  }
  if (!inflate.destroyed) inflate.end()
  await ended
  inflate.destroy()
  if (failure !== undefined) throw failure
  const consumed = (inflate as unknown as {readonly bytesWritten: number}).bytesWritten
  if (consumed !== item.packedBytes) throw badData(item.path, 'has bytes after the end of its data')
}
