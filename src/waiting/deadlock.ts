import {clean} from '../base/clean.ts'
import {isBridge, statusGroup} from '../gitlab/api/job-status.ts'
import type {AnyJob, Bridge, FoundJob, Job} from '../gitlab/api/types.ts'
import type {OwnJob, Policy} from './policy.ts'

export interface Deadlock {
  readonly reason: string
  readonly hint: string
}

/** Why this job can never end, or never start, while we wait for it; undefined if nothing speaks against it. */
export function findDeadlock(found: FoundJob, own: OwnJob, policy: Policy): Deadlock | undefined {
  const {job} = found
  if (own.id === undefined) return undefined
  if (job.id === own.id) {
    return {
      reason: `This job, ${clean(found.label)} (${job.id}), waits for itself.`,
      hint: 'Choose another job: this one cannot end while it waits.',
    }
  }
  if (own.pipelineId === undefined) return undefined
  if (isWaitingForUs(job, own)) {
    return {
      reason: `${clean(found.label)} waits for the pipeline that this job belongs to, so each waits for the other.`,
      hint: 'Wait for other jobs, leave this one out, or drop `strategy` from the trigger.',
    }
  }
  if (policy.laterStage === 'wait' || !isOfLaterStage(job, own)) return undefined
  return {
    reason: `${clean(found.label)} is of the stage ${clean(job.stage)}, which begins only after this job's stage ${clean(own.stage)} has ended.`,
    hint: 'Move this job to a later stage. If `needs:` lets the other start without this one, say `--later-stage wait`.',
  }
}

/** A trigger job with a strategy, which ends only when our own pipeline has. */
export function isWaitingForUs(job: Job | Bridge, own: OwnJob): boolean {
  if (own.pipelineId === undefined || !isBridge(job)) return false
  return job.downstream_pipeline?.id === own.pipelineId && ['pending', 'running'].includes(job.status)
}

/**
 * Another job of our own matrix or `parallel`: it runs the same script, so it most likely waits as we do, and each would wait for the other. Only
 * while it is neither over nor held back by a person.
 */
export function isWaitingSibling({job}: FoundJob, own: OwnJob): boolean {
  if (own.name === undefined || job.pipeline.id !== own.pipelineId || job.id === own.id) return false
  const family = matrixOf(own.name)
  if (family === undefined || matrixOf(job.name) !== family) return false
  return statusGroup(job.status) !== 'final' && job.status !== 'manual'
}

/** `test` of `test: [linux, 20]` and of `test 2/3`: how GitLab names the jobs of a matrix and of `parallel`. */
function matrixOf(name: string): string | undefined {
  return /^(.+?)(?:: \[.*\]| \d+\/\d+)$/.exec(name)?.[1]
}

/** Both jobs want one resource group, as far as can be told: GitLab does not say which group a job waits for. */
export function mayWaitForOurResource({job}: FoundJob, own: OwnJob): boolean {
  return Boolean(own.resourceGroup) && job.id !== own.id && job.status === 'waiting_for_resource'
}

/**
 * GitLab makes the jobs of a pipeline stage by stage, so among first attempts a higher id and another stage mean a later stage.
 * A job that is already beyond `created` was let through by `needs:` and is no concern.
 */
function isOfLaterStage(job: AnyJob, own: OwnJob): boolean {
  if (job.pipeline.id !== own.pipelineId || own.stage === undefined || job.stage === own.stage) return false
  if (job.status !== 'created' || job.stage === '.pre') return false
  return job.stage === '.post' || own.stage === '.pre' || job.id > (own.id ?? Number.POSITIVE_INFINITY)
}
