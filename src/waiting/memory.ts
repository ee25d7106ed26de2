import type {ActionError} from '../base/errors.ts'
import {isFinal, statusGroup} from '../gitlab/api/job-status.ts'
import type {FoundJob, PipelineRef, Snapshot} from '../gitlab/api/types.ts'

/** What one look at the server gave. */
export type Look =
  {readonly kind: 'seen'; readonly snapshot: Snapshot} | {readonly kind: 'failed'; readonly error: ActionError}

/** A job that is awaited: the newest attempt of it that we have ever seen. */
export interface Slot {
  readonly found: FoundJob
  /** Ids of all attempts we have seen. */
  readonly ids: readonly number[]
  /** When we first saw this attempt in this status, on the clock of `nowMs`. */
  readonly sinceMs: number
  /** False if the last look did not show it, or showed an older attempt (a lagging replica, a page that moved). */
  readonly isFresh: boolean
}

/** All that a waiter knows. Times are on the monotonic clock. */
export interface Memory {
  readonly slots: ReadonlyMap<string, Slot>
  /** Bridges whose downstream pipeline does not exist yet. */
  readonly bridges: ReadonlyMap<string, Slot>
  /** Jobs of pipelines that newer ones have replaced in the selection: ignored from then on. */
  readonly retired: ReadonlySet<string>
  readonly missing: readonly string[]
  readonly names: readonly string[]
  readonly pipelines: readonly PipelineRef[]
  /** Whether all pipelines looked at have ended, with no bridge that may still start another. */
  readonly isOver: boolean
  /** How long something awaited has been absent, counted only between looks that worked. */
  readonly absentMs: number
  /** The failed looks since the last good one. */
  readonly failing: {readonly sinceMs: number; readonly count: number; readonly error: ActionError} | undefined
  readonly polls: number
  /** Looks since something last appeared, was retried or began to run: the interval grows with them. */
  readonly calm: number
  readonly lookedAtMs: number
  /** The pause that answers of 429 have taught us, and when the last one came. */
  readonly throttle: {readonly floorMs: number; readonly atMs: number} | undefined
  readonly unknownStatuses: readonly string[]
  /** Ids of the jobs we have played. */
  readonly played: readonly number[]
}

export type Change =
  | {readonly kind: 'appeared'; readonly found: FoundJob}
  | {readonly kind: 'changed'; readonly found: FoundJob; readonly from: string; readonly afterMs: number}
  | {readonly kind: 'retried'; readonly found: FoundJob; readonly from: FoundJob}
  | {readonly kind: 'superseded'; readonly found: FoundJob; readonly from: FoundJob}
  | {readonly kind: 'vanished'; readonly found: FoundJob}
  | {readonly kind: 'unknown'; readonly found: FoundJob}
  | {readonly kind: 'outage'; readonly error: ActionError}
  | {readonly kind: 'recovered'; readonly afterMs: number; readonly looks: number}

/**
 * What is known before the first look. `known` are attempts that must exist already, such as one that we have just started:
 * an answer that shows older ones is out of date and proves nothing.
 */
export function startMemory(nowMs: number, known: readonly FoundJob[] = []): Memory {
  const slots = known.map((found) => [slotKey(found), newSlot(found, nowMs, false)] as const)
  return {
    slots: new Map(slots),
    bridges: new Map(),
    retired: new Set(),
    missing: [],
    names: [],
    pipelines: [],
    isOver: false,
    absentMs: 0,
    failing: undefined,
    polls: 0,
    calm: 0,
    lookedAtMs: nowMs,
    throttle: undefined,
    unknownStatuses: [],
    played: [],
  }
}

