import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {compileGlob, isLiteralGlob, spellGlob} from '../../base/glob.ts'
import type {ZipEntry} from '../zip/directory.ts'

/** Which entries, and where they go. */
export interface Selection {
  /** Globs; one that matches a folder takes all in it; `!` before one excludes. None: everything. */
  readonly files?: readonly string[] | undefined
  /** A glob may match nothing. */
  readonly allowUnmatched?: boolean | undefined
  /** How many leading folders to drop from each path. Entries with no more than these are left out. */
  readonly strip?: number | undefined
}

/** An entry with the path it gets, relative to the destination. */
export interface Chosen {
  readonly entry: ZipEntry
  readonly out: string
}

/** All that a pattern looks at. */
type Named = Pick<ZipEntry, 'path'>

/** The entries of an archive, and whose they are. */
export interface Listed<Entry extends Named = ZipEntry> {
  readonly name?: string | undefined
  readonly entries: readonly Entry[]
}

/**
 * Of each archive the chosen entries, in its order. Throws notFound unless each pattern fits something in one of them, and something of each
 * archive is chosen.
 */
export function choose(archives: readonly Listed[], selection: Selection): readonly (readonly Chosen[])[] {
  const {strip = 0} = selection
  const matching = filterEntries(archives, selection)
  const chosen = matching.map((entries) => entries.flatMap((entry) => placed(entry, strip)))
  if (chosen.every(({length}) => length === 0) && matching.some(({length}) => length > 0))
    throw new ActionError('usage', `Dropping ${strip} leading folders leaves nothing of the chosen files.`)
  return chosen
}

/** The same without places: of each archive the entries that match, with the same refusals. */
export function filterEntries<Entry extends Named>(
  archives: readonly Listed<Entry>[],
  {files = [], allowUnmatched = false}: Omit<Selection, 'strip'>,
): readonly (readonly Entry[])[] {
  const filters = archives.map(({entries}) => createFilter(files, entries))
  const matching = archives.map(({entries}, index) => entries.filter(({path}) => filters[index]?.matches(path)))
  if (allowUnmatched || files.length === 0) return matching
  for (const pattern of files.filter((file) => !file.startsWith('!')))
    if (!filters.some(({includes}, index) => archives[index]?.entries.some(({path}) => includes.get(pattern)?.(path))))
      throw unmatched(pattern, archives)
  for (const [index, archive] of archives.entries())
    if (matching[index]?.length === 0) throw nothingOf(archive, archives.length > 1, files)
  return matching
}

function placed(entry: ZipEntry, strip: number): readonly Chosen[] {
  const out = stripFolders(entry.path, strip)
  return out === '' && (entry.path !== '' || strip > 0) ? [] : [{entry, out}]
}

/** The one path that is meant, if the selection can mean only one. */
export function exactPath(selection: Selection): string | undefined {
  const [only, ...others] = selection.files ?? []
  if (only === undefined || others.length > 0 || !isLiteralGlob(only) || only.startsWith('!') || only.endsWith('/'))
    return undefined
  return normalise(only)
}

type Matches = (path: string) => boolean

interface Filter {
  readonly matches: Matches
  /** By pattern. */
  readonly includes: ReadonlyMap<string, Matches>
}

function createFilter(files: readonly string[], entries: readonly Named[]): Filter {
  const isName = createNames(entries)
  const includes = new Map<string, Matches>()
  const excludes: Matches[] = []
  for (const file of files) {
    if (file.startsWith('!')) {
      const pattern = normalise(file.slice(1))
      // What is to stay out stays out, whichever way it is meant.
      excludes.push(...new Set([pattern, spellKnown(pattern, isName)].map(treeMatcher)))
    } else includes.set(file, treeMatcher(spellKnown(normalise(file), isName)))
  }
  const included = [...includes.values()]
  const matches = (path: string): boolean =>
    (included.length === 0 || included.some((include) => include(path))) && !excludes.some((exclude) => exclude(path))
  return {matches, includes}
}

/** Whether an entry, or a folder around one, has exactly this name. Made when it is first asked. */
function createNames(entries: readonly Named[]): (name: string) => boolean {
  let names: Set<string> | undefined
  return (name) => {
    if (names === undefined) {
      names = new Set()
      for (const {path} of entries)
        for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
          const known = names.size
          if (names.add(path.slice(0, end)).size === known) break
        }
    }
    return names.has(name)
  }
}

/** A name with brackets that is there is meant as a name: `app/[slug]/page.js`, and `app/[slug]` in `app/[slug]/**`. */
function spellKnown(pattern: string, isName: (name: string) => boolean): string {
  if (!/[[{]/.test(pattern)) return pattern
  const parts = pattern.split('/')
  for (let count = parts.length; count > 0; count -= 1) {
    const name = parts.slice(0, count).join('/')
    if (/[[{]/.test(name) && isName(name)) return [spellGlob(name), ...parts.slice(count)].join('/')
  }
  return pattern
}

/** It remembers what it found for folders, as many files share them. */
function treeMatcher(pattern: string): Matches {
  const matches = compileGlob(pattern)
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

function unmatched(pattern: string, archives: readonly Listed<Named>[]): ActionError {
  const where = archives.length > 1 ? 'any of the archives' : 'the archive'
  const entries = archives.flatMap((archive) => archive.entries)
  const shown = `"${clean(pattern, 120)}"`
  const what = isLiteralGlob(pattern) ? `${shown} is not in ${where}` : `No file in ${where} matches ${shown}`
  return notFound(what, entries, hintFor(normalise(pattern), entries))
}

/** How the same pattern would find something. */
function hintFor(pattern: string, entries: readonly Named[]): string {
  const anywhere = `**/${pattern}`
  if (!pattern.startsWith('**/') && entries.some(({path}) => compileGlob(anywhere)(path)))
    return `"${clean(anywhere, 120)}" finds it in every folder. `
  if (/[[{]/.test(pattern) && !pattern.includes('\\'))
    return `If that is a name and no pattern, write "${clean(spellGlob(pattern), 120)}". `
  return ''
}

function nothingOf({name, entries}: Listed<Named>, isOneOfMany: boolean, files: readonly string[]): ActionError {
  const whose = isOneOfMany && name !== undefined ? ` of the job "${clean(name, 100)}"` : ''
  const patterns = files.map((file) => `"${clean(file, 60)}"`).join(', ')
  return notFound(`No file in the archive${whose} matches ${patterns}`, entries, '')
}

function notFound(what: string, entries: readonly Named[], hint: string): ActionError {
  const some = entries.slice(0, 5).map((entry) => `"${clean(entry.path, 80)}"`)
  const more = entries.length > some.length ? ` and ${entries.length - some.length} more` : ''
  const holds = some.length === 0 ? 'The archive is empty.' : `It holds ${some.join(', ')}${more}.`
  return new ActionError('notFound', `${what}.`, {
    hint: `${hint}${holds} --allow-unmatched takes what there is.`,
  })
}

/** Empty if nothing is left. */
export function stripFolders(path: string, count: number): string {
  let rest = path
  for (let left = count; left > 0; left -= 1) {
    const end = rest.indexOf('/')
    if (end < 0) return ''
    rest = rest.slice(end + 1)
  }
  return rest
}
