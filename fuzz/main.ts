/**
 * Coverage-guided fuzzing: `npm run fuzz -- [TARGET...] [--time 60s] [--runs N] [--seed N] [--save]`. The time is for each target. What
 * is found goes to a folder that the report names; --save adds the inputs that reached new code to fuzz/corpus.
 */
import {mkdir, mkdtemp, readdir, readFile, writeFile} from 'node:fs/promises'
import {createHash} from 'node:crypto'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {parseArgs} from 'node:util'
import {fuzz, type Outcome} from './loop.ts'
import type {Target} from './target.ts'
import {targets} from './targets.ts'

const corpusFolder = path.resolve(import.meta.dirname, '..', '..', 'fuzz', 'corpus')

const usage = `npm run fuzz -- [TARGET...] [--time 60s] [--runs N] [--seed N] [--save]\nTargets: ${targets.map(({name}) => name).join(', ')}`

const asked = readArguments()
if ('problem' in asked) {
  console.error(`${asked.problem}\n${usage}`)
  process.exitCode = 64
} else {
  const {values, chosen} = asked
  const effort = {timeMs: milliseconds(values.time), runs: Number(values.runs), seed: Number(values.seed)}
  console.log(`seed ${effort.seed}`)
  // Most inputs end in an error of ours, and most of its cost is the stack that nobody reads.
  Error.stackTraceLimit = 0
  for (const target of chosen) {
    const outcome = await fuzz(target, await corpusOf(target), effort)
    report(target, outcome)
    if (values.save) await save(target, outcome.interesting)
    if (outcome.failures.length > 0) await tell(target, outcome)
  }
}

function readArguments() {
  try {
    const {values, positionals} = parseArgs({
      allowPositionals: true,
      options: {
        time: {type: 'string', default: '60s'},
        runs: {type: 'string', default: 'Infinity'},
        seed: {type: 'string', default: String(Date.now() % 2 ** 31)},
        save: {type: 'boolean', default: false},
      },
    })
    const unknown = positionals.filter((name) => !targets.some((target) => target.name === name))
    if (unknown.length > 0) return {problem: `There is no target ${unknown.join(', ')}.`}
    if (Number.isNaN(milliseconds(values.time))) return {problem: `--time ${values.time} is no duration such as 60s.`}
    for (const name of ['runs', 'seed'] as const)
      if (Number.isNaN(Number(values[name]))) return {problem: `--${name} ${values[name]} is no number.`}
    return {values, chosen: targets.filter(({name}) => positionals.length === 0 || positionals.includes(name))}
  } catch (error) {
    return {problem: error instanceof Error ? error.message : String(error)}
  }
}

function milliseconds(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  return Number(count) * ({ms: 1, s: 1000, m: 60_000, h: 3_600_000}[unit ?? ''] ?? Number.NaN)
}

async function corpusOf(target: Target): Promise<readonly Buffer[]> {
  const folder = path.join(corpusFolder, target.name)
  const files = (await readdir(folder).catch((): string[] => [])).sort()
  return Promise.all(files.map((file) => readFile(path.join(folder, file))))
}

function report({name}: Target, {runs, ms, pieces, interesting, failures, slowestMs}: Outcome): void {
  const rate = Math.round((runs / ms) * 1000)
  console.log(
    `${name.padEnd(14)} ${String(runs).padStart(9)} runs  ${String(rate).padStart(7)} a second  ${String(pieces).padStart(4)} pieces of code  ` +
      `${String(interesting.length).padStart(3)} new inputs  slowest ${Math.round(slowestMs)} ms  ${failures.length} failures`,
  )
}

async function save({name}: Target, inputs: readonly Buffer[]): Promise<void> {
  const folder = path.join(corpusFolder, name)
  await mkdir(folder, {recursive: true})
  for (const input of inputs) await writeFile(path.join(folder, nameOf(input)), input)
}

async function tell({name, run}: Target, {failures}: Outcome): Promise<void> {
  process.exitCode = 1
  Error.stackTraceLimit = 10
  const folder = await mkdtemp(path.join(tmpdir(), `fuzz-${name}-`))
  for (const {input, error} of failures) {
    const file = path.join(folder, nameOf(input))
    await writeFile(file, input)
    const again = await (async () => run(input))().catch((found: unknown) => found)
    const shown = again ?? error
    console.error(`${file}: ${shown instanceof Error ? (shown.stack ?? shown.message) : String(shown)}`)
    console.error(`  ${JSON.stringify(input.toString('latin1').slice(0, 400))}`)
  }
}

function nameOf(input: Buffer): string {
  return `${createHash('sha256').update(input).digest('hex').slice(0, 12)}.bin`
}
