import type {ChildProcess} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import {expect} from '@jest/globals'
import {isLong} from './long.ts'

export interface Stopwatch {
  send(signal: NodeJS.Signals): void
  /** From the signal to the end of the process; 0 if none was sent. */
  exitMs(): number
}

/**
 * Signals a process and measures how long it takes to end, less what the unluckiest of its threads has waited for a processor: that is the
 * doing of whoever else works on the machine. Where the system does not tell (only Linux does), all of it counts.
 */
export function createStopwatch(child: ChildProcess): Stopwatch {
  let sentAt = 0
  let endedAt = 0
  const before = new Map<string, number>()
  const waited = new Map<string, number>()
  const look = (into: Map<string, number>): void => {
    for (const [thread, ms] of waitsOf(child.pid)) into.set(thread, ms)
  }
  let timer: NodeJS.Timeout | undefined
  child.once('exit', () => {
    endedAt = performance.now()
    clearInterval(timer)
  })
  return {
    send(signal) {
      look(before)
      sentAt = performance.now()
      timer = setInterval(look, 5, waited)
      child.kill(signal)
    },
    exitMs() {
      const longest = Math.max(0, ...[...waited].map(([thread, ms]) => ms - (before.get(thread) ?? 0)))
      return sentAt === 0 ? 0 : Math.max(0, endedAt - sentAt - longest)
    },
  }
}

/** Two seconds are what we promise. By default the middle one counts, as a disk can be busy too; in the long run each. */
export function expectSoon(exits: readonly number[]): void {
  const sorted = exits.toSorted((a, b) => a - b)
  if (isLong) process.stderr.write(`  exits after ${sorted.map((ms) => Math.round(ms)).join(' ')} ms\n`)
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(2_000)
  expect(sorted.at(-1)).toBeLessThan(isLong ? 2_000 : 10_000)
}

/** How long each thread of a process has been ready to run and did not get to. */
function waitsOf(pid: number | undefined): readonly (readonly [thread: string, ms: number])[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => {
      const [, nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      return [thread, Number(nanoseconds) / 1e6] as const
    })
  } catch {
    // It has ended, or one of its threads just has.
    return []
  }
}
