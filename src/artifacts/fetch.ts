import {rmSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {clean} from '../clean.ts'
import {systemClock, type Clock} from '../clock.ts'
import {ActionError} from '../errors.ts'
import type {OpenFile} from '../gitlab/types.ts'
import {checkDestination} from './destination.ts'
import type {ZipEntry} from './directory.ts'
import {refuseClashes, refuseTooLarge} from './layout.ts'
import {checkLinks, makeLinks} from './links.ts'
import {withLock} from './lock.ts'
import {runPipeline} from './pipeline.ts'
import {publishTree, type Overwrite} from './publish.ts'
import {badEntry, defaultRules, type Rules} from './rules.ts'
import {segmentsOf, workItems} from './segments.ts'
import {choose, type Chosen, type Selection} from './selection.ts'
import {openSource} from './source.ts'
import {createDigest, createSpool} from './spool.ts'
import {closeStaging, openStaging, type Staging} from './staging.ts'
import {ReplacedFile} from './tries.ts'
import {createUnpacker} from './unpacker.ts'
import {dateFolders, makeFolders, refuseFullDisk, warnOfNames, withoutExisting} from './write-plan.ts'

/** How links in the archive are treated: made if they stay inside, left out, or a reason to refuse. */
export type Symlinks = 'safe' | 'skip' | 'error'

export interface FetchOptions {
  readonly open: OpenFile
  /** The folder to unpack into. */
  readonly destination: string
  /** The archive's size as the job tells it. Anything else is not believed. */
  readonly knownBytes?: number | undefined
  /** In hex, of the archive. With it the archive is always read whole. */
  readonly expectedSha256?: string | undefined
  readonly selection?: Selection | undefined
  readonly overwrite?: Overwrite | undefined
  readonly symlinks?: Symlinks | undefined
  readonly rules?: Partial<Rules> | undefined
  /** Threads to unpack with; 1 for none. Default: one a core, at most 4. */
  readonly jobs?: number | undefined
  readonly clock?: Clock | undefined
  readonly signal: AbortSignal
  /** Bytes that came, and how many are to come as far as is known. */
  readonly progress?: ((bytesDone: number, bytesTotal: number | undefined) => void) | undefined
  readonly warn?: ((text: string) => void) | undefined
}

export interface FetchResult {
  /** Files and links written, folders not counted, and their bytes. */
  readonly files: number
  readonly bytes: number
  /** Of the archive, if all of it was read. */
  readonly sha256: string | undefined
  /** Absolute. */
  readonly path: string
  readonly fetchedBytes: number
  readonly requests: number
  /** How it was fetched: by ranges, or in one piece. */
  readonly way: 'range' | 'whole'
}

/**
 * Fetches an archive, or the chosen files of it, and unpacks it so that the destination has its old content or all of the new, whatever
 * happens. Throws an ActionError: usage or cannotWrite before anything is fetched where that can be known, untrusted for an archive that
 * is broken or hostile, notFound if nothing matches, unreachable if it cannot be fetched; or the signal's reason.
 */
export async function fetchArtifacts(options: FetchOptions): Promise<FetchResult> {
  const overwrite = options.overwrite ?? 'merge'
  const destination = checkDestination(options.destination, {kind: 'folder', replaces: overwrite === 'replace'})
  const lockOptions = {clock: options.clock ?? systemClock, signal: options.signal}
  const staging = await openStaging(destination, lockOptions)
  try {
    const result = await untilUnchanged(options, staging)
    await withLock(staging.lock, lockOptions, () => publishTree(staging.folder, destination, overwrite))
    return result
  } finally {
    closeStaging(staging)
  }
}

/** A file may be replaced while it is read by parts. Then it is read again from the start, in one piece, which cannot be mixed. */
async function untilUnchanged(options: FetchOptions, staging: Staging): Promise<FetchResult> {
  const counts = {bytes: 0, requests: 0}
  let isWhole = options.expectedSha256 !== undefined
  for (;;) {
    try {
      return await fetchOnce(options, staging, counts, isWhole)
    } catch (error) {
      if (!(error instanceof ReplacedFile) || isWhole) throw error
      isWhole = true
      rmSync(staging.tree, {recursive: true, force: true})
    }
  }
}

interface Counts {
  bytes: number
  requests: number
}

async function fetchOnce(
  options: FetchOptions,
  staging: Staging,
  counts: Counts,
  isWhole: boolean,
): Promise<FetchResult> {
  const {clock = systemClock, signal, knownBytes} = options
  const rules = {...defaultRules, ...options.rules}
  const spool = createSpool(staging.archive)
  let wantedBytes = knownBytes
  try {
    const {archive, supply} = await openSource({
      open: async (request) => {
        counts.requests += 1
        return options.open(request)
      },
      counted: (bytes) => {
        counts.bytes += bytes
        options.progress?.(counts.bytes, wantedBytes)
      },
      clock,
      signal,
      knownBytes,
      spool,
      rules,
      isWhole,
    })
    const chosen = plan(options, archive.entries, staging, rules)
    const bytes = refuseTooLarge(
      chosen.map(({entry}) => entry),
      rules,
    )
    const segments = segmentsOf(workItems(chosen, archive.ends))
    const missing = supply ? segments.reduce((sum, {start, end}) => sum + end - start, 0) : 0
    wantedBytes = Math.min(archive.bytes, counts.bytes + missing)
    refuseFullDisk(staging.folder, bytes + missing)
    makeFolders(staging.tree, chosen)
    const digest = !supply || chosen.length === archive.entries.length ? createDigest(spool, archive.bytes) : undefined
    const unpacker = createUnpacker({
      archive: spool.path,
      root: staging.tree,
      jobs: options.jobs ?? defaultJobs(),
      bytes,
    })
    const links = await runPipeline({segments, spool, unpacker, supply, digest, signal}).finally(unpacker.close)
    const sha256 = await digest?.hex()
    checkSha256(sha256, options.expectedSha256)
    checkLinks(links)
    makeLinks(links, staging.tree)
    dateFolders(staging.tree, chosen)
    return {
      files: chosen.filter(({entry}) => entry.type !== 'directory').length,
      path: staging.destination,
      way: supply ? 'range' : 'whole',
      fetchedBytes: counts.bytes,
      requests: counts.requests,
      bytes,
      sha256,
    }
  } finally {
    spool.close()
  }
}

/** What is to be written where: everything that can be refused before an entry is read is refused here. */
function plan(options: FetchOptions, entries: readonly ZipEntry[], staging: Staging, rules: Rules): readonly Chosen[] {
  const {symlinks = 'safe', selection = {}, overwrite = 'merge', warn = () => undefined} = options
  const links = entries.filter(({type}) => type === 'symlink')
  if (symlinks === 'error' && links[0]) throw badEntry(links[0].path, 'is a link, and links are not wanted')
  const wanted = choose(entries, selection).filter(({entry}) => symlinks !== 'skip' || entry.type !== 'symlink')
  if (symlinks === 'skip' && links.length > 0) warn(`Links are left out, as asked: ${links.length} in the archive.`)
  refuseClashes(
    wanted.map(({entry, out}) => ({path: out, type: entry.type})),
    rules,
  )
  const chosen = withoutExisting(wanted, staging.destination, overwrite)
  if (entries.length === 0) warn('The archive is empty: 0 files.')
  warnOfNames(chosen, warn)
  return chosen
}

function checkSha256(found: string | undefined, expected: string | undefined): void {
  if (expected === undefined || found === expected.trim().toLowerCase()) return
  throw new ActionError('untrusted', `The archive has the SHA-256 ${found}, not the expected ${clean(expected, 80)}.`)
}

function defaultJobs(): number {
  return Math.min(4, availableParallelism())
}
