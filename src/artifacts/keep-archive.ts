import {checkDestination} from './publish/destination.ts'
import {canInflate} from './zip/inflate.ts'
import {refuseTooLarge} from './zip/layout.ts'
import {makeFile} from './publish/make-file.ts'
import {lookAt} from './publish/merge-tree.ts'
import {createCounts} from './remote/counts.ts'
import {openArchive} from './remote/opened.ts'
import type {ArchiveSource, ReadOptions, SourceResult} from './unpack/options.ts'
import {runPipeline} from './remote/pipeline.ts'
import type {Overwrite} from './publish/publish.ts'
import {defaultRules} from './zip/rules.ts'
import {segmentsOf} from './unpack/segments.ts'
import {checkSha256, createDigest, isDigestNeeded} from './remote/spool.ts'
import {createUnpacker} from './unpack/unpacker.ts'

export interface KeepOptions extends ArchiveSource, ReadOptions {
  /** The file to write the zip to. */
  readonly destination: string
  /** `merge` and `replace` put the new file in the old one's place; `skip` does nothing if there is one. */
  readonly overwrite?: Overwrite | undefined
  readonly jobs?: number | undefined
}

export interface KeepResult extends SourceResult {
  /** The file, absolute. */
  readonly path: string
  /** Nothing was fetched, as the file is there and was to be kept. */
  readonly isSkipped: boolean
}

/**
 * Fetches an archive and keeps it as it is, whatever its entries are called, once it has one reading and each checksum is right. The file has its old
 * content or all of the new. `files` and `bytes` are what is in it, unpacked. Errors as for unpacking.
 */
export async function keepArchive(options: KeepOptions): Promise<KeepResult> {
  const path = checkDestination(options.destination, {kind: 'file'})
  if (options.overwrite === 'skip' && lookAt(path)) return {...nothingFetched, path, isSkipped: true}
  const {result} = await makeFile(options, (file) => fetchChecked(options, file))
  return {...result, path, isSkipped: false}
}

const nothingFetched: SourceResult = {
  files: 0,
  bytes: 0,
  sha256: undefined,
  fetchedBytes: 0,
  requests: 0,
  way: 'whole',
  archiveBytes: undefined,
}

async function fetchChecked(options: KeepOptions, path: string): Promise<SourceResult> {
  const rules = {...defaultRules, ...options.rules}
  const counts = createCounts(options)
  const {spool, archive} = await openArchive({
    source: options,
    counts,
    all: [counts],
    path,
    isWhole: true,
    rules,
    options,
  })
  try {
    const bytes = refuseTooLarge(archive.entries, rules)
    // Nothing is written by these names. What we could not unpack, others may: it is kept as it came.
    const readable = archive.entries.filter(({method, flags}) => canInflate(method, flags))
    const unread = archive.entries.length - readable.length
    if (unread > 0) options.warn?.(`${unread} entries are packed in ways that cannot be checked here.`)
    const chosen = readable.map((entry) => ({entry: {...entry, type: 'file' as const}, out: entry.path}))
    const digest = isDigestNeeded(options, options.needsSha256) ? createDigest(spool, archive.bytes) : undefined
    const unpacker = createUnpacker({root: undefined, jobs: options.jobs, bytes})
    const segments = segmentsOf(chosen, archive.ends)
    try {
      await runPipeline({segments, spool, unpacker, supply: undefined, digest, signal: options.signal})
    } finally {
      await unpacker.close()
    }
    const sha256 = await digest?.hex()
    checkSha256(sha256, options)
    const files = archive.entries.filter(({type}) => type !== 'directory').length
    return {
      files,
      bytes,
      sha256,
      fetchedBytes: counts.bytes,
      requests: counts.requests,
      way: 'whole',
      archiveBytes: archive.bytes,
    }
  } finally {
    spool.close()
  }
}
