import {isAscii} from '../zip/entry-path.ts'
import type {EntryType} from '../zip/directory.ts'

/** What a zip says of one entry whose packed bytes are at hand. */
export interface EntryHead {
  /** Slash-separated, relative, without a slash at the end. */
  readonly path: string
  readonly type: EntryType
  /** Permission bits only. */
  readonly mode: number
  readonly method: 0 | 8
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
}

/** Writes a zip from its first byte to its last: for each entry its head, then exactly its packed bytes. */
export interface ZipWriter {
  add(head: EntryHead): void
  data(piece: Uint8Array): void
  /** Writes the directory and the end records, and gives the size of the whole. */
  end(): number
}

/** 1 January 1980, midnight: the first date that the format has, in its own form. */
const fixedDate = 0x21
const unixHost = 3
const zip64Version = 45
const most16 = 0xffff
const most32 = 0xffffffff

const kinds: Readonly<Record<EntryType, number>> = {file: 0o100000, directory: 0o040000, symlink: 0o120000}

/**
 * The same heads and data in the same order give the same bytes, on every machine and day. Sizes stand in the local headers, so nothing follows
 * the data; numbers that do not fit have their 64-bit form, and only those.
 */
export function createZipWriter(write: (bytes: Uint8Array) => void): ZipWriter {
  const records: Buffer[] = []
  let at = 0
  let missing = 0
  const put = (bytes: Uint8Array): void => {
    write(bytes)
    at += bytes.length
  }
  const endEntry = (): void => {
    if (missing !== 0) throw new Error(`an entry of a zip lacks ${missing} of its bytes`)
  }
  return {
    add(head) {
      endEntry()
      const name = Buffer.from(head.type === 'directory' ? `${head.path}/` : head.path)
      if (name.length > most16) throw new Error('the name of an entry does not fit its length')
      records.push(directoryRecord(head, name, at))
      put(localHeader(head, name))
      missing = head.packedBytes
    },
    data(piece) {
      missing -= piece.length
      put(piece)
    },
    end() {
      endEntry()
      const start = at
      for (const record of records) put(record)
      put(endRecords(records.length, start, at - start))
      return at
    },
  }
}

/** Version needed, flags, method, time, date, checksum and sizes: what both headers have alike. */
function putCommon(into: Buffer, offset: number, {path, method, crc, packedBytes, bytes}: EntryHead, isLong: boolean) {
  into.writeUInt16LE(isLong ? zip64Version : 20, offset)
  into.writeUInt16LE(isAscii(path) ? 0 : 0x800, offset + 2)
  into.writeUInt16LE(method, offset + 4)
  into.writeUInt16LE(0, offset + 6)
  into.writeUInt16LE(fixedDate, offset + 8)
  into.writeUInt32LE(crc, offset + 10)
  into.writeUInt32LE(Math.min(packedBytes, most32), offset + 14)
  into.writeUInt32LE(Math.min(bytes, most32), offset + 18)
}

function localHeader(head: EntryHead, name: Buffer): Buffer {
  const {bytes, packedBytes} = head
  const isLong = bytes >= most32 || packedBytes >= most32
  // Here the format wants both sizes or none.
  const extra = isLong ? longField([bytes, packedBytes]) : Buffer.alloc(0)
  const fixed = Buffer.alloc(30)
  fixed.writeUInt32LE(0x04034b50, 0)
  putCommon(fixed, 4, isLong ? {...head, bytes: most32, packedBytes: most32} : head, isLong)
  fixed.writeUInt16LE(name.length, 26)
  fixed.writeUInt16LE(extra.length, 28)
  return Buffer.concat([fixed, name, extra])
}

function directoryRecord(head: EntryHead, name: Buffer, offset: number): Buffer {
  const extra = longField([head.bytes, head.packedBytes, offset].filter((value) => value >= most32))
  const fixed = Buffer.alloc(46)
  fixed.writeUInt32LE(0x02014b50, 0)
  fixed.writeUInt16LE((unixHost << 8) | zip64Version, 4)
  putCommon(fixed, 6, head, extra.length > 0)
  fixed.writeUInt16LE(name.length, 28)
  fixed.writeUInt16LE(extra.length, 30)
  const dosFolder = head.type === 'directory' ? 0x10 : 0
  fixed.writeUInt32LE((((kinds[head.type] | head.mode) << 16) | dosFolder) >>> 0, 38)
  fixed.writeUInt32LE(Math.min(offset, most32), 42)
  return Buffer.concat([fixed, name, extra])
}

/** The zip64 extra field; nothing for no values. */
function longField(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0)
  const field = Buffer.alloc(4 + values.length * 8)
  field.writeUInt16LE(1, 0)
  field.writeUInt16LE(values.length * 8, 2)
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + index * 8)
  return field
}

function endRecords(count: number, start: number, bytes: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, most16), 8)
  end.writeUInt16LE(Math.min(count, most16), 10)
  end.writeUInt32LE(Math.min(bytes, most32), 12)
  end.writeUInt32LE(Math.min(start, most32), 16)
  if (count < most16 && bytes < most32 && start < most32) return end
  const long = Buffer.alloc(56)
  long.writeUInt32LE(0x06064b50, 0)
  long.writeBigUInt64LE(44n, 4)
  long.writeUInt16LE((unixHost << 8) | zip64Version, 12)
  long.writeUInt16LE(zip64Version, 14)
  long.writeBigUInt64LE(BigInt(count), 24)
  long.writeBigUInt64LE(BigInt(count), 32)
  long.writeBigUInt64LE(BigInt(bytes), 40)
  long.writeBigUInt64LE(BigInt(start), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(start + bytes), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([long, locator, end])
}
