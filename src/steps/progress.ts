import type {Log} from '../command/action.ts'
import type {Clock} from '../base/clock.ts'
import {sizeOf} from '../base/size.ts'

export interface Progress {
  readonly update: (done: number, total: number | undefined) => void
  /** Clears the bar. */
  readonly end: () => void
}

const width = 24
const redrawMs = 100
const lineMs = 30_000

/** A bar on a terminal, a line each half minute elsewhere. */
export function createProgress(log: Log, clock: Clock, what: string): Progress {
  const startMs = clock.now()
  let drawnMs = Number.NEGATIVE_INFINITY
  let saidMs = startMs
  return {
    update(done, total) {
      const nowMs = clock.now()
      const rate = nowMs > startMs ? done / ((nowMs - startMs) / 1000) : 0
      const text = total === undefined ? sizeOf(done) : `${sizeOf(done)} of ${sizeOf(total)}`
      if (log.isLive && nowMs - drawnMs >= redrawMs) {
        drawnMs = nowMs
        log.live([`${bar(done, total)} ${what}: ${text}, ${sizeOf(rate)}/s`])
      }
      if (!log.isLive && nowMs - saidMs >= lineMs) {
        saidMs = nowMs
        log.info(`${what}: ${text}, ${sizeOf(rate)}/s.`)
      }
    },
    end: () => log.live([]),
  }
}

function bar(done: number, total: number | undefined): string {
  const full = total ? Math.min(width, Math.floor((done / total) * width)) : 0
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`
}
