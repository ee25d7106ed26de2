import {request} from 'undici'
import {fetchArtifacts} from '../../src/artifacts/fetch.ts'
// Threads are started from that file where the program is not one bundle.
import '../../src/artifacts/worker-entry.ts'
import type {OpenFile} from '../../src/gitlab/types.ts'

/** One run of the engine in a process of its own. Run: engine.js URL BYTES DESTINATION JOBS [GLOB...] */
const [url = '', bytes = '0', destination = '', jobs = '1', ...files] = process.argv.slice(2)

const open: OpenFile = async ({range, ifRange, signal}) => {
  const headers: Record<string, string> = {}
  if (range) headers['range'] = `bytes=${range.start}-${range.end ?? ''}`
  if (ifRange !== undefined) headers['if-range'] = ifRange
  const answer = await request(url, {headers, signal})
  const got = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
  return {
    status: answer.statusCode,
    headers: got,
    body: answer.body,
    discard: () => answer.body.destroy(),
    origin: 'loopback',
  }
}

const result = await fetchArtifacts({
  open,
  destination,
  knownBytes: Number(bytes),
  jobs: Number(jobs),
  selection: {files},
  signal: new AbortController().signal,
})
console.log(
  JSON.stringify({
    fetched: result.fetchedBytes,
    requests: result.requests,
    peak: process.resourceUsage().maxRSS / 1024,
  }),
)
