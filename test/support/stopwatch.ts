import type {ChildProcess} from 'node:child_process'
import {expect} from '@jest/globals'
import {isLong} from './long.ts'

export interface Stopwatch {
  send(signal: NodeJS.Signals): void
  /** From the signal to the end of the process; 0 if none was sent. */
  exitMs(): number
}

/** Signals a process and measures how long it takes to end. */
export function createStopwatch(child: ChildProcess): Stopwatch {
  let sentAt = 0
  let endedAt = 0
  child.once('exit', () => {
    endedAt = performance.now()
  })
  return {
    send(signal) {
      sentAt = performance.now()
      child.kill(signal)
    },
    exitMs: () => (sentAt === 0 ? 0 : endedAt - sentAt),
  }
}

/**
 * Two seconds are what we promise. By default the middle one counts, as the machine can be busy with other tests; in the long run,
 * which wants a quiet one, each.
 */
export function expectSoon(exits: readonly number[]): void {
  const sorted = exits.toSorted((a, b) => a - b)
  if (isLong) process.stderr.write(`  exits after ${sorted.map((ms) => Math.round(ms)).join(' ')} ms\n`)
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(2_000)
  expect(sorted.at(-1)).toBeLessThan(isLong ? 2_000 : 10_000)
}
