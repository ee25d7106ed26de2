/**
 * All benchmarks one after the other: `npm run bench [-- artifacts|sandbox|waiters...] [-- --full]`. Short by default: minutes, a tenth of the data,
 * nothing written. `--full` is what counts, and with all of them it writes docs/performance.md.
 */
import {spawn} from 'node:child_process'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {cpus, loadavg, totalmem} from 'node:os'
import path from 'node:path'
import {parseArgs} from 'node:util'

const names = ['artifacts', 'sandbox', 'waiters'] as const
const root = path.resolve(import.meta.dirname, '..', '..')
const page = path.join(root, 'docs/performance.md')
const request = readArguments()

if ('problem' in request) {
  console.error(`${request.problem}\nnpm run bench [-- ${names.join('|')}...] [--full] [--only TEXT] [--dir DIR]`)
  process.exitCode = 64
} else {
  const {asked, values} = request
  for (const name of asked.length > 0 ? asked : names) {
    const text = await run(name, values)
    if (values.full && values.only === undefined) keep(name, text)
  }
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

/** Runs one benchmark, showing what it prints as it comes. Throws if it fails, so that nothing half is kept. */
async function run(name: string, {full, only, dir}: Values): Promise<string> {
  const flag = full ? ['--full'] : name === 'waiters' ? ['--short'] : []
  const others = [...(only === undefined ? [] : ['--only', only]), ...(dir === undefined ? [] : ['--dir', dir])]
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${name}.js`), ...flag, ...others], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString()
    process.stdout.write(piece)
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`The benchmark "${name}" ended with ${String(code)}`)
  return text
}

/** Puts a benchmark's results between its marks in the page; what is written around them stays. */
function keep(name: string, text: string): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
  const about = `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${process.platform}, ${machine}; load at the end ${(loadavg()[0] ?? 0).toFixed(1)}.`
  const body = name === 'artifacts' ? text.trim() : `\`\`\`text\n${text.replace(/^\n+/, '').trimEnd()}\n\`\`\``
  const block = `<!-- ${name}: begin -->\n\n${about}\n\n${body}\n\n<!-- ${name}: end -->`
  const old = existsSync(page) ? readFileSync(page, 'utf8') : ''
  const place = new RegExp(`<!-- ${name}: begin -->[^]*<!-- ${name}: end -->`)
  writeFileSync(page, place.test(old) ? old.replace(place, () => block) : `${old.trimEnd()}\n\n${block}\n`)
}
