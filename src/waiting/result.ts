import {clean, cleanLogLines} from '../base/clean.ts'
import {ActionError, type FailureKind} from '../base/errors.ts'
import {idOf} from '../gitlab/api/paths.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import type {Ending} from './ending.ts'
import type {BadEnd} from './judge.ts'
import type {Memory} from './memory.ts'
import type {Policy} from './policy.ts'
import {hintOf, reasonOf} from './reason.ts'
import {nameOf} from './report.ts'
import {withoutColours} from './runner-log.ts'
import {spanOfSeconds} from '../base/duration.ts'

/** One failed job of a wait that ended badly. */
export interface Failure {
  readonly found: FoundJob
  /** The last lines of its log that tell why; none where no token may read it. */
  readonly lines: readonly string[]
}

/** How a wait ended, and all that is known about what was awaited. */
export interface WaitResult {
  readonly verdict: Ending['verdict']
  /** How the pipeline ended that decided. */
  readonly end: BadEnd | undefined
  readonly isGood: boolean
  /** The job that decided; with several good ones, the last to end. */
  readonly found: FoundJob | undefined
  readonly jobs: readonly FoundJob[]
  /** Of a wait that failed: the jobs that did. */
  readonly failures: readonly Failure[]
  readonly polls: number
  readonly waitedMs: number
  /** A sentence or two for people. Cleaned. */
  readonly reason: string
  readonly hint: string | undefined
  readonly error: ActionError | undefined
}

const kinds: Readonly<Record<Exclude<Ending['verdict'], 'good' | 'pipeline'>, FailureKind>> = {
  failed: 'jobFailed',
  canceled: 'jobCanceled',
  skipped: 'jobCanceled',
  manual: 'wrongState',
  otherCommit: 'wrongState',
  deadline: 'deadline',
  absent: 'notFound',
  outage: 'unreachable',
  refused: 'refused',
  deadlock: 'usage',
}

/** What a wait tells its command: verdict, jobs, reason and times. */
export function toResult(ending: Ending, memory: Memory, policy: Policy, waitedMs: number): WaitResult {
  const attempts = (slot: {readonly found: FoundJob; readonly ids: readonly number[]}): FoundJob => ({
    ...slot.found,
    attempts: Math.max(slot.found.attempts, slot.ids.length),
  })
  const bridges = [...memory.bridges].flatMap(([key, slot]) => (memory.slots.has(key) ? [] : [slot]))
  const slots = [...memory.slots.values(), ...bridges]
  const decisive = slots.find(({found}) => found === ending.found)
  return {
    verdict: ending.verdict,
    end: ending.verdict === 'pipeline' ? ending.end : undefined,
    isGood: ending.verdict === 'good',
    found: decisive ? attempts(decisive) : ending.found,
    jobs: slots.map(attempts),
    failures: [],
    polls: memory.polls,
    waitedMs,
    reason: reasonOf(ending, memory, policy, waitedMs),
    hint: hintOf(ending, memory),
    error: 'error' in ending ? ending.error : undefined,
  }
}

/** What every command with `wait` puts out, by the names of `waitOutputs`. What GitLab did not tell is undefined. */
export function waitOutputsOf(result: WaitResult) {
  const job = result.found?.job
  return {
    status: job?.status,
    jobId: job?.id,
    jobName: job?.name,
    pipelineId: job?.pipeline.id,
    project: idOf(result.found?.projectId),
    stage: job?.stage,
    ref: job?.ref,
    sha: job?.commit?.id ?? job?.pipeline.sha,
    failureReason: job?.failure_reason,
    webUrl: job?.web_url,
    startedAt: job?.started_at ?? undefined,
    finishedAt: job?.finished_at ?? undefined,
    duration: job?.duration ?? undefined,
    queuedDuration: job?.queued_duration ?? undefined,
    attempts: result.found?.attempts,
    waited: Math.round(result.waitedMs / 1000),
    polls: result.polls,
    jobs: result.jobs.map(({job, projectId, attempts, label}) => ({...job, project_id: projectId, attempts, label})),
    failures: failureValues(result.failures),
  }
}

/** The error that a wait which did not end well is reported as, with its exit code and outputs; undefined for a good end. */
export function waitFailure(result: WaitResult): ActionError | undefined {
  if (result.verdict === 'good') return undefined
  const verdict = result.verdict === 'pipeline' ? (result.end ?? 'failed') : result.verdict
  const kind = result.error?.kind ?? kinds[verdict]
  return new ActionError(kind, result.reason, {
    hint: result.hint,
    cause: result.error,
    status: result.error?.status,
    outputs: waitOutputsOf(result),
  })
}

/** Rows for the final table: job, status, attempts, queued, duration, link. */
export function summaryRows({jobs}: WaitResult): readonly (readonly string[])[] {
  return jobs.map((found) => [
    nameOf(found),
    clean(found.job.status),
    String(found.attempts),
    spanOfSeconds(found.job.queued_duration) ?? '',
    spanOfSeconds(found.job.duration) ?? '',
    clean(found.job.web_url),
  ])
}

/** The header of the table at the end of a wait. */
export const summaryHeader = ['Job', 'Status', 'Attempts', 'Queued', 'Duration', 'Link'] as const

function failureValues(failures: readonly Failure[]): readonly object[] {
  return failures.map(({found: {job, label, projectId, attempts}, lines}) => ({
    id: job.id,
    name: job.name,
    label,
    stage: job.stage,
    project_id: projectId,
    pipeline_id: job.pipeline.id,
    attempts,
    failure_reason: job.failure_reason ?? null,
    web_url: job.web_url,
    log: plainLines(lines),
  }))
}

/** Lines of a log for places that know no colours. */
export function plainLines(lines: readonly string[]): readonly string[] {
  return cleanLogLines(lines).map((line) => withoutColours(line).slice(0, 1_000))
}
