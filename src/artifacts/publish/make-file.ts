import {chmodSync, closeSync, openSync} from 'node:fs'
import {systemClock, type Clock} from '../../base/clock.ts'
import {checkDestination, inTheWay} from './destination.ts'
import {flush, onDisk, writeWhole} from './disk.ts'
import {withLock, type LockOptions} from './lock.ts'
import {lookAt, move} from './merge-tree.ts'
import type {Overwrite} from './publish.ts'
import {closeStaging, openStaging} from './staging.ts'

export interface MakeFileOptions extends Pick<LockOptions, 'signal' | 'warn'> {
  readonly destination: string
  readonly overwrite?: Overwrite | undefined
  readonly clock?: Clock | undefined
  /** Asked when the file is there: permissions that it must not go beyond, and those of a new one, before the umask. */
  readonly askModes?: (() => Promise<Modes>) | undefined
}

export interface Modes {
  readonly most: number
  readonly fresh: number
}

export interface Made<T> {
  /** The file, absolute. */
  readonly path: string
  readonly result: T
}

/**
 * Makes one file: its old content or all of the new. `make` is given a private folder and writes `file` in it. Throws what it throws, or
 * cannotWrite before it is called where that can be known.
 */
export async function makeFile<T>(
  {destination, overwrite = 'merge', clock = systemClock, askModes, signal, warn}: MakeFileOptions,
  make: (file: string, folder: string) => Promise<T>,
): Promise<Made<T>> {
  const path = checkDestination(destination, {kind: 'file'})
  const options = {clock, signal, warn}
  if (overwrite === 'fail' && lookAt(path)) throw inTheWay(path, 'It exists already, and nothing may be overwritten.')
  const staging = await openStaging(path, options)
  try {
    const file = `${staging.folder}/file`
    const result = await make(file, staging.folder)
    const modes = await askModes?.()
    await withLock(staging.lock, options, () => publishFile(file, path, overwrite, modes))
    return {path, result}
  } finally {
    closeStaging(staging)
  }
}

/** Whether a file can be made there, found out by making a private folder for it and removing it. Throws cannotWrite. */
export async function tryPlaceOfFile({destination, clock = systemClock, signal, warn}: MakeFileOptions): Promise<void> {
  closeStaging(await openStaging(checkDestination(destination, {kind: 'file'}), {clock, signal, warn}))
}

/** Makes a file of a small text, in place of what is there. */
export async function makeTextFile(text: string, options: MakeFileOptions): Promise<void> {
  await makeFile(options, async (file) => writeWhole(file, Buffer.from(text), 0o600, undefined))
}

const plainModes: Modes = {most: 0o777, fresh: 0o666}

/** Puts a finished private file in its place, on the disk before it gets its name. */
function publishFile(file: string, path: string, overwrite: Overwrite, {most, fresh}: Modes = plainModes): void {
  const there = lookAt(path)
  if (there && !there.isFile()) throw inTheWay(path, 'It is not a file.')
  if (there && overwrite === 'fail') throw inTheWay(path, 'It exists already, and nothing may be overwritten.')
  onDisk(path, 0, () => {
    chmodSync(file, (there ? there.mode & 0o777 : fresh & ~process.umask()) & most)
    const fd = openSync(file, 'r')
    try {
      flush(fd)
    } finally {
      closeSync(fd)
    }
  })
  move(file, path)
}
