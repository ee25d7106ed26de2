import type {Clock} from '../../base/clock.ts'
import type {OpenFile} from '../../gitlab/api/types.ts'
import type {Overwrite} from '../publish/publish.ts'
import type {Rules} from '../zip/rules.ts'
import type {Selection} from './selection.ts'

/** How links in the archive are treated: made if they stay inside, left out, or a reason to refuse. */
type Symlinks = 'safe' | 'skip' | 'error'

/** What to do if two archives bring the same path: refuse both, or believe one of them. */
export type Clashes = 'refuse' | 'first' | 'last'

/** One job's archive at GitLab. */
export interface ArchiveSource {
  readonly open: OpenFile
  /** For messages: the job's name. */
  readonly name?: string | undefined
  /** Opens one file of the archive by GitLab's single-file route. */
  readonly openEntry?: ((path: string) => OpenFile) | undefined
  /** What GitLab's tree (18.8) says of one file; undefined if it cannot be asked. Without it the single-file route tells no mode. */
  readonly treeEntry?:
    | ((path: string) => Promise<{readonly mode: string | null; readonly size?: number | undefined} | undefined>)
    | undefined
  /** The archive's size as the job tells it. Anything else is not believed. */
  readonly knownBytes?: number | undefined
  /** Read in one piece, so that the SHA-256 of the archive is known. */
  readonly isWhole?: boolean | undefined
  /** Of this archive, in place of that for all. */
  readonly selection?: Selection | undefined
  /** In hex, of the archive. With it the archive is always read whole. */
  readonly expectedSha256?: string | undefined
  /** A folder below the destination for what comes from here: slash-separated. */
  readonly into?: string | undefined
}

/** What every way of reading archives is given. */
export interface ReadOptions {
  readonly rules?: Partial<Rules> | undefined
  readonly clock?: Clock | undefined
  readonly signal: AbortSignal
  /** Bytes that came, and how many are to come as far as is known; of all sources together. */
  readonly progress?: ((bytesDone: number, bytesTotal: number | undefined) => void) | undefined
  readonly warn?: ((text: string) => void) | undefined
  /** How often a file is asked for in vain, its opening and its body together, before that is final. */
  readonly attempts?: number | undefined
  /** How long a body may come slower than the least rate, in milliseconds. */
  readonly patienceMs?: number | undefined
  /** False where nobody will see the SHA-256 of what is read whole: it costs a pass over all of it. */
  readonly needsSha256?: boolean | undefined
  /** Told of each part of a download that broke off and is tried again. */
  readonly tell?: ((text: string) => void) | undefined
}

export interface UnpackOptions extends ReadOptions {
  readonly selection?: Selection | undefined
  readonly symlinks?: Symlinks | undefined
  /** Threads to unpack with; 1 for none. Default: one a core, at most 4. */
  readonly jobs?: number | undefined
  /** How many archives are fetched at once; 4 unless told otherwise. */
  readonly parallel?: number | undefined
  readonly overwrite?: Overwrite | undefined
  /** With `replace`: the folder may be a Git repository. */
  readonly replaceRepository?: boolean | undefined
  readonly clashes?: Clashes | undefined
  /** Files, by their absolute path and what they are called, that nothing of an archive may take the place of. */
  readonly taken?: readonly {readonly name: string; readonly path: string}[] | undefined
}

/** How an archive was read: by parts, one file by the single-file route, or all of it in one piece. */
export type Way = 'range' | 'single-file' | 'whole'

export interface SourceResult {
  /** Files and links, folders not counted, and their bytes. */
  readonly files: number
  readonly bytes: number
  /** Of the archive, if all of it was read and somebody needs it. */
  readonly sha256: string | undefined
  readonly fetchedBytes: number
  readonly requests: number
  readonly way: Way
  /** Size of the archive itself; undefined where only one file of it was asked for. */
  readonly archiveBytes: number | undefined
}