/** Takes in one look: what is known now, and what a reader should hear about. Pure. */
export function remember(before: Memory, look: Look, nowMs: number): {memory: Memory; changes: readonly Change[]} {
  const base = {...before, polls: before.polls + 1, lookedAtMs: nowMs}
  if (look.kind === 'failed' && look.error.kind !== 'notFound') return rememberFailure(base, look.error, nowMs)
  const snapshot = look.kind === 'seen' ? look.snapshot : nothing
  const {slots, retired, changes} = mergeJobs(before, snapshot.jobs, nowMs)
  const bridges = mergeBridges(before.bridges, snapshot.pendingBridges, nowMs)
  const all = [...slots.values(), ...bridges.values()]
  const unknown = all.filter(({found}) => isNewUnknown(found, before.unknownStatuses))
  const isMoving = changes.some((change) => isStart(change))
  const isAbsent = snapshot.missing.length > 0 || slots.size === 0 || all.some((slot) => !slot.isFresh)
  const canAppear = [...bridges.values()].some(({found}) => statusGroup(found.job.status) !== 'final')
  const passedMs = before.failing ? 0 : nowMs - before.lookedAtMs
  const memory: Memory = {
    ...base,
    slots,
    bridges,
    retired,
    missing: snapshot.missing,
    names: snapshot.names.length > 0 ? snapshot.names : before.names,
    // A pipeline that shows nothing awaited must not be held on to: the right one may still come.
    pipelines: slots.size + bridges.size === 0 ? [] : mergePipelines(before.pipelines, snapshot.pipelines),
    isOver: !canAppear && snapshot.pipelines.length > 0 && snapshot.pipelines.every(({status}) => isFinal(status)),
    absentMs: isAbsent && !canAppear ? before.absentMs + passedMs : 0,
    failing: undefined,
    calm: isMoving ? 0 : before.calm + 1,
    unknownStatuses: [...new Set([...before.unknownStatuses, ...unknown.map(({found}) => found.job.status)])],
  }
  const recovered: Change[] = before.failing
    ? [{kind: 'recovered', afterMs: nowMs - before.failing.sinceMs, looks: before.failing.count}]
    : []
  return {memory, changes: [...recovered, ...changes, ...unknown.map(({found}) => ({kind: 'unknown', found}) as const)]}
}

/** Notes that we have played a job, and the attempt that this gave. */
export function rememberPlayed(memory: Memory, played: FoundJob, result: FoundJob, nowMs: number): Memory {
  const key = slotKey(result)
  const ids = [...(memory.slots.get(key)?.ids ?? []), result.job.id]
  const isBridge = memory.bridges.has(key)
  const slot = {...newSlot(result, nowMs, true), ids: [...new Set(ids)]}
  return {
    ...memory,
    played: [...memory.played, played.job.id, result.job.id],
    [isBridge ? 'bridges' : 'slots']: new Map(isBridge ? memory.bridges : memory.slots).set(key, slot),
    calm: 0,
  }
}

/** Attempts of one job share its name and its pipeline. */
export function slotKey({job, projectId}: FoundJob): string {
  return `${projectId}/${job.pipeline.id}/${job.name}`
}

const nothing: Snapshot = {jobs: [], pipelines: [], pendingBridges: [], missing: [], names: []}

const throttleMs = {first: 10_000, most: 120_000, halvesAfter: 300_000}

/** The least pause that answers of 429 have taught us: each doubles it, and every 5 minutes without one halve it. */
export function throttleFloorMs({throttle}: Pick<Memory, 'throttle'>, nowMs: number): number {
  if (!throttle) return 0
  const floorMs = throttle.floorMs / 2 ** Math.floor((nowMs - throttle.atMs) / throttleMs.halvesAfter)
  return floorMs < throttleMs.first ? 0 : floorMs
}

function rememberFailure(
  base: Memory,
  error: ActionError,
  nowMs: number,
): {memory: Memory; changes: readonly Change[]} {
  const failing = {sinceMs: base.failing?.sinceMs ?? nowMs, count: (base.failing?.count ?? 0) + 1, error}
  const floorMs = Math.min(throttleMs.most, Math.max(throttleMs.first, 2 * throttleFloorMs(base, nowMs)))
  const throttle = error.status === 429 ? {floorMs, atMs: nowMs} : base.throttle
  // What ends the wait is told once, as its end.
  const isOutage = error.kind === 'unreachable' || error.kind === 'untrusted'
  return {memory: {...base, failing, throttle}, changes: isOutage ? [{kind: 'outage', error}] : []}
}

