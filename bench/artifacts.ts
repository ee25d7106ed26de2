/**
 * Fetching and unpacking beside what people use today: whole archives, a few files of a large one, slow lines, packing. Prints a page of Markdown.
 * `--full` makes all of the data and runs each way five times; without, a tenth of it and three times. Data is kept in DIR (default: shared memory).
 * Run with: npm run bench -- artifacts [--full] [--dir DIR] [--only TEXT of the rows' titles]
 */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, rmSync} from 'node:fs'
import {get, type IncomingMessage} from 'node:http'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {makeLargeFiles, makeSmallFiles, makeTree, wantedBytes} from './artifacts/data.ts'
import {measure} from './artifacts/measure.ts'
import {tableOf, verdictsOf, type Run} from './artifacts/report.ts'
import {fetchRows, packRow, type Row} from './artifacts/rows.ts'

const isFull = process.argv.includes('--full')
const rounds = isFull ? 5 : 3
const scale = isFull ? 1 : 0.1
const dirAt = process.argv.indexOf('--dir')
const base = dirAt > 0 ? process.argv[dirAt + 1] : existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const data = `${base}/jobside-bench${isFull ? '' : '-short'}`
const onlyAt = process.argv.indexOf('--only')
/** What the titles of the wanted rows contain. */
const only = onlyAt > 0 ? (process.argv[onlyAt + 1] ?? '') : ''
const out = `${data}/out`
const root = path.resolve(import.meta.dirname, '..', '..')

interface Counts {
  readonly requests: number
  readonly bytes: number
}

async function runRow({title, contenders}: Row, port: number): Promise<void> {
  const runs = contenders.map((): Run[] => [])
  // In turns, so that whatever else the machine does hits all alike.
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, {command, env}] of contenders.entries()) {
      await counted(port)
      const measured = measure(command, out, env)
      runs[index]?.push({...measured, ...(await counted(port))})
    }
  }
  const wanted = wantedBytes(`${data}/A.zip`, /^dist\/package-\d+\/some\/module-\d*55\.txt$/)
  console.log(`### ${title}\n\n${tableOf(contenders, runs)}\n\n${verdictsOf(contenders, runs, wanted)}\n`)
}

/** On a connection of its own: while a command runs this process hears nothing, and an idle one would be closed unseen. */
async function counted(port: number): Promise<Counts> {
  const [answer] = (await once(get(`http://127.0.0.1:${port}/counts`, {agent: false}), 'response')) as [IncomingMessage]
  return JSON.parse((await answer.toArray()).join('')) as Counts
}

async function main(): Promise<void> {
  mkdirSync(data, {recursive: true})
  makeSmallFiles(`${data}/A.zip`, scale)
  makeLargeFiles(`${data}/B.zip`, scale)
  makeTree(`${data}/tree`, 10_000 * scale)
  const server = spawn(process.execPath, [`${import.meta.dirname}/artifacts/server.js`, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const port = await new Promise<number>((resolve) =>
      server.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
    )
    const place = {port, data, root}
    const rows = [...fetchRows(place), packRow(place)].filter(({title}) => title.includes(only))
    for (const row of rows) await runRow(row, port)
  } finally {
    server.kill()
    rmSync(out, {recursive: true, force: true})
  }
}

await main()
