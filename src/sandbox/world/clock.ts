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

export function createClock({kind, speed, start}: ClockOptions): SandboxClock {
  const origin = Date.now()
  let shift = kind === 'manual' ? (start ?? manualStart) : origin
  let replayed: number | undefined
  const events: Event[] = []
  const waiters = new Set<() => void>()

  const reading = () => (kind === 'manual' ? shift : shift + (Date.now() - origin) * speed)
  const now = () => replayed ?? reading()

  function settle(): void {
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
  }

  function at(time: number, what: () => void): void {
    let index = events.length
    while (index > 0 && (events[index - 1]?.time ?? 0) > time) index--
    events.splice(index, 0, {time, what})
  }

  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    if (kind === 'real') return pause(ms / speed, undefined, {signal}).catch(() => undefined)
    const due = now() + ms
    return new Promise((resolve) => {
      const look = () => {
        if (!signal.aborted && reading() < due) return
        waiters.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      waiters.add(look)
      signal.addEventListener('abort', look)
      look()
    })
  }

  function advance(ms: number): void {
    shift += ms
    settle()
    for (const look of waiters) look()
  }

  return {now, at, settle, advance, wait}
}
