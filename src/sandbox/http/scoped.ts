import type {AnyJob} from '../world/model.ts'
import type {World} from '../world/world.ts'

interface Kept {
  readonly revision: number
  readonly byScope: Map<string, readonly AnyJob[]>
}

const kept = new WeakMap<readonly AnyJob[], Kept>()

/**
 * The jobs whose status is in the scope. Without the memory of the last answer, each page of a list of 20,000 jobs
 * would look at all of them.
 */
export function scoped<T extends AnyJob>(world: World, jobs: readonly T[], scope: unknown): readonly T[] {
  if (!Array.isArray(scope) || scope.length === 0) return jobs
  const statuses = new Set<unknown>(scope)
  const last = kept.get(jobs)
  const current = last?.revision === world.revision ? last : {revision: world.revision, byScope: new Map()}
  kept.set(jobs, current)
  const key = [...statuses].join()
  const found = current.byScope.get(key) ?? jobs.filter((job) => statuses.has(job.status))
  current.byScope.set(key, found)
  return found as readonly T[]
}
