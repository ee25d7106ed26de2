/** What counts as done and how patient to be, as plain values. */
export interface Policy {
  /**
   * `finished`: the job has ended. `started`: a runner has taken it. `success`: as `finished`, but a job that ended
   * badly is waited for on, since someone may still retry it.
   */
  readonly until: 'finished' | 'started' | 'success'
  /** Whether every awaited job must be good or one is enough. */
  readonly mode: 'all' | 'any'
  /** Final statuses, and `manual`, that count as good. */
  readonly ok: readonly string[]
  /** A failed job with allow_failure counts as good unless this is set. */
  readonly strict: boolean
  readonly onManual: 'fail' | 'wait' | 'play' | 'ok'
  readonly onSkipped: 'fail' | 'ok'
  /** What to do about a job of a later stage of our own pipeline, which `needs:` alone could let start while we run. */
  readonly laterStage: 'fail' | 'wait'
  /** How long something awaited may be absent before it counts as not found. */
  readonly appearTimeoutMs: number
  /** How long a bad end must stand before it is believed: a failed job may be retried at once, a replica may lag. */
  readonly settleMs: number
  readonly timeoutMs: number
  readonly intervalMs: number
  readonly maxIntervalMs: number
  /** The first look is made at a random moment within this time. Zero: at once, so that what is done is seen at once. */
  readonly spreadMs: number
  /** How long GitLab may be out of reach, without one good answer, before we give up. */
  readonly outageMs: number
  /** How many looks in a row may fail within that time. */
  readonly outageLooks: number
  /** The same until anything at all has answered: a wrong address looks like an outage. */
  readonly firstContactMs: number
  /** Lower case; 8 digits or more. Jobs of other commits do not count. */
  readonly expectSha: string | undefined
}

export const defaultPolicy: Policy = {
  until: 'finished',
  mode: 'all',
  ok: ['success'],
  strict: false,
  onManual: 'fail',
  onSkipped: 'fail',
  laterStage: 'fail',
  appearTimeoutMs: 300_000,
  settleMs: 10_000,
  timeoutMs: 3_600_000,
  intervalMs: 5_000,
  maxIntervalMs: 30_000,
  spreadMs: 0,
  outageMs: 600_000,
  outageLooks: 60,
  firstContactMs: 180_000,
  expectSha: undefined,
}

/** What the CI variables say about the job we run in, as far as waiting cares. */
export interface OwnJob {
  readonly id?: number | undefined
  readonly name?: string | undefined
  readonly stage?: string | undefined
  readonly pipelineId?: number | undefined
  readonly resourceGroup?: string | undefined
  /** CI_JOB_TIMEOUT, seconds. */
  readonly timeoutSeconds?: number | undefined
  readonly startedAt?: Date | undefined
}

/** Without this much time left, GitLab kills our job before it can say why it gave up. */
const reserveMs = 30_000

export interface Allowance {
  readonly timeoutMs: number
  /** What the reader should know about it, as a sentence. */
  readonly warning: string | undefined
}

/**
 * How long we may wait: the policy's timeout, cut to what CI_JOB_TIMEOUT leaves. `now` is wall-clock time, the server's where known.
 * A clock that is behind the job's start or beyond its end is plainly wrong: then only the length of the job's timeout is trusted.
 */
export function allowance(policy: Policy, own: OwnJob, now: Date): Allowance {
  if (own.timeoutSeconds === undefined || !(own.timeoutSeconds > 0)) {
    return {timeoutMs: policy.timeoutMs, warning: undefined}
  }
  const totalMs = own.timeoutSeconds * 1000
  const elapsedMs = own.startedAt === undefined ? 0 : now.getTime() - own.startedAt.getTime()
  const isSane = elapsedMs >= 0 && elapsedMs < totalMs
  const leftMs = Math.max(0, totalMs - (isSane ? elapsedMs : 0) - reserveMs)
  if (leftMs >= policy.timeoutMs) return {timeoutMs: policy.timeoutMs, warning: undefined}
  const seconds = Math.round(leftMs / 1000)
  const clock = isSane
    ? ''
    : ' (the clocks of GitLab and of this machine differ, so the start of this job was not used)'
  return {
    timeoutMs: leftMs,
    warning: `CI_JOB_TIMEOUT leaves ${seconds}s to wait, less than the timeout of ${Math.round(policy.timeoutMs / 1000)}s${clock}.`,
  }
}
