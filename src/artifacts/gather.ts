import {rmSync} from 'node:fs'
import {bytesForThreads, planOne, refuseTooMuch, type Plan} from './archive-plan.ts'
import {canCopy, type PackedEntry} from './pack/copy-entries.ts'
import {checkLinks, linkTree, makeLinks, settleThrough} from './unpack/links.ts'
import {createCounts, type Counts} from './remote/counts.ts'
import {openArchive, type OpenedArchive} from './remote/opened.ts'
import type {ArchiveSource, SourceResult, UnpackOptions} from './unpack/options.ts'
import {runPipeline} from './remote/pipeline.ts'
import {eachOrNone} from './unpack/queue.ts'
import {defaultRules, type Rules} from './zip/rules.ts'
import {exactPath, type Chosen} from './unpack/selection.ts'
import {fetchSingle, singleFile} from './remote/single-file.ts'
import {checkSha256, createDigest, isDigestNeeded} from './remote/spool.ts'
import {ReplacedFile} from './remote/tries.ts'
import {createRoom, type Room} from './unpack/room.ts'
import type {Link} from './unpack/unpack.ts'
import {createUnpacker, type Unpacker} from './unpack/unpacker.ts'
import {joinFolders, planTree, type TreePlan} from './unpack/tree-plan.ts'
import {dateFolders, makeFolders, refuseTaken} from './unpack/write-plan.ts'

export interface GatherOptions extends UnpackOptions {
  readonly sources: readonly ArchiveSource[]
  /** A private folder: the tree is made in `new` in it, the archives are kept beside. */
  readonly folder: string
  /** What the tree will be joined with; undefined if nothing. */
  readonly destination: string | undefined
  /** Given, it is called in place of making a tree, if all that is chosen can be copied as it is packed: with that, checked, in no order. */
  readonly copy?: ((packed: readonly PackedEntry[], signal: AbortSignal) => Promise<void>) | undefined
}

export interface Gathered {
  readonly results: readonly SourceResult[]
  /** Everything in the tree, in no order; undefined if it was copied instead. */
  readonly chosen: readonly Chosen[] | undefined
  /** Files that lay at the destination already, and stay as they are. */
  readonly kept: number
}

/** One archive on its way into the tree. */
interface Part {
  readonly source: ArchiveSource
  readonly counts: Counts
  /** Where its bytes are kept meanwhile. */
  readonly spool: string
  /** To be read in one piece, as it changed while it was read by parts. */
  isWhole: boolean
}

/**
 * Unpacks the chosen files of all sources into one new tree. All directories are read, and everything is refused that can be, before the first
 * entry is. A file that is replaced while it is read by parts is read again in one piece, which cannot be mixed.
 */
export async function gatherTree(options: GatherOptions): Promise<Gathered> {
  const parts = options.sources.map((source, index): Part => ({
    source,
    counts: createCounts(source),
    spool: `${options.folder}/archive-${index}.zip`,
    isWhole: false,
  }))
  for (;;) {
    const opened: OpenedArchive[] = []
    try {
      return await gatherOnce(parts, options, opened)
    } catch (error) {
      if (!(error instanceof PartFailure)) throw error
      if (!(error.cause instanceof ReplacedFile) || error.part.isWhole) throw error.cause
      error.part.isWhole = true
      rmSync(`${options.folder}/new`, {recursive: true, force: true})
    } finally {
      for (const {spool} of opened) spool.close()
    }
  }
}

/** Remembers whose failure it was. */
class PartFailure extends Error {
  readonly part: Part

  constructor(part: Part, cause: unknown) {
    super('', {cause})
    this.part = part
  }
}

type ForEach = <T>(
  width: number,
  work: (part: Part, signal: AbortSignal, index: number) => Promise<T>,
) => Promise<readonly T[]>

async function gatherOnce(parts: readonly Part[], options: GatherOptions, opened: OpenedArchive[]): Promise<Gathered> {
  const rules = {...defaultRules, ...options.rules}
  const {folder, parallel = 4} = options
  /** So many at once, all or none. */
  const forEach: ForEach = (width, work) =>
    eachOrNone(parts, {width, signal: options.signal}, async (part, signal, index) => {
      try {
        return await work(part, signal, index)
      } catch (error) {
        throw new PartFailure(part, error)
      }
    })
  const archives = await forEach(parallel, async (part, signal) => {
    const archive = await openPart(part, parts, rules, {...options, signal})
    opened.push(archive)
    return archive
  })
  const tree = planTree(
    parts.map(({source}, index) => ({source, entries: archives[index]?.archive.entries ?? []})),
    options,
    rules,
    options.destination,
  )
  const plans = archives.map((archive, index) => {
    const {plain = [], through = []} = tree.parts[index] ?? {}
    return planOne(archive, [...plain, ...through], rules)
  })
  const copy = canCopyAll(tree, archives) ? options.copy : undefined
  refuseTooMuch(tree, plans, folder, rules, copy !== undefined)
  const root = `${folder}/new`
  if (!copy)
    makeFolders(
      root,
      tree.parts.flatMap((part) => [...part.plain, ...part.through]),
    )
  const isKept = copy !== undefined || parts.some(({source}) => isDigestNeeded(source, options.needsSha256))
  const bytes = bytesForThreads(plans, isKept)
  const unpacker = createUnpacker({root: copy ? undefined : root, jobs: options.jobs, bytes})
  // What is copied as it is packed is read where it has come to.
  const room = copy ? undefined : createRoom(roomBytes)
  try {
    const unpacked = await forEach(parallel, async ({source}, signal, index) => {
      const plan = plans[index]
      if (!plan) throw new Error('an archive without a plan')
      const done = await unpackOne(plan, source, {unpacker, room, root, options: {...options, signal}})
      checkSha256(done.result.sha256, source)
      return done
    })
    const links = unpacked.flatMap((done) => done.links)
    await copy?.(packedEntries(tree, archives, links), options.signal)
    const chosen = copy ? undefined : finishTree(tree, links, root, rules)
    // Only now it is known where everything lies that is reached through links.
    if (chosen && options.destination !== undefined) refuseTaken(chosen, options.destination, options.taken)
    return {results: unpacked.map(({result}) => result), chosen, kept: tree.kept}
  } finally {
    await unpacker.close()
  }
}

