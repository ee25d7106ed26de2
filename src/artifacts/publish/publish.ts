import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {isPrivate} from '../../base/private-names.ts'
import {diskFailure, flush, makeFolder, onDisk} from './disk.ts'
import {lookAt, mergeTree, move, type Existing} from './merge-tree.ts'
import {isOursAlone, ownedName} from './owner.ts'
import {breakSeal, isSealed, sealText} from './seal.ts'

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
      makeFolder(destination)
    }
  }
  writeJournal(folder, {destination, overwrite})
  runJournal(folder, {destination, overwrite})
}

/**
 * Finishes the move of a killed run, if it had begun; harmless if it had ended. `destination` is what the private folder `folder` was made for.
 * False if there is a journal that no run of ours can be shown to have written: then nothing is done.
 */
export function finishPublishing(folder: string, isFor: (destination: string) => boolean): boolean {
  if (!lookAt(`${folder}/journal`)) return true
  const journal = readJournal(folder)
  if (!journal || !isFor(journal.destination)) return false
  const there = lookAt(journal.destination)
  // Whoever has put a link there since would have us write wherever it leads.
  if (there && !there.isDirectory()) return false
  if (lookAt(`${folder}/new`)) runJournal(folder, journal)
  return true
}

/** Removes a private folder: its journal first, so that none is ever found without its proof. */
export function removePrivate(folder: string): void {
  rmSync(`${folder}/journal`, {force: true})
  breakSeal(folder)
  onDisk(folder, 0, () => rmSync(folder, {recursive: true, force: true}))
}

function runJournal(folder: string, {destination, overwrite}: Journal): void {
  if (overwrite === 'replace') swap(folder, destination)
  else mergeTree(`${folder}/new`, destination, `${folder}/old`, existingFor[overwrite])
}

/**
 * What was there goes aside, as a whole or by its parts, then the new tree comes. `old-tree` exists only when the first half is over, so that
 * whoever goes on after a kill never takes for old what has come already. Node cannot exchange two folders in one step: between two renames
 * neither is there.
 */
function swap(folder: string, destination: string): void {
  const old = `${folder}/old-tree`
  const takeBack = lookAt(old) || !lookAt(destination) ? undefined : setAside(folder, destination, old)
  try {
    comeIn(folder, destination)
  } catch (error) {
    takeBack?.()
    throw diskFailure(error, destination)
  }
}

function comeIn(folder: string, destination: string): void {
  if (lookAt(destination)) mergeTree(`${folder}/new`, destination, `${folder}/old`, 'overwrite')
  else move(`${folder}/new`, destination)
}

/** Returns how to take it back. */
function setAside(folder: string, destination: string, old: string): () => void {
  try {
    renameSync(destination, old)
    return () => renameSync(old, destination)
  } catch {
    // A mount, the folder around our private one, or one from a lower layer of a container: what it holds can be moved.
    return setContentsAside(folder, destination, old)
  }
}

function setContentsAside(folder: string, destination: string, old: string): () => void {
  // A name of its own each time: a killed run may have left one with the half of a folder in it.
  const aside = `${folder}/${ownedName()}`
  const moved: string[] = []
  const takeBack = (from: string): void => {
    for (const name of moved.toReversed()) move(`${from}/${name}`, `${destination}/${name}`)
  }
  try {
    mkdirSync(aside)
    for (const name of readdirSync(destination)) {
      if (`${destination}/${name}` === folder || isPrivate(name)) continue
      move(`${destination}/${name}`, `${aside}/${name}`)
      moved.push(name)
    }
    renameSync(aside, old)
  } catch (error) {
    takeBack(aside)
    throw diskFailure(error, destination)
  }
  return () => takeBack(old)
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
  const text = JSON.stringify(journal)
  const seal = sealText(folder, text)
  const fd = onDisk(path, 0, () => openSync(`${path}.new`, 'wx', 0o600))
  try {
    writeFileSync(fd, `${text}\n${seal ?? ''}`)
    flush(fd)
  } catch (error) {
    throw diskFailure(error, path)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.new`, path)
}

/** Undefined unless a run of ours wrote it, and only we could since. */
function readJournal(folder: string): Journal | undefined {
  try {
    const path = `${folder}/journal`
    const found = [lstatSync(folder), lstatSync(path)]
    if (!found[0]?.isDirectory() || !found[1]?.isFile() || !found.every(isOursAlone)) return undefined
    const [text = '', seal = ''] = readFileSync(path, 'utf8').split('\n')
    if (!isSealed(folder, text, seal)) return undefined
    const {destination, overwrite} = JSON.parse(text) as Journal
    return overwrite in existingFor ? {destination, overwrite} : undefined
  } catch {
    return undefined
  }
}
