import {readFileSync} from 'node:fs'
import path from 'node:path'

/** What `npm run bench -- --full` keeps: the page and the picture are made from it alone. */
export interface Results {
  readonly artifacts: ArtifactResults
  /** By benchmark, what it printed. */
  readonly printed: Readonly<Record<string, PrintedResults>>
}

export interface ArtifactResults {
  readonly about: About
  readonly rows: readonly RowResult[]
}

interface PrintedResults {
  readonly about: About
  readonly lines: readonly string[]
}

/** When and where it was measured. */
export interface About {
  readonly date: string
  readonly node: string
  readonly machine: string
  /** At the end. */
  readonly load: number
}

export interface RowResult {
  readonly title: string
  /** The first is what all are compared with. */
  readonly ways: readonly WayResult[]
}

/** Medians of all runs. */
export interface WayResult {
  readonly name: string
  readonly seconds: number
  /** The fastest run. */
  readonly best: number
  /** Missing where the machine cannot tell. */
  readonly cpuSeconds?: number | undefined
  readonly peakMb?: number | undefined
  readonly requests: number
  readonly fetchedMb: number
  readonly targets: readonly TargetResult[]
}

/** What was to be at most so much. */
export interface TargetResult {
  readonly what: string
  /** Missing where the machine cannot tell. */
  readonly found?: number | undefined
  readonly target: number
}

export const resultsFile = 'bench/results.json'

/** Throws if there are none. */
export function readResults(root: string): Results {
  return JSON.parse(readFileSync(path.join(root, resultsFile), 'utf8')) as Results
}

/** Its part of the wall time of the first way. */
export function ratioOf({seconds}: WayResult, {ways: [first]}: RowResult): number {
  return seconds / (first?.seconds ?? Number.NaN)
}

export type Verdict = 'met' | 'missed' | 'not measured'

export function verdictOf({found, target}: TargetResult): Verdict {
  if (found === undefined) return 'not measured'
  return found <= target ? 'met' : 'missed'
}
