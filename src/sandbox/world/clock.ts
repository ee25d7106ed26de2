import {setTimeout as pause} from 'node:timers/promises'

/** The sandbox's time. Jobs move by it, signatures expire by it, and a test may own it. */
export interface SandboxClock {
  /** Milliseconds since 1970, after everything that was due has happened. */
  now(): number
  /** Does `what` when the clock reads `time`. Nothing runs by itself: each request first lets happen what is due. */
  at(time: number, what: () => void): void
  /** Lets happen, in order, all that is due. */
  settle(): void
  advance(ms: number): void
  /** Resolves after `ms` on this clock, or at once when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export interface ClockOptions {
  readonly kind: 'real' | 'manual'
  /** Sandbox seconds a real second; only for a real clock. */
  readonly speed: number
  /** Where a manual clock starts, milliseconds since 1970. */
  readonly start?: number | undefined
}

interface Event {
  readonly time: number
  readonly what: () => void
}

const manualStart = Date.UTC(2026, 8, 1, 9, 0, 0)

/** Keeps a time of its own: the machine's, faster or slower, or one that only moves when it is told to. */
export function createClock({kind, speed, start}: ClockOptions): SandboxClock {
  const origin = Date.now()
  let shift = kind === 'manual' ? (start ?? manualStart) : origin
  const reading = () => (kind === 'manual' ? shift : shift + (Date.now() - origin) * speed)
  const events = createEvents(reading)
  const now = () => events.replayed() ?? reading()
  const waiters = createWaiters(reading)
  return {
    now,
    at: (time, what) => events.at(time, what),
    settle: () => events.settle(),
    advance(ms) {
      shift += ms
      events.settle()
      waiters.wake()
    },
    async wait(ms, signal) {
      if (signal.aborted) return
      if (kind === 'manual') return waiters.waitUntil(now() + ms, signal)
      return pause(ms / speed, undefined, {signal}).catch(() => undefined)
    },
  }
}

/** What happens at its time. `replayed` is the time of what is just happening, which is what the clock reads meanwhile. */
function createEvents(reading: () => number) {
  let replayed: number | undefined
  const events: Event[] = []
  return {
    replayed: () => replayed,
    at(time: number, what: () => void): void {
      let index = events.length
      while (index > 0 && (events[index - 1]?.time ?? 0) > time) index--
      events.splice(index, 0, {time, what})
    },
    settle(): void {
      if (replayed !== undefined) return
      const limit = reading()
      try {
        for (let event = events[0]; event !== undefined && event.time <= limit; event = events[0]) {
          events.shift()
          replayed = event.time
          event.what()
        }
      } finally {
        replayed = undefined
      }
    },
  }
}

/** Who waits on a clock that only moves when it is told to. */
function createWaiters(reading: () => number) {
  const waiters = new Set<() => void>()
  return {
    waitUntil: (due: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const check = () => {
          if (!signal.aborted && reading() < due) return
          waiters.delete(check)
          signal.removeEventListener('abort', check)
          resolve()
        }
        waiters.add(check)
        signal.addEventListener('abort', check)
        check()
      }),
    wake(): void {
      for (const check of waiters) check()
    },
  }
}
