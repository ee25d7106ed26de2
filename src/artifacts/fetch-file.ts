import type {OpenFile} from '../gitlab/api/types.ts'
import {makeFile, type MakeFileOptions} from './publish/make-file.ts'
import type {ReadOptions} from './unpack/options.ts'
import type {Overwrite} from './publish/publish.ts'
import {tooManyBytes} from './remote/body.ts'
import {createCounts, remoteOptions} from './remote/counts.ts'
import type {Asked} from './remote/impostor.ts'
import {fetchWhole} from './remote/remote-archive.ts'
import {createSpool} from './remote/spool.ts'
import {defaultRules} from './zip/rules.ts'

export interface FetchFileOptions extends Omit<ReadOptions, 'rules'>, Pick<MakeFileOptions, 'askModes'> {
  /** GitLab's route for that file alone. */
  readonly open: OpenFile
  /** What it is, to tell a page in its place. */
  readonly asked: Asked
  readonly destination: string
  readonly overwrite?: Overwrite | undefined
  /** Its size, where GitLab's tree told it. */
  readonly knownBytes?: number | undefined
  /** Most bytes it may have; 10 GiB unless told otherwise. */
  readonly maxBytes?: number | undefined
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
  const {path, result} = await makeFile(options, (file) => fetchInto(file, options))
  return {path, ...result}
}

async function fetchInto(
  file: string,
  {open, asked, knownBytes, maxBytes = defaultRules.maxBytes, ...options}: FetchFileOptions,
): Promise<{readonly bytes: number; readonly requests: number}> {
  const spool = createSpool(file)
  const counts = createCounts({knownBytes})
  try {
    const {bytes} = await fetchWhole(
      // GitLab answers no ranges here, so a strong tag does not help.
      remoteOptions(
        {open: ({signal, budget}) => open({signal, budget}), asked, knownBytes, counts, all: [counts], maxBytes},
        options,
      ),
      undefined,
      (position, bytes) => spool.write(position, bytes),
      () => spool.truncate(0),
    )
    if (bytes > maxBytes) throw tooManyBytes(bytes, maxBytes)
    spool.truncate(bytes)
    return {bytes, requests: counts.requests}
  } finally {
    spool.close()
  }
}
