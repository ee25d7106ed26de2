import {remoteOptions, type Counts} from './counts.ts'
import {createSpool, type Spool} from './spool.ts'
import {openSource, type Source, type SourceOptions} from './source.ts'
import type {Rules} from '../zip/rules.ts'
import type {ArchiveSource, ReadOptions} from '../unpack/options.ts'

/** A source whose directory has been read, with the file its bytes are kept in. */
export interface OpenedArchive extends Source {
  readonly spool: Spool
  readonly counts: Counts
}

export interface OpenRequest {
  readonly source: ArchiveSource
  readonly counts: Counts
  readonly all: readonly Counts[]
  readonly path: string
  readonly isWhole: boolean
  readonly rules: Rules
  readonly options: ReadOptions
  readonly insteadOfWhole?: SourceOptions['insteadOfWhole']
}

/** Opens a source into a new spool at `path`. The spool is the caller's to close; after a failure it is closed already. */
export async function openArchive({
  source,
  counts,
  all,
  path,
  isWhole,
  rules,
  options,
  insteadOfWhole,
}: OpenRequest): Promise<OpenedArchive> {
  const spool = createSpool(path)
  try {
    const opened = await openSource({
      ...remoteOptions(
        {open: source.open, asked: 'zip', knownBytes: source.knownBytes, counts, all, maxBytes: rules.maxBytes},
        options,
      ),
      spool,
      rules,
      insteadOfWhole,
      isWhole: isWhole || source.isWhole === true || source.expectedSha256 !== undefined,
    })
    return {...opened, spool, counts}
  } catch (error) {
    spool.close()
    throw error
  }
}
