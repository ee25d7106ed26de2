import {clean} from '../base/clean.ts'
import type {ActionError} from '../base/errors.ts'
import {statusGroup} from '../gitlab/api/job-status.ts'
import {findDeadlock, isWaitingSibling} from './deadlock.ts'
import {isAboveUs, judge, judgeBridge, judgePipeline} from './judge.ts'
import {done, doneBadly, isBelieved, lastToEnd, tooFew} from './ending.ts'
import type {Circumstances, Decision, Judged} from './ending.ts'
import {isComplete, type Memory, type Slot} from './memory.ts'
import {neededOf, type Policy} from './policy.ts'

export type {Circumstances, Decision, Ending} from './ending.ts'

/**
 * From what we know to what we do. Pure. Says `good` only if the last look worked, had no hole, and showed, for as many of the awaited jobs as
 * must be good, an attempt that is good and not older than any we have seen.
 */
export function decide(memory: Memory, circumstances: Circumstances): Decision {
  if (memory.failing) return decideFailing(memory, memory.failing, circumstances)
  const deadlock = decideDeadlock(memory, circumstances)
  if (deadlock) return deadlock
  const judged = judgeAll(memory, circumstances)
  return (
    decideByJobs(judged, memory, circumstances) ??
    decideByHoles(judged, memory, circumstances) ??
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
  const hasWorked = memory.polls > count
  // A server that restarts says so by its status; a page that is no answer of GitLab's will not become one.
  const isServer = hasWorked || (error.status !== undefined && error.kind === 'unreachable')
  const patience = isServer ? policy.outageMs : Math.min(policy.outageMs, firstPatienceMs(error, policy))
  if (nowMs - sinceMs >= patience || count > policy.outageLooks) return done({verdict: 'outage', error, found})
  // Without a look that worked nothing is known of the jobs, whatever the time.
  if (nowMs >= deadlineMs)
    return done(memory.hasSeen ? {verdict: 'deadline', found} : {verdict: 'outage', error, found})
  return {kind: 'wait', againAtMs: undefined}
}

/** Until anything has answered, an address that is wrong looks like an outage; a login page in its place looks like nothing else. */
function firstPatienceMs({kind}: ActionError, {firstContactMs}: Policy): number {
  return kind === 'untrusted' ? Math.min(firstContactMs, 30_000) : firstContactMs
}

/** Where fewer jobs are needed than there are, those that can end are hope enough. */
function decideDeadlock(memory: Memory, circumstances: Circumstances): Decision | undefined {
  const {own, policy} = circumstances
  const slots = [...memory.slots.values(), ...memory.bridges.values()].filter(({isFresh}) => isFresh)
  const locked = slots.flatMap(({found}) => {
    const deadlock = findDeadlock(found, own, policy)
    return deadlock ? [{found, deadlock}] : []
  })
  if (locked[0] && slots.length - locked.length < neededOf(policy, slots.length)) {
    return done({verdict: 'deadlock', ...locked[0]})
  }
  if (policy.pipelineStatus === 'await' && memory.current.some(({pipeline}) => pipeline.id === own.pipelineId)) {
    return done({verdict: 'deadlock', found: undefined, deadlock: ownPipeline})
  }
  const isStuck =
    slots.length > 0 && memory.missing.length === 0 && slots.every((slot) => isLeftToItself(slot, circumstances))
  if (!isStuck) return undefined
  const names = slots.map(({found}) => clean(found.job.name, 120)).slice(0, 5)
  return done({
    verdict: 'deadlock',
    found: slots[0]?.found,
    deadlock: {
      reason: `All that is chosen is of this job's own matrix (${names.join(', ')}), and waits as this job does: each waits for the others.`,
      hint: 'Choose other jobs. A sibling that does not wait can be named with `--job`.',
    },
  })
}

const ownPipeline = {
  reason: "This job's own pipeline is to be awaited, which ends only after this job.",
  hint: 'Leave `--pipeline` out: the jobs of the own pipeline can be awaited.',
}

/** A sibling that waits as we do is not awaited, unless it is asked for by its name. */
function isLeftToItself({found}: Slot, {own, named = []}: Circumstances): boolean {
  return isWaitingSibling(found, own) && !named.includes(found.job.name) && !named.includes(String(found.job.id))
}

function judgeAll(memory: Memory, circumstances: Circumstances): readonly Judged[] {
  const {policy} = circumstances
  const slots = [...memory.slots.values()].filter((slot) => !isLeftToItself(slot, circumstances))
  const jobs = slots.map((slot) => ({slot, judgement: judge(slot.found.job, policy)}))
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
  const believed = fresh.filter((judged) => isBelieved(judged, circumstances))
  const missing = stillMissing(memory, circumstances)
  const isWhole = missing.length === 0 && memory.holes.length === 0 && (judged.length > 0 || memory.missing.length > 0)
  // More than there are can be good only once more have come.
  const count = isWhole ? judged.length : Number.POSITIVE_INFINITY
  const needed = neededOf(policy, count)
  if (policy.mode === 'all' || (isWhole && judged.length - believed.length < needed)) {
    const bad = doneBadly(believed)
    if (bad) return bad
  }
  if (isWhole && judged.length < needed && isComplete(memory, circumstances.own)) return tooFew(judged.length, needed)
  return good.length >= needed ? decideByPipelines(good, memory, circumstances) : undefined
}

/** What was asked for by name and is not there, less what may be left out of a pipeline to which nothing is added any more. */
function stillMissing(memory: Memory, {leftOut, own}: Circumstances): readonly string[] {
  const {missing} = memory
  return leftOut && isComplete(memory, own) ? missing.filter((name) => !leftOut.has(name)) : missing
}

/** All jobs that are needed are good: the pipelines may still know better. */
function decideByPipelines(
  good: readonly Judged[],
  memory: Memory,
  circumstances: Circumstances,
): Decision | undefined {
  const {policy, own, nowMs, deadlineMs} = circumstances
  const ending = done({verdict: 'good', found: lastToEnd(good)})
  if (policy.pipelineStatus === 'ignore') return ending
  const slots = [...memory.slots.values()].map(({found}) => found)
  const judged = memory.current
    .filter(({pipeline}) => policy.pipelineStatus === 'await' || !isAboveUs(pipeline, own))
    .map(({pipeline, sinceMs}) => {
      const jobs = slots.filter(({job}) => job.pipeline.id === pipeline.id)
      return {pipeline, sinceMs, judgement: judgePipeline(pipeline, jobs, policy)}
    })
  const isBelieved = (sinceMs: number): boolean => nowMs - sinceMs >= policy.settleMs || nowMs >= deadlineMs
  for (const {pipeline, sinceMs, judgement} of judged) {
    if (judgement.kind === 'bad' && isBelieved(sinceMs)) {
      return done({verdict: 'pipeline', end: judgement.end, pipeline, found: undefined})
    }
  }
  return judged.every(({judgement}) => judgement.kind === 'good') ? ending : undefined
}

/**
 * What no further look will show is told at once, unless the jobs that are seen may be enough; an empty list may be that of a replica that lags,
 * and must stand for a moment.
 */
function decideByHoles(
  judged: readonly Judged[],
  {holes, absentMs}: Memory,
  {policy}: Circumstances,
): Decision | undefined {
  const hole = holes.find(({mayAppear, kind}) => !mayAppear && (kind !== 'jobs' || absentMs >= policy.settleMs))
  if (hole === undefined) return undefined
  const canBeGood = judged.filter(({judgement}) => judgement.kind !== 'bad')
  // A bad end is on its way to be believed, or some of those seen are all that is needed.
  const isOpen = policy.mode === 'all' ? canBeGood.length < judged.length : canBeGood.length >= neededOf(policy, 1)
  return isOpen && hole.kind === 'trigger-jobs'
    ? undefined
    : done({verdict: 'refused', error: hole.error, found: undefined})
}

/** Nothing is started that a failure already seen, or the end of our time, would make pointless. */
function decidePlay(
  judged: readonly Judged[],
  {played}: Memory,
  {policy, nowMs, deadlineMs}: Circumstances,
): Decision | undefined {
  if (nowMs >= deadlineMs || (policy.mode !== 'all' && played.length > 0)) return undefined
  if (policy.mode === 'all' && judged.some(({judgement}) => judgement.kind === 'bad')) return undefined
  const next = judged.find(
    ({slot, judgement}) => judgement.kind === 'play' && slot.isFresh && !played.includes(slot.found.job.id),
  )
  return next && {kind: 'play', found: next.slot.found}
}

function decideAbsent(judged: readonly Judged[], memory: Memory, circumstances: Circumstances): Decision | undefined {
  const {policy} = circumstances
  if (!memory.isAbsent || memory.absentMs < patienceMs(memory, circumstances)) return undefined
  const hopeful = judged.filter(({slot, judgement}) => slot.isFresh && judgement.kind !== 'bad')
  if (policy.mode !== 'all' && hopeful.length >= neededOf(policy, judged.length)) return undefined
  return absence(judged, memory)
}

function absence(judged: readonly Judged[], memory: Memory): Decision {
  const gone = judged.find(({slot}) => !slot.isFresh)
  const error = memory.holes[0]?.error ?? memory.notFound
  if (error && !gone) return done({verdict: 'refused', error, found: undefined})
  return done({verdict: 'absent', found: gone?.slot.found})
}

function decideWaiting(judged: readonly Judged[], memory: Memory, circumstances: Circumstances): Decision {
  const {nowMs, deadlineMs, policy} = circumstances
  const patience = patienceMs(memory, circumstances)
  const blocking = judged.find(({judgement}) => judgement.kind !== 'good') ?? judged[0]
  if (nowMs >= deadlineMs) {
    // Nothing has shown that what we wait for is there at all.
    if (!memory.hasSeen && memory.notFound) return done({verdict: 'refused', error: memory.notFound, found: undefined})
    // A name that was never there is more likely a typing error than late, and must not pass for a timeout.
    if (memory.isAbsent && (memory.missing.length > 0 || memory.slots.size === 0)) return absence(judged, memory)
    return done({verdict: 'deadline', found: blocking?.slot.found})
  }
  const settling = judged
    .filter(({slot, judgement}) => slot.isFresh && judgement.kind === 'bad')
    .map(({slot}) => slot.sinceMs + policy.settleMs)
    .filter((atMs) => atMs > nowMs)
  const absent = memory.isAbsent ? [nowMs + patience - memory.absentMs] : []
  const times = [...settling, ...absent, ...afterTheJobs(judged, memory, circumstances)]
  return {kind: 'wait', againAtMs: times.length > 0 ? Math.min(...times) : undefined}
}

/** A pipeline's own status follows its last job within a second or two. */
function afterTheJobs(judged: readonly Judged[], {current}: Memory, {policy, nowMs}: Circumstances): readonly number[] {
  if (policy.pipelineStatus === 'ignore' || judged.some(({judgement}) => judgement.kind !== 'good')) return []
  const changedAtMs = Math.max(0, ...judged.map(({slot}) => slot.sinceMs), ...current.map(({sinceMs}) => sinceMs))
  return nowMs - changedAtMs < policy.settleMs ? [nowMs + 2_000] : []
}

/** How long GitLab's replicas may not know what has been made: seconds as a rule. */
const replicaLagMs = 60_000

/** How long something may be absent: an id is known or wrong, a pipeline that is over gets no new jobs, and where no other can come that is soon clear. */
function patienceMs(
  {isOver, notFound, missing}: Memory,
  {policy, canMove = false, isById = false}: Circumstances,
): number {
  const {appearTimeoutMs, settleMs} = policy
  const isUnknownId =
    isById && (notFound !== undefined || (missing.length > 0 && missing.every((name) => /^\d+$/.test(name))))
  if (isUnknownId) return Math.min(appearTimeoutMs, Math.max(settleMs, replicaLagMs))
  return isOver && !canMove ? Math.min(settleMs, appearTimeoutMs) : appearTimeoutMs
}

function firstSlot(memory: Memory): Slot | undefined {
  const slots = [...memory.slots.values()]
  return slots.find(({found}) => statusGroup(found.job.status) !== 'final') ?? slots[0]
}
