import type {AnyJob} from '../gitlab/api/types.ts'
import type {History} from './pace.ts'

/** How long the successful ones among these jobs ran, by name: what the pace near a likely end is made from. */
export function historyOf(jobs: readonly AnyJob[]): History {
  const history = new Map<string, number[]>()
  for (const {name, status, duration} of jobs) {
    if (status !== 'success' || typeof duration !== 'number' || !(duration > 0)) continue
    history.set(name, [...(history.get(name) ?? []), duration])
  }
  return history
}
