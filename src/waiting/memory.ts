import type {ActionError} from '../base/errors.ts'
import {isFinal, statusGroup} from '../gitlab/api/job-status.ts'
import type {FoundJob, Hole, PipelineRef, Snapshot} from '../gitlab/api/types.ts'
import {mergeBridges, mergeJobs, newSlot, slotKey} from './slots.ts'
import type {Change, Slot} from './slots.ts'

export type {Change, Slot} from './slots.ts'

/** What one look at the server gave. */
export type Look =
  {readonly kind: 'seen'; readonly snapshot: Snapshot} | {readonly kind: 'failed'; readonly error: ActionError}

interface SeenPipeline {
  readonly pipeline: PipelineRef
  readonly sinceMs: number
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
  /** What the last look has not shown of what was asked for. */
  readonly holes: readonly Hole[]
  /** All pipelines of the selection, in the order in which they were first seen. */
  readonly pipelines: readonly PipelineRef[]
  /** Those of the last look, with the time since when each has had its status. */
  readonly current: readonly SeenPipeline[]
  /** Whether all pipelines looked at have ended, with no bridge that may still start another. */
  readonly isOver: boolean
  /** Whether the last look that worked missed something awaited. */
  readonly isAbsent: boolean
  /** For how long all looks have missed something awaited, counted only between looks that worked. */
  readonly absentMs: number
  /** The failed looks since the last good one. */
  readonly failing: {readonly sinceMs: number; readonly count: number; readonly error: ActionError} | undefined
  /** Why the last look that GitLab answered showed nothing, if it did not: the place itself was not there. */
  readonly notFound: ActionError | undefined
  /** Whether any look has shown the place where the jobs are: only then do we know what we are waiting for. */
  readonly hasSeen: boolean
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
    holes: [],
    pipelines: [],
    current: [],
    isOver: false,
    isAbsent: false,
    absentMs: 0,
    failing: undefined,
    notFound: undefined,
    hasSeen: false,
    polls: 0,
    calm: 0,
    lookedAtMs: nowMs,
    throttle: undefined,
    unknownStatuses: [],
    played: [],
  }
}

/**
 * Takes in one look: what is known now, and what a reader should hear about. Pure. `canMove`: a newer pipeline may come into the selection, and
 * then what only the older one had is no longer asked for.
 */
export function remember(
  before: Memory,
  look: Look,
  nowMs: number,
  {canMove = false}: {readonly canMove?: boolean | undefined} = {},
): {memory: Memory; changes: readonly Change[]} {
  const base = {...before, polls: before.polls + 1, lookedAtMs: nowMs}
  if (look.kind === 'failed' && !mayCome(look.error, before)) return rememberFailure(base, look.error, nowMs)
  const snapshot = look.kind === 'seen' ? look.snapshot : nothing
  const {slots, retired, changes} = mergeJobs(
    before,
    snapshot.jobs,
    nowMs,
    canMove ? leftBehind(before, snapshot) : () => false,
  )
  const bridges = mergeBridges(before.bridges, snapshot.pendingBridges, nowMs)
  const seen = [...slots.values(), ...bridges.values()]
  const unknown = seen.filter(({found}) => isNewUnknown(found, before.unknownStatuses))
  const isMoving = changes.some((change) => isStart(change))
  const holes = snapshot.holes ?? []
  const isIncomplete = snapshot.missing.length > 0 || holes.some(isAbsence) || slots.size === 0
  const canAppear = [...bridges.values()].some(({found}) => statusGroup(found.job.status) !== 'final')
  const isAbsent = !canAppear && (isIncomplete || seen.some((slot) => !slot.isFresh))
  const passedMs = before.failing || !before.isAbsent ? 0 : nowMs - before.lookedAtMs
  const memory: Memory = {
    ...base,
    slots,
    bridges,
    retired,
    missing: snapshot.missing,
    names: snapshot.names.length > 0 ? snapshot.names : before.names,
    // A pipeline that shows nothing awaited must not be held on to: the right one may still come.
    pipelines: slots.size + bridges.size === 0 ? [] : mergePipelines(before.pipelines, snapshot.pipelines),
    holes,
    current: snapshot.pipelines.map((pipeline) => withSince(pipeline, before.current, nowMs)),
    isOver: !canAppear && snapshot.pipelines.length > 0 && snapshot.pipelines.every(({status}) => isFinal(status)),
    isAbsent,
    absentMs: isAbsent ? before.absentMs + passedMs : 0,
    failing: undefined,
    notFound: look.kind === 'failed' ? look.error : undefined,
    hasSeen: before.hasSeen || look.kind === 'seen',
    calm: isMoving ? 0 : before.calm + 1,
    unknownStatuses: [...new Set([...before.unknownStatuses, ...unknown.map(({found}) => found.job.status)])],
  }
  const recovered: Change[] = before.failing
    ? [{kind: 'recovered', afterMs: nowMs - before.failing.sinceMs, looks: before.failing.count}]
    : []
  return {memory, changes: [...recovered, ...changes, ...unknown.map(({found}) => ({kind: 'unknown', found}) as const)]}
}

/** The end of a pipeline is not absent, however long it takes. */
export const isAbsence = ({kind}: Hole): boolean => kind !== 'end'

/** What is not there may still come, or come back; a wrong project never will. */
const mayCome = ({kind, mayAppear}: ActionError, {slots}: Memory): boolean =>
  kind === 'notFound' && (mayAppear || slots.size > 0)

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

/** In the order in which they were first seen. */
export function mergePipelines(before: readonly PipelineRef[], now: readonly PipelineRef[]): readonly PipelineRef[] {
  const merged = new Map(before.map((pipeline) => [pipeline.id, pipeline]))
  for (const pipeline of now) merged.set(pipeline.id, pipeline)
  return [...merged.values()]
}

/** Whether a job is of an older pipeline than the one that the selection now starts from, and of none that belongs to it. */
function leftBehind({current}: Memory, {pipelines: [root, ...others]}: Snapshot): (found: FoundJob) => boolean {
  const last = current[0]?.pipeline
  const hasMoved = root !== undefined && last !== undefined && root.project_id === last.project_id && root.id > last.id
  return ({job, projectId, label}) => {
    if (root === undefined || [root, ...others].some(({id}) => id === job.pipeline.id)) return false
    return hasMoved || (label === job.name && projectId === root.project_id && job.pipeline.id < root.id)
  }
}

function withSince(pipeline: PipelineRef, before: readonly SeenPipeline[], nowMs: number): SeenPipeline {
  const known = before.find(({pipeline: {id, status}}) => id === pipeline.id && status === pipeline.status)
  return {pipeline, sinceMs: known?.sinceMs ?? nowMs}
}

function isNewUnknown({job}: FoundJob, known: readonly string[]): boolean {
  return statusGroup(job.status) === 'unknown' && !known.includes(job.status)
}

function isStart(change: Change): boolean {
  if (change.kind === 'changed') return change.found.job.status === 'running'
  return change.kind === 'appeared' || change.kind === 'retried' || change.kind === 'superseded'
}

/** Whether nothing is added to these pipelines any more: they are over but for our own, which has had all its jobs since it began. */
export function isComplete({current, bridges}: Memory, own: {readonly pipelineId?: number | undefined}): boolean {
  return (
    current.length > 0 &&
    bridges.size === 0 &&
    current.every(({pipeline: {id, status}}) => isFinal(status) || id === own.pipelineId)
  )
}
