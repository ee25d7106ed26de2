import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {ZipEntry} from '../zip/directory.ts'
import {refuseClashes} from '../zip/layout.ts'
import type {ArchiveSource, UnpackOptions} from './options.ts'
import {badEntry, type Rules} from '../zip/rules.ts'
import {choose, type Chosen} from './selection.ts'
import {warnOfNames, withoutExisting} from './write-plan.ts'

/** An archive whose entries are known, as one part of a tree. */
export interface Part {
  readonly source: ArchiveSource
  readonly entries: readonly ZipEntry[]
}

/**
 * What of each archive is to be written where, so that one tree results: everything that can be refused before an entry is read is refused
 * here. `destination` is looked at for what is in the way; undefined if nothing can be.
 */
export function planTree(
  parts: readonly Part[],
  options: UnpackOptions,
  rules: Rules,
  destination: string | undefined,
): readonly (readonly Chosen[])[] {
  const {overwrite = 'merge', clashes = 'refuse', warn = () => undefined} = options
  const wanted = parts.map((part) => choosePart(part, options))
  const settled =
    clashes === 'last' ? keepFirst(wanted.toReversed()).toReversed() : clashes === 'first' ? keepFirst(wanted) : wanted
  refuseTwice(parts, settled)
  // Those of one archive that keep their paths have been looked at when its directory was read.
  if (settled.length > 1 || settled[0]?.some(({entry, out}) => out !== entry.path))
    refuseClashes(
      joinFolders(settled).map(({entry, out}) => ({path: out, type: entry.type})),
      rules,
    )
  const left = settled.map((chosen) =>
    destination === undefined ? chosen : withoutExisting(chosen, destination, overwrite),
  )
  for (const [index, {entries, source}] of parts.entries()) {
    if (entries.length === 0)
      warn(`The archive${source.name === undefined ? '' : ` of ${clean(source.name, 100)}`} is empty: 0 files.`)
    warnOfNames(left[index] ?? [], warn)
  }
  return left
}

function choosePart({source, entries}: Part, options: UnpackOptions): readonly Chosen[] {
  const {symlinks = 'safe', selection = {}, warn} = options
  const chosen = choose(entries, selection)
  const links = chosen.filter(({entry}) => entry.type === 'symlink')
  if (symlinks === 'error' && links[0]) throw badEntry(links[0].entry.path, 'is a link, and links are not wanted')
  if (symlinks === 'skip' && links.length > 0) warn?.(`${links.length} links are left out, as asked.`)
  const kept = symlinks === 'skip' ? chosen.filter(({entry}) => entry.type !== 'symlink') : chosen
  return source.into === undefined ? kept : kept.map(({entry, out}) => ({entry, out: `${source.into}/${out}`}))
}

/** Of entries with the same path only those of the first archive that brings it. */
function keepFirst(parts: readonly (readonly Chosen[])[]): readonly (readonly Chosen[])[] {
  const taken = new Map<string, number>()
  return parts.map((part, index) =>
    part.filter(({entry, out}) => {
      const by = taken.get(out) ?? index
      taken.set(out, by)
      return by === index || entry.type === 'directory'
    }),
  )
}

/** Between archives a clash is nobody's malice, so it is told as such, with both jobs' names. */
function refuseTwice(parts: readonly Part[], chosen: readonly (readonly Chosen[])[]): void {
  if (parts.length < 2) return
  const from = new Map<string, number>()
  for (const [index, part] of chosen.entries()) {
    for (const {entry, out} of part) {
      if (entry.type === 'directory') continue
      const other = from.get(out)
      if (other !== undefined && other !== index) {
        throw new ActionError(
          'cannotWrite',
          `Both ${nameOf(parts[other])} and ${nameOf(parts[index])} bring "${clean(out, 120)}".`,
          {
            hint: 'Give each job a folder of its own, choose fewer files, or say which job wins.',
          },
        )
      }
      from.set(out, index)
    }
  }
}

function nameOf(part: Part | undefined): string {
  return part?.source.name === undefined ? 'one archive' : `the job "${clean(part.source.name, 100)}"`
}

/** All entries as one list; a folder that several archives bring is one folder. */
export function joinFolders(parts: readonly (readonly Chosen[])[]): readonly Chosen[] {
  if (parts.length === 1) return parts[0] ?? []
  const folders = new Set<string>()
  return parts.flat().filter(({entry, out}) => {
    if (entry.type !== 'directory') return true
    const isNew = !folders.has(out)
    folders.add(out)
    return isNew
  })
}
