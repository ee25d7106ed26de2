import {badArchive, type Rules} from './rules.ts'

/** Where the central directory lies, as the records at the archive's end say. */
export interface DirectoryPlace {
  readonly start: number
  readonly bytes: number
  readonly count: number
  /** Bytes before the archive itself: offsets count from here. 0 unless allowed. */
  readonly prefix: number
}

const locatorSignature = 0x07064b50
const end64Signature = 0x06064b50
const endBytes = 22
const locatorBytes = 20
const end64Bytes = 56
/** What the directory of an archive may have for each entry that it may have. */
const directoryBytesPerFile = 600

/** The longest the end records can be: the end record with the longest comment, the zip64 locator, and its record. */
export const longestEnd = endBytes + 0xffff + locatorBytes + end64Bytes

/**
 * Reads the end records out of the archive's last bytes (`tail`, at least `longestEnd` of them or all), and refuses what two
 * readers could read differently: a second end record, bytes before or after, numbers that disagree.
 */
export function readEnd(tail: Buffer, archiveBytes: number, rules: Rules): DirectoryPlace {
  const tailStart = archiveBytes - tail.length
  const at = findEnd(tail, tailStart)
  const small = {
    disk: tail.readUInt16LE(at + 4),
    directoryDisk: tail.readUInt16LE(at + 6),
    diskCount: tail.readUInt16LE(at + 8),
    count: tail.readUInt16LE(at + 10),
    bytes: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
  }
  const large = readZip64(tail, at, tailStart, rules)
  if (large) refuseDisagreement(small, large)
  else if (small.disk !== 0 || small.directoryDisk !== 0) throw splitArchive()
  const {count, bytes, start, diskCount} = large ?? small
  if (diskCount !== count) throw splitArchive()
  const recordsStart = large?.at ?? tailStart + at
  const prefix = recordsStart - bytes - start
  if (prefix < 0) throw badArchive('its central directory lies outside of it')
  if (prefix > 0 && !rules.allowPrefix) {
    throw badArchive(
      `${prefix} bytes lie before the archive or between its parts, or an offset in it is wrong`,
      'If it is meant to begin with a program, --allow-prefix accepts it.',
    )
  }
  if (count > rules.maxFiles)
    throw badArchive(`it has ${count} entries, more than the ${rules.maxFiles} allowed`, '--max-files allows more.')
  const mostBytes = Math.max(rules.maxDirectoryBytes, rules.maxFiles * directoryBytesPerFile)
  if (bytes > mostBytes)
    throw badArchive(
      `its central directory has ${bytes} bytes, more than ${mostBytes}`,
      '--max-files allows more: 600 bytes of it for each file.',
    )
  return {start: start + prefix, bytes, count, prefix}
}

function findEnd(tail: Buffer, tailStart: number): number {
  const candidates: number[] = []
  const lowest = Math.max(0, tail.length - endBytes - 0xffff)
  const signature = Buffer.from('PK\x05\x06')
  for (
    let at = tail.lastIndexOf(signature);
    at >= lowest && at >= 0;
    at = at === 0 ? -1 : tail.lastIndexOf(signature, at - 1)
  ) {
    candidates.push(at)
  }
  const reachesEnd = (at: number): boolean =>
    at + endBytes <= tail.length && at + endBytes + tail.readUInt16LE(at + 20) === tail.length
  const fitting = candidates.filter(reachesEnd)
  const [last] = candidates
  if (last === undefined) throw notAZip(tail, tailStart)
  if (fitting.length > 1) throw badArchive('it has two end records, so two readings')
  if (fitting[0] === undefined) throw badArchive('bytes follow its end record, or its end is cut off')
  // Readers that look for the last signature would find one inside the comment.
  if (fitting[0] !== last) throw badArchive('its comment holds another end record, so it has two readings')
  return fitting[0]
}

const lookalikes: readonly (readonly [magic: string, name: string])[] = [
  ['\x1f\x8b', 'a gzip file'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip file'],
  ['Rar!', 'a RAR file'],
  ['\xfd7zXZ', 'an xz file'],
  ['BZh', 'a bzip2 file'],
  ['<', 'a web page or XML'],
  ['{', 'JSON'],
  ['PK\x03\x04', 'a zip whose end is missing'],
]

export function splitArchive(): Error {
  return badArchive('it is one part of a split archive', 'Have the job upload one zip, or join the parts first.')
}

const noZip =
  'Look at the log of its job: what the runner uploads is a zip. Else something between here and GitLab changed it.'

function notAZip(tail: Buffer, tailStart: number): Error {
  if (tail.length === 0) return badArchive('it is empty, 0 bytes', noZip)
  const start = tailStart === 0 ? tail.toString('latin1', 0, 400).trimStart() : ''
  const like = lookalikes.find(([magic]) => start.startsWith(magic))?.[1]
  return badArchive(
    like === undefined ? 'it is not a zip, or its end is missing' : `it is not a whole zip; it looks like ${like}`,
    noZip,
  )
}

interface End64 {
  readonly at: number
  readonly diskCount: number
  readonly count: number
  readonly bytes: number
  readonly start: number
}

function readZip64(tail: Buffer, end: number, tailStart: number, rules: Rules): End64 | undefined {
  const locator = end - locatorBytes
  if (locator < 0 || tail.readUInt32LE(locator) !== locatorSignature) return undefined
  const at = safeNumber(tail, locator + 8)
  const inTail = at - tailStart
  const wrong = (): never => {
    throw badArchive('its zip64 end record is not where its locator says')
  }
  if (tail.readUInt32LE(locator + 4) !== 0 || tail.readUInt32LE(locator + 16) > 1) throw splitArchive()
  // With a prefix the offset is short by it; then the record is looked for where it must be.
  const found =
    inTail >= 0 && inTail + end64Bytes <= locator ? inTail : rules.allowPrefix ? locator - end64Bytes : wrong()
  if (found < 0 || tail.readUInt32LE(found) !== end64Signature) wrong()
  if (safeNumber(tail, found + 4) + 12 !== locator - found) wrong()
  if (tail.readUInt32LE(found + 16) !== 0 || tail.readUInt32LE(found + 20) !== 0) throw splitArchive()
  return {
    at: tailStart + found,
    diskCount: safeNumber(tail, found + 24),
    count: safeNumber(tail, found + 32),
    bytes: safeNumber(tail, found + 40),
    start: safeNumber(tail, found + 48),
  }
}

type Small = Record<'disk' | 'directoryDisk' | 'diskCount' | 'count' | 'bytes' | 'start', number>

/** A number in the short record counts unless it is the marker for "see the long one"; then both must say the same. */
function refuseDisagreement(small: Small, large: End64): void {
  const agrees =
    (small.count === 0xffff || small.count === large.count) &&
    (small.diskCount === 0xffff || small.diskCount === large.diskCount) &&
    (small.bytes === 0xffffffff || small.bytes === large.bytes) &&
    (small.start === 0xffffffff || small.start === large.start) &&
    (small.disk === 0 || small.disk === 0xffff) &&
    (small.directoryDisk === 0 || small.directoryDisk === 0xffff)
  if (!agrees) throw badArchive('its two end records disagree')
}

/** A 64-bit number of the archive. Throws above 2^53, which no real archive reaches. */
export function safeNumber(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
  if (!Number.isSafeInteger(value)) throw badArchive('a 64-bit number in it is impossible')
  return value
}
