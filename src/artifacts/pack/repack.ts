import {Readable} from 'node:stream'
import type {ZipArchive} from 'archiver'
import {ActionError} from '../../base/errors.ts'
import {clean} from '../../base/clean.ts'
import {leaveOut} from '../zip/rules.ts'

/** One entry of an archive to be written. `content` of a symlink is its target; of a directory, nothing. */
export interface PackEntry {
  /** Slash-separated, relative; a directory may end in "/" or not. */
  readonly path: string
  readonly type: 'file' | 'symlink' | 'directory'
  /** Permission bits only, as in 0o644. */
  readonly mode: number
  /** Zip keeps even seconds from 1980 on, in UTC here. Without one, every entry carries the same fixed date. */
  readonly modified?: Date
  readonly content: Uint8Array
}

/** The same, for content too large to hold: a file's bytes may come in pieces. */
export interface PackSource extends Omit<PackEntry, 'content'> {
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
}

/** Writes a zip into memory. The same entries in the same order give the same bytes, on every machine and day. */
export async function pack(entries: Iterable<PackEntry>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of packPieces(entries)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/**
 * The bytes of a zip, as they are made: one entry is read at a time, and the next only when the last has been taken.
 * Errors of `entries` and of their contents come out unchanged.
 */
export async function* packPieces(
  entries: Iterable<PackSource> | AsyncIterable<PackSource>,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Most runs pack nothing: archiver is evaluated by those that do.
  const {ZipArchive} = await import(/* webpackMode: "eager" */ 'archiver')
  const archive = new ZipArchive({zlib: {level}, forceLocalTime: false})
  const feeding = feed(archive, entries).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  try {
    for await (const piece of archive) yield piece as Uint8Array
  } finally {
    archive.destroy()
    await feeding
  }
}

async function feed(archive: ZipArchive, entries: Iterable<PackSource> | AsyncIterable<PackSource>): Promise<void> {
  for await (const entry of entries) {
    if (archive.destroyed) return
    await append(archive, headOf(entry), sourceOf(entry))
  }
  if (!archive.destroyed) await archive.finalize()
}

/** Resolves when the entry has been written, or when nobody takes the archive any more. */
function append(archive: ZipArchive, head: Head, content: Buffer | Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      archive.off('entry', done).off('close', done)
      resolve()
    }
    archive.on('entry', done).on('close', done)
    // archiver itself would end the entry where its content broke off, and go on.
    if (content instanceof Readable) content.once('error', reject)
    archive.append(content, head)
  })
}

function sourceOf(entry: PackSource): Buffer | Readable {
  if (entry.type === 'directory') return Buffer.alloc(0)
  const {content} = entry
  if (!(content instanceof Uint8Array)) return Readable.from(content, {objectMode: false})
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}

const level = 6
const fixedDate = new Date(Date.UTC(1980, 0, 1))

interface Head {
  readonly name: string
  readonly type: PackEntry['type']
  readonly mode: number
  readonly date: Date
  readonly linkname?: string
}

function headOf(entry: PackSource): Head {
  const name = entry.path.replace(/\/+$/, '')
  if (name === '' || name !== asArchiverWritesIt(name)) {
    throw new ActionError('untrusted', `Cannot pack "${clean(entry.path)}": its name would not stay what it is.`, {
      hint: `Without --archive it is unpacked as it is. ${leaveOut(entry.path)} leaves it out.`,
    })
  }
  const head: Head = {name, type: entry.type, mode: entry.mode & 0o7777, date: entry.modified ?? fixedDate}
  // append() takes a link as well as symlink() does, and only append() takes a date.
  return entry.type === 'symlink' ? {...head, linkname: Buffer.from(entry.content as Uint8Array).toString()} : head
}

/** archiver silently changes such names: without this check `a:b` would be packed as `b`. */
function asArchiverWritesIt(name: string): string {
  return name
    .replace(/[\\/]+/g, '/')
    .replace(/^\w+:/, '')
    .replace(/^(\.\.\/|\/)+/, '')
}
