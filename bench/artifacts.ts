/**
 * Fetching and unpacking beside what people use today: whole archives, a few files of a large one, several at once, slow lines, one zip of chosen files.
 * Prints each row short, and writes all of it as JSON where asked. `--full` makes all of the data and runs each way five times; without, a tenth of
 * it and three times. Data is kept in DIR (default: shared memory).
 * Run with: npm run bench -- artifacts [--full] [--dir DIR] [--only TEXT of the rows' titles]
 */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {get, type IncomingMessage} from 'node:http'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {parseArgs} from 'node:util'
import {makeLargeFiles, makeParts, makeSmallFiles, makeTree, wantedBytes} from './artifacts/data.ts'
import {measure} from './artifacts/measure.ts'
import {resultOf, type Run} from './artifacts/medians.ts'
import {fetchRows, otherRows, type Row} from './artifacts/rows.ts'
import type {RowResult} from './report/results.ts'
import {shortOf} from './report/tables.ts'

const {values} = parseArgs({
  options: {
    full: {type: 'boolean', default: false},
    only: {type: 'string', default: ''},
    dir: {type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir()},
    json: {type: 'string'},
  },
})
const rounds = values.full ? 5 : 3
const scale = values.full ? 1 : 0.1
const data = `${values.dir}/jobside-bench${values.full ? '' : '-short'}`
const out = `${data}/out`
const root = path.resolve(import.meta.dirname, '..', '..')

interface Counts {
  readonly requests: number
  readonly bytes: number
}

async function runRow(row: Row, port: number): Promise<RowResult> {
  const runs = row.contenders.map((): Run[] => [])
  // In turns, so that whatever else the machine does hits all alike.
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, {command, env}] of row.contenders.entries()) {
      await counted(port)
      const measured = measure(command, out, env)
      runs[index]?.push({...measured, ...(await counted(port))})
    }
  }
  return resultOf(row, runs, wantedBytes(`${data}/A.zip`, /^dist\/package-\d+\/some\/module-\d*55\.txt$/))
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
  makeParts(data, scale)
  makeTree(`${data}/tree`, `${data}/T.zip`, 10_000 * scale)
  const server = spawn(process.execPath, [`${import.meta.dirname}/artifacts/server.js`, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const port = await new Promise<number>((resolve) =>
      server.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
    )
    const place = {port, data, root}
    const rows: RowResult[] = []
    if (!values.full)
      console.log('A tenth of the data, of which the start of each program is a large part: targets are for --full.\n')
    for (const row of [...fetchRows(place), ...otherRows(place)].filter(({title}) => title.includes(values.only))) {
      const result = await runRow(row, port)
      console.log(shortOf(result))
      rows.push(result)
    }
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows))
  } finally {
    server.kill()
    rmSync(out, {recursive: true, force: true})
  }
}

await main()
