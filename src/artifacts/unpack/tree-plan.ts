import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {ZipEntry} from '../zip/directory.ts'
import {refuseClashes, type Placed} from '../zip/layout.ts'
import type {ArchiveSource, UnpackOptions} from './options.ts'
import {refuseEntry, type Rules} from '../zip/rules.ts'
import {linkAround, partByLinks, type Parted, type ThroughLink} from './links.ts'
import {choose, stripFolders, type Chosen, type Selection} from './selection.ts'
import {warnOfNames, withoutExisting} from './write-plan.ts'

/** An archive whose entries are known, as one part of a tree. */
export interface Part {
  readonly source: ArchiveSource
  readonly entries: readonly ZipEntry[]
}

/** What is to be written where. */
export interface TreePlan {
  /** By archive, in their order. */
  readonly parts: readonly Parted[]
  /** Where links would be that are in an archive and are not to be made. */
  readonly leftOut: ReadonlySet<string>
  /** Files that lie at the destination already, and stay as they are. */
  readonly kept: number
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
): TreePlan {
  const {overwrite = 'merge', clashes = 'refuse', warn = () => undefined} = options
  const selected = chooseAll(parts, options.selection ?? {}).map((chosen, index) =>
    kindsOf(chosen, parts[index], options),
  )
  const settled =
    clashes === 'last'
      ? keepFirst(selected.toReversed()).toReversed()
      : clashes === 'first'
        ? keepFirst(selected)
        : selected
  refuseTwice(parts, settled)
  const linkPaths = parts.map(
    ({entries}) => new Set(entries.filter(({type}) => type === 'symlink').map(({path}) => path)),
  )
  const parted = settled.map((chosen, index) => partByLinks(chosen, linkPaths[index] ?? new Set()))
  refuseClashes(placesOf(joinFolders(parted.map(({plain}) => plain))), rules)
  for (const {through} of parted) refuseClashes(placesOf(through), rules)
  const left = parted.map(({plain, through}) => ({
    plain:
      destination === undefined ? plain : withLinks(withoutExisting(plain, destination, overwrite), plain, through),
    through,
  }))
  for (const [index, {entries, source}] of parts.entries()) {
    if (entries.length === 0)
      warn(`The archive${source.name === undefined ? '' : ` of ${clean(source.name, 100)}`} is empty: 0 files.`)
    warnOfNames(left[index]?.plain ?? [], warn)
  }
  return {parts: left, leftOut: leftOutLinks(parts, settled, options), kept: countOf(parted) - countOf(left)}
}

/** By archive. What is chosen of all must be in one of them; what is chosen of one, in that. */
function chooseAll(parts: readonly Part[], selection: Selection): readonly (readonly Chosen[])[] {
  const listOf = ({source, entries}: Part) => ({name: source.name, entries})
  const common = parts.filter(({source}) => !source.selection)
  const ofCommon = common.length === 0 ? [] : choose(common.map(listOf), selection)
  return parts.map((part) => {
    const own = part.source.selection
    if (!own) return ofCommon[common.indexOf(part)] ?? []
    return choose([listOf(part)], {allowUnmatched: selection.allowUnmatched, ...own})[0] ?? []
  })
}

/** What is reached through a link needs its target, also where that link is there already and stays as it is. */
function withLinks(
  left: readonly Chosen[],
  plain: readonly Chosen[],
  through: readonly ThroughLink[],
): readonly Chosen[] {
  if (through.length === 0 || left.length === plain.length) return left
  const kept = new Set(left)
  return plain.filter((item) => kept.has(item) || item.entry.type === 'symlink')
}

function countOf(parts: readonly Parted[]): number {
  return parts.reduce((sum, {plain}) => sum + plain.length, 0)
}

function placesOf(chosen: readonly Chosen[]): readonly Placed[] {
  return chosen.map(({entry, out}) => ({path: out, type: entry.type}))
}

/** Without what cannot be written, which is refused, and without links that are not wanted. */
function kindsOf(chosen: readonly Chosen[], part: Part | undefined, options: UnpackOptions): readonly Chosen[] {
  const {symlinks = 'safe', warn} = options
  for (const {entry} of chosen) if (entry.fault) throw refuseEntry(entry.path, entry.fault)
  const links = chosen.filter(({entry}) => entry.type === 'symlink')
  if (symlinks === 'error' && links[0])
    throw refuseEntry(
      links[0].entry.path,
      {why: 'is a link, and links are not wanted'},
      '--symlinks skip leaves all links out. ',
    )
  const kept = symlinks === 'skip' ? withoutLinks(chosen, links, warn) : chosen
  const into = part?.source.into
  return into === undefined ? kept : kept.map(({entry, out}) => ({entry, out: out === '' ? into : `${into}/${out}`}))
}

/** What lies below a link has no place without it. */
function withoutLinks(
  chosen: readonly Chosen[],
  links: readonly Chosen[],
  warn: UnpackOptions['warn'],
): readonly Chosen[] {
  if (links.length === 0) return chosen
  const paths = new Set(links.map(({entry}) => entry.path))
  const kept = chosen.filter(({entry}) => !paths.has(entry.path) && linkAround(entry.path, paths) === undefined)
  const below = chosen.length - kept.length - links.length
  warn?.(
    `${links.length} links are left out, as asked${below > 0 ? `, and ${below} entries that are reached through them` : ''}.`,
  )
  return kept
}

function leftOutLinks(
  parts: readonly Part[],
  chosen: readonly (readonly Chosen[])[],
  {selection}: UnpackOptions,
): ReadonlySet<string> {
  const outs = new Set<string>()
  for (const [index, {source, entries}] of parts.entries()) {
    const links = entries.filter(({type}) => type === 'symlink')
    if (links.length === 0) continue
    const made = new Set((chosen[index] ?? []).map(({entry}) => entry.index))
    for (const {index: own, path} of links) {
      const out = stripFolders(path, selection?.strip ?? 0)
      if (!made.has(own) && out !== '') outs.add(source.into === undefined ? out : `${source.into}/${out}`)
    }
  }
  for (const part of chosen) for (const {out} of part) outs.delete(out)
  return outs
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

/** All entries as one list; a folder that is named several times is one folder, with the narrowest of its modes. */
export function joinFolders<Item extends Chosen>(parts: readonly (readonly Item[])[]): readonly Item[] {
  const places = new Map<string, number>()
  const joined: Item[] = []
  for (const item of parts.flat()) {
    const place = item.entry.type === 'directory' ? places.get(item.out) : undefined
    const first = place === undefined ? undefined : joined[place]
    if (place === undefined || first === undefined) {
      if (item.entry.type === 'directory') places.set(item.out, joined.length)
      joined.push(item)
      continue
    }
    const modes = [first.entry.unixMode, item.entry.unixMode].map((mode) => ((mode & 0o777) === 0 ? 0o40755 : mode))
    // Its owner can always go in, so never none at all, which would mean that nothing was said.
    const unixMode = modes.reduce((narrowest, mode) => narrowest & mode) | 0o700
    joined[place] = {...first, entry: {...first.entry, unixMode}}
  }
  return joined
}
