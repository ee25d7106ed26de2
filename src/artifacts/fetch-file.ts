import {systemClock, type Clock} from '../base/clock.ts'
import type {OpenFile} from '../gitlab/api/types.ts'
import {checkDestination, inTheWay} from './publish/destination.ts'
import {publishFile} from './keep-archive.ts'
import {withLock} from './publish/lock.ts'
import {lookAt} from './publish/merge-tree.ts'
import type {ReadOptions} from './unpack/options.ts'
import type {Overwrite} from './publish/publish.ts'
import {fetchWhole} from './remote/remote-archive.ts'
import {createSpool} from './remote/spool.ts'
import {closeStaging, openStaging} from './publish/staging.ts'
import {createTries} from './remote/tries.ts'

export interface FetchFileOptions extends Pick<ReadOptions, 'clock' | 'signal' | 'progress' | 'tell'> {
  /** GitLab's single-file route for that file. */
  readonly open: OpenFile
  readonly destination: string
  readonly overwrite?: Overwrite | undefined
  /** Its size, where GitLab's tree told it. */
  readonly knownBytes?: number | undefined
}

export interface FetchFileResult {
  /** The file written, absolute. */
  readonly path: string
  readonly bytes: number
  readonly requests: number
}

/**
 * Fetches one file by GitLab's single-file route: its old content or all of the new. That route never gives parts nor a checksum, so each
 * try begins anew, and the length is all that can be checked.
 */
export async function fetchFile(options: FetchFileOptions): Promise<FetchFileResult> {
  const {clock = systemClock, signal, overwrite = 'merge'} = options
  const path = checkDestination(options.destination, {kind: 'file'})
  if (overwrite === 'fail' && lookAt(path)) throw inTheWay(path, 'It exists already, and nothing may be overwritten.')
  const staging = await openStaging(path, {clock, signal})
  try {
    const file = `${staging.folder}/file`
    const fetched = await fetchInto(file, {...options, clock})
    await withLock(staging.lock, {clock, signal}, () => publishFile(file, path, overwrite))
    return {path, ...fetched}
  } finally {
    closeStaging(staging)
  }
}

async function fetchInto(
  file: string,
  {open, clock, signal, knownBytes, progress, tell}: FetchFileOptions & {readonly clock: Clock},
): Promise<{readonly bytes: number; readonly requests: number}> {
  const spool = createSpool(file)
  let requests = 0
  let counted = 0
  try {
    const {bytes} = await fetchWhole(
      {
        // GitLab answers no ranges here, so a strong tag does not help.
        open: async (request) => {
          requests += 1
          return open({signal: request.signal})
        },
        clock,
        signal,
        knownBytes,
        counted: (piece) => {
          counted += piece
          progress?.(counted, knownBytes)
        },
      },
      undefined,
      createTries({clock, signal, tell}),
      (position, bytes) => spool.write(position, bytes),
      () => spool.truncate(0),
    )
    spool.truncate(bytes)
    return {bytes, requests}
  } finally {
    spool.close()
  }
}
