import {lutimesSync, renameSync, rmSync, symlinkSync} from 'node:fs'
import {clean} from '../../base/clean.ts'
import {makeFolder, onDisk} from '../publish/disk.ts'
import {ownedName} from '../publish/owner.ts'
import {lookAt} from '../publish/merge-tree.ts'
import {judgePath} from '../zip/entry-path.ts'
import {refuseEntry, type Rules} from '../zip/rules.ts'
import type {Chosen} from './selection.ts'
import type {Link} from './unpack.ts'
import {parentOf} from './write-plan.ts'

const longestTarget = 1_024
/** As many as Linux follows. */
const mostLinks = 40
const skipAll = '--symlinks skip leaves all links out. '

/** An entry whose path passes a link of its own archive: it waits at `out` until that link's target is known. */
export interface ThroughLink extends Chosen {
  /** Its path with the link in it. */
  readonly through: string
}

/** A folder in the tree that no archive can name, as archives are refused such names. */
let waitingRoom: string | undefined

/** What of an archive's chosen entries lies where it says, and what is reached through links. */
export interface Parted {
  readonly plain: readonly Chosen[]
  readonly through: readonly ThroughLink[]
}

/**
 * Tells entries whose path passes a link of the same archive from the others. Throws if that link was not chosen, for then nobody knows where
 * such an entry belongs, or if the entry is a link itself.
 */
export function partByLinks(chosen: readonly Chosen[], linkPaths: ReadonlySet<string>): Parted {
  if (linkPaths.size === 0) return {plain: chosen, through: []}
  const linkOuts = new Map(chosen.flatMap(({entry, out}) => (entry.type === 'symlink' ? [[entry.path, out]] : [])))
  const plain: Chosen[] = []
  const through: ThroughLink[] = []
  for (const item of chosen) {
    const {entry, out} = item
    const link = linkAround(entry.path, linkPaths)
    if (link === undefined) {
      plain.push(item)
      continue
    }
    const linkOut = linkOuts.get(link)
    if (linkOut === undefined || !out.startsWith(`${linkOut}/`))
      throw refuseEntry(entry.path, {why: `lies below the link "${clean(link, 120)}", which is not chosen`})
    if (entry.type === 'symlink') throw refuseEntry(entry.path, {why: 'is a link below another link'}, skipAll)
    through.push({entry, out: `${(waitingRoom ??= `.through.${ownedName()}.d`)}/${out}`, through: out})
  }
  return {plain, through}
}

/** The outermost link that a path passes. */
export function linkAround(path: string, linkPaths: ReadonlySet<string>): string | undefined {
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
    const around = path.slice(0, end)
    if (linkPaths.has(around)) return around
  }
  return undefined
}

/** The tree as the archives make it: what each path is, before anything of it is believed. */
export interface LinkTree {
  readonly files: ReadonlyMap<string, Chosen>
  readonly folders: ReadonlySet<string>
  readonly targets: ReadonlyMap<string, string>
  /** Links that are in an archive and were not chosen. */
  readonly leftOut: ReadonlySet<string>
}

export function linkTree(plain: readonly Chosen[], links: readonly Link[], leftOut: ReadonlySet<string>): LinkTree {
  const files = new Map<string, Chosen>()
  const folders = new Set<string>()
  for (const item of plain) {
    const {entry, out} = item
    if (entry.type === 'file') files.set(out, item)
    let folder = entry.type === 'directory' ? out : parentOf(out)
    for (; folder !== '' && !folders.has(folder); folder = parentOf(folder)) folders.add(folder)
  }
  return {files, folders, targets: new Map(links.map(({item, target}) => [item.out, target])), leftOut}
}

/**
 * Throws unless every link stays in the tree. Its target is followed step by step by the names in the archive, as a system would: through other
 * links of it, and up again only out of folders of it. What the archive does not hold is nothing that could lead anywhere.
 */
export function checkLinks(links: readonly Link[], tree: LinkTree): void {
  for (const {item} of links) resolveInTree(item.out, item.path, tree)
}

/** The path without links that a path of the tree means. `shown` is the entry to name in a refusal. */
function resolveInTree(path: string, shown: string, tree: LinkTree): string {
  const refuse = (why: string): never => {
    throw refuseEntry(shown, {why}, skipAll)
  }
  const at: string[] = []
  const left = path.split('/').toReversed()
  let followed = 0
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (at.length === 0) refuse('is a link that leaves the folder')
      if (!tree.folders.has(at.join('/'))) refuse('is a link with ".." after what is no folder of the archive')
      at.pop()
      continue
    }
    at.push(part)
    const here = at.join('/')
    if (tree.leftOut.has(here)) refuse(`passes the link "${clean(here, 120)}", which is not chosen`)
    const target = tree.targets.get(here)
    if (target === undefined) {
      if (tree.files.has(here) && left.some((rest) => rest !== '' && rest !== '.')) refuse('is a link through a file')
      continue
    }
    const fault = faultOfTarget(target)
    if (fault !== undefined) refuse(fault)
    followed += 1
    if (followed > mostLinks) refuse('is a link in a circle')
    at.pop()
    left.push(...target.split('/').toReversed())
  }
  return at.join('/')
}

function faultOfTarget(target: string): string | undefined {
  if (target === '') return 'is a link to nothing'
  if (target.length > longestTarget) return `is a link whose target is longer than ${longestTarget} characters`
  if (/[\u0000-\u001f\u007f-\u009f\\]/.test(target))
    return 'is a link with a control character or a backslash in its target'
  if (target.startsWith('/') || /^[a-z]:/i.test(target)) return 'is a link to an absolute path'
  return undefined
}

/**
 * Puts what is reached through links where it belongs, and gives it with that path. The same file by two ways is one; two different ones are
 * refused.
 */
export function settleThrough(
  through: readonly ThroughLink[],
  tree: LinkTree,
  root: string,
  rules: Rules,
): readonly Chosen[] {
  if (through.length === 0) return []
  const files = new Map(tree.files)
  const settled: Chosen[] = []
  for (const {entry, out, through: path} of through) {
    const real = resolveInTree(path, entry.path, tree)
    const {fault} = judgePath(real, rules)
    if (fault && real !== '') throw refuseEntry(entry.path, {...fault, why: `${fault.why}, through a link`})
    if (entry.type === 'directory') {
      if (files.has(real)) throw refuseEntry(entry.path, {why: 'is both a file and a folder, through a link'})
      if (!tree.folders.has(real)) settled.push({entry, out: real})
      if (real !== '') makeFolder(`${root}/${real}`)
      continue
    }
    const same = files.get(real)?.entry
    if (same ? same.crc !== entry.crc || same.bytes !== entry.bytes : lookAt(`${root}/${real}`) !== undefined)
      throw refuseEntry(entry.path, {why: `is "${clean(real, 120)}" through a link, which is something else`})
    if (same) continue
    const placed = {entry, out: real}
    files.set(real, placed)
    settled.push(placed)
    makeFolder(`${root}/${parentOf(real)}`)
    onDisk(`${root}/${real}`, 0, () => renameSync(`${root}/${out}`, `${root}/${real}`))
  }
  if (waitingRoom !== undefined) rmSync(`${root}/${waitingRoom}`, {recursive: true, force: true})
  return settled
}

/** Makes them, after everything else. */
export function makeLinks(links: readonly Link[], root: string): void {
  for (const {item, target} of links) {
    const path = `${root}/${item.out}`
    onDisk(path, 0, () => {
      symlinkSync(target, path)
      if (item.modified !== undefined) lutimesSync(path, item.modified, item.modified)
    })
  }
}
