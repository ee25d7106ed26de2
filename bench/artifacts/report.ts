import {median, type Measured} from './measure.ts'
import type {Contender} from './rows.ts'

export interface Run extends Measured {
  readonly requests: number
  /** Of bodies the server was asked for. */
  readonly bytes: number
}

/** Medians, and their part of the first contender's. */
export function tableOf(contenders: readonly Contender[], runs: readonly (readonly Run[])[]): string {
  const base = medianOf(runs[0], 'seconds') ?? Number.NaN
  const lines = contenders.map(({name}, index) => {
    const own = runs[index] ?? []
    const seconds = medianOf(own, 'seconds') ?? Number.NaN
    const fastest = Math.min(...own.map((run) => run.seconds))
    const cells = [
      name,
      `${seconds.toFixed(2)} s`,
      (seconds / base).toFixed(2),
      `${fastest.toFixed(2)} s`,
      shown(medianOf(own, 'cpuSeconds'), 2, ' s'),
      shown(medianOf(own, 'peakMb'), 0, ' MB'),
      `${own.at(-1)?.requests ?? 0}`,
      shown((own.at(-1)?.bytes ?? 0) / 1e6, 1, ' MB'),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const head = '| way | wall, median | ratio | wall, best | CPU | peak | requests | fetched |'
  return [head, '|---|---|---|---|---|---|---|---|', ...lines].join('\n')
}

/** Each target with whether it was met. `wanted`: bytes that a perfect choice of files would fetch. */
export function verdictsOf(
  contenders: readonly Contender[],
  runs: readonly (readonly Run[])[],
  wanted: number,
): string {
  const base = medianOf(runs[0], 'seconds') ?? Number.NaN
  const lines = contenders.flatMap(({name, target}, index) => {
    const own = runs[index] ?? []
    const ratio = (medianOf(own, 'seconds') ?? Number.NaN) / base
    const last = own.at(-1)
    return [
      judge(`${name}: wall`, ratio, target?.ratio, 2),
      judge(`${name}: peak MB`, medianOf(own, 'peakMb'), target?.peakMb, 0),
      judge(`${name}: requests`, last?.requests, target?.requests, 0),
      judge(`${name}: bytes of those wanted and the directory`, (last?.bytes ?? 0) / wanted, target?.bytes, 2),
      ...(target && contenders[0]?.command.includes('sha256sum') ? [sameBytes(name, own)] : []),
    ]
  })
  return lines.filter((line) => line !== '').join('\n')
}

function judge(what: string, found: number | undefined, target: number | undefined, digits: number): string {
  if (target === undefined) return ''
  if (found === undefined) return `- ${what}: not measured (target ${target}).`
  const verdict = found <= target ? 'met' : '**missed**'
  return `- ${what}: ${found.toFixed(digits)}, target ${target}: ${verdict}.`
}

/** The packing rows print a checksum of what they made. */
function sameBytes(name: string, runs: readonly Run[]): string {
  const sums = new Set(runs.map(({told}) => told))
  return `- ${name}: ${sums.size === 1 ? 'the same bytes in each run: met.' : '**other bytes in some runs: missed.**'}`
}

function medianOf(runs: readonly Run[] | undefined, key: 'seconds' | 'cpuSeconds' | 'peakMb'): number | undefined {
  const values = (runs ?? []).map((run) => run[key]).filter((value) => value !== undefined)
  return values.length === 0 ? undefined : median(values)
}

function shown(value: number | undefined, digits: number, unit: string): string {
  return value === undefined ? '–' : `${value.toFixed(digits)}${unit}`
}
