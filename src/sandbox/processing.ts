import {move} from './lifecycle.ts'
import type {Job, Bridge, Pipeline} from './model.ts'
import type {World} from './world.ts'

/** A retry gives the jobs behind it another chance: those skipped because of it wait again. */
export function reviveSkipped(world: World, retried: Job | Bridge): void {
  const stages = stagesOf(retried.pipeline)
  const from = stages.indexOf(retried.stage)
  for (const job of membersOf(retried.pipeline)) {
    if (job.status === 'skipped' && stages.indexOf(job.stage) > from) move(world, job, 'created')
  }
}

/** Stages in the order in which their first jobs were created. */
function stagesOf(pipeline: Pipeline): readonly string[] {
  const jobs = [...pipeline.jobs, ...pipeline.bridges].sort((a, b) => a.id - b.id)
  return [...new Set(jobs.map(({stage}) => stage))]
}

function membersOf(pipeline: Pipeline): readonly (Job | Bridge)[] {
  return [...pipeline.currentJobs, ...pipeline.bridges.filter(({retriedBy}) => retriedBy === null)]
}
