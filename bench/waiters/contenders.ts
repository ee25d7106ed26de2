import {ActionError} from '../../src/base/errors.ts'
import type {FoundJob, Job} from '../../src/gitlab/api/types.ts'
import {decide} from '../../src/waiting/decide.ts'
import {remember, startMemory, type Look} from '../../src/waiting/memory.ts'
import {pauseMs} from '../../src/waiting/pace.ts'
import {defaultPolicy, type Policy} from '../../src/waiting/policy.ts'
import {jobAt, type Chance, type ModelJob, type ModelServer} from './model.ts'

/** What a waiter does next: pause, or stop with what it believes. */
type Move = {readonly pauseMs: number} | {readonly verdict: 'good' | 'failed' | 'error'}

/** A waiter's rule. Called at each of its looks; asks the server as often as it needs. */
export type Waiter = (nowMs: number) => Move

interface WaiterInput {
  readonly jobs: readonly ModelJob[]
  readonly user: number
  readonly server: ModelServer
  readonly chance: Chance
  readonly startMs: number
}

export interface Contender {
  readonly name: string
  readonly create: (input: WaiterInput) => Waiter
}

/** jobside: its own engine. The client below it asks again once, and obeys Retry-After, before it gives a failure to the engine. */
export function jobside(changes: Partial<Policy> = {}, isInformed = true): Contender {
  const policy = {...defaultPolicy, timeoutMs: 6 * 3_600_000, ...changes}
  return {
    name: isInformed ? 'jobside' : 'jobside, no past runs',
    create({jobs, user, server, chance, startMs}) {
      let memory = startMemory(startMs)
      let isSecondTry = false
      const history = new Map(isInformed ? jobs.map(({name, history}) => [name, history]) : [])
      const deadlineMs = startMs + policy.timeoutMs
      return (nowMs) => {
        const status = server.ask(user, nowMs)
        if (status !== 200 && !isSecondTry) {
          isSecondTry = true
          return {pauseMs: status === 429 ? 60_000 * (1 + 0.2 * chance()) : 500 * (0.5 + 0.5 * chance())}
        }
        isSecondTry = false
        const error = new ActionError('unreachable', `GET → ${status}.`, {status})
        const look: Look = status === 200 ? {kind: 'seen', snapshot: show(jobs, nowMs)} : {kind: 'failed', error}
        memory = remember(memory, look, nowMs).memory
        const decision = decide(memory, {policy, own: {}, nowMs, deadlineMs, serverTime: undefined})
        if (decision.kind === 'done') {
          const {verdict} = decision.ending
          return {verdict: verdict === 'good' || verdict === 'failed' ? verdict : 'error'}
        }
        const againAtMs = decision.kind === 'wait' ? decision.againAtMs : undefined
        const date = new Date(nowMs)
        return {
          pauseMs: pauseMs({memory, policy, facts: {}, history, nowMs, againAtMs, deadlineMs, date, random: chance()}),
        }
      }
    },
  }
}

/** A shell loop: every `seconds`, one request for each job that is not done; carries on through errors. */
export function fixedLoop(seconds: number, name = `fixed ${seconds}s loop`): Contender {
  return {
    name,
    create: ({jobs, user, server}) => {
      const open = new Set(jobs)
      return (nowMs) => {
        for (const job of open) {
          if (server.ask(user, nowMs) !== 200) continue
          const {status} = jobAt(job, nowMs)
          if (status === 'failed') return {verdict: 'failed'}
          if (status === 'success') open.delete(job)
        }
        return open.size === 0 ? {verdict: 'good'} : {pauseMs: seconds * 1000}
      }
    },
  }
}

/** `glab ci trace`: 3 seconds, one job after the other; its client asks again after a 5xx, at most 5 times, and a 429 ends it. */
export const glab: Contender = {
  name: 'glab ci trace (3s)',
  create: ({jobs, user, server}) => {
    const open = [...jobs]
    let tries = 0
    return (nowMs) => {
      const [job] = open
      if (!job) return {verdict: 'good'}
      const answer = server.ask(user, nowMs)
      if (answer === 429 || (answer === 503 && ++tries > 5)) return {verdict: 'error'}
      if (answer === 503) return {pauseMs: 100 * 2 ** tries}
      tries = 0
      const {status} = jobAt(job, nowMs)
      if (status === 'failed') return {verdict: 'failed'}
      if (status !== 'success') return {pauseMs: 3_000}
      open.shift()
      return open.length === 0 ? {verdict: 'good'} : {pauseMs: 0}
    }
  },
}

/** lewagon/wait-on-check-action: 10 seconds, one list for each check; keeps the latest run of a name; any error ends it. */
export const waitOnCheck: Contender = {
  name: 'wait-on-check (10s)',
  create: ({jobs, user, server}) => {
    return (nowMs) => {
      for (const _ of jobs) if (server.ask(user, nowMs) !== 200) return {verdict: 'error'}
      const statuses = jobs.map((job) => jobAt(job, nowMs).status)
      if (statuses.some((status) => status === 'pending' || status === 'running')) return {pauseMs: 10_000}
      return {verdict: statuses.includes('failed') ? 'failed' : 'good'}
    }
  },
}

function show(jobs: readonly ModelJob[], nowMs: number) {
  const founds = jobs.map((job): FoundJob => {
    const shown: Job = jobAt(job, nowMs)
    return {job: shown, projectId: 1, attempts: 1, label: job.name}
  })
  return {jobs: founds, pipelines: [], pendingBridges: [], missing: [], names: []}
}
