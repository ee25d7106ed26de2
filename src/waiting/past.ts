import type {AnyJob, FoundJob} from '../gitlab/api/types.ts'
import {historyOf} from './history.ts'
import type {Memory} from './memory.ts'
import type {History} from './pace.ts'

export interface PastOptions {
  readonly past?: ((found: FoundJob, signal: AbortSignal) => Promise<readonly AnyJob[]>) | undefined
  readonly signal: AbortSignal
}

/** Asks for the past once a job is there, without making anyone wait for it; until it comes there is none. */
export function createPast({past, signal}: PastOptions): {look(memory: Memory): History} {
  let history: History = new Map()
  let isAsked = false
  return {
    look(memory) {
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
