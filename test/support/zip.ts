import {crc32, deflateRawSync} from 'node:zlib'

/**
 * One entry to be written byte by byte, sound unless told otherwise: each number that a hostile archive lies about can be set.
 * Fields of `local` and `central` differ from the truth only in that header.
 */
export interface RawEntry {
  readonly name: string | Buffer
  readonly content?: string | Buffer
  /** 0 stored, 8 deflate (default 8). */
  readonly method?: number
  /** Type and permissions; default a plain file of 0644, a folder if the name ends in "/". */
  readonly unixMode?: number
  /** Who made it: 3 is Unix. */
  readonly host?: number
  readonly flags?: number
  /** Writes sizes and checksum after the data, of this many bytes: 12, 16, 20 or 24. */
  readonly descriptor?: 12 | 16 | 20 | 24
  readonly dosTime?: number
  readonly dosDate?: number
  /** Data as it stands in the archive, in place of what `content` would pack to. */
  readonly packed?: Buffer
  readonly crc?: number
  readonly local?: Partial<RawHeader>
  readonly central?: Partial<RawHeader>
  readonly localExtra?: Buffer
  readonly centralExtra?: Buffer
  readonly externalAttributes?: number
  readonly disk?: number
  /** Left out of the directory, or of the data. */
  readonly isHidden?: boolean
  readonly isGhost?: boolean
  /** Bytes that belong to no entry, after this one. */
  readonly after?: Buffer
  /** Where the directory says it is. */
  readonly offset?: number
  readonly zip64?: boolean
}

interface RawHeader {
  readonly name: Buffer
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
}

export interface RawEnd {
  readonly comment?: Buffer
  readonly commentLength?: number
  readonly count?: number
  readonly diskCount?: number
  readonly directoryBytes?: number
  readonly directoryStart?: number
  readonly disk?: number
  readonly prefix?: Buffer
  readonly suffix?: Buffer
  readonly beforeEnd?: Buffer
  readonly beforeDirectory?: Buffer
  readonly zip64?: boolean | Partial<Record<'count' | 'bytes' | 'start' | 'locator' | 'size', bigint>>
  /** With zip64: the short record keeps the true numbers beside the long one. */
  readonly keepShort?: boolean
}

/** A zip of these entries, exactly as told. */
export function zip(entries: readonly RawEntry[], end: RawEnd = {}): Buffer {
  const pieces: Buffer[] = [end.prefix ?? Buffer.alloc(0)]
  const records: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const made = entryBytes(entry, at)
    if (!entry.isHidden) records.push(made.central)
    if (entry.isGhost) continue
    pieces.push(made.local)
    at += made.local.length
  }
  const gap = end.beforeDirectory ?? Buffer.alloc(0)
  const directory = Buffer.concat(records)
  const start = at + gap.length
  pieces.push(gap, directory)
  pieces.push(
    end.beforeEnd ?? Buffer.alloc(0),
    endBytes(records.length, directory.length, start, end),
    end.suffix ?? Buffer.alloc(0),
  )
  return Buffer.concat(pieces)
}

