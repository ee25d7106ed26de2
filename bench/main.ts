/**
 * All benchmarks one after the other: `npm run bench [-- artifacts|lists|sandbox|waiters...] [-- --full]`. Short by default: minutes, a tenth of the data,
 * nothing written. `--full` is what counts, and keeps its results: bench/results.json, and what is made of it, docs/performance.md and its picture.
 */
import {spawn} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {cpus, loadavg, tmpdir, totalmem} from 'node:os'
import path from 'node:path'
import {parseArgs} from 'node:util'
import {performanceFiles} from './report/files.ts'
import {readResults, resultsFile, type About, type Results, type RowResult} from './report/results.ts'

const names = ['artifacts', 'lists', 'sandbox', 'waiters'] as const
const root = path.resolve(import.meta.dirname, '..', '..')
const request = readArguments()

if ('problem' in request) {
  console.error(`${request.problem}\nnpm run bench [-- ${names.join('|')}...] [--full] [--only TEXT] [--dir DIR]`)
  process.exitCode = 64
} else {
  const {asked, values} = request
  const began = performance.now()
  for (const name of asked.length > 0 ? asked : names) {
    const ran = await run(name, values)
    if (values.full && values.only === undefined) keep(name, ran)
  }
  console.log(`All of it took ${((performance.now() - began) / 60_000).toFixed(1)} minutes.`)
}

interface Values {
  readonly full: boolean
  readonly only?: string | undefined
  readonly dir?: string | undefined
}

function readArguments():
  {readonly problem: string} | {readonly asked: readonly (typeof names)[number][]; readonly values: Values} {
  try {
    const {values, positionals} = parseArgs({
      allowPositionals: true,
      options: {full: {type: 'boolean', default: false}, only: {type: 'string'}, dir: {type: 'string'}},
    })
    const unknown = positionals.filter((name) => !names.some((known) => known === name))
    if (unknown.length > 0) return {problem: `There is no benchmark ${unknown.join(', ')}.`}
    return {values, asked: names.filter((name) => positionals.includes(name))}
  } catch (error) {
    return {problem: error instanceof Error ? error.message : String(error)}
  }
}

interface Ran {
  readonly text: string
  /** Of artifacts. */
  readonly rows: readonly RowResult[] | undefined
}

/** Runs one benchmark, showing what it prints as it comes. Throws if it fails, so that nothing half is kept. */
async function run(name: string, {full, only, dir}: Values): Promise<Ran> {
  const folder = mkdtempSync(path.join(tmpdir(), 'jobside-bench-'))
  const json = path.join(folder, 'rows.json')
  const flag = full ? ['--full'] : name === 'waiters' ? ['--short'] : []
  const others = [...(only === undefined ? [] : ['--only', only]), ...(dir === undefined ? [] : ['--dir', dir])]
  const own = name === 'artifacts' ? [...others, '--json', json] : []
  try {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, `${name}.js`), ...flag, ...own], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString()
      process.stdout.write(piece)
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    if (code !== 0) throw new Error(`The benchmark "${name}" ended with ${String(code)}`)
    const rows = own.length > 0 ? (JSON.parse(readFileSync(json, 'utf8')) as readonly RowResult[]) : undefined
    return {text, rows}
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

/** Puts its results in place of those of the last time, and makes anew what is made of them. */
function keep(name: string, {text, rows}: Ran): void {
  const machine = `${process.platform}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
  const about: About = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  }
  const old = readResults(root)
  const results: Results = rows
    ? {...old, artifacts: {about, rows}}
    : {
        ...old,
        printed: {
          ...old.printed,
          [name]: {
            about,
            lines: text
              .replace(/^\n+/, '')
              .trimEnd()
              .split('\n')
              .map((line) => line.trimEnd()),
          },
        },
      }
  writeFileSync(path.join(root, resultsFile), `${JSON.stringify(results, null, 2)}\n`)
  for (const [file, content] of performanceFiles(root)) writeFileSync(path.join(root, file), content)
}
