import type {AnyJob, FoundJob} from '../gitlab/api/types.ts'
import type {Memory} from './memory.ts'
import type {History} from './pace.ts'

interface PastOptions {
  readonly past?: ((found: FoundJob, signal: AbortSignal) => Promise<readonly AnyJob[]>) | undefined
  readonly signal: AbortSignal
}

export interface Past {
  historyOf(memory: Memory): History
}

/** Asks for the past once a job is there, without making anyone wait for it; until it comes there is none. */
export function createPast({past, signal}: PastOptions): Past {
  let history: History = new Map()
  let isAsked = false
  return {
    historyOf(memory) {
      const [slot] = memory.slots.values()
      if (past && slot && !isAsked) {
        isAsked = true
        past(slot.found, signal).then(
          (jobs) => (history = historyOf(jobs)),
          () => undefined,
        )
      }
      return history
    },
  }
}

/** How long the successful ones among these jobs ran, by name: what the pace near a likely end is made from. */
export function historyOf(jobs: readonly AnyJob[]): History {
  const history = new Map<string, number[]>()
  for (const {name, status, duration} of jobs) {
    if (status !== 'success' || typeof duration !== 'number' || !(duration > 0)) continue
    history.set(name, [...(history.get(name) ?? []), duration])
  }
  return history
}
