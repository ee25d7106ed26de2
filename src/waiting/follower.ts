import {ActionError} from '../base/errors.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {bounded} from './bounded.ts'
import type {Memory} from './memory.ts'
import type {WaitLog} from './report.ts'

export interface FollowerOptions {
  /** Prints a job's log as it grows, until `signal` aborts or the job is over. Started once an attempt runs. */
  readonly follow?: ((found: FoundJob, signal: AbortSignal) => Promise<void>) | undefined
  readonly log: WaitLog
  readonly signal: AbortSignal
}

export interface Follower {
  follow(memory: Memory): void
  finish(): Promise<void>
  stop(): void
  /** Whether the log of this attempt was shown. */
  hasFollowed(found: FoundJob): boolean
}

/** How long a log may still arrive once its job is over. */
const lastWordsMs = 5_000

/** Follows one attempt at a time: the first that runs. */
export function createFollower({follow, log, signal}: FollowerOptions): Follower {
  const controller = new AbortController()
  const followed = new Set<number>()
  let running: Promise<void> | undefined
  const stop = (): void => controller.abort()
  signal.addEventListener('abort', stop, {once: true})
  return {
    follow(memory: Memory): void {
      if (!follow || running) return
      const next = [...memory.slots.values()].find(
        ({found}) => ['running', 'canceling'].includes(found.job.status) && !followed.has(found.job.id),
      )
      if (!next) return
      followed.add(next.found.job.id)
      running = follow(next.found, controller.signal)
        .catch((error: unknown) => {
          if (!controller.signal.aborted) log.warn(`The log cannot be followed: ${sentenceOf(error)}`)
        })
        .finally(() => (running = undefined))
    },
    /** Lets the last lines arrive, but not for long. */
    async finish(): Promise<void> {
      if (!running) return
      const late = (): Error => new Error('late')
      await bounded({ms: lastWordsMs, signal, late}, () => running ?? Promise.resolve()).catch(stop)
    },
    hasFollowed: ({job}) => followed.has(job.id),
    stop(): void {
      stop()
      signal.removeEventListener('abort', stop)
    },
  }
}

function sentenceOf(error: unknown): string {
  const hint = error instanceof ActionError && error.hint !== undefined ? ` ${error.hint}` : ''
  return (error instanceof Error ? error.message : 'unknown error') + hint
}
