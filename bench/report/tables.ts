import {
  ratioOf,
  verdictOf,
  type About,
  type Results,
  type RowResult,
  type TargetResult,
  type WayResult,
} from './results.ts'

/** What stands between the marks of docs/performance.md, by their names. */
export function pageTables({artifacts, printed}: Results): Readonly<Record<string, string>> {
  const tables = artifacts.rows.map((row) => `### ${row.title}\n\n${tableOf(row)}\n\n${verdictsOf(row)}`)
  const texts = Object.entries(printed).map(([name, {about, lines}]) => [
    `bench-${name}`,
    `\n${aboutLine(about)}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`,
  ])
  return {
    'bench-artifacts': `\n${aboutLine(artifacts.about)}\n\n${tables.join('\n\n')}\n`,
    ...(Object.fromEntries(texts) as Record<string, string>),
  }
}

/** The same short, for a terminal: each way with its wall time, its part of the first one's, and what was to be reached. */
export function shortOf(row: RowResult): string {
  const width = Math.max(...row.ways.map(({name}) => name.length))
  const lines = row.ways.map((way) => {
    const figures = `${way.seconds.toFixed(2).padStart(7)} s ${ratioOf(way, row).toFixed(2).padStart(6)}`
    const targets = way.targets.map((target) => `${target.what} ${shown(target)}: ${verdictOf(target)}`)
    return `  ${way.name.padEnd(width)} ${figures}  ${targets.join('; ')}`.trimEnd()
  })
  return `${row.title}\n${lines.join('\n')}\n`
}

function aboutLine({date, node, machine, load}: About): string {
  return `${date}, Node ${node}, ${machine}; load at the end ${load.toFixed(1)}.`
}

function tableOf(row: RowResult): string {
  const head = '| way | wall, median | ratio | wall, best | CPU | peak | requests | fetched |'
  const lines = row.ways.map((way) => `| ${cellsOf(way, row).join(' | ')} |`)
  return [head, '|---|---|---|---|---|---|---|---|', ...lines].join('\n')
}

function cellsOf(way: WayResult, row: RowResult): readonly string[] {
  const {name, seconds, best, cpuSeconds, peakMb, requests, fetchedMb} = way
  return [
    name,
    `${seconds.toFixed(2)} s`,
    ratioOf(way, row).toFixed(2),
    `${best.toFixed(2)} s`,
    cpuSeconds === undefined ? '–' : `${cpuSeconds.toFixed(2)} s`,
    peakMb === undefined ? '–' : `${peakMb.toFixed(0)} MB`,
    `${requests}`,
    `${fetchedMb.toFixed(1)} MB`,
  ]
}

function verdictsOf({ways}: RowResult): string {
  return ways
    .flatMap(({name, targets}) =>
      targets.map((target) => {
        const verdict = verdictOf(target)
        return `- ${name}: ${target.what} ${shown(target)}: ${verdict === 'missed' ? '**missed**' : verdict}.`
      }),
    )
    .join('\n')
}

function shown({found, target}: TargetResult): string {
  const isRatio = found !== undefined && found < 10 && !Number.isInteger(found)
  const digits = Number.isInteger(target) && !isRatio ? 0 : 2
  // A number that misses by little must not look as if it met.
  const isNear = found !== undefined && found > target && found.toFixed(digits) === target.toFixed(digits)
  const shownDigits = isNear ? digits + 2 : digits
  return `${found === undefined ? '–' : found.toFixed(shownDigits)} of at most ${target.toFixed(digits)}`
}
