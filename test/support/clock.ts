import type {Clock} from '../../src/base/clock.ts'

export interface ManualClock extends Clock {
  /** Moves both clocks on by `ms`, waking sleepers in the order of their alarms and letting each act before the next. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock off by `ms` without letting any time pass, as a correction by NTP or a person does. */
  jump(ms: number): void
  /** How long the sleeps asked for were, in order. */
  readonly sleeps: readonly number[]
}

export interface ManualClockOptions {
  /** Time moves by itself to the next alarm as soon as nobody has anything else to do. */
  readonly auto?: boolean
  readonly date?: Date
  /** 0.5 unless given, which means no jitter at all. */
  readonly random?: () => number
}

interface Sleeper {
  readonly atMs: number
  wake(): void
}

/** A clock for tests: nothing passes unless it is told to, or, with `auto`, whatever is slept for passes at once. */
export function createClock({auto = false, date, random = () => 0.5}: ManualClockOptions = {}): ManualClock {
  let nowMs = 0
  let wallMs = (date ?? new Date('2026-01-01T12:00:00Z')).getTime()
  let sleepers: readonly Sleeper[] = []
  const sleeps: number[] = []

  const wakeNext = (): void => {
    const [next] = [...sleepers].sort((a, b) => a.atMs - b.atMs)
    if (!next) return
    sleepers = sleepers.filter((sleeper) => sleeper !== next)
    wallMs += Math.max(0, next.atMs - nowMs)
    nowMs = Math.max(nowMs, next.atMs)
    next.wake()
  }

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      sleeps.push(ms)
      const abort = (): void => {
        sleepers = sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper: Sleeper = {atMs: nowMs + Math.max(0, ms), wake}
      signal?.addEventListener('abort', abort, {once: true})
      sleepers = [...sleepers, sleeper]
      if (auto) setImmediate(wakeNext)
    })

  return {
    now: () => nowMs,
    date: () => new Date(wallMs),
    random,
    sleep,
    sleeps,
    jump: (ms) => (wallMs += ms),
    async advance(ms) {
      const untilMs = nowMs + ms
      await settle()
      while (sleepers.some(({atMs}) => atMs <= untilMs)) {
        wakeNext()
        await settle()
      }
      wallMs += untilMs - nowMs
      nowMs = untilMs
    },
  }
}

/** Lets everything that is ready to run do so, zero-length timers included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
}
