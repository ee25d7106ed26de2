import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import {dirname} from 'node:path'
import {diskFailure, onDisk} from './disk.ts'
import {lookAt, mergeTree, move, type Existing} from './merge-tree.ts'

/** What to do about a destination that exists: `merge` and `skip` join, `replace` puts the new tree in its place, `fail` adds only. */
export type Overwrite = 'merge' | 'replace' | 'fail' | 'skip'

export const existingFor: Readonly<Record<Overwrite, Existing>> = {
  merge: 'overwrite',
  replace: 'overwrite',
  fail: 'refuse',
  skip: 'keep',
}

interface Journal {
  readonly destination: string
  readonly overwrite: Overwrite
}

/**
 * Makes the finished tree `folder/new` the destination, or joins it to what is there. Call it under the destination's lock. Where nothing
 * is there, or an empty folder, it is one rename. Else a journal is written first: after a kill, the next run finishes what it tells.
 */
export function publishTree(folder: string, destination: string, overwrite: Overwrite): void {
  const there = lookAt(destination)
  if (!there || isEmptyFolder(destination)) {
    try {
      if (there) chmodSync(`${folder}/new`, there.mode & 0o777)
      return renameSync(`${folder}/new`, destination)
    } catch {
      // A mount point, a current folder on some systems, or something that has just appeared there.
      onDisk(destination, 0, () => mkdirSync(destination, {recursive: true}))
    }
  }
  writeJournal(folder, {destination, overwrite})
  runJournal(folder, {destination, overwrite})
}

/** Finishes the move of a killed run, if it had begun. Harmless if it had ended. */
export function finishPublishing(folder: string): void {
  const journal = readJournal(folder)
  if (journal && lookAt(`${folder}/new`)) runJournal(folder, journal)
}

function runJournal(folder: string, {destination, overwrite}: Journal): void {
  const fresh = `${folder}/new`
  if (overwrite === 'replace') swap(folder, destination)
  else mergeTree(fresh, destination, `${folder}/old`, existingFor[overwrite])
}

function swap(folder: string, destination: string): void {
  const fresh = `${folder}/new`
  const old = `${folder}/old-tree`
  // A destination that holds our private folder is a mount: it cannot be renamed itself, but what it holds can.
  if (dirname(folder) === destination) return swapContents(folder, destination)
  if (lookAt(destination)) move(destination, old)
  try {
    move(fresh, destination)
  } catch (error) {
    if (lookAt(old) && !lookAt(destination)) move(old, destination)
    throw diskFailure(error, destination)
  }
}

function swapContents(folder: string, destination: string): void {
  const old = `${folder}/old-tree`
  const fresh = `${folder}/new`
  mkdirSync(old, {recursive: true})
  const done: (readonly [from: string, to: string])[] = []
  const step = (from: string, to: string): void => {
    move(from, to)
    done.push([from, to])
  }
  try {
    for (const name of readdirSync(destination)) {
      if (`${destination}/${name}` !== folder && !name.endsWith('.jobside.lock'))
        step(`${destination}/${name}`, `${old}/${name}`)
    }
    for (const name of readdirSync(fresh)) step(`${fresh}/${name}`, `${destination}/${name}`)
  } catch (error) {
    for (const [from, to] of done.toReversed()) move(to, from)
    throw diskFailure(error, destination)
  }
}

/** A rename over an empty folder is one step; over the current folder it would leave whoever stands there in a deleted one. */
function isEmptyFolder(path: string): boolean {
  try {
    return path !== process.cwd() && readdirSync(path).length === 0
  } catch {
    return false
  }
}

function writeJournal(folder: string, journal: Journal): void {
  const path = `${folder}/journal`
  const fd = openSync(`${path}.new`, 'w')
  try {
    writeFileSync(fd, JSON.stringify(journal))
    fsyncSync(fd)
  } catch (error) {
    throw diskFailure(error, path)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.new`, path)
}

function readJournal(folder: string): Journal | undefined {
  try {
    return JSON.parse(readFileSync(`${folder}/journal`, 'utf8')) as Journal
  } catch {
    return undefined
  }
}
