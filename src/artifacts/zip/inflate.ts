import zlib from 'node:zlib'
import type {Transform} from 'node:stream'
import {badData} from './rules.ts'
import type {WorkItem} from './local-header.ts'

type Inflated = {readonly buffer: Buffer; readonly engine: {readonly bytesWritten: number}}
type Zstd = {
  readonly zstdDecompressSync?: (data: Uint8Array, options: object) => Buffer
  readonly createZstdDecompress?: (options: object) => Transform
}
const zstd = zlib as Zstd

/** Whether this Node can read method 93, which newer runners can write. */
export function canReadZstd(): boolean {
  return zstd.zstdDecompressSync !== undefined
}

/** True for what can be unpacked here, given its method and its flags. */
export function canInflate(method: number, flags: number): boolean {
  return (flags & 0x2041) === 0 && (method === 0 || method === 8 || (method === 93 && canReadZstd()))
}

export function noZstd({path}: WorkItem): Error {
  return badData(path, 'is packed by method 93 (Zstandard), which this Node cannot read', 'Node 22.15 and later can. ')
}

/**
 * The unpacked bytes of an entry small enough to hold, in one synchronous call, which costs far less than a stream an entry.
 * Never makes more than the declared size. The result may share memory with `data`. Throws if it is not exactly the declared bytes.
 */
export function inflateWhole(data: Buffer, item: WorkItem): Buffer {
  const plain = item.method === 0 ? data : item.method === 8 ? inflateRaw(data, item) : inflateZstd(data, item)
  checkResult(plain.length, zlib.crc32(plain), item)
  return plain
}

export function checkResult(bytes: number, crc: number, item: WorkItem): void {
  if (bytes !== item.bytes) throw badData(item.path, `unpacks to ${bytes} bytes, not to the ${item.bytes} it declares`)
  if (crc !== item.crc) throw badData(item.path, 'has a wrong checksum (CRC-32)')
}

function inflateRaw(data: Buffer, item: WorkItem): Buffer {
  // One byte more than declared: zlib then sees the end in the first round, and a longer stream is noticed.
  const room = item.bytes + 1
  const result = attempt(item, () =>
    zlib.inflateRawSync(data, {chunkSize: Math.max(64, room), maxOutputLength: room, info: true}),
  )
  return allOf(result, data, item)
}

/** Throws if anything was left of the data: another reader might go on there. */
function allOf(result: unknown, data: Buffer, item: WorkItem): Buffer {
  const {buffer, engine} = result as Inflated
  if (engine.bytesWritten !== data.length) throw badData(item.path, 'has bytes after the end of its data')
  return buffer
}

function inflateZstd(data: Buffer, item: WorkItem): Buffer {
  const inflate = zstd.zstdDecompressSync
  if (!inflate) throw noZstd(item)
  const result = attempt(item, () => inflate(data, {maxOutputLength: item.bytes + 1, info: true}))
  return allOf(result, data, item)
}

function attempt<T>(item: WorkItem, inflate: () => T): T {
  try {
    return inflate()
  } catch (error) {
    throw inflateFailure(error, item)
  }
}

export function inflateFailure(error: unknown, item: WorkItem): Error {
  const code = (error as NodeJS.ErrnoException).code
  const why =
    code === 'ERR_BUFFER_TOO_LARGE'
      ? `unpacks to more than the ${item.bytes} bytes it declares`
      : 'has data that cannot be unpacked'
  return Object.assign(badData(item.path, why), {cause: error})
}

/** A stream for entries too large to hold; its reader counts and checks. */
export function inflateStream(item: WorkItem): Transform {
  const options = {chunkSize: 2 ** 18}
  if (item.method === 8) return zlib.createInflateRaw(options)
  if (!zstd.createZstdDecompress) throw noZstd(item)
  return zstd.createZstdDecompress(options)
}
