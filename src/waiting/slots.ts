import type {ActionError} from '../base/errors.ts'
import type {FoundJob} from '../gitlab/api/types.ts'

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

export type Change =
  | {readonly kind: 'appeared'; readonly found: FoundJob}
  | {readonly kind: 'changed'; readonly found: FoundJob; readonly from: string; readonly afterMs: number}
  | {readonly kind: 'retried'; readonly found: FoundJob; readonly from: FoundJob}
  | {readonly kind: 'superseded'; readonly found: FoundJob; readonly from: FoundJob}
  | {readonly kind: 'vanished'; readonly found: FoundJob}
  | {readonly kind: 'unknown'; readonly found: FoundJob}
  | {readonly kind: 'outage'; readonly error: ActionError}
  | {readonly kind: 'recovered'; readonly afterMs: number; readonly looks: number}

/** Attempts of one job share its name and its pipeline. */
export function slotKey({job, projectId}: FoundJob): string {
  return `${projectId}/${job.pipeline.id}/${job.name}`
}

/** Folds the jobs of one look into those known: what is kept, what a newer pipeline has replaced, and what a reader should hear. */
export function mergeJobs(
  before: {readonly slots: ReadonlyMap<string, Slot>; readonly retired: ReadonlySet<string>},
  jobs: readonly FoundJob[],
  nowMs: number,
  isLeftBehind: (found: FoundJob) => boolean,
): {
  readonly slots: ReadonlyMap<string, Slot>
  readonly retired: ReadonlySet<string>
  readonly changes: readonly Change[]
} {
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
    } else if (!found && isLeftBehind(slot.found)) {
      retired.add(key)
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

/** Folds the trigger jobs of a look into those known before. */
export function mergeBridges(before: ReadonlyMap<string, Slot>, bridges: readonly FoundJob[], nowMs: number) {
  const merged = new Map<string, Slot>()
  for (const [key, found] of newestByKey(bridges)) {
    const slot = before.get(key)
    merged.set(key, slot ? update(slot, found, nowMs, []) : newSlot(found, nowMs, true))
  }
  return merged
}

function update(slot: Slot, shown: FoundJob, nowMs: number, changes: Change[]): Slot {
  const {job} = slot.found
  // A list without retried attempts counts each as the first.
  const found = {...shown, attempts: Math.max(shown.attempts, slot.found.attempts)}
  if (found.job.id > job.id) {
    changes.push({kind: 'retried', found, from: slot.found})
    const attempts = Math.max(found.attempts, slot.found.attempts + 1)
    return {...newSlot({...found, attempts}, nowMs, true), ids: [...slot.ids, found.job.id]}
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

/** A slot for a job that was not known; `isFresh` if the newest look has shown it. */
export function newSlot(found: FoundJob, nowMs: number, isFresh: boolean): Slot {
  return {found, ids: [found.job.id], sinceMs: nowMs, isFresh}
}
