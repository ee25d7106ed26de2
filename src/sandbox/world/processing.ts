import type {Bridge, Job, Pipeline} from './model.ts'
import {isComplete} from './status.ts'

export type Member = Job | Bridge
type Enter = (job: Member, status: string) => void

/** A retry gives the jobs behind it another chance: those skipped because of it wait again. */
export function reviveSkipped(retried: Member, enter: Enter): void {
  const stages = stagesOf(retried.pipeline)
  const from = stages.indexOf(retried.stage)
  for (const job of membersOf(retried.pipeline)) {
    if (job.status === 'skipped' && stages.indexOf(job.stage) > from) enter(job, 'created')
  }
}

/**
 * What GitLab does when a job has ended: the next stage begins once all before it are complete, or is passed over when
 * one of them failed. Jobs that have a timeline of their own are left to it.
 */
export function processStages(pipeline: Pipeline, enter: Enter): void {
  const members = membersOf(pipeline)
  let hasFailed = false
  for (const stage of stagesOf(pipeline)) {
    const jobs = members.filter((job) => job.stage === stage)
    for (const job of jobs) {
      if (job.status === 'created' && (job.isInTurn || job.wholeTimeline.length === 0))
        enter(job, firstStatus(job, hasFailed))
    }
    if (!jobs.every(isOutOfTheWay)) return
    hasFailed ||= jobs.some(({status, allowFailure}) => (status === 'failed' || status === 'canceled') && !allowFailure)
  }
}

function firstStatus(job: Member, hasFailed: boolean): string {
  if (hasFailed && job.when !== 'always') return 'skipped'
  if (job.when === 'manual') return 'manual'
  if (job.when === 'delayed') return 'scheduled'
  return job.kind === 'job' && job.resourceGroupBusy ? 'waiting_for_resource' : 'pending'
}

/** A manual job that may fail holds nobody up. */
function isOutOfTheWay({status, allowFailure}: Member): boolean {
  return isComplete(status) || (status === 'manual' && allowFailure)
}

/** Stages in the order in which their first jobs were created. */
function stagesOf(pipeline: Pipeline): readonly string[] {
  const jobs = [...pipeline.jobs, ...pipeline.bridges].sort((a, b) => a.id - b.id)
  return [...new Set(jobs.map(({stage}) => stage))]
}

function membersOf(pipeline: Pipeline): readonly Member[] {
  return [...pipeline.currentJobs, ...pipeline.bridges.filter(({retriedBy}) => retriedBy === null)]
}
