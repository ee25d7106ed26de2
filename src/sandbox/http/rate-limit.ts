import {json, Refusal} from './answers.ts'
import type {Call} from './route.ts'
import {has} from '../world/versions.ts'

const windowMs = 60_000

/** GitLab's limit on the job list of a project: by user, so that all jobs of one person share it. */
export function countRequest({world, caller}: Call): void {
  const {rateLimit, version} = world.settings
  if (rateLimit === 0 || caller.kind === 'anonymous') return
  const now = world.clock.now()
  const rate = world.rates.get(caller.user.id)
  const current = rate && now - rate.since < windowMs ? rate : {since: now, count: 0}
  world.rates.set(caller.user.id, current)
  if (++current.count <= rateLimit) return
  const text = 'This endpoint has been requested too many times. Try again later.'
  const headers = has(version, 'retryAfterHeader') ? {'retry-after': '60'} : undefined
  throw new Refusal(json(429, {message: {error: text}}, headers))
}
