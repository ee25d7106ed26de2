import {accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync} from 'node:fs'
import {basename, dirname} from 'node:path'
import {onDisk} from './disk.ts'
import {withLock, type LockOptions} from './lock.ts'
import {hasDied, isAbandoned, ownedName} from './owner.ts'
import {finishPublishing} from './publish.ts'

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
  const made = makeParents(dirname(destination))
  const place = placeFor(destination)
  const stem = `.${basename(destination).slice(0, 40)}`
  const lock = `${place}/${stem}.jobside.lock`
  if (leftovers(place, stem).length > 0) await withLock(lock, options, () => sweep(place, stem))
  const folder = `${place}/${stem}.${ownedName()}.d`
  onDisk(folder, 0, () => mkdirSync(folder, {mode: 0o700}))
  return {destination, folder, lock, made}
}

/** Removes the private folder, and folders made for a destination that never came to be. */
export function closeStaging({folder, made}: Staging): void {
  rmSync(folder, {recursive: true, force: true})
  for (const parent of made.toReversed()) {
    try {
      rmdirSync(parent)
    } catch {
      return
    }
  }
}

function makeParents(parent: string): readonly string[] {
  const made: string[] = []
  for (let folder = parent; !existsSync(folder); folder = dirname(folder)) made.unshift(folder)
  for (const folder of made) onDisk(folder, 0, () => mkdirSync(folder, {recursive: true}))
  return made
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

function leftovers(place: string, stem: string): readonly string[] {
  // A private folder, or what a run that was killed while it took the lock has left.
  const isOurs = /^\.(?:[0-9a-f]{8}-\d+-[0-9a-f]{8}\.d|jobside\.lock\.[0-9a-f]{8}-\d+-[0-9a-f]{8})$/
  return readdirSync(place).filter(
    (name) => name.startsWith(stem) && isOurs.test(name.slice(stem.length)) && isAbandoned(name, `${place}/${name}`),
  )
}

/** A run that was killed while it moved its tree over left a journal: the tree was whole, so its move is finished first. */
function sweep(place: string, stem: string): void {
  for (const name of leftovers(place, stem)) {
    const folder = `${place}/${name}`
    if (hasDied(name)) finishPublishing(folder)
    rmSync(folder, {recursive: true, force: true})
  }
}
