import {jobEntity} from './entities.ts'
import type {Job} from './model.ts'
import type {World} from './world.ts'

interface Cached {
  readonly text: string
  readonly revision: number
  /** From this time on the text is no longer true. */
  readonly until: number
}

const cache = new WeakMap<Job, Cached>()

/**
 * The JSON of a job. Most of a long list does not change between two requests, so the text is kept until anything in
 * the world moves, and not at all for a job whose durations grow.
 */
export function jobText(world: World, job: Job): string {
  const now = world.clock.now()
  const known = cache.get(job)
  if (known?.revision === world.revision && now < known.until) return known.text
  const text = JSON.stringify(jobEntity(world, job))
  if (!isGrowing(job)) cache.set(job, {text, revision: world.revision, until: nextChange(job, now)})
  return text
}

function isGrowing({startedAt, queuedAt, finishedAt}: Job): boolean {
  return finishedAt === null && (startedAt !== null || queuedAt !== null)
}

function nextChange({artifacts}: Job, now: number): number {
  const expireAt = artifacts?.expireAt ?? Infinity
  return expireAt > now ? expireAt : Infinity
}
