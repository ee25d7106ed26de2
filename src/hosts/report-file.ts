import {randomBytes} from 'node:crypto'
import {constants, mkdirSync, statSync} from 'node:fs'
import {chmod, chown, open, readFile, readlink, realpath, rename, rm, stat, writeFile} from 'node:fs/promises'
import type {FileHandle} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {withLock} from './file-lock.ts'

/** A place that a result goes to, with every link on the way followed. */
interface Place {
  readonly path: string
  /** Anything but a regular file, such as a device, a pipe or what is open already, is written to and never replaced. */
  readonly kind: 'file' | 'absent' | 'stream'
  readonly mode?: number
  readonly owner?: readonly [number, number]
}

/**
 * Replaces what a file holds by what `change` makes of it; undefined leaves it. Written beside and renamed: a job that is killed in between
 * leaves the old file, never half of one. One command at a time: what another has added meanwhile is in `existing`. Throws the system's errors.
 */
export async function changeFile(file: string, change: (existing: string) => string | undefined): Promise<void> {
  const place = await placeOf(file)
  if (place.kind === 'stream') {
    const text = change('')
    if (text !== undefined && text !== '') await appendTo(place.path, text)
    return
  }
  makeFolders(path.dirname(place.path))
  await withLock(place.path, async () => {
    const {path: target, ...now} = await placeOf(place.path)
    const existing = now.kind === 'file' ? await readFile(target, 'utf8') : ''
    const text = change(existing)
    if (text !== undefined && (text !== existing || now.kind === 'absent')) await replace({path: target, ...now}, text)
  })
}

/** Finds out whether `changeFile` could do its work, and leaves everything as it was but for new folders. Throws the system's errors. */
export async function tryFile(file: string): Promise<void> {
  const {path: target, kind} = await placeOf(file)
  if (kind === 'stream') return
  makeFolders(path.dirname(target))
  const partial = besides(target)
  try {
    await writeFile(partial, '\n', {flag: 'wx'})
  } finally {
    await rm(partial, {force: true}).catch(() => undefined)
  }
}

/** Adds text at the end of a file or to a stream, and makes sure that it is there: a full disk may say so only when it is asked. */
export async function appendTo(file: string, text: string): Promise<void> {
  const handle = await openForAppending(file)
  try {
    const before = await handle.stat()
    await writeAll(handle, Buffer.from(text))
    if (!before.isFile()) return
    await handle.sync()
    if ((await handle.stat()).size < before.size + Buffer.byteLength(text)) throw errorOf('ENOSPC')
  } finally {
    await handle.close()
  }
}

/** Does work that opens the file for writing, and would wait for ever at a pipe that nobody reads. Throws the system's errors. */
export async function withReader<T>(file: string, work: () => Promise<T>): Promise<T> {
  if ((await placeOf(file)).kind !== 'stream') return work()
  const handle = await openForAppending(file)
  try {
    return await work()
  } finally {
    await handle.close()
  }
}

/** Whether text can be added to a file; one that is not there is made only if that `mayBeMade`. Throws the system's errors. */
export async function tryAppending(file: string, mayBeMade = false): Promise<void> {
  const {O_APPEND, O_CREAT, O_WRONLY} = constants
  if ((await placeOf(file)).kind === 'stream') return
  const handle = await open(file, O_WRONLY | O_APPEND | (mayBeMade ? O_CREAT : 0))
  await handle.close()
}

/** The name by which two spellings of one place are the same. */
export async function placeName(file: string): Promise<string> {
  const place = await placeOf(file).catch(() => undefined)
  return place?.path ?? path.resolve(file)
}

/** Whether that is a regular file, or will be one. */
export async function isReplaced(file: string): Promise<boolean> {
  return (await placeOf(file).catch(() => undefined))?.kind !== 'stream'
}

async function placeOf(file: string, links = 0): Promise<Place> {
  if (/^\/(?:dev\/(?:fd\/|stdout$|stderr$)|proc\/(?:self|\d+)\/fd\/)/.test(file)) return {path: file, kind: 'stream'}
  if (links > 40) throw errorOf('ELOOP')
  const about = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (about?.isDirectory()) throw errorOf('EISDIR')
  const target = await readlink(file).catch(() => undefined)
  // Step by step, because the way may lead through /dev/stdout, whose own target has no path.
  if (target !== undefined) return placeOf(path.resolve(path.dirname(file), target), links + 1)
  if (about === undefined)
    return {path: path.join(await nearestReal(path.dirname(file)), path.basename(file)), kind: 'absent'}
  if (!about.isFile()) return {path: file, kind: 'stream'}
  return {path: await realpath(file), kind: 'file', mode: about.mode & 0o7777, owner: [about.uid, about.gid]}
}

/** A folder with its links followed as far as it is there. */
async function nearestReal(folder: string): Promise<string> {
  const found = await realpath(folder).catch(() => undefined)
  const parent = path.dirname(folder)
  return found ?? (parent === folder ? folder : path.join(await nearestReal(parent), path.basename(folder)))
}

async function replace({path: target, mode, owner}: Place, text: string): Promise<void> {
  const partial = besides(target)
  try {
    const handle = await open(partial, 'wx', mode ?? 0o666)
    try {
      await writeAll(handle, Buffer.from(text))
      await handle.sync()
    } finally {
      await handle.close()
    }
    // The owner first: changing it takes bits of the mode away. Who may not give a file away keeps it.
    if (owner !== undefined) await chown(partial, ...owner).catch(() => undefined)
    if (mode !== undefined) await chmod(partial, mode)
    await rename(partial, target)
  } catch (error) {
    await rm(partial, {force: true}).catch(() => undefined)
    // A file that is mounted into a container cannot be renamed over.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error
    await writeFile(target, text)
  }
}

const patienceMs = 10_000

/** A pipe that nobody has opened for reading yet would block a thread, and the process with it, for ever. */
async function openForAppending(file: string): Promise<FileHandle> {
  const {O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY} = constants
  for (let waitedMs = 0; ; waitedMs += 50) {
    try {
      return await open(file, O_WRONLY | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0), 0o666)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || waitedMs >= patienceMs) throw error
      await pause(50)
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    try {
      const {bytesWritten} = await handle.write(bytes, at)
      at += bytesWritten
      if (bytesWritten === 0) throw errorOf('ENOSPC')
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      // Nobody reads that pipe any more, so nobody misses the rest.
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      await pause(20)
    }
  }
}

function besides(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`
}

function errorOf(code: string): Error {
  return Object.assign(new Error(code), {code})
}

/**
 * Makes a folder and those above it, if they are not there. Throws the system's error. Node's own recursive mkdir never ends where a parent
 * says ENOENT for each try, as in /proc.
 */
function makeFolders(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    const parent = path.dirname(folder)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== folder) {
      makeFolders(parent)
      makeUnlessThere(folder)
    } else if (!isFolder(folder)) throw error
  }
}

/** Another process may have been faster. */
function makeUnlessThere(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!isFolder(folder)) throw error
  }
}

function isFolder(folder: string): boolean {
  return statSync(folder, {throwIfNoEntry: false})?.isDirectory() === true
}