function entryBytes(entry: RawEntry, at: number): {readonly local: Buffer; readonly central: Buffer} {
  const name = typeof entry.name === 'string' ? Buffer.from(entry.name) : entry.name
  const content = Buffer.from(entry.content ?? '')
  const method = entry.method ?? (content.length === 0 ? 0 : 8)
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content)
  const isUtf8 = typeof entry.name === 'string' && name.length !== entry.name.length
  const flags = entry.flags ?? (isUtf8 ? 0x800 : 0) | (entry.descriptor ? 8 : 0)
  const truth: RawHeader = {
    name,
    method,
    flags,
    crc: entry.crc ?? crc32(content),
    packedBytes: packed.length,
    bytes: content.length,
  }
  const later = entry.descriptor ? {crc: 0, packedBytes: 0, bytes: 0} : {}
  const local = {...truth, ...later, ...entry.local}
  const central = {...truth, ...entry.central}
  const descriptor = entry.descriptor ? descriptorBytes(truth, entry.descriptor) : Buffer.alloc(0)
  const isFolder = name.at(-1) === 0x2f
  const unixMode = entry.unixMode ?? (isFolder ? 0o40755 : 0o100644)
  const localExtra = entry.localExtra ?? Buffer.alloc(0)
  const centralExtra =
    entry.centralExtra ??
    (entry.zip64 ? zip64Field([central.bytes, central.packedBytes, entry.offset ?? at]) : Buffer.alloc(0))
  return {
    local: Buffer.concat([
      u32(0x04034b50),
      u16(20),
      u16(local.flags),
      u16(local.method),
      u16(entry.dosTime ?? 0),
      u16(entry.dosDate ?? 0x21),
      u32(local.crc),
      u32(local.packedBytes),
      u32(local.bytes),
      u16(local.name.length),
      u16(localExtra.length),
      local.name,
      localExtra,
      packed,
      descriptor,
      entry.after ?? Buffer.alloc(0),
    ]),
    central: Buffer.concat([
      u32(0x02014b50),
      u16(((entry.host ?? 3) << 8) | 20),
      u16(20),
      u16(central.flags),
      u16(central.method),
      u16(entry.dosTime ?? 0),
      u16(entry.dosDate ?? 0x21),
      u32(central.crc),
      u32(entry.zip64 ? 0xffffffff : central.packedBytes),
      u32(entry.zip64 ? 0xffffffff : central.bytes),
      u16(central.name.length),
      u16(centralExtra.length),
      u16(0),
      u16(entry.disk ?? 0),
      u16(0),

      u32(entry.externalAttributes ?? (unixMode << 16) >>> 0),
      u32(entry.zip64 ? 0xffffffff : (entry.offset ?? at)),
      central.name,
      centralExtra,
    ]),
  }
}

function descriptorBytes(truth: RawHeader, length: 12 | 16 | 20 | 24): Buffer {
  const isLong = length >= 20
  const size = isLong ? u64 : u32
  const isSigned = length === 16 || length === 24
  return Buffer.concat([
    ...(isSigned ? [u32(0x08074b50)] : []),
    u32(truth.crc),
    size(truth.packedBytes),
    size(truth.bytes),
  ])
}

function endBytes(count: number, bytes: number, start: number, end: RawEnd): Buffer {
  const comment = end.comment ?? Buffer.alloc(0)
  const lies = typeof end.zip64 === 'object' ? end.zip64 : {}
  const isShort = !end.zip64 || end.keepShort === true
  const long = end.zip64
    ? [
        u32(0x06064b50),
        u64(lies.size ?? 44),
        u16(45),
        u16(45),
        u32(0),
        u32(0),
        u64(lies.count ?? count),
        u64(lies.count ?? count),
        u64(lies.bytes ?? bytes),
        u64(lies.start ?? start),
        u32(0x07064b50),
        u32(0),
        u64(lies.locator ?? start + bytes + (end.prefix?.length ?? 0)),
        u32(1),
      ]
    : []
  return Buffer.concat([
    ...long,
    u32(0x06054b50),
    u16(end.disk ?? 0),
    u16(end.disk ?? 0),
    u16(isShort ? (end.diskCount ?? end.count ?? count) : 0xffff),
    u16(isShort ? (end.count ?? count) : 0xffff),

    u32(isShort ? (end.directoryBytes ?? bytes) : 0xffffffff),
    u32(isShort ? (end.directoryStart ?? start) : 0xffffffff),
    u16(end.commentLength ?? comment.length),
    comment,
  ])
}

export function zip64Field(values: readonly (number | bigint)[]): Buffer {
  return field(1, Buffer.concat(values.map(u64)))
}

/** An extra field. */
export function field(id: number, content: Buffer): Buffer {
  return Buffer.concat([u16(id), u16(content.length), content])
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value & 0xffff)
  return bytes
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)))
  return bytes
}
