import type {FoundJob} from '../api/types.ts'

/** The newest attempt of each name within one pipeline, in the order of their first appearance. Pages that moved repeat jobs. */
export function newestAttempts(found: readonly FoundJob[]): readonly FoundJob[] {
  const ids = new Map<string, Set<number>>()
  const newest = new Map<string, FoundJob>()
  for (const one of found) {
    const {name, id} = one.job
    const seen = ids.get(name) ?? new Set()
    ids.set(name, seen.add(id))
    const other = newest.get(name)
    if (other === undefined || other.job.id < id) newest.set(name, one)
  }
  return [...newest].map(([name, one]) => ({...one, attempts: ids.get(name)?.size ?? 1}))
}

export function sameJob(a: FoundJob, b: FoundJob): boolean {
  return a.job.id === b.job.id
}
