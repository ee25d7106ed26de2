import {empty, json, message, type Answer} from './answers.ts'
import {parseDuration} from '../world/duration.ts'
import {changeJob} from './job-change.ts'
import type {FaultRule} from '../world/world-types.ts'
import {dumpWorld} from '../world/world-dump.ts'
import type {World} from '../world/world.ts'
import {faultProblems} from '../world/world-check.ts'

export const adminPrefix = '/-/sandbox'

/** The routes by which a test drives the sandbox. They take no token and are not recorded. */
export function answerAdmin(world: World, method: string, path: string, body: unknown): Answer {
  world.revision++
  const name = `${method} ${path.slice(adminPrefix.length)}`
  if (name === 'GET /requests') return json(200, world.requests)
  if (name === 'DELETE /requests') {
    world.requests.length = 0
    return empty(204)
  }
  if (name === 'POST /clock') return moveClock(world, body)
  if (name === 'PUT /faults') return replaceFaults(world, body)
  if (name === 'GET /world') return json(200, dumpWorld(world))
  const job = /^PATCH \/jobs\/(\d+)$/.exec(name)?.[1]
  if (job !== undefined) return patchJob(world, Number(job), body)
  return message(404, `The sandbox has no admin route ${name}`).answer
}

function moveClock(world: World, body: unknown): Answer {
  const {advance} = (body ?? {}) as {readonly advance?: unknown}
  const ms = typeof advance === 'string' ? parseDuration(advance) : undefined
  if (ms === undefined) return message(400, 'advance must be a duration such as "10s"').answer
  world.clock.advance(ms)
  return json(200, {now: new Date(world.clock.now()).toISOString()})
}

function replaceFaults(world: World, body: unknown): Answer {
  const problems = faultProblems(body)
  if (problems.length > 0) return message(400, problems).answer
  world.setFaults(body as readonly FaultRule[])
  return json(200, {rules: world.faults.length})
}

function patchJob(world: World, id: number, body: unknown): Answer {
  const job = world.job(id) ?? world.bridge(id)
  if (!job) return message(404, `There is no job ${id} in this world`).answer
  const problem = changeJob(world, job, body)
  if (problem !== undefined) return message(409, problem).answer
  return json(200, {id: job.id, status: job.status})
}
