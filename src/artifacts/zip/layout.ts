import {foldKey} from './entry-path.ts'
import type {DirectoryPlace} from './end-record.ts'
import type {EntryType, ZipEntry} from './directory.ts'
import {badArchive, badEntry, leaveOut, refuseEntry, type Rules} from './rules.ts'

/** A local header has up to 64 KiB of extra fields beyond what the directory tells, and a descriptor of 24 bytes at most follows the data. */
const slackBytes = 0xffff + 24

/**
 * Where each entry's bytes end, by its index: each must end before the next begins, with room for its own header and descriptor only,
 * and nothing may lie before the first. So no bytes belong to two entries, and none hide between them.
 */
export function entryEnds(entries: readonly ZipEntry[], place: DirectoryPlace): Float64Array {
  const ends = new Float64Array(entries.length)
  const ordered = [...entries].sort((a, b) => a.offset - b.offset)
  const first = ordered[0]?.offset ?? place.start
  if (first !== place.prefix) throw badArchive(`${first - place.prefix} bytes lie before its first entry`)
  for (const [position, entry] of ordered.entries()) {
    const end = ordered[position + 1]?.offset ?? place.start
    const least = entry.offset + 30 + entry.rawName.length + entry.packedBytes
    if (least > end) throw badEntry(entry.path, 'overlaps the next one')
    if (end - least > slackBytes) throw badEntry(entry.path, 'is followed by bytes that belong to no entry')
    ends[entry.index] = end
  }
  return ends
}

/** What is checked of a path: two that are the same file, or a file where another needs a folder, cannot both be written. */
export interface Placed {
  readonly path: string
  readonly type: EntryType
}

/**
 * Throws if two of these cannot lie in one tree. With `allowCollisions`, names that differ only in case may. A folder may be named as often as
 * one likes.
 */
export function refuseClashes(placed: Iterable<Placed>, rules: Pick<Rules, 'allowCollisions'>): void {
  const files = new Map<string, string>()
  const folders = new Map<string, string>()
  const keyOf = rules.allowCollisions ? (path: string): string => path : foldKey
  const addFolders = (path: string): void => {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      const key = keyOf(folder)
      if (files.has(key)) throw clash(path, 'lies in a folder that is also a file or a link')
      if (folders.has(key)) return
      folders.set(key, folder)
    }
  }
  for (const {path, type} of placed) {
    const key = keyOf(path)
    const file = files.get(key)
    if ((type === 'directory' ? file : folders.get(key)) !== undefined) throw clash(path, 'is both a file and a folder')
    if (file !== undefined && file !== path)
      throw refuseEntry(path, {why: 'differs from another only in case or accents', input: '--allow-collisions'})
    if (file !== undefined) throw clash(path, 'occurs twice')
    if (type === 'directory') folders.set(key, path)
    else files.set(key, path)
    addFolders(path)
  }
}

function clash(path: string, why: string): Error {
  return refuseEntry(path, {why, input: '--unpack=false, which keeps the archive as it is,'})
}

/** Limits that count only for what is unpacked: the sizes of the chosen entries, and how much they were packed. */
export function refuseTooLarge(entries: readonly ZipEntry[], rules: Rules): number {
  let bytes = 0
  let packed = 0
  const ratio = '--max-ratio allows more.'
  for (const entry of entries) {
    bytes += entry.bytes
    packed += entry.packedBytes
    if (entry.bytes > rules.maxFileBytes)
      throw badEntry(
        entry.path,
        `unpacks to ${entry.bytes} bytes, more than the ${rules.maxFileBytes} allowed`,
        `--max-file-bytes allows more. ${leaveOut(entry.path)} leaves it out.`,
      )
    if (isBomb(entry.bytes, entry.packedBytes, rules))
      throw badEntry(
        entry.path,
        `unpacks to more than ${rules.maxRatio} times its size`,
        `${ratio} ${leaveOut(entry.path)} leaves it out.`,
      )
  }
  if (bytes > rules.maxBytes)
    throw badArchive(
      `it unpacks to ${bytes} bytes, more than the ${rules.maxBytes} allowed`,
      '--max-bytes allows more; --files chooses fewer.',
    )
  if (isBomb(bytes, packed, rules)) throw badArchive(`it unpacks to more than ${rules.maxRatio} times its size`, ratio)
  return bytes
}

function isBomb(bytes: number, packed: number, rules: Rules): boolean {
  return bytes > rules.ratioFromBytes && bytes > packed * rules.maxRatio
}
