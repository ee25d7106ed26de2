import {fork} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {measure, median} from './artifacts/measure.ts'

/**
 * How long a list of 5,000 jobs takes where each answer comes 20 ms late: all pages of a project by cursors and those of a pipeline by numbers, beside curl in a
 * loop over them. The measure is what the round trips take that the pages need: one curl that asks for one page after the other on one connection.
 * Run with: npm run build && npm run bench -- lists
 */
const [jobs, perPage, delayMs] = [5_000, 100, 20]
const pages = jobs / perPage
const runs = process.argv.includes('--full') ? 9 : 3
const mostRatio = 1.2
const folder = mkdtempSync(path.join(tmpdir(), 'jobside-bench-'))
const dist = path.resolve(import.meta.dirname, '..', '..', 'dist')

const server = fork(path.join(import.meta.dirname, 'lists', 'server.js'), [jobs, perPage, delayMs].map(String))
const port = await new Promise<number>((resolve) => server.once('message', (message) => resolve(Number(message))))
const api = `http://127.0.0.1:${port}/api/v4`

const loop = path.join(folder, 'loop.sh')
writeFileSync(
  loop,
  `url='${api}/projects/1/jobs?pagination=keyset&per_page=${perPage}'
while [ -n "$url" ]; do
  curl -sS --compressed -D headers "$url" >>out
  url=$(sed -n 's/^[Ll]ink: <\\([^>]*\\)>; rel="next".*/\\1/p' headers)
done
`,
)
const env = {
  CI_API_V4_URL: api,
  CI_SERVER_URL: `http://127.0.0.1:${port}`,
  CI_PROJECT_ID: '1',
  GITLAB_TOKEN: 'glpat-bench',
}
const ours = `${process.execPath} ${path.join(dist, 'list-jobs.mjs')} --format ids`
/** What the round trips take: the same connection, one page after the other, nothing read. */
const roundTrips = 'pipeline: one curl, one connection'
const ways = [
  ['project: curl in a loop', `sh ${loop}`],
  ['project: list-jobs --all', `${ours} --all >out`],
  [
    roundTrips,
    `curl -sS --compressed '${api}/projects/1/pipelines/11/jobs?per_page=${perPage}&page=[1-${pages}]' >out`,
  ],
  ['pipeline: list-jobs', `${ours} --pipeline-id 11 >out`],
] as const

const seconds = new Map<string, number[]>(ways.map(([name]) => [name, []]))
try {
  for (let run = 0; run < runs; run++)
    for (const [name, command] of ways) seconds.get(name)?.push(measure(command, path.join(folder, 'out'), env).seconds)
} finally {
  server.kill()
  rmSync(folder, {recursive: true, force: true})
}

const bare = (pages * delayMs) / 1000
const needed = median(seconds.get(roundTrips) ?? [])
console.log(`${jobs} jobs in ${pages} pages, each answered ${delayMs} ms late: ${bare.toFixed(2)} s of waiting alone`)
for (const [name, all] of seconds) {
  const ratio = median(all) / needed
  const verdict = name.includes('list-jobs') ? `, target ${mostRatio}: ${ratio <= mostRatio ? 'met' : 'missed'}` : ''
  console.log(`${name.padEnd(36)} ${median(all).toFixed(2)} s, ${ratio.toFixed(2)}${verdict}`)
}
