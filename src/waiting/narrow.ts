import {isWaitingForUs} from './deadlock.ts'
import {isFinal} from '../gitlab/api/job-status.ts'
import type {FoundJob, Hole, Snapshot} from '../gitlab/api/types.ts'
import {isAboveUs, isExpectedCommit} from './judge.ts'
import type {Look} from './memory.ts'
import type {OwnJob, Policy} from './policy.ts'
import {nameOf} from './report.ts'

/** How the awaited jobs were chosen, as far as a look must be read by it. */
export interface Selection {
  readonly own: OwnJob
  readonly policy: Policy
  /** Names and ids that were asked for one by one. Our own job, and the trigger job that waits for our pipeline, are left out unless they are among them. */
  readonly named?: readonly string[] | undefined
  /** The selection is by ref or merge request, so that another pipeline may come into it. */
  readonly canMove?: boolean | undefined
  /** The pipeline or jobs are chosen by id: one that is unknown for longer than a replica lags will never be known. */
  readonly isById?: boolean | undefined
  /** Pipelines that trigger jobs have started are asked for too. */
  readonly isFamily?: boolean | undefined
}

export interface Narrowed {
  readonly look: Look
  readonly isLeftOut: boolean
}

/** Takes out of a look what was never meant: ourselves, other commits while the right one may still come, and holes that a pipeline's status fills. */
export function narrow(look: Look, {own, policy, named = [], canMove = false, isFamily = false}: Selection): Narrowed {
  if (look.kind === 'failed') return {look, isLeftOut: false}
  const isAskedFor = [own.name, String(own.id)].some((name) => name !== undefined && named.includes(name))
  // The trigger job that waits for our own pipeline is over only when we are.
  const isOurs = ({job}: FoundJob): boolean =>
    own.id !== undefined &&
    (job.id === own.id
      ? !isAskedFor
      : isWaitingForUs(job, own) && !named.includes(job.name) && !named.includes(String(job.id)))
  const others = look.snapshot.jobs.filter((found) => !isOurs(found))
  // Alone, it stays in and is refused: leaving nothing would be waiting for nothing.
  const isLeftOut = others.length > 0 && others.length < look.snapshot.jobs.length
  const jobs = isLeftOut ? others : look.snapshot.jobs
  const holes = look.snapshot.holes?.flatMap((hole) =>
    isFamily ? [hole] : leftOfHole(hole, look.snapshot, {own, policy}),
  )
  const snapshot = {...look.snapshot, jobs, ...(holes ? {holes} : {})}
  if (!canMove) return {look: {kind: 'seen', snapshot}, isLeftOut}
  const [right, wrong] = [true, false].map((is) => jobs.filter(({job}) => isExpectedCommit(job, policy) === is))
  const missing = [...look.snapshot.missing, ...(wrong ?? []).map((found) => `${nameOf(found)} of the expected commit`)]
  return {look: {kind: 'seen', snapshot: {...snapshot, jobs: right ?? [], missing}}, isLeftOut}
}

/**
 * Trigger jobs that cannot be listed count in the status of their pipeline: its success says that GitLab holds nothing against any of them, and until
 * it has ended that may still come. Our own pipeline never ends while we look, and what any other end means for them nobody can tell.
 */
function leftOfHole(hole: Hole, snapshot: Snapshot, {own, policy}: Selection): readonly Hole[] {
  const pipeline = snapshot.pipelines.find(({id}) => id === hole.pipelineId)
  if (hole.kind !== 'trigger-jobs' || pipeline === undefined || isAboveUs(pipeline, own)) return [hole]
  const isEnough = isSuccessEnough(policy)
  if (isEnough && policy.pipelineStatus !== 'ignore') return []
  if (isEnough && pipeline.status === 'success' && snapshot.missing.length === 0) return []
  return mayTurnGood(pipeline.status, policy)
    ? [{...hole, kind: 'end', what: `the end of pipeline ${pipeline.id}`, mayAppear: true}]
    : [hole]
}

/** Whether the rules ask no more of a job than that its pipeline succeeds: that passes what may fail, and what a person may start. */
function isSuccessEnough({strict, ok, onManual}: Policy): boolean {
  return !strict && ok.includes('success') && onManual !== 'wait' && onManual !== 'play'
}

function mayTurnGood(status: string, policy: Policy): boolean {
  if (!isSuccessEnough(policy)) return false
  return status !== 'manual' && (!isFinal(status) || policy.until === 'success')
}
