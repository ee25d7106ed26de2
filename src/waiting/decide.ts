import type {ActionError} from '../base/errors.ts'
import {statusGroup} from '../gitlab/api/job-status.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {findDeadlock, type Deadlock} from './deadlock.ts'
import {judge, judgeBridge, type BadEnd, type Judgement} from './judge.ts'
import type {Memory, Slot} from './memory.ts'
import type {OwnJob, Policy} from './policy.ts'

export type Decision =
  | {
      readonly kind: 'wait'
      /** Something must be looked at again by then; undefined: whenever the pace allows. */
      readonly againAtMs: number | undefined
    }
  | {readonly kind: 'play'; readonly found: FoundJob}
  | {readonly kind: 'done'; readonly ending: Ending}

/** Why the wait is over. */
export type Ending =
  | {readonly verdict: 'good'; readonly found: FoundJob}
  | {readonly verdict: BadEnd; readonly found: FoundJob}
  | {readonly verdict: 'deadline'; readonly found: FoundJob | undefined}
  | {readonly verdict: 'absent'; readonly found: FoundJob | undefined}
  | {readonly verdict: 'outage' | 'refused'; readonly error: ActionError; readonly found: FoundJob | undefined}
  | {readonly verdict: 'deadlock'; readonly deadlock: Deadlock; readonly found: FoundJob}

export interface Circumstances {
  readonly policy: Policy
  readonly own: OwnJob
  readonly nowMs: number
  readonly deadlineMs: number
  /** GitLab's time where its answers told it: lets an end of long ago be believed at once. */
  readonly serverTime: Date | undefined
  /** Another pipeline may still come into the selection. */
  readonly canMove?: boolean | undefined
}

interface Judged {
  readonly slot: Slot
  readonly judgement: Judgement
}

/**
 * From what we know to what we do. Pure. Says `good` only if the last look worked and showed, for each awaited job (for one of them
 * in mode `any`), an attempt that is good and not older than any we have seen.
 */
export function decide(memory: Memory, circumstances: Circumstances): Decision {
  if (memory.failing) return decideFailing(memory, memory.failing, circumstances)
  const deadlock = decideDeadlock(memory, circumstances)
  if (deadlock) return deadlock
  const judged = judgeAll(memory, circumstances.policy)
  return (
    decideByJobs(judged, memory, circumstances) ??
    decidePlay(judged, memory, circumstances) ??
    decideAbsent(judged, memory, circumstances) ??
    decideWaiting(judged, memory, circumstances)
  )
}

function decideFailing(
  memory: Memory,
  {error, sinceMs, count}: NonNullable<Memory['failing']>,
  {policy, nowMs, deadlineMs}: Circumstances,
): Decision {
  const found = firstSlot(memory)?.found
  if (error.kind !== 'unreachable' && error.kind !== 'untrusted') return done({verdict: 'refused', error, found})
  const hasAnswered = memory.polls > count || error.status !== undefined || error.kind === 'untrusted'
  const patience = hasAnswered ? policy.outageMs : Math.min(policy.outageMs, policy.firstContactMs)
  if (nowMs - sinceMs >= patience || count > policy.outageLooks) return done({verdict: 'outage', error, found})
  // Who has never answered is out of reach, whatever the time.
  if (nowMs >= deadlineMs) return done(hasAnswered ? {verdict: 'deadline', found} : {verdict: 'outage', error, found})
  return {kind: 'wait', againAtMs: undefined}
}

/** In mode `any` one job that can end is hope enough. */
function decideDeadlock(memory: Memory, {own, policy}: Circumstances): Decision | undefined {
  const slots = [...memory.slots.values(), ...memory.bridges.values()].filter(({isFresh}) => isFresh)
  const locked = slots.flatMap(({found}) => {
    const deadlock = findDeadlock(found, own, policy)
    return deadlock ? [{found, deadlock}] : []
  })
  if (!locked[0] || (policy.mode === 'any' && locked.length < slots.length)) return undefined
  return done({verdict: 'deadlock', ...locked[0]})
}

function judgeAll(memory: Memory, policy: Policy): readonly Judged[] {
  const jobs = [...memory.slots.values()].map((slot) => ({slot, judgement: judge(slot.found.job, policy)}))
  const bridges = [...memory.bridges.values()].flatMap((slot): readonly Judged[] => {
    const judgement = judgeBridge(slot.found.job, policy)
    return judgement.kind === 'ignore' ? [] : [{slot, judgement}]
  })
  return [...jobs, ...bridges]
}

