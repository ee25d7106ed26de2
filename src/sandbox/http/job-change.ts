import {appendLog, move} from '../world/lifecycle.ts'
import type {Bridge, Job} from '../world/model.ts'
import {isObject, textOf} from './params.ts'
import type {World} from '../world/world.ts'

/** What a test may do to a job from outside. */
export interface JobChange {
  readonly status?: string
  /** Added to the end of the log. */
  readonly log?: string
  readonly failure_reason?: string
}

/** Moves a job by the same rules as its timeline. Returns why not, if it cannot. */
export function changeJob(world: World, job: Job | Bridge, change: unknown): string | undefined {
  if (!isObject(change)) return 'A change is an object such as {"status": "running"}'
  const {status, log, failure_reason: reason, ...others} = change
  const [other] = Object.keys(others)
  if (other !== undefined) return `A job's ${other} cannot be changed: only status, log and failure_reason`
  if (status !== undefined) {
    const before = job.status
    if (!move(world, job, textOf(status), typeof reason === 'string' ? reason : undefined)) {
      return `Job ${job.id} is ${before} and cannot become ${textOf(status)}`
    }
  }
  if (typeof log === 'string' && job.kind === 'job') appendLog(world, job, log)
  return undefined
}
