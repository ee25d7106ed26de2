import {accessSync, constants, mkdirSync, statfsSync, utimesSync} from 'node:fs'
import {isAbsolute, relative, sep} from 'node:path'
import {ActionError} from '../../base/errors.ts'
import {clean} from '../../base/clean.ts'
import {inTheWay} from '../publish/destination.ts'
import {foldKey, isBadOnWindows, isSensitive} from '../zip/entry-path.ts'
import {onDisk} from '../publish/disk.ts'
import {leaveOut} from '../zip/rules.ts'
import {lookAt, refuseExisting} from '../publish/merge-tree.ts'
import {folderMode} from './segments.ts'
import type {Chosen} from './selection.ts'
import {existingFor, type Overwrite} from '../publish/publish.ts'

/** What of the chosen files is to be written, given what lies at the destination; throws if something is in the way. Links there are not followed. */
export function withoutExisting(
  chosen: readonly Chosen[],
  destination: string,
  overwrite: Overwrite,
): readonly Chosen[] {
  if (overwrite === 'replace' || !lookAt(destination)) return chosen
  const existing = existingFor[overwrite]
  const folders = new Map<string, boolean>([['', true]])
  /** True if the folder is there; a file or a link in its place is in the way. */
  const isThere = (folder: string): boolean => {
    const known = folders.get(folder)
    if (known !== undefined) return known
    const there = isThere(parentOf(folder)) ? lookAt(`${destination}/${folder}`) : undefined
    if (there && !there.isDirectory())
      throw inTheWay(`${destination}/${folder}`, 'A folder is to be made there, but it is a file or a link.')
    folders.set(folder, there !== undefined)
    return there !== undefined
  }
  const writable = new Set<string>()
  /** The nearest folder around it that is there has to let us write: known before anything is fetched. */
  const refuseClosed = (out: string): void => {
    let folder = parentOf(out)
    while (!isThere(folder)) folder = parentOf(folder)
    if (writable.has(folder)) return
    writable.add(folder)
    const path = folder === '' ? destination : `${destination}/${folder}`
    onDisk(path, 0, () => accessSync(path, constants.W_OK | constants.X_OK))
  }
  return chosen.filter(({entry, out}) => {
    if (entry.type === 'directory') {
      isThere(out)
      return true
    }
    const there = isThere(parentOf(out)) ? lookAt(`${destination}/${out}`) : undefined
    if (there) refuseExisting(`${destination}/${out}`, there, existing)
    if (there && existing === 'keep') return false
    refuseClosed(out)
    return true
  })
}

/** Throws if something of the tree would lie where another file of this run is to be written, or around or below it. */
export function refuseTaken(
  chosen: readonly Chosen[],
  destination: string,
  taken: readonly {readonly name: string; readonly path: string}[] = [],
): void {
  for (const {name, path} of taken) {
    const inside = relative(destination, path).replaceAll(sep, '/')
    if (inside === '' || inside === '..' || inside.startsWith('../') || isAbsolute(inside)) continue
    const key = foldKey(inside)
    const found = chosen.find(({entry: {type}, out}) => {
      const other = foldKey(out)
      return other === key || other.startsWith(`${key}/`) || (type !== 'directory' && key.startsWith(`${other}/`))
    })
    if (found) {
      throw inTheWay(path, `The archive brings "${clean(found.out, 200)}", and ${name} is to be written there.`, {
        hint: `Name another place for ${name}. ${leaveOut(found.entry.path)} leaves it out of what is unpacked.`,
      })
    }
  }
}

export function parentOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end < 0 ? '' : path.slice(0, end)
}

/** Makes the root and every folder below it that something will lie in, so that threads find them. */
export function makeFolders(root: string, chosen: readonly Chosen[]): void {
  const modes = new Map<string, number>()
  const add = (folder: string): void => {
    if (folder === '' || modes.has(folder)) return
    add(parentOf(folder))
    modes.set(folder, 0o777)
  }
  for (const {entry, out} of chosen) {
    const folder = entry.type === 'directory' ? out : parentOf(out)
    add(folder)
    // Of a folder that is named twice the narrower mode counts.
    if (entry.type === 'directory' && out !== '')
      modes.set(folder, (modes.get(folder) ?? 0o777) & folderMode(entry.unixMode))
  }
  onDisk(root, 0, () => mkdirSync(root))
  for (const [folder, mode] of modes) onDisk(`${root}/${folder}`, 0, () => mkdirSync(`${root}/${folder}`, {mode}))
}

/** Gives folders their times, deepest first and after all else, as everything made in a folder changes its own. */
export function dateFolders(root: string, chosen: readonly Chosen[]): void {
  const dated = chosen.filter(({entry}) => entry.type === 'directory' && entry.modified !== undefined)
  for (const {entry, out} of dated.toSorted((a, b) => b.out.length - a.out.length)) {
    const path = `${root}/${out}`
    onDisk(path, 0, () => utimesSync(path, entry.modified ?? 0, entry.modified ?? 0))
  }
}

/** Throws before anything is fetched or written that cannot fit. A tenth more is wanted for what file systems need themselves. */
export function refuseFullDisk(folder: string, bytes: number): void {
  const {bavail, bsize} = statfsSync(folder)
  const wanted = Math.ceil(bytes * 1.1)
  // Some file systems tell nothing.
  if (bsize === 0 || bavail * bsize >= wanted) return
  throw new ActionError(
    'cannotWrite',
    `Cannot write ${bytes} bytes below ${clean(folder)}: ${bavail * bsize} bytes are free there.`,
    {
      hint: 'Free some space, or choose fewer files.',
    },
  )
}

/** What a reader should know of harmless but remarkable names, said once. */
export function warnOfNames(chosen: readonly Chosen[], warn: (text: string) => void): void {
  const odd = chosen.find(({out}) => out.split('/').some(isBadOnWindows))
  if (odd) warn(`"${clean(odd.out, 120)}" is a name that Windows does not allow.`)
  const sensitive = chosen.filter(({out}) => isSensitive(out)).map(({out}) => `"${clean(out, 80)}"`)
  if (sensitive.length > 0)
    warn(`Files that change how tools behave come with it: ${sensitive.slice(0, 5).join(', ')}.`)
  const guessed = chosen.filter(({entry}) => entry.hasGuessedName).map(({out}) => `"${clean(out, 80)}"`)
  if (guessed.length > 0)
    warn(
      `The archive does not say in which character set ${guessed.length} of its names are, so these may be misread: ${guessed.slice(0, 5).join(', ')}.`,
    )
}
