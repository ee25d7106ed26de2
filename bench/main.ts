/**
 * All benchmarks one after the other: `npm run bench [-- artifacts|sandbox|waiters...] [-- --full]`. Short by default: minutes, a tenth of the data,
 * nothing written. `--full` is what counts, and with all of them it writes docs/performance.md.
 */
import {spawn} from 'node:child_process'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {cpus, loadavg, totalmem} from 'node:os'
import path from 'node:path'

const names = ['artifacts', 'sandbox', 'waiters'] as const
const isFull = process.argv.includes('--full')
const asked = names.filter((name) => process.argv.includes(name))
const root = path.resolve(import.meta.dirname, '..', '..')
const page = path.join(root, 'docs/performance.md')

const valued = ['--dir', '--only']
const strange = process.argv
  .slice(2)
  .filter(
    (argument, index, all) =>
      ![...names, ...valued, '--full'].includes(argument) && !valued.includes(all[index - 1] ?? ''),
  )

if (strange.length > 0) {
  console.error(
    `There is no ${strange.join(', ')}.\nnpm run bench [-- ${names.join('|')}...] [--full] [--only TEXT] [--dir DIR]`,
  )
  process.exitCode = 64
} else {
  for (const name of asked.length > 0 ? asked : names) {
    const text = await run(name)
    if (isFull && !process.argv.includes('--only')) keep(name, text)
  }
}

/** Runs one benchmark, showing what it prints as it comes. Throws if it fails, so that nothing half is kept. */
async function run(name: string): Promise<string> {
  const flag = isFull ? ['--full'] : name === 'waiters' ? ['--short'] : []
  const others = process.argv.slice(2).filter((argument) => ![...names, '--full'].includes(argument as 'artifacts'))
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
