import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {compileGlob, isLiteralGlob} from '../../base/glob.ts'
import type {ZipEntry} from '../zip/directory.ts'

/** Which entries, and where they go. */
export interface Selection {
  /** Globs; one that matches a folder takes all in it; `!` before one excludes. None: everything. */
  readonly files?: readonly string[] | undefined
  /** How many leading folders to drop from each path. Entries with no more than these are left out. */
  readonly strip?: number | undefined
}

/** An entry with the path it gets, relative to the destination. */
export interface Chosen {
  readonly entry: ZipEntry
  readonly out: string
}

/** Throws notFound if a path given exactly is not in the archive, or if nothing at all matches. Order is the archive's. */
export function choose(entries: readonly ZipEntry[], selection: Selection): readonly Chosen[] {
  const isWanted = fileFilter(selection.files ?? [])
  const wanted = entries.filter((entry) => isWanted(entry.path))
  refuseMissing(entries, wanted, selection.files ?? [])
  const chosen: Chosen[] = []
  for (const entry of wanted) {
    const out = stripFolders(entry.path, selection.strip ?? 0)
    if (out !== '') chosen.push({entry, out})
  }
  if (chosen.length === 0 && wanted.length > 0) {
    throw new ActionError('usage', `Dropping ${selection.strip} leading folders leaves nothing of the chosen files.`)
  }
  return chosen
}

/** The one path that is meant, if the selection can mean only one. */
export function exactPath(selection: Selection): string | undefined {
  const [only, ...others] = selection.files ?? []
  if (only === undefined || others.length > 0 || !isLiteralGlob(only) || only.startsWith('!') || only.endsWith('/'))
    return undefined
  return normalise(only)
}

/** A test for paths. It remembers what it found for folders, as many files share them. */
export function fileFilter(files: readonly string[]): (path: string) => boolean {
  const includes = files.filter((pattern) => !pattern.startsWith('!')).map(treeMatcher)
  const excludes = files.filter((pattern) => pattern.startsWith('!')).map((pattern) => treeMatcher(pattern.slice(1)))
  return (path) =>
    (includes.length === 0 || includes.some((match) => match(path))) && !excludes.some((match) => match(path))
}

function treeMatcher(pattern: string): (path: string) => boolean {
  const matches = compileGlob(normalise(pattern))
  const folders = new Map<string, boolean>()
  const inMatchingFolder = (path: string): boolean => {
    const end = path.lastIndexOf('/')
    if (end < 0) return false
    const folder = path.slice(0, end)
    const known = folders.get(folder)
    if (known !== undefined) return known
    const found = matches(folder) || inMatchingFolder(folder)
    folders.set(folder, found)
    return found
  }
  return (path) => inMatchingFolder(path) || matches(path)
}

function normalise(pattern: string): string {
  const plain = pattern.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '')
  return plain === '' || plain === '.' ? '**' : plain
}

function refuseMissing(entries: readonly ZipEntry[], wanted: readonly ZipEntry[], files: readonly string[]): void {
  const exact = files.filter((pattern) => !pattern.startsWith('!') && isLiteralGlob(pattern))
  for (const pattern of exact) {
    const isThere = treeMatcher(pattern)
    if (!entries.some((entry) => isThere(entry.path)))
      throw missing(`"${clean(pattern, 120)}" is not in the archive`, entries)
  }
  if (wanted.length === 0 && files.length > 0)
    throw missing(`No file in the archive matches ${files.map((file) => `"${clean(file, 60)}"`).join(', ')}`, entries)
}

function missing(what: string, entries: readonly ZipEntry[]): ActionError {
  const some = entries.slice(0, 5).map((entry) => `"${clean(entry.path, 80)}"`)
  const more = entries.length > some.length ? ` and ${entries.length - some.length} more` : ''
  return new ActionError('notFound', `${what}.`, {
    hint: some.length === 0 ? 'The archive is empty.' : `It holds ${some.join(', ')}${more}.`,
  })
}

function stripFolders(path: string, count: number): string {
  let rest = path
  for (let left = count; left > 0; left -= 1) {
    const end = rest.indexOf('/')
    if (end < 0) return ''
    rest = rest.slice(end + 1)
  }
  return rest
}
