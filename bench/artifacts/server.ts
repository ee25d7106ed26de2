import {closeSync, createReadStream, openSync, readSync, statSync} from 'node:fs'
import {createServer, type ServerResponse} from 'node:http'

/**
 * Serves the files of a folder with ranges and strong tags, as a store does. `?delay=20` waits that many milliseconds before each answer,
 * `?rate=50000000` holds each connection to that many bytes a second. Prints its port. Run: server.js FOLDER
 */
const folder = process.argv[2] ?? '.'

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const path = `${folder}${url.pathname}`
  const {size} = statSync(path)
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = Number(asked?.[1] ?? 0)
  const end = Math.min(asked?.[2] ? Number(asked[2]) : size - 1, size - 1)
  const headers = {'content-length': end - start + 1, etag: `"${size}"`, 'accept-ranges': 'bytes'}
  const answer = (): void => {
    response.writeHead(
      asked ? 206 : 200,
      asked ? {...headers, 'content-range': `bytes ${start}-${end}/${size}`} : headers,
    )
    const rate = Number(url.searchParams.get('rate') ?? 0)
    if (rate > 0) sendSlowly(response, path, start, end, rate)
    else createReadStream(path, {start, end, highWaterMark: 2 ** 20}).pipe(response)
  }
  setTimeout(answer, Number(url.searchParams.get('delay') ?? 0))
})

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
