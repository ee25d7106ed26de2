import {statusGroup} from '../gitlab/api/job-status.ts'
import type {AnyJob} from '../gitlab/api/types.ts'
import {judge} from './judge.ts'
import {throttleFloorMs, type Memory, type Slot} from './memory.ts'
import type {Policy} from './policy.ts'

/** What the server's answers have told beside the jobs. The client's facts fit. */
export interface ServerFacts {
  readonly rateLimit?:
    | {
        readonly limit?: number | undefined
        readonly remaining?: number | undefined
        readonly resetAt?: Date | undefined
      }
    | undefined
  /** The server's clock minus ours. */
  readonly clockSkewMs?: number | undefined
}

/** Durations in seconds of earlier runs, by job name. */
export type History = ReadonlyMap<string, readonly number[]>

export interface PaceInput {
  readonly memory: Memory
  readonly policy: Policy
  readonly facts: ServerFacts
  readonly history: History
  readonly nowMs: number
  /** When something must be looked at again, if no later. */
  readonly againAtMs: number | undefined
  readonly deadlineMs: number
  /** Wall-clock time, for comparison with the end of a rate-limit window. */
  readonly date: Date
  /** In [0, 1). */
  readonly random: number
}

const growth = 1.3
const jitter = 0.2
/** What the pause becomes when less than a tenth of the rate limit is left. */
const scarceMs = 60_000
/** A look costs as much as this delay in noticing the end: the exchange rate behind the pauses near a likely end. */
const lookCostMs = 120

/**
 * How long to pause before the next look, in milliseconds: growing and jittered, shorter where the end is likely by what earlier runs took,
 * longer when the server is short of breath. Pure.
 */
export function pauseMs(input: PaceInput): number {
  const {memory, policy, facts, history, nowMs, againAtMs, deadlineMs, date, random} = input
  // An outage slows us down from where we were: it must never make anyone look more often.
  const looks = memory.calm + (memory.failing?.count ?? 0)
  const growing = Math.min(policy.maxIntervalMs, policy.intervalMs * growth ** Math.min(looks, 60))
  const likely = memory.failing ? growing : towardsEnd(memory, policy, history, nowMs, growing)
  const jittered = likely * (1 - jitter + 2 * jitter * random)
  const again = againAtMs === undefined ? Number.POSITIVE_INFINITY : Math.max(1_000, againAtMs - nowMs)
  const floor = Math.max(throttleFloorMs(memory, nowMs), scarcityMs(facts, date))
  const due = Math.min(jittered, again)
  // Many waiters are held back by one limit at one moment: without a wide spread they would all come back at once.
  const pause = floor > due ? floor * (1 + random) : due
  return Math.max(0, Math.min(pause, deadlineMs - nowMs))
}

/**
 * The pause that balances looks against delay for a job which has run for `elapsed` seconds and whose earlier runs took `durations`:
 * proportional to the inverse root of the chance that it ends just now. That chance follows a log-logistic curve through their median,
 * as steep as their quartiles are close. Milliseconds; undefined without earlier runs.
 */
export function pauseNearEnd(durations: readonly number[], elapsed: number): number | undefined {
  const sorted = durations.filter((seconds) => seconds > 0).sort((a, b) => a - b)
  const median = quantile(sorted, 0.5)
  if (median === undefined) return undefined
  const steepness = clamp((2 * Math.log(3)) / Math.log(spread(sorted)), 3, 20)
  // Beyond twice the usual time the past says nothing about the end any more.
  const ratio = elapsed / median
  if (ratio > 2) return undefined
  const raised = ratio ** steepness
  const chance = ((steepness / median) * raised) / Math.max(ratio, 1e-3) / (1 + raised)
  return chance > 0 ? Math.sqrt((2 * lookCostMs * 1000) / chance) : Number.POSITIVE_INFINITY
}

/** With all awaited, nothing is over before the job that will take longest; with any, the first to end decides. */
function towardsEnd(memory: Memory, policy: Policy, history: History, nowMs: number, growing: number): number {
  if (policy.until === 'started') return growing
  const open = [...memory.slots.values(), ...memory.bridges.values()].filter(
    ({found}) => judge(found.job, policy).kind === 'pending' && statusGroup(found.job.status) !== 'final',
  )
  const closest = Math.max(1_000, policy.intervalMs * 0.4)
  const pauses = open.map((slot) => {
    const near = pauseNearEnd(history.get(slot.found.job.name) ?? [], elapsedSeconds(slot, nowMs))
    return slot.found.job.status === 'running' && near !== undefined
      ? clamp(near, closest, policy.maxIntervalMs)
      : growing
  })
  if (pauses.length === 0 || memory.missing.length > 0) return growing
  return policy.mode === 'all' ? Math.max(...pauses) : Math.min(...pauses)
}

/** The server's count where it gave one, plus what has passed since; else since we first saw it running. */
function elapsedSeconds({found, sinceMs}: Slot, nowMs: number): number {
  const job: AnyJob = found.job
  return Math.max(job.duration ?? 0, (nowMs - sinceMs) / 1000)
}

/** The end of the window is a time of the server's clock, and compared with that. */
function scarcityMs({rateLimit, clockSkewMs = 0}: ServerFacts, date: Date): number {
  const {limit, remaining, resetAt} = rateLimit ?? {}
  if (limit === undefined || remaining === undefined || !(limit > 0) || remaining >= limit / 10) return 0
  const untilReset = resetAt ? resetAt.getTime() - date.getTime() - clockSkewMs : Number.NaN
  // A date in the past or far away is a wrong clock, not a promise.
  return untilReset > 0 && untilReset < scarceMs ? untilReset : scarceMs
}

/** How far apart the quartiles lie, as a ratio. A few runs tell little: they are never taken to be closer than a tenth. */
function spread(sorted: readonly number[]): number {
  const low = quantile(sorted, 0.25) ?? 1
  const high = quantile(sorted, 0.75) ?? 1
  return Math.max(high / low, sorted.length < 4 ? 1.2 : 1.1)
}

function quantile(sorted: readonly number[], q: number): number | undefined {
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  return low === undefined || high === undefined ? undefined : low + (high - low) * (at - Math.floor(at))
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
