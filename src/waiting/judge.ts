import {statusGroup} from '../gitlab/api/job-status.ts'
import type {AnyJob, FoundJob, PipelineRef} from '../gitlab/api/types.ts'
import type {OwnJob, Policy} from './policy.ts'

/** How a wait can end badly because of a job or a pipeline. */
export type BadEnd = 'failed' | 'canceled' | 'skipped' | 'manual' | 'otherCommit'

/** What one attempt of one job means to someone who waits by this policy. */
export type Judgement = {readonly kind: 'good' | 'pending' | 'play'} | {readonly kind: 'bad'; readonly end: BadEnd}

const good: Judgement = {kind: 'good'}
const pending: Judgement = {kind: 'pending'}

/** Judges a job by its status alone; whether it is the newest attempt, and believed yet, is for the caller to say. */
export function judge(job: AnyJob, policy: Policy): Judgement {
  const {status} = job
  if (!isExpectedCommit(job, policy)) return {kind: 'bad', end: 'otherCommit'}
  if (policy.until === 'started' && status === 'running') return good
  if (status === 'manual') return judgeManual(policy, {isOptional: job.allow_failure})
  if (statusGroup(status) !== 'final') return pending
  if (isGoodEnd(job, policy)) return good
  return policy.until === 'success' ? pending : {kind: 'bad', end: badEnd(status)}
}

/** What a bridge without a downstream pipeline means: `ignore` if no jobs need appear behind it. */
export function judgeBridge(bridge: AnyJob, policy: Policy): Judgement | {readonly kind: 'ignore'} {
  const {status, allow_failure} = bridge
  const isOptional = allow_failure && !policy.strict
  if (status === 'manual') {
    return allow_failure ? {kind: 'ignore'} : judgeManual(policy, {isOptional: false, whenOk: {kind: 'ignore'}})
  }
  if (statusGroup(status) !== 'final' || status === 'success') return pending
  if (status === 'skipped' ? policy.onSkipped === 'ok' : isOptional) return {kind: 'ignore'}
  return policy.until === 'success' ? pending : {kind: 'bad', end: badEnd(status)}
}

/**
 * What a pipeline's own status means, given all of its jobs that are awaited. `agree`: it must not contradict them, so that what is in it and is not
 * seen cannot hide. `await`: it must be good itself.
 */
export function judgePipeline(pipeline: PipelineRef, jobs: readonly FoundJob[], policy: Policy): Judgement {
  const {status} = pipeline
  const isExplained = jobs.some(({job}) => job.status === status && policy.ok.includes(job.status))
  if (status === 'success' || policy.ok.includes(status) || isExplained) return good
  if (policy.pipelineStatus === 'agree') {
    const isBlockSeen = jobs.some(({job}) => job.status === 'manual' && !job.allow_failure)
    // What skipped everything, and what a person must start, is told by the jobs themselves.
    if (status === 'skipped' || (status === 'manual' && isBlockSeen)) return good
  }
  if (status === 'manual') return judgeManual(policy, {isOptional: false})
  if (statusGroup(status) !== 'final') return pending
  if (status === 'skipped' && policy.onSkipped === 'ok') return good
  return policy.until === 'success' ? pending : {kind: 'bad', end: badEnd(status)}
}

/** Pipelines that cannot end before we do: ours, and the one that waits for ours. */
export function isAboveUs({id}: PipelineRef, own: OwnJob): boolean {
  return id === own.pipelineId || id === own.upstreamPipelineId
}

/** True unless a commit is expected and this job belongs to another one. Abbreviated ids count by their digits. */
export function isExpectedCommit(job: AnyJob, {expectSha}: Pick<Policy, 'expectSha'>): boolean {
  return expectSha === undefined || (job.commit?.id ?? job.pipeline.sha).toLowerCase().startsWith(expectSha)
}

function judgeManual<T>(
  policy: Policy,
  {isOptional, whenOk = good}: {readonly isOptional: boolean; readonly whenOk?: T | Judgement},
): Judgement | T {
  const {ok, onManual} = policy
  if (ok.includes('manual') || onManual === 'ok' || (onManual === 'ok-if-optional' && isOptional)) return whenOk
  if (onManual === 'wait') return pending
  return onManual === 'play' ? {kind: 'play'} : {kind: 'bad', end: 'manual'}
}

function isGoodEnd({status, allow_failure}: AnyJob, policy: Policy): boolean {
  if (policy.ok.includes(status)) return true
  if (status === 'failed') return allow_failure && !policy.strict
  return status === 'skipped' && policy.onSkipped === 'ok'
}

/** A success that `ok` does not list is an end that was not asked for, and so a failure. */
function badEnd(status: string): BadEnd {
  return status === 'canceled' || status === 'skipped' ? status : 'failed'
}
