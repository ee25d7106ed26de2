import type {ActionError} from '../../base/errors.ts'

/** Statuses GitLab knows today. Others may come: an unknown one is never final. */
export type JobStatus =
  | 'created'
  | 'waiting_for_resource'
  | 'preparing'
  | 'waiting_for_callback'
  | 'pending'
  | 'running'
  | 'success'
  | 'failed'
  | 'canceling'
  | 'canceled'
  | 'skipped'
  | 'manual'
  | 'scheduled'
  | (string & {})

/** A project's id. Before GitLab 13.10 pipelines do not tell it: then what the project was asked for by, maybe its full path. */
export type ProjectKey = number | string

export interface PipelineRef {
  readonly id: number
  readonly project_id: ProjectKey
  readonly ref: string
  readonly sha: string
  readonly status: JobStatus
  readonly web_url?: string | undefined
  readonly source?: string | undefined
  readonly created_at?: string | undefined
  /** Only where one pipeline is asked for. */
  readonly user?: User | null | undefined
}

interface User {
  readonly id: number
  readonly username: string
}

/**
 * What a job and a bridge have in common. Keys beyond these are kept as they came.
 * https://docs.gitlab.com/api/jobs/
 */
export interface AnyJob {
  readonly id: number
  readonly name: string
  readonly stage: string
  readonly status: JobStatus
  readonly ref: string
  readonly tag: boolean
  readonly allow_failure: boolean
  readonly created_at: string
  readonly started_at: string | null
  readonly finished_at: string | null
  /** Seconds; grows while the job runs. */
  readonly duration: number | null
  /** Seconds. */
  readonly queued_duration?: number | null | undefined
  readonly web_url: string
  readonly pipeline: PipelineRef
  readonly user?: User | null | undefined
  readonly commit?: {readonly id: string} | null | undefined
  /** Present only while the status is failed. */
  readonly failure_reason?: string | undefined
}

interface ArtifactEntry {
  readonly file_type: string
  readonly size: number
  readonly filename: string
  readonly file_format: string | null
}

export interface Job extends AnyJob {
  /** The archive; absent when there is none or it has expired. */
  readonly artifacts_file?: {readonly filename: string; readonly size: number} | undefined
  readonly artifacts?: readonly ArtifactEntry[] | undefined
  readonly artifacts_expire_at?: string | null | undefined
  readonly erased_at?: string | null | undefined
  /** Too old to be changed (GitLab 17). */
  readonly archived?: boolean | undefined
  readonly tag_list?: readonly string[] | undefined
  readonly runner?: {readonly id: number; readonly description: string | null} | null | undefined
}

/** A job that starts a pipeline of its own. */
export interface Bridge extends AnyJob {
  /** Null until the downstream pipeline exists. */
  readonly downstream_pipeline: PipelineRef | null
}

/** https://docs.gitlab.com/api/job_artifacts/ (tree, GitLab 18.8) */
export interface TreeEntry {
  readonly name: string
  /** Directories end in "/". */
  readonly path: string
  readonly type: 'file' | 'directory'
  readonly size?: number | undefined
  /** Six octal digits, as in "100644". */
  readonly mode: string | null
}

export interface AllowedAgents {
  readonly allowed_agents: readonly {
    readonly id: number
    readonly config_project: {readonly id: number; readonly path_with_namespace: string}
  }[]
  readonly job: {readonly id: number}
  readonly pipeline: {readonly id: number}
  readonly project: {readonly id: number; readonly groups?: readonly {readonly id: number}[] | undefined}
  readonly user: {
    readonly id: number
    readonly username: string
    readonly roles_in_project?: readonly string[] | undefined
  }
  readonly environment?: {readonly tier: string | null; readonly slug: string} | undefined
}

/** Part of a file: bytes `start` up to and including `end`; without `end`, up to the last. */
export interface ByteRange {
  readonly start: number
  readonly end?: number | undefined
}

/** An open answer whose body is read in pieces. Either read `body` to its end or call `discard`. */
export interface OpenBody {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The bytes as sent: no content coding is asked for and none is accepted. Rejects with a NetworkError where they break off. */
  readonly body: AsyncIterable<Uint8Array>
  discard(): void
  /** The last origin asked, without path or query: safe to show. */
  readonly origin: string
}

/** How often one file may still be asked for, its opening and its body together. */
export interface TryBudget {
  /** Tries left, the next one included: at least 1. */
  readonly left: () => number
  /** One has failed, and another follows. */
  readonly spend: () => void
}

/** Opens the same file anew: each call starts at the API's URL and follows its redirects. */
export type OpenFile = (request: {
  readonly range?: ByteRange | undefined
  /** A strong ETag: the range counts only if the file is still the same, else the whole file is sent. */
  readonly ifRange?: string | undefined
  readonly signal: AbortSignal
  /** Shared with whoever reads the body; without it the opening has the `attempts` input to itself. */
  readonly budget?: TryBudget | undefined
}) => Promise<OpenBody>

/** The newest attempt of a job that was asked for. */
export interface FoundJob {
  readonly job: Job | Bridge
  readonly projectId: ProjectKey
  /** How many attempts of this name its pipeline has seen, this one included, as far as the route used tells. */
  readonly attempts: number
  /** For people: the job's name, with the path of its pipeline in front when it lies in another one (`deploy-child/build`). */
  readonly label: string
  /** Set where only its id was given and nothing of it can be seen: the project as it was given. All else is made up then. */
  readonly unseenIn?: string | undefined
}

/** Something that is surely there, or may be, and that a look has not shown. */
export interface Hole {
  readonly kind?: string | undefined
  readonly pipelineId?: number | undefined
  /** For people, as in `the jobs of pipeline 7`. */
  readonly what: string
  /** A further look may show it. */
  readonly mayAppear: boolean
  /** What to say where the hole matters. */
  readonly error: ActionError
}

/** One look at the jobs that were asked for. */
export interface Snapshot {
  readonly jobs: readonly FoundJob[]
  readonly pipelines: readonly PipelineRef[]
  /** Bridges whose downstream pipeline does not exist yet: more jobs may appear behind them. */
  readonly pendingBridges: readonly FoundJob[]
  /** What was asked for by exact name or id and is not there. */
  readonly missing: readonly string[]
  /** In which something of what was asked for may lie. */
  readonly holes?: readonly Hole[] | undefined
  /** What was not seen of the same pipelines and cannot make a verdict wrong, only explain why something is missing. */
  readonly unseen?: readonly Hole[] | undefined
  /** All job names seen, for telling the nearest ones. */
  readonly names: readonly string[]
}

/** How a request that changes something ended. `ambiguous`: nobody can tell whether the server did it. */
export type Sent<T> =
  | {readonly kind: 'answered'; readonly status: number; readonly value: T}
  | {readonly kind: 'refused'; readonly error: ActionError}
  | {readonly kind: 'ambiguous'; readonly error: ActionError}
