import {clean} from '../../base/clean.ts'
import {decodeName, isAscii, isGuessed, judgePath} from './entry-path.ts'
import {safeNumber, splitArchive, type DirectoryPlace} from './end-record.ts'
import {badArchive, badEntry, type Fault, type Rules} from './rules.ts'

export type EntryType = 'file' | 'directory' | 'symlink'

/** What the central directory says of one entry, checked alone: name, type, method, numbers. Cloneable, for threads. */
export interface ZipEntry {
  /** Place in the directory, from 0. */
  readonly index: number
  /** Relative, slash-separated, without a slash at the end; empty for the folder itself. As it stands in the archive if it has a fault. */
  readonly path: string
  /** Why it cannot be unpacked. That counts once it is chosen. */
  readonly fault: Fault | undefined
  /** Nothing says in which character set its name is. */
  readonly hasGuessedName: boolean
  /** The bytes of the name as stored, one character a byte, to compare with the local header. */
  readonly rawName: string
  readonly type: EntryType
  /** Type and permission bits as stored (0 if the writer stored none). */
  readonly unixMode: number
  /** Seconds since 1970; undefined if the archive says nothing usable. */
  readonly modified: number | undefined
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  /** Of the local header, from the start of the file. */
  readonly offset: number
}

const signature = 0x02014b50
const headBytes = 46
const nothing = Buffer.alloc(0)
const notUtf8: Fault = {why: 'has a name that is not the UTF-8 it claims to be'}

/** Reads every record of the central directory; `bytes` is the directory exactly. Throws at the first one that cannot be trusted. */
export function readDirectory(bytes: Buffer, place: DirectoryPlace, rules: Rules): readonly ZipEntry[] {
  const entries: ZipEntry[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + headBytes > bytes.length || bytes.readUInt32LE(at) !== signature) {
      throw badArchive('its central directory is broken, or larger than its records')
    }
    const length = headBytes + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
    if (at + length > bytes.length) throw badArchive('its central directory is cut off')
    // Without this check 70,000 records under a 16-bit count would be read as 4,464 by other readers.
    if (entries.length === place.count) throw badArchive(`it has more entries than the ${place.count} it declares`)
    entries.push(readRecord(bytes.subarray(at, at + length), entries.length, place, rules))
    at += length
  }
  if (entries.length !== place.count) throw badArchive(`it has ${entries.length} entries but declares ${place.count}`)
  return entries
}

function readRecord(record: Buffer, index: number, place: DirectoryPlace, rules: Rules): ZipEntry {
  const nameEnd = headBytes + record.readUInt16LE(28)
  const rawName = record.toString('latin1', headBytes, nameEnd)
  const extraBytes = record.readUInt16LE(30)
  // A view costs as much as all the rest of a record: none is made for what is empty, or for names that are plain.
  const extra = extraBytes === 0 ? nothing : record.subarray(nameEnd, nameEnd + extraBytes)
  const flags = record.readUInt16LE(8)
  const method = record.readUInt16LE(10)
  const unicodePath = onlyField(extra, 0x7075, rawName)
  const isUnix = isUnixHost(record)
  const isPlain = isAscii(rawName)
  const plain = record.subarray(headBytes, nameEnd)
  const hints = {isUtf8: (flags & 0x800) !== 0, isUnix, unicodePath}
  const decoded = isPlain && !unicodePath ? rawName : decodeName(plain, hints)
  const written = decoded ?? rawName
  // The field is for names that the plain bytes cannot hold; some readers know it and others do not.
  if (isPlain && written !== rawName && isAscii(written))
    throw badEntry(rawName, `is also named "${clean(written, 80)}"`)
  const name = separated(written, record)
  const sizes = readSizes(record, extra, name)
  const offset = sizes.offset + place.prefix
  if (offset + 30 + rawName.length + sizes.packedBytes > place.start)
    throw badEntry(name, 'reaches into the central directory')
  const unixMode = unixModeOf(record)
  const type = typeOf(name, unixMode)
  // `./`, as bsdtar writes it, is the folder that all else lies in.
  const isRoot = sizes.bytes === 0 && type === 'directory' && /^(?:\.?\/)*\.\/+$/.test(name) && !name.startsWith('/')
  const {path, fault} = isRoot ? {path: '', fault: undefined} : judgePath(name, rules)
  const isEncrypted = (flags & 0x2041) !== 0
  // Encryption puts bytes of its own before the data.
  if (method === 0 && !isEncrypted && sizes.bytes !== sizes.packedBytes)
    throw badEntry(name, 'is stored but declares two different sizes')
  return {
    index,
    path,
    fault:
      (decoded === undefined ? notUtf8 : fault) ??
      // The plain bytes are what other readers may take for the name, so they must be harmless too.
      (unicodePath ? faultOfPlainName(plain, isUnix, rules) : undefined) ??
      faultOfKind(name, unixMode, sizes.bytes) ??
      (isEncrypted ? {why: 'is encrypted', input: keepWhole} : faultOfMethod(method)),
    hasGuessedName: !isPlain && isGuessed(plain, hints),
    rawName,
    type,
    unixMode,
    modified: modifiedOf(record, extra),
    flags,
    method,
    crc: record.readUInt32LE(16),
    packedBytes: sizes.packedBytes,
    bytes: sizes.bytes,
    offset,
  }
}

const methodNames: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  95: 'XZ',
  96: 'JPEG',
  97: 'WavPack',
  98: 'PPMd',
  99: 'AES encryption',
}

