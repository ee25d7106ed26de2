import {spawn} from 'node:child_process'
import {Agent, get} from 'node:http'
import {performance} from 'node:perf_hooks'
import {createInterface} from 'node:readline'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'

/**
 * How fast the sandbox answers: requests a second on a list of 20 jobs, and a page of a world of 20,000 jobs beside a
 * page of one of 20. The server is the bundle, in a process of its own. Exits 1 below 2,000 requests a second.
 * Run with: npm run build && npm run bench -- sandbox
 */
const wantedPerSecond = 2000
const folder = mkdtempSync(path.join(tmpdir(), 'jobside-bench-'))
const headers = {'PRIVATE-TOKEN': 'glpat-dev'}

function world(jobs: number): string {
  const list = Array.from({length: jobs}, (_, index) => ({
    id: index + 1,
    name: `job ${index + 1}`,
    status: index % 10 === 0 ? 'failed' : 'success',
    artifacts: {files: {'a.txt': 'a\n'}},
  }))
  const projects = [{id: 1, path: 'grp/app', members: {dev: 'developer'}, pipelines: [{id: 11, jobs: list}]}]
  return JSON.stringify({users: [{id: 1, username: 'dev', tokens: [{token: 'glpat-dev'}]}], projects})
}

interface Served {
  readonly api: string
  readonly startedMs: number
  stop(): void
}

async function serve(jobs: number): Promise<Served> {
  const file = path.join(folder, `${jobs}.json`)
  writeFileSync(file, world(jobs))
  const main = path.resolve(import.meta.dirname, '..', '..', 'dist', 'sandbox.mjs')
  const started = performance.now()
  const child = spawn(process.execPath, [main, '--world', file, '--json', '--rate-limit', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({input: child.stdout})) {
    const {api} = JSON.parse(line) as {api: string}
    return {api, startedMs: performance.now() - started, stop: () => void child.kill()}
  }
  throw new Error('The sandbox ended before it was ready')
}

const agent = new Agent({keepAlive: true, maxSockets: 16})

async function ask(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, {agent, headers}, (response) => {
      let bytes = 0
      response.on('data', (piece: Buffer) => (bytes += piece.length))
      response.on('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url} -> ${response.statusCode}`)),
      )
    })
    request.on('error', reject)
  })
}

/** Requests a second with 16 at a time. */
async function throughput(url: string, requests: number): Promise<number> {
  let left = requests
  const started = performance.now()
  const worker = async () => {
    while (left-- > 0) await ask(url)
  }
  await Promise.all(Array.from({length: 16}, worker))
  return requests / ((performance.now() - started) / 1000)
}

/** Median milliseconds of one page, asked one after the other. */
async function pageMs(url: string): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < 200; n++) {
    const started = performance.now()
    await ask(url)
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)[100] ?? 0
}

const shown = (number: number, digits = 0) => number.toFixed(digits).padStart(8)

const small = await serve(20)
const list = `${small.api}/projects/1/pipelines/11/jobs`
await throughput(list, 2000)
const perSecond = await throughput(list, 10_000)
console.log(`${shown(perSecond)} requests a second on a list of 20 jobs (${await ask(list)} bytes each)`)

const large = await serve(20_000)
console.log(`${shown(small.startedMs)} ms to start a world of 20 jobs`)
console.log(`${shown(large.startedMs)} ms to start a world of 20,000 jobs`)
for (const [title, query] of [
  ['first page of the project', '/projects/1/jobs?per_page=20'],
  ['page of the project by keyset', '/projects/1/jobs?per_page=20&pagination=keyset'],
  ['page of the pipeline', '/projects/1/pipelines/11/jobs?per_page=20'],
  ['page of failed jobs of the pipeline', '/projects/1/pipelines/11/jobs?per_page=20&scope=failed'],
  ['page 500 of the project', '/projects/1/jobs?per_page=20&page=500'],
] as const) {
  console.log(
    `${shown(await pageMs(small.api + query), 2)} ms of 20, ${shown(await pageMs(large.api + query), 2)} ms of 20,000 jobs: ${title}`,
  )
}

small.stop()
large.stop()
agent.destroy()
rmSync(folder, {recursive: true, force: true})
if (perSecond < wantedPerSecond) {
  console.error(`Slower than ${wantedPerSecond} requests a second.`)
  process.exitCode = 1
}
