import {closeSync, ftruncateSync} from 'node:fs'
import {once} from 'node:events'
import {crc32} from 'node:zlib'
import {createFile, onDisk, readExactly, setModified, writeAll} from '../publish/disk.ts'
import {canReadZstd, checkResult, inflateFailure, inflateStream, noZstd} from '../zip/inflate.ts'
import {checkDescriptor, checkLocalHeader, longestHeader, type WorkItem} from '../zip/local-header.ts'
import {badData} from '../zip/rules.ts'

/** One entry too large to hold, unpacked as its bytes come: local header, data, descriptor. */
export interface LargeEntry {
  /** Takes the next bytes; a promise where that needs time. Throws if they are not what the directory says. */
  take(piece: Uint8Array): Promise<void> | void
  /** The bytes come from the first again. */
  restart(): void
  /** All bytes have come: checks the whole. */
  end(): Promise<void>
  /** Whatever came before. */
  close(): void
}

const blockBytes = 2 ** 20
const inflateBytes = 2 ** 18
const headBytes = 30
const longestDescriptor = 24
const longestTarget = 4_096
const nothing = Buffer.alloc(0)

/** Writes below the folder `root`; without one everything is checked and nothing written. */
export function openLargeEntry(item: WorkItem, root: string | undefined): LargeEntry {
  if (item.type === 'symlink') throw badData(item.path, `is a link whose target is longer than ${longestTarget} bytes`)
  const path = root === undefined ? undefined : `${root}/${item.out}`
  if (item.method === 93 && !canReadZstd()) throw noZstd(item)
  const out = path === undefined ? undefined : createFile(path, item.mode)
  let reading = createReading(item, out, path)
  return {
    take: (piece) => reading.take(piece),
    restart() {
      reading.stop()
      if (out !== undefined && path !== undefined) onDisk(path, 0, () => ftruncateSync(out))
      reading = createReading(item, out, path)
    },
    async end() {
      await reading.end()
      if (out !== undefined && path !== undefined && item.modified !== undefined) setModified(out, path, item.modified)
    },
    close() {
      reading.stop()
      if (out !== undefined) closeSync(out)
    },
  }
}

/** The same of an entry that lies in a file. */
export async function unpackLarge(fd: number, item: WorkItem, root: string | undefined): Promise<void> {
  const entry = openLargeEntry(item, root)
  try {
    for (let at = item.offset; at < item.end; at += blockBytes) {
      const block = Buffer.allocUnsafe(Math.min(blockBytes, item.end - at))
      readExactly(fd, block, at)
      await entry.take(block)
    }
    await entry.end()
  } finally {
    entry.close()
  }
}

/** One reading of an entry, from its first byte on. */
interface Reading {
  take(piece: Uint8Array): Promise<void> | void
  end(): Promise<void>
  stop(): void
}

function createReading(item: WorkItem, out: number | undefined, path: string | undefined): Reading {
  let begin: Buffer = nothing
  let header: ReturnType<typeof checkLocalHeader> | undefined
  let packed = 0
  let tail: Buffer = nothing
  let plain = 0
  let crc = 0
  const write = (piece: Uint8Array): void => {
    if (plain + piece.length > item.bytes)
      throw badData(item.path, `unpacks to more than the ${item.bytes} bytes it declares`)
    crc = crc32(piece, crc)
    if (out !== undefined && path !== undefined) writeAll(out, piece, plain, path)
    plain += piece.length
  }
  const inflater = item.method === 0 ? undefined : createInflater(item, write)
  /** Without what belongs to the header. */
  const afterHeader = (piece: Uint8Array): Uint8Array => {
    begin = Buffer.concat([begin, piece])
    if (begin.length < bytesOfHeader(begin, item)) return nothing
    header = checkLocalHeader(begin, item)
    return begin.subarray(header.length)
  }
  return {
    take(piece) {
      const rest = header ? piece : afterHeader(piece)
      const data = rest.subarray(0, item.packedBytes - packed)
      packed += data.length
      // One byte more than any descriptor has tells as much as all of them.
      if (data.length < rest.length)
        tail = Buffer.concat([tail, rest.subarray(data.length)]).subarray(0, longestDescriptor + 1)
      return inflater ? inflater.write(data) : write(data)
    },
    async end() {
      header ??= checkLocalHeader(begin, item)
      checkDescriptor(tail, item, header.isComplete)
      await inflater?.end()
      checkResult(plain, crc, item)
    },
    stop: () => inflater?.stop(),
  }
}

/** How many of an entry's first bytes are its header, as far as can be said by those that have come. */
function bytesOfHeader(begin: Buffer, item: WorkItem): number {
  const bytes = begin.length < headBytes ? headBytes : headBytes + begin.readUInt16LE(26) + begin.readUInt16LE(28)
  return Math.min(bytes, longestHeader(item))
}

interface Inflater {
  write(piece: Uint8Array): Promise<void> | void
  end(): Promise<void>
  stop(): void
}

/** Gives what comes out to `take`. Small pieces are joined on their way in: each costs a trip to zlib's threads. */
function createInflater(item: WorkItem, take: (piece: Uint8Array) => void): Inflater {
  const inflate = inflateStream(item)
  let held: Uint8Array[] = []
  let heldBytes = 0
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
  const throwFailure = (): void => {
    if (failure !== undefined) throw failure
  }
  const flush = async (): Promise<void> => {
    const block = held.length === 1 ? held[0] : Buffer.concat(held)
    held = []
    heldBytes = 0
    // Data behind the end of the stream is told by the count in the end.
    throwFailure()
    if (inflate.readableEnded || inflate.destroyed) return
    if (!inflate.write(block)) await Promise.race([once(inflate, 'drain').catch(() => undefined), ended])
    throwFailure()
  }
  return {
    write(piece) {
      held.push(piece)
      heldBytes += piece.length
      return heldBytes >= inflateBytes ? flush() : undefined
    },
    async end() {
      await flush()
      if (!inflate.destroyed) inflate.end()
      await ended
      inflate.destroy()
      throwFailure()
      const consumed = (inflate as unknown as {readonly bytesWritten: number}).bytesWritten
      if (consumed !== item.packedBytes) throw badData(item.path, 'has bytes after the end of its data')
    },
    stop: () => void inflate.destroy(),
  }
}
