import {randomBytes} from 'node:crypto'
import {readdirSync, watch} from 'node:fs'
import {join} from 'node:path'
import {sceneWorld, type Scene} from './bundle-scene.ts'
import type {BundleRun} from './bundles.ts'
import {isLong} from './long.ts'
import {createStopwatch, type Stopwatch} from './stopwatch.ts'

/**
 * How far a run has come, as its private folder beside the destination tells: none yet, an archive alone, a tree in the making, a journal of
 * the move, or none any more.
 */
export type Phase = 'start' | 'download' | 'extraction' | 'move' | 'over'

export interface Struck extends BundleRun {
  /** When the signal was sent. Undefined if it never was, as the run had ended before. */
  readonly phase: Phase | undefined
  /** From the signal to the end. */
  readonly exitMs: number
  /** From the making of the private folder to its removal. */
  readonly workMs: number
}

export interface Strike {
  readonly signal: NodeJS.Signals
  /** From the start of the process; with `isWork`, from the making of its private folder. */
  readonly afterMs: number
  readonly isWork: boolean
}

/** Runs a bundle that unpacks into a folder of the scene, and strikes it at a moment. */
export async function runStruck(scene: Scene, name: string, argv: readonly string[], strike?: Strike): Promise<Struck> {
  let phase: Phase | undefined
  let stopwatch: Stopwatch | undefined
  let workedFrom = 0
  let workedTo = 0
  const run = await scene.run(name, argv, {
    env: {TMPDIR: scene.folder},
    during: (child) => {
      stopwatch = createStopwatch(child)
      let timer: NodeJS.Timeout | undefined
      const send = (after: number): void => {
        timer = setTimeout(() => {
          phase = phaseIn(scene.folder, workedFrom > 0)
          if (strike) stopwatch?.send(strike.signal)
        }, after)
      }
      const watcher = watch(scene.folder, () => {
        const isWorking = privateFolder(scene.folder) !== undefined
        if (!isWorking && workedFrom > 0) workedTo = performance.now()
        if (!isWorking || workedFrom > 0) return
        workedFrom = performance.now()
        if (strike?.isWork) send(strike.afterMs)
      })
      if (strike?.isWork === false) send(strike.afterMs)
      child.once('exit', () => {
        watcher.close()
        clearTimeout(timer)
      })
    },
  })
  return {...run, phase, exitMs: stopwatch?.exitMs() ?? 0, workMs: workedTo - workedFrom}
}

/** What a killed run has left, or what a living one has. */
export function phaseIn(folder: string, hasBegun: boolean): Phase {
  const own = privateFolder(folder)
  if (own === undefined) return hasBegun ? 'over' : 'start'
  const there = namesIn(join(folder, own))
  if (there.includes('journal')) return 'move'
  return there.includes('new') ? 'extraction' : 'download'
}

/** Whether a strike in that phase came while a download or an extraction was under way. */
export const isHit = (phase: Phase | undefined): boolean =>
  phase === 'download' || phase === 'extraction' || phase === 'move'

function privateFolder(folder: string): string | undefined {
  return namesIn(folder).find((name) => /^\..*\.d$/.test(name))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Counts strikes by their phase, and tells them when there are many. */
export function createTally(what: string): {add(phase: Phase | undefined): void; hits(): number; tell(): void} {
  const counts: Partial<Record<Phase | 'never', number>> = {}
  let hits = 0
  return {
    add(phase) {
      counts[phase ?? 'never'] = (counts[phase ?? 'never'] ?? 0) + 1
      if (isHit(phase)) hits += 1
    },
    hits: () => hits,
    tell: () => void (isLong && process.stderr.write(`${what}: ${hits} hits of ${JSON.stringify(counts)}\n`)),
  }
}

const hex = (bytes: number): string => randomBytes(bytes / 2).toString('hex')

/** Unpacked by the main thread alone. */
const small = Object.fromEntries(Array.from({length: 300}, (_, index) => [`d${index % 30}/f${index}`, hex(12_000)]))
/** 18 MiB are enough for threads; the largest file is streamed. What repeats is quick to pack. */
const large = {
  ...Object.fromEntries(Array.from({length: 100}, (_, index) => [`d${index % 10}/f${index}`, hex(8_192).repeat(16)])),
  'big/one': hex(8_192).repeat(768),
}

/** Job "build" of grp/lib has 300 small files, "large" has 18 MiB, "extra" one file; each can be had by the ref main. */
export const loads = sceneWorld({
  library: {build: {files: small}, large: {files: large}, extra: {files: {extra: 'extra'}}},
})

/** Asks for the archive of one of those jobs. */
export const pullOf = (job: 'build' | 'large' | 'extra'): readonly string[] => [
  '--project',
  'grp/lib',
  '--ref',
  'main',
  '--job',
  job,
  '--path',
  'out',
]
