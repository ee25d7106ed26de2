import {systemClock} from '../base/clock.ts'
import {ActionError} from '../base/errors.ts'
import {checkDestination} from './publish/destination.ts'
import {gatherTree} from './gather.ts'
import {withLock} from './publish/lock.ts'
import {lookAt} from './publish/merge-tree.ts'
import {refuseRedirected} from './publish/older-links.ts'
import type {ArchiveSource, SourceResult, UnpackOptions} from './unpack/options.ts'
import {publishTree} from './publish/publish.ts'
import {closeStaging, openStaging} from './publish/staging.ts'

export interface FetchOptions extends ArchiveSource, UnpackOptions {
  /** The folder to unpack into. */
  readonly destination: string
}

export interface FetchResult extends SourceResult {
  /** The destination, absolute. */
  readonly path: string
}

export interface FetchManyOptions extends UnpackOptions {
  readonly sources: readonly ArchiveSource[]
  readonly destination: string
}

export interface FetchManyResult {
  readonly path: string
  readonly files: number
  readonly bytes: number
  /** Files that were there already and stay as they were. */
  readonly kept: number
  /** One for each source, in their order. */
  readonly results: readonly SourceResult[]
}

/**
 * Fetches an archive, or the chosen files of it, and unpacks it so that the destination has its old content or all of the new, whatever
 * happens. Throws an ActionError: usage or cannotWrite before anything is fetched where that can be known, untrusted for an archive that
 * is broken or hostile, notFound if nothing matches, unreachable if it cannot be fetched; or the signal's reason.
 */
export async function fetchArtifacts(options: FetchOptions): Promise<FetchResult> {
  const {path, results} = await fetchMany({...options, sources: [options]})
  const [result] = results
  if (!result) throw new Error('a source without a result')
  return {...result, path}
}

/** The same for several archives that become one tree, all or nothing. Two that bring the same path are refused, or `clashes` says who wins. */
export async function fetchMany(options: FetchManyOptions): Promise<FetchManyResult> {
  const {overwrite = 'merge'} = options
  const path = checkDestination(options.destination, {
    kind: 'folder',
    replaces: overwrite === 'replace',
    replacesRepository: options.replaceRepository,
  })
  for (const {into} of options.sources) refuseOdd(into)
  const lockOptions = {clock: options.clock ?? systemClock, signal: options.signal, warn: options.warn}
  const staging = await openStaging(path, lockOptions)
  try {
    const {results, kept} = await gatherTree({...options, folder: staging.folder, destination: path})
    await withLock(staging.lock, lockOptions, () => {
      if (overwrite === 'merge' && lookAt(path)) refuseRedirected(`${staging.folder}/new`, path)
      publishTree(staging.folder, path, overwrite)
    })
    const sum = (of: (result: SourceResult) => number): number => results.reduce((all, one) => all + of(one), 0)
    return {path, files: sum(({files}) => files), bytes: sum(({bytes}) => bytes), results, kept}
  } finally {
    closeStaging(staging)
  }
}

function refuseOdd(into: string | undefined): void {
  const isFine =
    into === undefined ||
    into.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
  if (!isFine) throw new ActionError('usage', 'A folder below the destination is named in a way that leaves it.')
}