/** The input that takes an archive without looking into its entries. */
const keepWhole = '--unpack=false, which keeps the archive as it is,'

function faultOfMethod(method: number): Fault | undefined {
  if (method === 0 || method === 8 || method === 93) return undefined
  const known = methodNames[method]
  return {
    why: `is packed by method ${method}${known === undefined ? '' : ` (${known})`}, which is not supported`,
    input: keepWhole,
  }
}

function faultOfPlainName(plain: Buffer, isUnix: boolean, rules: Rules): Fault | undefined {
  return judgePath(decodeName(plain, {isUtf8: false, isUnix}) ?? '', {
    ...rules,
    maxPathBytes: Infinity,
    maxNameBytes: Infinity,
  }).fault
}

/** FAT, HPFS, NTFS and VFAT: there a backslash separates folders, and no name can hold one. */
const dosHosts: ReadonlySet<number> = new Set([0, 6, 10, 14])

function separated(name: string, record: Buffer): string {
  return dosHosts.has(record.readUInt8(5)) ? name.replaceAll('\\', '/') : name
}

/** Sizes and offset; those that do not fit 32 bits are in the zip64 field, in this order. */
function readSizes(
  record: Buffer,
  extra: Buffer,
  name: string,
): {readonly bytes: number; readonly packedBytes: number; readonly offset: number} {
  const short = [record.readUInt32LE(24), record.readUInt32LE(20), record.readUInt32LE(42)] as const
  const field = onlyField(extra, 1, name)
  const marked = short.filter((value) => value === 0xffffffff).length
  const disk = record.readUInt16LE(34)
  if (disk !== 0 && !(field && disk === 0xffff)) throw splitArchive()
  if (!field) {
    // 2^32 - 1 itself is a size no writer gives without the field.
    if (marked > 0) throw badEntry(name, 'lacks its zip64 field')
    return {bytes: short[0], packedBytes: short[1], offset: short[2]}
  }
  if (field.length < marked * 8) throw badEntry(name, 'has a zip64 field that is cut off')
  // With no marker some writers still give all the numbers: then both must say the same.
  let at = 0
  const values = short.map((value) => {
    if (marked > 0 && value !== 0xffffffff) return value
    if (at + 8 > field.length) return value
    const long = safeNumber(field, at)
    at += 8
    if (marked === 0 && long !== value) throw badEntry(name, 'gives a size both in 32 and in 64 bits, and they differ')
    return long
  })
  // The disk is the last number of the field, and is there only if the short one is marked.
  if (disk !== 0 && (at + 4 > field.length || field.readUInt32LE(at) !== 0)) throw splitArchive()
  return {bytes: values[0] ?? 0, packedBytes: values[1] ?? 0, offset: values[2] ?? 0}
}

/** The extra field of that id. A malformed list ends where it stops making sense: nothing in it is needed but zip64. */
export function findField(extra: Buffer, id: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2)
    if (end > extra.length) return undefined
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, end)
    at = end
  }
  return undefined
}

/** The same of a field that tells how an entry is read: of two, some readers take the first and others the last. */
function onlyField(extra: Buffer, id: number, name: string): Buffer | undefined {
  const found = findField(extra, id)
  if (found && findField(extra.subarray(found.byteOffset - extra.byteOffset + found.length), id))
    throw badEntry(name, 'has the same extra field twice')
  return found
}

/** Unix writers store the mode in the upper half; so does 7-Zip, which marks it by a bit of the lower half. */
function unixModeOf(record: Buffer): number {
  const attributes = record.readUInt32LE(38)
  const hasMode = isUnixHost(record) || (attributes & 0x8000) !== 0
  return hasMode ? attributes >>> 16 : 0
}

function isUnixHost(record: Buffer): boolean {
  const host = record.readUInt8(5)
  return host === 3 || host === 19
}

const kindBits = 0o170000

function typeOf(name: string, unixMode: number): EntryType {
  if (name.endsWith('/')) return 'directory'
  return (unixMode & kindBits) === 0o120000 ? 'symlink' : 'file'
}

function faultOfKind(name: string, unixMode: number, bytes: number): Fault | undefined {
  const kind = unixMode & kindBits
  const isFolderName = name.endsWith('/')
  // Most readers make a file of it.
  if (kind === 0o040000 && !isFolderName) return {why: 'is a folder by its mode, but not by its name'}
  const isKnown = kind === 0 || kind === 0o100000 || kind === 0o040000 || (kind === 0o120000 && !isFolderName)
  if (!isKnown) return {why: 'is neither a file, a folder nor a link'}
  return isFolderName && bytes > 0 ? {why: 'is a folder with content'} : undefined
}

/** The Unix time of the extended timestamp field, else the DOS time, which counts in the zone of whoever unpacks. */
function modifiedOf(record: Buffer, extra: Buffer): number | undefined {
  const stamp = findField(extra, 0x5455)
  const time = record.readUInt16LE(12)
  const date = record.readUInt16LE(14)
  const year = 1980 + (date >> 9)
  if (stamp && stamp.length >= 5 && ((stamp[0] ?? 0) & 1) === 1) {
    // Signed by its definition, so that 2038 would be 1901; the DOS date beside it knows the century.
    return year >= 2038 ? stamp.readUInt32LE(1) : Math.max(0, stamp.readInt32LE(1))
  }
  const month = (date >> 5) & 15
  const day = date & 31
  const hour = time >> 11
  const minute = (time >> 5) & 63
  const second = (time & 31) * 2
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  return Math.floor(new Date(year, month - 1, day, hour, minute, second).getTime() / 1000)
}
