import {createHash} from 'node:crypto'
import {
  accessSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  type Dirent,
  type Stats,
} from 'node:fs'
import {dirname} from 'node:path'
import {diskFailure, makeFolder, onDisk} from './disk.ts'
import {inTheWay} from './destination.ts'
import {ownedName} from './owner.ts'

export type Existing = 'overwrite' | 'keep' | 'refuse'

/** One change that was made, and how to take it back. */
type Undo = () => void

/**
 * Moves everything in folder `from` into the existing folder `to`, by renames alone: what is new goes over whole, folders on both sides are
 * joined, and each replaced file stays linked in `backup` until all is done. Checks first, then changes; if a change fails, those before it
 * are taken back. It runs without a pause, so signals cannot come between; and it can be run again after a kill, as it moves what is left.
 */
export function mergeTree(from: string, to: string, backup: string, existing: Existing): void {
  checkMerge(from, to, existing)
  const done: Undo[] = []
  makeFolder(backup)
  let saved = 0
  const mergeFolder = (source: string, target: string): void => {
    for (const child of readdirSync(source, {withFileTypes: true})) {
      const a = `${source}/${child.name}`
      const b = `${target}/${child.name}`
      const there = lookAt(b)
      if (there && child.isDirectory()) mergeFolder(a, b)
      else if (!there) {
        move(a, b)
        done.push(() => move(b, a))
      } else if (existing === 'overwrite') {
        const copy = `${backup}/${(saved += 1)}-${ownedName()}`
        save(b, copy)
        done.push(() => renameSync(copy, b))
        move(a, b)
      }
    }
  }
  try {
    mergeFolder(from, to)
  } catch (error) {
    for (const undo of done.toReversed()) undo()
    throw diskFailure(error, (error as NodeJS.ErrnoException).path ?? to)
  }
}

/** Throws if something in `to` is in the way of something in `from`; links in `to` are never followed. */
function checkMerge(from: string, to: string, existing: Existing): void {
  const isChanged = (child: Dirent): boolean => {
    const there = lookAt(`${to}/${child.name}`)
    return there ? !child.isDirectory() && existing === 'overwrite' : true
  }
  const children = onDisk(from, 0, () => readdirSync(from, {withFileTypes: true}))
  if (children.some(isChanged)) onDisk(to, 0, () => accessSync(to, constants.W_OK | constants.X_OK))
  for (const child of children) {
    const target = `${to}/${child.name}`
    const there = lookAt(target)
    if (!there) continue
    if (child.isDirectory()) {
      if (!there.isDirectory()) throw inTheWay(target, 'A folder is to be made there, but it is a file or a link.')
      checkMerge(`${from}/${child.name}`, target, existing)
    } else {
      refuseExisting(target, there, existing)
    }
  }
}

/** Throws if what lies at a path cannot be replaced by a file. */
export function refuseExisting(path: string, there: Stats, existing: Existing): void {
  if (there.isDirectory()) throw inTheWay(path, 'A file is to be written there, but it is a folder.')
  if (existing === 'refuse') throw inTheWay(path, 'It exists already, and nothing may be overwritten.')
}

/** What is at a path itself, links not followed; undefined if nothing is. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, {throwIfNoEntry: false})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') throw inTheWay(dirname(path), 'It is not a folder.')
    throw diskFailure(error, path)
  }
}

/** A second name for the same file, so that the first never goes missing; a copy where links are not possible. */
function save(path: string, copy: string): void {
  try {
    linkSync(path, copy)
  } catch {
    move(path, copy)
  }
}

/** Rename; across file systems (an overlay makes them of one folder) a copy beside the target, then a rename. */
export function move(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw diskFailure(error, to)
    const kind = lstatSync(from)
    if (kind.isDirectory()) return moveFolder(from, to, kind.mode)
    // Named after where it comes from: whoever goes on after a kill takes the same name, so that nothing is left over.
    const near = `${dirname(to)}/.${createHash('sha256').update(from).digest('hex').slice(0, 16)}.tmp`
    try {
      rmSync(near, {force: true})
      if (kind.isSymbolicLink()) symlinkSync(readlinkSync(from), near)
      else copyFileSync(from, near, constants.COPYFILE_EXCL)
      renameSync(near, to)
    } catch (failure) {
      rmSync(near, {force: true})
      throw diskFailure(failure, to)
    }
    rmSync(from, {force: true})
  }
}

/** All of it or nothing: a disk that is full half-way must not leave one tree in two places. */
function moveFolder(from: string, to: string, mode: number): void {
  const moved: string[] = []
  mkdirSync(to, {mode: mode & 0o777})
  try {
    for (const name of readdirSync(from)) {
      move(`${from}/${name}`, `${to}/${name}`)
      moved.push(name)
    }
  } catch (error) {
    for (const name of moved.toReversed()) move(`${to}/${name}`, `${from}/${name}`)
    rmSync(to, {recursive: true, force: true})
    throw error
  }
  rmSync(from, {recursive: true, force: true})
}