async function openPart(
  {source, counts, spool, isWhole}: Part,
  parts: readonly Part[],
  rules: Rules,
  options: GatherOptions,
): Promise<OpenedArchive> {
  const exact = exactPath(source.selection ?? options.selection ?? {})
  const insteadOfWhole = exact === undefined ? undefined : () => singleFile(source, exact, rules)
  const all = parts.map((part) => part.counts)
  return openArchive({source, counts, all, path: spool, isWhole, rules, options, insteadOfWhole})
}

/** What is reached through a link of its archive has its place only in a tree; what GitLab sends alone was never packed. */
function canCopyAll({parts}: TreePlan, archives: readonly OpenedArchive[]): boolean {
  return (
    archives.every(({single}) => !single) &&
    parts.every(({plain, through}) => through.length === 0 && plain.every(canCopy))
  )
}

/** With the same refusals as for a tree of them. */
function packedEntries(
  {parts, leftOut}: TreePlan,
  archives: readonly OpenedArchive[],
  links: readonly Link[],
): readonly PackedEntry[] {
  checkLinks(links, linkTree(joinFolders(parts.map(({plain}) => plain)), links, leftOut))
  const targets = new Map(links.map(({item, target}) => [item.out, target]))
  return joinFolders(
    archives.map(({spool, archive}, index) =>
      (parts[index]?.plain ?? []).map(({entry, out}) => ({
        entry,
        out,
        fd: spool.fd,
        end: archive.ends[entry.index] ?? entry.offset,
        target: targets.get(out),
      })),
    ),
  )
}

/** Links come when all files are there, the dates of folders when nothing more does. Gives everything with the path that it has in the end. */
function finishTree(tree: TreePlan, links: readonly Link[], root: string, rules: Rules): readonly Chosen[] {
  const plain = joinFolders(tree.parts.map((part) => part.plain))
  const known = linkTree(plain, links, tree.leftOut)
  checkLinks(links, known)
  const through = tree.parts.flatMap((part) => part.through)
  const settled = [...plain, ...settleThrough(through, known, root, rules)]
  makeLinks(links, root)
  dateFolders(root, settled)
  return settled
}

/** For what has come and is not unpacked yet, of all archives together. */
const roomBytes = 12 * 2 ** 20

interface Unpacked {
  readonly result: SourceResult
  readonly links: readonly Link[]
}

interface Into {
  readonly unpacker: Unpacker
  readonly room: Room | undefined
  readonly root: string
  readonly options: UnpackOptions
}

async function unpackOne(plan: Plan, source: ArchiveSource, into: Into): Promise<Unpacked> {
  const {root, options} = into
  const {from, chosen, bytes} = plan
  const {single, supply, counts} = from
  const {links, sha256} = single
    ? {links: await fetchSingle(single, chosen, root, counts, options), sha256: undefined}
    : await unpackSegments(plan, source, into)
  return {
    links,
    result: {
      files: chosen.filter(({entry}) => entry.type !== 'directory').length,
      bytes,
      sha256,
      fetchedBytes: counts.bytes,
      requests: counts.requests,
      way: single ? 'single-file' : supply ? 'range' : 'whole',
      archiveBytes: single ? undefined : from.archive.bytes,
    },
  }
}

async function unpackSegments(
  {from: {archive, supply, spool}, chosen, segments}: Plan,
  source: ArchiveSource,
  {unpacker, room, options: {needsSha256, signal}}: Into,
): Promise<{readonly links: readonly Link[]; readonly sha256: string | undefined}> {
  const isAll = !supply || chosen.length === archive.entries.length
  const digest = isAll && isDigestNeeded(source, needsSha256) ? createDigest(spool, archive.bytes) : undefined
  const links = await runPipeline({segments, spool, unpacker, supply, digest, room, signal})
  return {links, sha256: await digest?.hex()}
}
