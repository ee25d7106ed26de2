import {findField, type ZipEntry} from './directory.ts'
import {safeNumber} from './end-record.ts'
import {badData} from './rules.ts'

/** What the directory says of an entry that its local header must say too, or that reading it takes. */
type Stored = Pick<ZipEntry, 'modified' | 'rawName' | 'flags' | 'method' | 'crc' | 'packedBytes' | 'bytes' | 'offset'>

/** What is needed to unpack one entry: all plain data, for threads. */
export interface WorkItem extends Stored {
  readonly index: number
  /** As in the archive, for messages. */
  readonly path: string
  /** Where it goes, below the root. */
  readonly out: string
  readonly type: 'file' | 'directory' | 'symlink'
  /** Permission bits to create it with. */
  readonly mode: number
  /** Where the next entry, or the directory, begins. */
  readonly end: number
}

const signature = 0x04034b50
const headBytes = 30
/** Encrypted, descriptor, strong encryption, UTF-8, masked header: what changes how an entry is read. */
const telling = 0x2849

/** The most a local header can take up. */
export function longestHeader(item: WorkItem): number {
  return Math.min(item.end - item.offset - item.packedBytes, headBytes + item.rawName.length + 0xffff)
}

/**
 * Compares the header before the data with the directory, since other readers may believe either. `bytes` begins at the header.
 * Returns the header's length, and whether it already states the true sizes and checksum.
 */
export function checkLocalHeader(
  bytes: Buffer,
  item: WorkItem,
): {readonly length: number; readonly isComplete: boolean} {
  if (bytes.length < headBytes || bytes.readUInt32LE(0) !== signature) throw badData(item.path, 'has no local header')
  const nameBytes = bytes.readUInt16LE(26)
  const length = headBytes + nameBytes + bytes.readUInt16LE(28)
  if (length > bytes.length || item.offset + length + item.packedBytes > item.end)
    throw badData(item.path, 'overlaps the next one')
  const differs = (what: string): Error =>
    badData(item.path, `has another ${what} in its local header than in the directory`)
  if (nameBytes !== item.rawName.length || bytes.toString('latin1', headBytes, headBytes + nameBytes) !== item.rawName)
    throw differs('name')
  if (bytes.readUInt16LE(8) !== item.method) throw differs('method')
  const flags = bytes.readUInt16LE(6)
  if ((flags & telling) !== (item.flags & telling)) throw differs('set of flags')
  const sizes = localSizes(bytes, length, item)
  const crc = bytes.readUInt32LE(14)
  const isComplete = crc === item.crc && sizes.packed === item.packedBytes && sizes.plain === item.bytes
  if (isComplete) return {length, isComplete}
  const isLater = (value: number, truth: number): boolean => value === 0 || value === truth || value === 0xffffffff
  const hasDescriptor = (flags & 8) !== 0
  if (!hasDescriptor || !isLater(sizes.packed, item.packedBytes) || !isLater(sizes.plain, item.bytes))
    throw differs('size or checksum')
  if (crc !== 0 && crc !== item.crc) throw differs('checksum')
  return {length, isComplete}
}

function localSizes(bytes: Buffer, length: number, item: WorkItem): {readonly packed: number; readonly plain: number} {
  const packed = bytes.readUInt32LE(18)
  const plain = bytes.readUInt32LE(22)
  if (packed !== 0xffffffff && plain !== 0xffffffff) return {packed, plain}
  const field = findField(bytes.subarray(headBytes + item.rawName.length, length), 1)
  if (!field || field.length < 16) return {packed, plain}
  return {
    plain: plain === 0xffffffff ? safeNumber(field, 0) : plain,
    packed: packed === 0xffffffff ? safeNumber(field, 8) : packed,
  }
}

/** Checks what stands between the data and the next entry: the data descriptor if one is due, else nothing. */
export function checkDescriptor(bytes: Buffer, item: WorkItem, isComplete: boolean): void {
  if (bytes.length === 0 && (isComplete || (item.flags & 8) === 0)) return
  const hidden = (): Error => badData(item.path, 'is followed by bytes that belong to no entry')
  if ((item.flags & 8) === 0) throw hidden()
  if (bytes.length === 0) throw badData(item.path, 'lacks its data descriptor')
  const isSigned = bytes.length === 16 || bytes.length === 24
  if (!isSigned && bytes.length !== 12 && bytes.length !== 20) throw hidden()
  if (isSigned && bytes.readUInt32LE(0) !== 0x08074b50) throw hidden()
  const plain = isSigned ? bytes.subarray(4) : bytes
  const packed = plain.length === 12 ? plain.readUInt32LE(4) : safeNumber(plain, 4)
  const size = plain.length === 12 ? plain.readUInt32LE(8) : safeNumber(plain, 12)
  if (plain.readUInt32LE(0) !== item.crc || packed !== item.packedBytes || size !== item.bytes) {
    throw badData(item.path, 'has a data descriptor that disagrees with the directory')
  }
}
