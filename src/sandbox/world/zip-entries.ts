import {inflateRawSync} from 'node:zlib'

/** What GitLab's metadata file knows of an entry of an archive. */
export interface ZipEntry {
  /** As stored; directories end in "/". */
  readonly path: string
  readonly size: number
  /** Unix mode with its file type bits, or 0 where the archive keeps none. */
  readonly mode: number
  content(): Buffer
}

/**
 * Reads the central directory of a zip: stored and deflated entries, no zip64. Enough to serve single files out of
 * the archives of a world; bytes that are no zip have no entries.
 */
export function zipEntries(zip: Buffer): readonly ZipEntry[] {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || end + 22 > zip.length) return []
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  const entries: ZipEntry[] = []
  while (entries.length < count && at + 46 <= zip.length && zip.readUInt32LE(at) === 0x02014b50) {
    const nameLength = zip.readUInt16LE(at + 28)
    entries.push(entryAt(zip, at, nameLength))
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return entries
}

function entryAt(zip: Buffer, at: number, nameLength: number): ZipEntry {
  const method = zip.readUInt16LE(at + 10)
  const packed = zip.readUInt32LE(at + 20)
  const local = zip.readUInt32LE(at + 42)
  return {
    path: zip.toString('utf8', at + 46, at + 46 + nameLength),
    size: zip.readUInt32LE(at + 24),
    mode: zip.readUInt16LE(at + 40),
    content() {
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
      const bytes = zip.subarray(start, start + packed)
      return method === 0 ? bytes : inflateRawSync(bytes)
    },
  }
}
