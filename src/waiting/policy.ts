/** What counts as done and how patient to be, as plain values. */
export interface Policy {
  /**
   * `finished`: the job has ended. `started`: a runner has taken it. `success`: as `finished`, but a job that ended
   * badly is waited for on, since someone may still retry it.
   */
  readonly until: 'finished' | 'started' | 'success'
  /** How many of the awaited jobs must be good. */
  readonly mode: 'all' | 'any' | number
  /** Final statuses, and `manual`, that count as good. */
  readonly ok: readonly string[]
  /** A failed job with allow_failure counts as good unless this is set. */
  readonly strict: boolean
  /** `ok-if-optional`: a manual job is good if it has allow_failure, so that its pipeline goes on without it, and else a bad end. */
  readonly onManual: 'fail' | 'wait' | 'play' | 'ok' | 'ok-if-optional'
  readonly onSkipped: 'fail' | 'ok'
  /** What to do about a job of a later stage of our own pipeline, which `needs:` alone could let start while we run. */
  readonly laterStage: 'fail' | 'wait'
  /** What a job means that a finished pipeline does not have, if its name is known from elsewhere. */
  readonly onMissing: 'fail' | 'ok'
  /** What part the status of the pipelines themselves plays: none, it must not contradict the jobs, or it must be good too. */
  readonly pipelineStatus: 'ignore' | 'agree' | 'await'
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

/** What holds where no input says otherwise. */
export const defaultPolicy: Policy = {
  until: 'finished',
  mode: 'all',
  ok: ['success'],
  strict: false,
  onManual: 'fail',
  onSkipped: 'fail',
  laterStage: 'fail',
  onMissing: 'fail',
  pipelineStatus: 'ignore',
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

/** How many of `count` awaited jobs must be good. */
export function neededOf({mode}: Pick<Policy, 'mode'>, count: number): number {
  return mode === 'all' ? count : mode === 'any' ? 1 : mode
}

/** What the CI variables say about the job we run in, as far as waiting cares. */
export interface OwnJob {
  readonly id?: number | undefined
  readonly name?: string | undefined
  readonly stage?: string | undefined
  readonly pipelineId?: number | undefined
  readonly upstreamPipelineId?: number | undefined
  readonly resourceGroup?: string | undefined
  /** CI_JOB_TIMEOUT, seconds. */
  readonly timeoutSeconds?: number | undefined
  /** What the runner allows the part of the job that we run in (RUNNER_SCRIPT_TIMEOUT, RUNNER_AFTER_SCRIPT_TIMEOUT), seconds. */
  readonly scriptTimeoutSeconds?: number | undefined
  readonly startedAt?: Date | undefined
}

/** Without this much time left, GitLab kills our job before it can say why it gave up. */
const reserveMs = 30_000

export interface Allowance {
  readonly timeoutMs: number
  /** What the reader should know about it, as a sentence. */
  readonly note: string | undefined
}

/**
 * How long we may wait: the policy's timeout, cut to what CI_JOB_TIMEOUT and the runner's own limit leave. `now` is wall-clock time, the
 * server's where known.
 */
export function allowance(policy: Policy, own: OwnJob, now: Date): Allowance {
  const least = timeLeft(own, now)
  const leftMs = least && Math.max(0, least.leftMs - reserveMs)
  if (least === undefined || leftMs === undefined || leftMs >= policy.timeoutMs)
    return {timeoutMs: policy.timeoutMs, note: undefined}
  const clock =
    least.isSane || least.name !== jobTimeout
      ? ''
      : ' (the clocks of GitLab and of this machine differ, so the start of this job was not used)'
  return {
    timeoutMs: leftMs,
    note: `${least.name} leaves ${Math.round(leftMs / 1000)}s to wait, less than the timeout of ${Math.round(policy.timeoutMs / 1000)}s${clock}.`,
  }
}

const jobTimeout = 'CI_JOB_TIMEOUT'

export interface TimeLeft {
  /** The limit, as a sentence begins with it. */
  readonly name: string
  readonly leftMs: number
  /** Whether the start of the job was of use. */
  readonly isSane: boolean
}

/** What the tighter of CI_JOB_TIMEOUT and the runner's own limit leaves of our job; undefined outside of a job. */
export function timeLeft(own: OwnJob, now: Date): TimeLeft | undefined {
  const limits = [
    leftOf(jobTimeout, own.timeoutSeconds, own, now),
    leftOf("The runner's limit for this script", own.scriptTimeoutSeconds, own, now),
  ].filter((limit) => limit !== undefined)
  return limits.reduce<TimeLeft | undefined>((a, b) => (a && a.leftMs <= b.leftMs ? a : b), undefined)
}

/**
 * A clock that is behind the job's start or beyond its end is plainly wrong, or the limit counts from later: then only its length is
 * trusted.
 */
function leftOf(name: string, seconds: number | undefined, {startedAt}: OwnJob, now: Date): TimeLeft | undefined {
  if (seconds === undefined || !(seconds > 0)) return undefined
  const elapsedMs = startedAt === undefined ? 0 : now.getTime() - startedAt.getTime()
  const isSane = elapsedMs >= 0 && elapsedMs < seconds * 1000
  return {name, leftMs: seconds * 1000 - (isSane ? elapsedMs : 0), isSane}
}
