import type {RowResult, TargetResult, WayResult} from '../report/results.ts'
import {median, type Measured} from './measure.ts'
import type {Contender, Row} from './rows.ts'

export interface Run extends Measured {
  readonly requests: number
  /** Of bodies the server was asked for. */
  readonly bytes: number
}

/** What is kept of a row's runs. `wanted`: bytes that a perfect choice of files would fetch. */
export function resultOf({title, contenders}: Row, runs: readonly (readonly Run[])[], wanted: number): RowResult {
  const base = medianOf(runs[0], 'seconds') ?? Number.NaN
  return {title, ways: contenders.map((contender, index) => wayOf(contender, runs[index] ?? [], base, wanted))}
}

function wayOf({name, target = {}}: Contender, runs: readonly Run[], base: number, wanted: number): WayResult {
  const seconds = medianOf(runs, 'seconds') ?? Number.NaN
  const peakMb = medianOf(runs, 'peakMb')
  const {requests = 0, bytes = 0} = runs.at(-1) ?? {}
  const targets: readonly (Omit<TargetResult, 'target'> & {readonly target: number | undefined})[] = [
    {what: 'wall', found: rounded(seconds / base, 4), target: target.ratio},
    {what: 'peak MB', found: rounded(peakMb, 1), target: target.peakMb},
    {what: 'requests', found: requests, target: target.requests},
    {what: 'bytes of those wanted and the directory', found: rounded(bytes / wanted, 4), target: target.bytes},
    {what: 'different bytes in all runs', found: new Set(runs.map(({told}) => told)).size, target: target.outputs},
  ]
  return {
    name,
    seconds: rounded(seconds, 3) ?? Number.NaN,
    best: rounded(Math.min(...runs.map((run) => run.seconds)), 3) ?? Number.NaN,
    cpuSeconds: rounded(medianOf(runs, 'cpuSeconds'), 3),
    peakMb: rounded(peakMb, 1),
    requests,
    fetchedMb: rounded(bytes / 1e6, 1) ?? 0,
    targets: targets.flatMap(({target: most, ...found}) => (most === undefined ? [] : [{...found, target: most}])),
  }
}

function medianOf(runs: readonly Run[] | undefined, key: 'seconds' | 'cpuSeconds' | 'peakMb'): number | undefined {
  const values = (runs ?? []).map((run) => run[key]).filter((value) => value !== undefined)
  return values.length === 0 ? undefined : median(values)
}

function rounded(value: number | undefined, digits: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits))
}
