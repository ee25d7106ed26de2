import {performance} from 'node:perf_hooks'
import {setTimeout as pause} from 'node:timers/promises'

/** Time and chance, injected so that tests move them by hand. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. Only differences mean anything. */
  now(): number
  /** Wall-clock time, for showing and for comparing with a server's dates. Never for measuring. */
  date(): Date
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** A number in [0, 1), for jitter. */
  random(): number
}

/** The real clock: monotonic for durations, the machine’s date for dates. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    try {
      await pause(Math.min(ms, 0x7fffffff), undefined, signal && {signal})
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}
