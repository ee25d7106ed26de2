import {rmSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {refuseTooLarge} from './zip/layout.ts'
import {checkLinks, makeLinks} from './unpack/links.ts'
import {createCounts, type Counts} from './remote/counts.ts'
import {openArchive, type Opened} from './remote/opened.ts'
import type {ArchiveSource, SourceResult, UnpackOptions} from './unpack/options.ts'
import {runPipeline} from './remote/pipeline.ts'
import {defaultRules, type Rules} from './zip/rules.ts'
import {segmentsOf} from './unpack/segments.ts'
import {exactPath, type Chosen} from './unpack/selection.ts'
import {fetchSingle} from './remote/single-file.ts'
import {createDigest} from './remote/spool.ts'
import {ReplacedFile} from './remote/tries.ts'
import type {Link} from './unpack/unpack.ts'
import {createUnpacker} from './unpack/unpacker.ts'
import {joinFolders, planTree} from './unpack/tree-plan.ts'
import {dateFolders, makeFolders, refuseFullDisk} from './unpack/write-plan.ts'

export interface GatherOptions extends UnpackOptions {
  readonly sources: readonly ArchiveSource[]
  /** A private folder: the tree is made in `new` in it, the archives are kept beside. */
  readonly folder: string
  /** What the tree will be joined with; undefined if nothing. */
  readonly destination: string | undefined
}

export interface Gathered {
  readonly results: readonly SourceResult[]
  /** Everything in the tree, in no order. */
  readonly chosen: readonly Chosen[]
}

/**
 * Unpacks the chosen files of all sources into one new tree. All directories are read, and everything is refused that can be, before the first
 * entry is. A file that is replaced while it is read by parts is read again in one piece, which cannot be mixed.
 */
export async function gatherTree(options: GatherOptions): Promise<Gathered> {
  const counts = createCounts(options.sources)
  const whole = new Set<ArchiveSource>()
  for (;;) {
    const opened: Opened[] = []
    try {
      return await gatherOnce(options, counts, whole, opened)
    } catch (error) {
      const source = error instanceof SourceFailure ? error.source : undefined
      const cause = error instanceof SourceFailure ? error.cause : error
      if (!source || !(cause instanceof ReplacedFile) || whole.has(source)) throw cause
      whole.add(source)
      rmSync(`${options.folder}/new`, {recursive: true, force: true})
    } finally {
      for (const {spool} of opened) spool.close()
    }
  }
}

/** Remembers whose failure it was. */
class SourceFailure extends Error {
  readonly source: ArchiveSource

  constructor(source: ArchiveSource, cause: unknown) {
    super('', {cause})
    this.source = source
  }
}

async function of<T>(source: ArchiveSource, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new SourceFailure(source, error)
  }
}

async function gatherOnce(
  options: GatherOptions,
  counts: readonly Counts[],
  whole: ReadonlySet<ArchiveSource>,
  opened: Opened[],
): Promise<Gathered> {
  const rules = {...defaultRules, ...options.rules}
  const {sources, folder} = options
  const exact = exactPath(options.selection ?? {})
  const parts: {readonly source: ArchiveSource; readonly opened: Opened}[] = []
  for (const [index, source] of sources.entries()) {
    const own = counts[index] ?? {bytes: 0, requests: 0, wanted: undefined}
    const path = `${folder}/archive-${index}.zip`
    const one = await of(
      source,
      openArchive({source, counts: own, all: counts, path, isWhole: whole.has(source), rules, options, exact}),
    )
    opened.push(one)
    parts.push({source, opened: one})
  }
  const chosen = planTree(
    parts.map(({source, opened: {archive}}) => ({source, entries: archive.entries})),
    options,
    rules,
    options.destination,
  )
  const all = joinFolders(chosen)
  const bytes = refuseTooLarge(
    all.map(({entry}) => entry),
    rules,
  )
  refuseFullDisk(folder, bytes)
  const root = `${folder}/new`
  makeFolders(root, all)
  const results: SourceResult[] = []
  const links: Link[] = []
  for (const [index, {source, opened: one}] of parts.entries()) {
    const unpacked = await of(source, unpackOne(one, chosen[index] ?? [], root, options, rules))
    checkSha256(unpacked.result.sha256, source.expectedSha256)
    results.push(unpacked.result)
    links.push(...unpacked.links)
  }
  checkLinks(links)
  makeLinks(links, root)
  dateFolders(root, all)
  return {results, chosen: all}
}

async function unpackOne(
  {archive, supply, single, spool, counts}: Opened,
  chosen: readonly Chosen[],
  root: string,
  options: UnpackOptions,
  rules: Rules,
): Promise<{readonly result: SourceResult; readonly links: readonly Link[]}> {
  const bytes = refuseTooLarge(
    chosen.map(({entry}) => entry),
    rules,
  )
  if (single) {
    counts.wanted = counts.bytes + archive.bytes
    const links = await fetchSingle(single, chosen, root, counts, options)
    return {
      links,
      result: {
        files: chosen.length,
        bytes,
        sha256: undefined,
        fetchedBytes: counts.bytes,
        requests: counts.requests,
        way: 'single-file',
      },
    }
  }
  const segments = segmentsOf(chosen, archive.ends)
  const missing = supply ? segments.reduce((sum, {start, end}) => sum + end - start, 0) : 0
  counts.wanted = Math.min(archive.bytes, counts.bytes + missing)
  refuseFullDisk(root, bytes + missing)
  const isAll = !supply || chosen.length === archive.entries.length
  const digest = isAll ? createDigest(spool, archive.bytes) : undefined
  const unpacker = createUnpacker({archive: spool.path, root, jobs: options.jobs ?? defaultJobs(), bytes})
  let links: readonly Link[] = []
  try {
    links = await runPipeline({segments, spool, unpacker, supply, digest, signal: options.signal})
  } finally {
    await unpacker.close()
  }
  const sha256 = await digest?.hex()
  const files = chosen.filter(({entry}) => entry.type !== 'directory').length
  return {
    links,
    result: {
      files,
      bytes,
      sha256,
      fetchedBytes: counts.bytes,
      requests: counts.requests,
      way: supply ? 'range' : 'whole',
    },
  }
}

export function checkSha256(found: string | undefined, expected: string | undefined): void {
  if (expected === undefined || found === expected.trim().toLowerCase()) return
  throw new ActionError('untrusted', `The archive has the SHA-256 ${found}, not the expected ${clean(expected, 80)}.`)
}

export function defaultJobs(): number {
  return Math.min(4, availableParallelism())
}
