import {writeFileSync} from 'node:fs'
import {join} from 'node:path'

/**
 * Options of Node under which a program's clocks run that many times faster, timers with them: its pauses and limits stay what they are,
 * and a test of minutes takes seconds. `jumpMs`: the wall clock alone, half a real second after the start, jumps by this much.
 */
export function fastClock(folder: string, speed: number, jumpMs = 0): readonly string[] {
  const file = join(folder, `fast-${speed}-${jumpMs}.cjs`)
  writeFileSync(file, preload(speed, jumpMs))
  return ['-r', file]
}

const preload = (speed: number, jumpMs: number): string => `
  const speed = ${speed}, jumpMs = ${jumpMs}
  const {performance} = require('node:perf_hooks')
  const promises = require('node:timers/promises')
  const [now, date, later, often, pause] = [performance.now.bind(performance), Date.now, setTimeout, setInterval, promises.setTimeout]
  const began = date(), beganAt = now()
  performance.now = () => beganAt + (now() - beganAt) * speed
  const wall = () => Math.round(began + (now() - beganAt) * speed + (now() - beganAt > 500 ? jumpMs : 0))
  globalThis.Date = class extends Date {
    constructor(...given) { given.length === 0 ? super(wall()) : super(...given) }
    static now() { return wall() }
  }
  const timers = require('node:timers')
  timers.setTimeout = globalThis.setTimeout = (call, ms, ...more) => later(call, (ms ?? 0) / speed, ...more)
  timers.setInterval = globalThis.setInterval = (call, ms, ...more) => often(call, (ms ?? 0) / speed, ...more)
  promises.setTimeout = (ms, ...more) => pause((ms ?? 0) / speed, ...more)
  require('node:module').syncBuiltinESMExports()
`
