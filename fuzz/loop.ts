import {startCoverage} from './coverage.ts'
import {mutate} from './mutate.ts'
import {createRandom, type Random} from './random.ts'
import type {Target} from './target.ts'

export interface Effort {
  readonly timeMs: number
  readonly runs: number
  readonly seed: number
}

export interface Outcome {
  readonly runs: number
  readonly pieces: number
  readonly ms: number
  /** Inputs that each reached code that none before had, without the seeds. */
  readonly interesting: readonly Buffer[]
  readonly failures: readonly {readonly input: Buffer; readonly error: unknown}[]
  readonly slowestMs: number
}

/** Batches grow while they reach nothing new. */
const batches = {least: 32, most: 8192} as const
/** Beyond this an input counts as a hang. */
const hangMs = 5_000
const enoughFailures = 5
const largestInput = 1 << 16

/**
 * Runs mutations of what is known to reach new code, until time or runs are used up. Coverage is asked for once a batch, and a batch that
 * reached something new is run again in halves until it is known by which input: asking costs more than most inputs.
 */
export async function fuzz(target: Target, corpus: readonly Buffer[], effort: Effort): Promise<Outcome> {
  const random = createRandom(effort.seed)
  const words = target.words.map((word) => Buffer.from(word, 'latin1'))
  const known: Buffer[] = [...target.seeds, ...corpus]
  const given = known.length
  const seen = new Set<string>()
  const failures: {input: Buffer; error: unknown}[] = []
  const started = performance.now()
  let runs = 0
  let slowestMs = 0

  const execute = async (input: Buffer): Promise<void> => {
    const before = performance.now()
    try {
      await target.run(input)
    } catch (error) {
      failures.push({input, error})
    }
    const ms = performance.now() - before
    slowestMs = Math.max(slowestMs, ms)
    if (ms > hangMs) failures.push({input, error: new Error(`took ${Math.round(ms)} ms`)})
    runs += 1
  }
  const coverage = startCoverage()
  const note = (): boolean => {
    const before = seen.size
    for (const piece of coverage.take()) seen.add(piece)
    return seen.size > before
  }
  const isUp = (): boolean => runs >= effort.runs || performance.now() - started >= effort.timeMs
  const reachesNew = async (batch: readonly Buffer[]): Promise<boolean> => {
    for (const input of batch) {
      await execute(input)
      if (failures.length >= enoughFailures || (runs % 64 === 0 && isUp())) break
    }
    return coverage.take().some((piece) => !seen.has(piece))
  }
  const search = async (batch: readonly Buffer[]): Promise<void> => {
    if (!(await reachesNew(batch))) return
    const [only] = batch
    if (only && batch.length === 1) {
      await execute(only)
      if (note()) known.push(only)
      return
    }
    const middle = batch.length >> 1
    await search(batch.slice(0, middle))
    await search(batch.slice(middle))
  }
  try {
    for (const input of known.slice(0, given)) await execute(input)
    note()
    let size: number = batches.least
    while (!isUp() && failures.length < enoughFailures) {
      const batch = Array.from({length: size}, () => nextInput(target, known, words, random))
      const before = known.length
      await search(batch)
      size = known.length > before ? batches.least : Math.min(size * 2, batches.most)
    }
  } finally {
    coverage.stop()
  }
  const ms = performance.now() - started
  return {runs, pieces: seen.size, ms, interesting: known.slice(given), failures, slowestMs}
}

function nextInput(target: Target, known: readonly Buffer[], words: readonly Buffer[], random: Random): Buffer {
  const made = target.generate && random.chance(3) ? target.generate(random) : random.pick(known)
  return mutate(made, known, words, random).subarray(0, largestInput)
}
