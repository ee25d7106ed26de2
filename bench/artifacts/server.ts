import {closeSync, createReadStream, openSync, readSync, statSync} from 'node:fs'
import {createServer, type ServerResponse} from 'node:http'
import {partNames} from './data.ts'

/**
 * Serves the zips of a folder with ranges and strong tags, as a store does, and by GitLab's route for the archive of a ref, where the ref is
 * the zip's name; the archives of `partNames` are those of jobs as well. A first part of the path may say how: `/delay=20&rate=50000000/A.zip` waits that many milliseconds before each answer, and holds
 * each connection to that many bytes a second. `/counts` tells requests and bytes asked for since it was last asked. Prints its port. Run: server.js FOLDER
 */
const folder = process.argv[2] ?? '.'

let counts = {requests: 0, bytes: 0}

const server = createServer((request, response) => {
  const {pathname} = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === '/counts') {
    response.end(JSON.stringify(counts))
    counts = {requests: 0, bytes: 0}
    return
  }
  const line = new URLSearchParams(/^\/([^/]*=[^/]*)\//.exec(pathname)?.[1] ?? '')
  const listed = Number(/\/pipelines\/(\d+)\/jobs$/.exec(pathname)?.[1])
  if (partNames[listed]) {
    const jobs = partNames[listed].map((archive, index) => jobOf(listed, archive, index + 1))
    response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(jobs))
    return
  }
  const [, pipeline = '', part = ''] = /\/jobs\/(\d\d)(\d)\/artifacts$/.exec(pathname) ?? []
  const byRoute = /\/jobs\/artifacts\/(\w+)\/download$/.exec(pathname) ?? /\/(\w+)\.zip$/.exec(pathname)
  const name = partNames[Number(pipeline)]?.[Number(part) - 1] ?? byRoute?.[1]
  if (name === undefined) {
    response.writeHead(404, {'content-type': 'application/json'}).end('{"message":"404 Not Found"}')
    return
  }
  const path = `${folder}/${name}.zip`
  const {size} = statSync(path)
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = Number(asked?.[1] ?? 0)
  const end = Math.min(asked?.[2] ? Number(asked[2]) : size - 1, size - 1)
  const headers = {
    'content-type': 'application/zip',
    'content-length': end - start + 1,
    etag: `"${size}"`,
    'accept-ranges': 'bytes',
  }
  counts = {requests: counts.requests + 1, bytes: counts.bytes + end - start + 1}
  const answer = (): void => {
    response.writeHead(
      asked ? 206 : 200,
      asked ? {...headers, 'content-range': `bytes ${start}-${end}/${size}`} : headers,
    )
    const rate = Number(line.get('rate') ?? 0)
    if (rate > 0) sendSlowly(response, path, start, end, rate)
    else createReadStream(path, {start, end, highWaterMark: 2 ** 20}).pipe(response)
  }
  setTimeout(answer, Number(line.get('delay') ?? 0))
})

/** As GitLab lists it, as far as it is read: its id is that of its pipeline and its number. */
function jobOf(pipeline: number, archive: string, part: number): object {
  const {size} = statSync(`${folder}/${archive}.zip`)
  const id = pipeline * 10 + part
  return {
    id,
    name: `part ${part}`,
    status: 'success',
    stage: 'build',
    ref: 'main',
    tag: false,
    allow_failure: false,
    created_at: '2026-01-01T00:00:00.000Z',
    started_at: '2026-01-01T00:00:01.000Z',
    finished_at: '2026-01-01T00:01:00.000Z',
    duration: 59,
    web_url: `http://127.0.0.1/jobs/${id}`,
    pipeline: {
      id: pipeline,
      iid: 1,
      project_id: 1,
      sha: 'a'.repeat(40),
      ref: 'main',
      status: 'success',
      source: 'push',
    },
    artifacts_file: {filename: 'artifacts.zip', size},
    artifacts: [{file_type: 'archive', size, filename: 'artifacts.zip', file_format: 'zip'}],
    artifacts_expire_at: null,
  }
}

function sendSlowly(response: ServerResponse, path: string, start: number, end: number, rate: number): void {
  const fd = openSync(path, 'r')
  const began = performance.now()
  let at = start
  const step = (): void => {
    if (at > end || response.destroyed) {
      closeSync(fd)
      response.end()
      return
    }
    const block = Buffer.allocUnsafe(Math.min(2 ** 18, end - at + 1))
    readSync(fd, block, 0, block.length, at)
    at += block.length
    response.write(block)
    setTimeout(step, Math.max(0, ((at - start) / rate) * 1_000 - (performance.now() - began)))
  }
  step()
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' ? address?.port : '')
})
