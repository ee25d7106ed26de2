import {exitCodes} from '../../src/base/errors.ts'

/** A job, or a trigger job, as GitLab last told it. */
export interface Job {
  readonly id: number
  readonly name: string
  /** The name, with the path of its pipeline in front when it lies in another one: `child/build`. */
  readonly label: string
  readonly stage: string
  /** Such as `running`, `success` or `failed`; GitLab may have others. */
  readonly status: string
  readonly ref: string
  readonly sha: string
  readonly pipelineId: number
  /** Its id; the path as it was given where GitLab tells no id, as before 13.10. */
  readonly projectId: number | string
  readonly allowsFailure: boolean
  /** In GitLab's words, such as `script_failure`. */
  readonly failureReason: string | undefined
  /** How many attempts of it are known, this one included. */
  readonly attempts: number
  /** Times as GitLab writes them. */
  readonly createdAt: string
  readonly startedAt: string | undefined
  readonly finishedAt: string | undefined
  /** Milliseconds that it ran. */
  readonly duration: number | undefined
  /** Milliseconds that it was queued. */
  readonly queued: number | undefined
  readonly webUrl: string
  readonly isTriggerJob: boolean
}

/** A wait that ended well. */
export interface WaitResult {
  /** The job that decided. */
  readonly job: Job | undefined
  /** All awaited jobs. */
  readonly jobs: readonly Job[]
  /** Milliseconds. */
  readonly waited: number
  /** How often it was looked. */
  readonly looks: number
}

/** What has arrived. */
export interface FetchResult {
  /** False where `ifMissing` let it pass that there was nothing. */
  readonly isFound: boolean
  /** The folder, or the zip. */
  readonly path: string | undefined
  readonly archive: string | undefined
  readonly files: number
  readonly bytes: number
  readonly archives: readonly FetchedArchive[]
}

/** The archive of one job. */
export interface FetchedArchive {
  readonly jobId: number
  readonly jobName: string
  /** Where its files are, below `path`. */
  readonly folder: string
  readonly files: number
  readonly bytes: number
  /** Of the archive, where it was read whole. */
  readonly sha256: string | undefined
  readonly pipelineId: number | undefined
  readonly ref: string | undefined
  readonly sha: string | undefined
}

/** A manual job that was started, and with `wait` has ended well. */
export interface PlayResult {
  readonly job: Job
  /** False if somebody had started it already. */
  readonly isPlayedByUs: boolean
  readonly previousStatus: string | undefined
}

/** The newest attempts. */
export interface RetryResult {
  readonly jobs: readonly Job[]
  /** How many retries were made. */
  readonly retried: number
}

/** The pipeline that was started, and with `wait` its jobs. */
export interface TriggerResult {
  readonly pipelineId: number
  readonly sha: string
  /** Its status when it was made; with `wait`, that of the job that decided. */
  readonly status: string
  readonly webUrl: string | undefined
  readonly jobs: readonly Job[]
}

/** What a call failed of: the same kinds as the commands' exit codes. */
export type FailureKind =
  | 'jobFailed'
  | 'jobCanceled'
  | 'wrongState'
  | 'usage'
  | 'notFound'
  | 'unreachable'
  | 'cannotWrite'
  | 'deadline'
  | 'untrusted'
  | 'refused'
  | 'unexpected'

/** A failure: what was tried and what came back in the message, without secrets. An abort is none: it rejects with the signal's reason. */
export class JobsideError extends Error {
  override readonly name = 'JobsideError'
  readonly kind: FailureKind
  /** Node's way to name it: `JOBSIDE_JOB_FAILED`. */
  readonly code: string
  /** What a command would exit with: 20 for a failed job. */
  readonly exitCode: number
  /** What can be done about it. */
  readonly hint: string | undefined
  /** HTTP status behind it, where there was one. */
  readonly status: number | undefined
  /** Of a wait: all awaited jobs. */
  readonly jobs: readonly Job[]
  /** Of a wait: each job that failed, with the end of its log where a token may read it. */
  readonly failures: readonly {readonly job: Job; readonly log: readonly string[]}[]

  constructor(
    kind: FailureKind,
    message: string,
    details: Partial<Pick<JobsideError, 'hint' | 'status' | 'jobs' | 'failures'>> = {},
  ) {
    super(message)
    this.kind = kind
    this.code = `JOBSIDE_${kind.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
    this.exitCode = exitCodes[kind].code
    this.hint = details.hint
    this.status = details.status
    this.jobs = details.jobs ?? []
    this.failures = details.failures ?? []
  }
}
