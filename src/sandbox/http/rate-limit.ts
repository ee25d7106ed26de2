import {json, Refusal} from './answers.ts'
import type {Call} from './route.ts'
import {has} from '../world/versions.ts'

const windowMs = 60_000
/** Of one person on one job. */
const mostChanges = 3

/** GitLab's limit on the job list of a project: by user, so that all jobs of one person share it. */
export function countRequest(call: Call): void {
  count(call, 'jobs', call.world.settings.rateLimit)
}

/**
 * The limits on changes: three a minute of one person on one job, refused ones counted too.
 * https://gitlab.com/gitlab-org/gitlab/-/merge_requests/256678
 */
export function countChange(call: Call, change: 'play' | 'retry' | 'erase'): void {
  const {rateLimit, version} = call.world.settings
  if (!has(version, 'changesLimited')) return
  count(call, `${change} ${String(call.params['job_id'])}`, Math.min(rateLimit, mostChanges))
}

function count({world, caller}: Call, what: string, most: number): void {
  if (most === 0 || caller.kind === 'anonymous') return
  const now = world.clock.now()
  const key = `${caller.user.id} ${what}`
  const rate = world.rates.get(key)
  const current = rate && now - rate.since < windowMs ? rate : {since: now, count: 0}
  world.rates.set(key, current)
  if (++current.count <= most) return
  const text = 'This endpoint has been requested too many times. Try again later.'
  const headers = has(world.settings.version, 'retryAfterHeader') ? {'retry-after': '60'} : undefined
  throw new Refusal(json(429, {message: {error: text}}, headers))
}
