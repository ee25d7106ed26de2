import {accessSync, constants, mkdirSync, readdirSync, rmdirSync, rmSync, statSync} from 'node:fs'
import {basename, dirname} from 'node:path'
import {clean} from '../../base/clean.ts'
import {ownerPattern} from '../../base/private-names.ts'
import {makeFolder, onDisk} from './disk.ts'
import {withLock, type LockOptions} from './lock.ts'
import {lookAt} from './merge-tree.ts'
import {hasDied, isAbandoned, isOurs, ownedName} from './owner.ts'
import {finishPublishing, removePrivate} from './publish.ts'

/** A private folder beside the destination, on the same file system, in which everything is made before it is moved over. */
export interface Staging {
  readonly destination: string
  /** Gone when the work is over, whatever its end. */
  readonly folder: string
  readonly lock: string
  /** Folders that were made only for this, outermost first. */
  readonly made: readonly string[]
}

/** Makes it, after finishing or removing what killed runs left for the same destination. `destination` is absolute and checked. */
export async function openStaging(destination: string, options: LockOptions): Promise<Staging> {
  const stem = stemOf(destination)
  for (let left = 3; ; left -= 1) {
    const made = makeFolder(dirname(destination))
    const place = placeFor(destination)
    const lock = `${place}/${stem}.jobside.lock`
    const folder = `${place}/${stem}.${ownedName()}.d`
    try {
      if (leftovers(place, stem).length > 0) await withLock(lock, options, () => sweep(place, stem, options))
      onDisk(folder, 0, () => mkdirSync(folder, {mode: 0o700}))
      return {destination, folder, lock, made}
    } catch (error) {
      // Another run has just removed the folder around it again, as its own destination never came to be.
      if (left === 0 || lookAt(place)) throw error
    }
  }
}

/** Removes the private folder, and folders made for a destination that never came to be. */
export function closeStaging({folder, made}: Staging): void {
  removePrivate(folder)
  for (const parent of made.toReversed()) {
    try {
      rmdirSync(parent)
    } catch {
      return
    }
  }
}

/** Beside the destination; inside it where it is a mount of its own, or where this user may not write around it. */
function placeFor(destination: string): string {
  const parent = dirname(destination)
  const own = statSync(destination, {throwIfNoEntry: false})
  if (!own?.isDirectory()) return parent
  // Node's permission model, which accessSync does not ask.
  if (process.permission && !process.permission.has('fs.write', parent)) return destination
  try {
    accessSync(parent, constants.W_OK | constants.X_OK)
    return statSync(parent).dev === own.dev ? parent : destination
  } catch {
    return destination
  }
}

/**
 * Private folders, and what runs that were killed while they took the lock have left. Another user's are that user's; those of runs at work may
 * be gone any moment.
 */
function leftovers(place: string, stem: string): readonly string[] {
  const isName = new RegExp(`^\\.(?:${ownerPattern}\\.d|jobside\\.lock\\.${ownerPattern})$`)
  return onDisk(place, 0, () => readdirSync(place)).filter((name) => {
    if (!name.startsWith(stem) || !isName.test(name.slice(stem.length))) return false
    const found = lookAt(`${place}/${name}`)
    return found !== undefined && isOurs(found) && isAbandoned(name, `${place}/${name}`)
  })
}

/** A run that was killed while it moved its tree over left a journal: the tree was whole, so its move is finished first. */
function sweep(place: string, stem: string, {warn}: LockOptions): void {
  const isFor = (destination: string): boolean =>
    destination === place || (dirname(destination) === place && stemOf(destination) === stem)
  for (const name of leftovers(place, stem)) {
    const path = `${place}/${name}`
    if (!lookAt(path)?.isDirectory()) rmSync(path, {force: true})
    else if (!hasDied(name) || finishPublishing(path, isFor)) removePrivate(path)
    else
      warn?.(
        `${clean(path)} looks like what a run leaves that was killed, but no run of ours can be shown to have written it. It is not used: look at it, and delete it.`,
      )
  }
}

function stemOf(destination: string): string {
  return `.${basename(destination).slice(0, 40)}`
}
