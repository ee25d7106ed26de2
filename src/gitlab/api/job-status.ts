import type {Bridge, Job, JobStatus} from './types.ts'

/**
 * What a status means to someone who waits. `final` never changes again (a retry makes a new job);
 * `blocked` needs a person or a timer; `unknown` is a word this version has never heard of, and so never final.
 * https://docs.gitlab.com/ci/jobs/#available-job-statuses
 */
export type StatusGroup = 'waiting' | 'executing' | 'blocked' | 'final' | 'unknown'

const groups: Readonly<Record<string, StatusGroup>> = {
  __proto__: null as never,
  created: 'waiting',
  waiting_for_resource: 'waiting',
  preparing: 'waiting',
  waiting_for_callback: 'waiting',
  pending: 'waiting',
  scheduled: 'waiting',
  running: 'executing',
  canceling: 'executing',
  manual: 'blocked',
  success: 'final',
  failed: 'final',
  canceled: 'final',
  skipped: 'final',
}

/** Every status that a job of GitLab can have, as far as this version knows. */
export const jobStatuses: readonly string[] = Object.keys(groups)

/** What a status means for whoever waits; `unknown` for one of a newer GitLab. */
export function statusGroup(status: JobStatus): StatusGroup {
  return groups[status] ?? 'unknown'
}

/** Whether a job of this status will not change any more, unless it is retried. */
export function isFinal(status: JobStatus): boolean {
  return statusGroup(status) === 'final'
}

/** GitLab accepts a retry of these. */
export function isRetryable(status: JobStatus): boolean {
  return ['success', 'failed', 'canceled', 'canceling'].includes(status)
}

/** A trigger job: one that starts a pipeline of its own. */
export function isBridge(job: Job | Bridge): job is Bridge {
  return 'downstream_pipeline' in job
}
