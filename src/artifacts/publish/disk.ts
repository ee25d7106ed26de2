import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  futimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join, sep} from 'node:path'
import {ActionError, errorCode} from '../../base/errors.ts'
import {clean} from '../../base/clean.ts'
import {badArchive} from '../zip/rules.ts'

const {O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY} = constants

/** Makes a file that is not there yet, never through a link. Errors come translated. */
export function createFile(path: string, mode: number): number {
  return onDisk(path, 0, () => openSync(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), mode))
}

/**
 * Makes a folder and those around it, and gives those that were not there, outermost first. Not by Node's own way, which goes round for ever
 * where the system says of a folder that it is there and that nothing can be in it, as below /proc.
 */
export function makeFolder(path: string): readonly string[] {
  const made = tryFolder(path)
  if (made !== undefined) return made ? [path] : []
  const parent = dirname(path)
  const around = parent === path ? [] : makeFolder(parent)
  const isMade = tryFolder(path)
  if (isMade === undefined) throw diskFailure(Object.assign(new Error(path), {code: 'ENOENT'}), path)
  return isMade ? [...around, path] : around
}

/** Whether it was made, or was there; undefined where the folder around it is missing. */
function tryFolder(path: string): boolean | undefined {
  // Asked first: Node's permission model forbids to make what is there already.
  if (existsSync(path)) return false
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code === 'ENOENT') return undefined
    throw diskFailure(error, path)
  }
}

/** A new folder of ours alone, in the system's place for such, or in the current one where that is not there. */
export function makeTemporaryFolder(prefix: string): string {
  for (const place of [tmpdir(), ...(sep === '/' ? ['/tmp'] : [])]) {
    try {
      return mkdtempSync(join(place, prefix))
    } catch {
      // The next one.
    }
  }
  return onDisk(tmpdir(), 0, () => mkdtempSync(join('.', `.${prefix}`)))
}

/** A whole small file in one go. */
export function writeWhole(path: string, content: Uint8Array, mode: number, modified: number | undefined): void {
  const fd = createFile(path, mode)
  try {
    writeAll(fd, content, undefined, path)
    if (modified !== undefined) setModified(fd, path, modified)
  } finally {
    closeSync(fd)
  }
}

/** Sets the time of an open file, in seconds; by its path where Node's permission model forbids that. */
export function setModified(fd: number, path: string, seconds: number): void {
  onDisk(path, 0, () =>
    ifPermitted(
      () => futimesSync(fd, seconds, seconds),
      () => utimesSync(path, seconds, seconds),
    ),
  )
}

/** Brings an open file to the disk itself; where Node's permission model forbids that, a power cut may still lose it. */
export function flush(fd: number): void {
  ifPermitted(
    () => fsyncSync(fd),
    () => undefined,
  )
}

/** Node's permission model knows paths: what works on open files alone is forbidden under it. */
function ifPermitted(call: () => void, otherwise: () => void): void {
  try {
    call()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw error
    otherwise()
  }
}

/** Writes all of it, at a place or where the last write ended: a system may take less than it is given. */
export function writeAll(fd: number, content: Uint8Array, position: number | undefined, path: string): void {
  onDisk(path, content.length, () => {
    for (let done = 0; done < content.length;) {
      done += writeSync(fd, content, done, content.length - done, position === undefined ? null : position + done)
    }
  })
}

const blockBytes = 2 ** 18

/** Joins small pieces to blocks on their way into a file: a call of the system for each of them would cost more than the copy. */
export function createBlockWriter(fd: number, path: string): {write(piece: Uint8Array): void; end(): void} {
  let held: Uint8Array[] = []
  let bytes = 0
  const end = (): void => {
    writeAll(fd, Buffer.concat(held), undefined, path)
    held = []
    bytes = 0
  }
  return {
    write(piece) {
      held.push(piece)
      bytes += piece.length
      if (bytes >= blockBytes) end()
    },
    end,
  }
}

/** Fills the whole buffer from a place in the archive. Throws if it ends before. */
export function readExactly(fd: number, into: Buffer, position: number): void {
  for (let done = 0; done < into.length;) {
    const count = readSync(fd, into, done, into.length - done, position + done)
    if (count === 0) throw badArchive('it ends too early')
    done += count
  }
}

/** Runs a file-system call; its errors become one that says what could not be written and how to go on. */
export function onDisk<T>(path: string, bytes: number, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw diskFailure(error, path, bytes)
  }
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space, or choose fewer files.',
  EDQUOT: 'The disk quota is used up.',
  EACCES: 'This user may not write there.',
  EPERM: 'This user may not write there.',
  EROFS: 'That file system is read-only.',
  EFBIG: 'The file is larger than the system or `ulimit -f` allows.',
  EEXIST: 'Something of that name is there already.',
  EMFILE: 'Too many files are open: raise `ulimit -n`.',
  ENFILE: 'Too many files are open on this machine.',
  ERR_ACCESS_DENIED:
    'Node’s permission model forbids it: allow writing there, and for symbolic links everywhere (`--allow-fs-write=*`).',
  ENOENT: 'There is no such folder, and none can be made there.',
  ENAMETOOLONG: 'The path is too long for this file system.',
}

/** As an ActionError of kind cannotWrite, naming the path and how many bytes were being written. Others of ours pass unchanged. */
export function diskFailure(error: unknown, path: string, bytes = 0): ActionError {
  if (error instanceof ActionError) return error
  const code = errorCode(error)
  const amount = bytes > 0 ? ` ${bytes} bytes to` : ''
  return new ActionError('cannotWrite', `Cannot write${amount} ${clean(path)}: ${code}.`, {
    hint: hints[code],
    cause: error,
  })
}