function decideByJobs(judged: readonly Judged[], memory: Memory, circumstances: Circumstances): Decision | undefined {
  const {policy} = circumstances
  const fresh = judged.filter(({slot}) => slot.isFresh)
  const good = fresh.filter(({judgement}) => judgement.kind === 'good')
  const believed = fresh.filter((one) => isBelieved(one, circumstances))
  const isWhole = memory.missing.length === 0 && judged.length > 0
  if (policy.mode === 'any') {
    if (good[0]) return done({verdict: 'good', found: good[0].slot.found})
    return isWhole && believed.length === judged.length ? doneBadly(believed) : undefined
  }
  if (believed.length > 0) return doneBadly(believed)
  if (!isWhole || good.length !== judged.length) return undefined
  return done({verdict: 'good', found: lastToEnd(good)})
}

/** Nothing is started that a failure already seen, or the end of our time, would make pointless. */
function decidePlay(
  judged: readonly Judged[],
  {played}: Memory,
  {policy, nowMs, deadlineMs}: Circumstances,
): Decision | undefined {
  if (nowMs >= deadlineMs || (policy.mode === 'any' && played.length > 0)) return undefined
  if (policy.mode === 'all' && judged.some(({judgement}) => judgement.kind === 'bad')) return undefined
  const next = judged.find(
    ({slot, judgement}) => judgement.kind === 'play' && slot.isFresh && !played.includes(slot.found.job.id),
  )
  return next && {kind: 'play', found: next.slot.found}
}

function decideAbsent(judged: readonly Judged[], memory: Memory, circumstances: Circumstances): Decision | undefined {
  const {policy} = circumstances
  if (memory.absentMs < patienceMs(memory, circumstances)) return undefined
  const canStillEnd = judged.some(({slot, judgement}) => slot.isFresh && judgement.kind !== 'bad')
  if (policy.mode === 'any' && canStillEnd) return undefined
  const gone = judged.find(({slot}) => !slot.isFresh)
  return done({verdict: 'absent', found: gone?.slot.found})
}

function decideWaiting(judged: readonly Judged[], memory: Memory, circumstances: Circumstances): Decision {
  const {nowMs, deadlineMs, policy} = circumstances
  const patience = patienceMs(memory, circumstances)
  const blocking = judged.find(({judgement}) => judgement.kind !== 'good') ?? judged[0]
  if (nowMs >= deadlineMs) return done({verdict: 'deadline', found: blocking?.slot.found})
  const settling = judged
    .filter(({slot, judgement}) => slot.isFresh && judgement.kind === 'bad')
    .map(({slot}) => slot.sinceMs + policy.settleMs)
    .filter((atMs) => atMs > nowMs)
  const absent = memory.missing.length > 0 || memory.absentMs > 0 ? [nowMs + patience - memory.absentMs] : []
  const times = [...settling, ...absent]
  return {kind: 'wait', againAtMs: times.length > 0 ? Math.min(...times) : undefined}
}

/** How long something may be absent: a pipeline that is over gets no new jobs, and where no other can come that is soon clear. */
function patienceMs({isOver}: Memory, {policy, canMove = false}: Circumstances): number {
  const {appearTimeoutMs, settleMs} = policy
  return isOver && !canMove ? Math.min(settleMs, appearTimeoutMs) : appearTimeoutMs
}

/**
 * A bad end is believed once it has stood for the settle window, since a retry may follow within seconds; or if it is older than that by
 * the server's own clock; or when there is no time left to look again. Another commit never becomes the expected one.
 */
function isBelieved({slot, judgement}: Judged, {policy, nowMs, deadlineMs, serverTime}: Circumstances): boolean {
  if (judgement.kind !== 'bad') return false
  if (judgement.end === 'otherCommit' || nowMs >= deadlineMs) return true
  if (nowMs - slot.sinceMs >= policy.settleMs) return true
  const endedAt = Date.parse(slot.found.job.finished_at ?? '')
  if (serverTime === undefined || Number.isNaN(endedAt)) return false
  // The server's clock is known to a second or two only.
  return serverTime.getTime() - endedAt >= policy.settleMs + 3_000
}

const gravity: readonly BadEnd[] = ['otherCommit', 'failed', 'canceled', 'skipped', 'manual']

/** A failure explains the skipped jobs behind it, so it comes first. */
function doneBadly(believed: readonly Judged[]): Decision | undefined {
  for (const end of gravity) {
    const worst = believed.find(({judgement}) => judgement.kind === 'bad' && judgement.end === end)
    if (worst) return done({verdict: end, found: worst.slot.found})
  }
  return undefined
}

function lastToEnd(good: readonly Judged[]): FoundJob {
  const founds = good.map(({slot}) => slot.found)
  return founds.reduce((last, found) => ((found.job.finished_at ?? '') > (last.job.finished_at ?? '') ? found : last))
}

function firstSlot(memory: Memory): Slot | undefined {
  const slots = [...memory.slots.values()]
  return slots.find(({found}) => statusGroup(found.job.status) !== 'final') ?? slots[0]
}

function done(ending: Ending): Decision {
  return {kind: 'done', ending}
}