function mergeJobs(before: Memory, jobs: readonly FoundJob[], nowMs: number) {
  const slots = new Map<string, Slot>()
  const retired = new Set(before.retired)
  const changes: Change[] = []
  const seen = newestByKey(jobs)
  for (const [key, slot] of before.slots) {
    const found = seen.get(key)
    const heir = found ? undefined : successor(slot, seen, before.slots)
    if (heir) {
      retired.add(key)
      changes.push({kind: 'superseded', found: heir, from: slot.found})
    } else if (found && found.job.id >= slot.found.job.id) {
      slots.set(key, update(slot, found, nowMs, changes))
    } else {
      if (slot.isFresh && !found) changes.push({kind: 'vanished', found: slot.found})
      slots.set(key, {...slot, isFresh: false})
    }
  }
  for (const [key, found] of seen) {
    if (slots.has(key) || retired.has(key)) continue
    slots.set(key, newSlot(found, nowMs, true))
    changes.push({kind: 'appeared', found})
  }
  return {slots, retired, changes}
}

function mergeBridges(before: ReadonlyMap<string, Slot>, bridges: readonly FoundJob[], nowMs: number) {
  const merged = new Map<string, Slot>()
  for (const [key, found] of newestByKey(bridges)) {
    const slot = before.get(key)
    merged.set(key, slot ? update(slot, found, nowMs, []) : newSlot(found, nowMs, true))
  }
  return merged
}

function update(slot: Slot, found: FoundJob, nowMs: number, changes: Change[]): Slot {
  const {job} = slot.found
  if (found.job.id > job.id) {
    changes.push({kind: 'retried', found, from: slot.found})
    return {...newSlot(found, nowMs, true), ids: [...slot.ids, found.job.id]}
  }
  // These three never change again, so an answer to the contrary is an old one.
  if (['success', 'failed', 'canceled'].includes(job.status) && found.job.status !== job.status) {
    return {...slot, isFresh: true}
  }
  if (found.job.status === job.status) return {...slot, found, isFresh: true}
  changes.push({kind: 'changed', found, from: job.status, afterMs: nowMs - slot.sinceMs})
  return {...slot, found, isFresh: true, sinceMs: nowMs}
}

/** The same job of a newer pipeline that has newly come into the selection: it was made by ref, and the ref moved on. */
function successor(slot: Slot, seen: ReadonlyMap<string, FoundJob>, known: ReadonlyMap<string, Slot>) {
  const {projectId, label, job} = slot.found
  return [...seen].find(
    ([key, found]) =>
      !known.has(key) &&
      found.projectId === projectId &&
      found.label === label &&
      found.job.pipeline.id > job.pipeline.id,
  )?.[1]
}

function newestByKey(jobs: readonly FoundJob[]): ReadonlyMap<string, FoundJob> {
  const newest = new Map<string, FoundJob>()
  for (const found of jobs) {
    const other = newest.get(slotKey(found))
    if (!other || found.job.id > other.job.id) newest.set(slotKey(found), found)
  }
  return newest
}

function newSlot(found: FoundJob, nowMs: number, isFresh: boolean): Slot {
  return {found, ids: [found.job.id], sinceMs: nowMs, isFresh}
}

/** In the order in which they were first seen. */
export function mergePipelines(before: readonly PipelineRef[], now: readonly PipelineRef[]): readonly PipelineRef[] {
  const merged = new Map(before.map((pipeline) => [pipeline.id, pipeline]))
  for (const pipeline of now) merged.set(pipeline.id, pipeline)
  return [...merged.values()]
}

function isNewUnknown({job}: FoundJob, known: readonly string[]): boolean {
  return statusGroup(job.status) === 'unknown' && !known.includes(job.status)
}

function isStart(change: Change): boolean {
  if (change.kind === 'changed') return change.found.job.status === 'running'
  return change.kind === 'appeared' || change.kind === 'retried' || change.kind === 'superseded'
}
