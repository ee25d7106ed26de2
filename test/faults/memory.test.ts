import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import type {ServerResponse} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import {afterAll, afterEach, beforeAll, expect, test} from '@jest/globals'
import {runBundle, type BundleRun} from '../support/bundles.ts'
import {jobOf} from '../support/sequence.ts'
import {closeServers, serveHttp} from '../support/servers.ts'
import {zip} from '../support/zip.ts'

/** JOBSIDE_LONG=1 runs the sizes that the promise names; CI runs what would show a leak that grows with the size. */
const isLong = process.env['JOBSIDE_LONG'] === '1'
const mebibyte = 2 ** 20
const size = isLong
  ? {archive: 1024 * mebibyte, entries: 100_000, log: 2048 * mebibyte, line: 500 * mebibyte}
  : {archive: 384 * mebibyte, entries: 20_000, log: 384 * mebibyte, line: 128 * mebibyte}
/** What we promise. The whole process, Node itself included. */
const most = 150_000_000

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-memory-'))
  writeFileSync(
    join(folder, 'peak.mjs'),
    `import {readFileSync, writeFileSync} from 'node:fs'\nimport {isMainThread} from 'node:worker_threads'\n` +
      // Not resourceUsage().maxRSS: Linux lets a child begin with the peak of whoever started it, and jest is large.
      `const peak = () => process.platform === 'linux'\n` +
      `  ? Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024\n` +
      `  : process.resourceUsage().maxRSS * 1024\n` +
      `if (isMainThread) process.on('exit', () => writeFileSync(process.env.PEAK, String(peak())))\n`,
  )
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))
afterEach(closeServers)

interface Measured extends BundleRun {
  readonly peakBytes: number
}

async function measure(name: string, argv: readonly string[], api: string, heapMiB = 64): Promise<Measured> {
  const peak = join(folder, 'peak')
  const run = await runBundle(name, argv, {
    cwd: folder,
    nodeOptions: [`--max-old-space-size=${heapMiB}`, '--import', join(folder, 'peak.mjs')],
    env: {CI_API_V4_URL: `${api}/api/v4`, CI_PROJECT_ID: '1', GITLAB_TOKEN: 'glpat-any', PEAK: peak},
  })
  const peakBytes = Number(readFileSync(peak, 'utf8'))
  rmSync(peak)
  return {...run, peakBytes}
}

/** Sends pieces as fast as they are taken. */
async function send(response: ServerResponse, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
  }
  response.end()
}

function* repeated(piece: Buffer, bytes: number): Generator<Buffer, void, undefined> {
  for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece
}

const job = jobOf({})

test('F89 a large artifact is unpacked in at most 150 MB, with a heap of 64 MiB', async () => {
  const block = Buffer.alloc(mebibyte, 'not to be packed well')
  let crc = 0
  for (const piece of repeated(block, size.archive)) crc = crc32(piece, crc)
  // One stored entry: its header, its bytes made while they are sent, and a directory that tells their number.
  const numbers = {crc, bytes: size.archive, packedBytes: size.archive}
  const frame = zip([{name: 'large', content: '', method: 0, local: numbers, central: numbers}])
  const head = frame.subarray(0, 30 + 'large'.length)
  const tail = Buffer.from(frame.subarray(head.length))
  tail.writeUInt32LE(head.length + size.archive, tail.length - 6)
  const api = await serveHttp((_request, response) => {
    response.writeHead(200, {'content-length': frame.length + size.archive})
    void send(
      response,
      (function* () {
        yield head
        yield* repeated(block, size.archive)
        yield tail
      })(),
    )
  })
  const {code, stderr, stdout, peakBytes} = await measure(
    'download-artifacts-by-ref',
    ['--ref', 'main', '--job', 'build', '--path', 'large', '--jobs', '1'],
    api,
  )
  expect({code, said: stdout + stderr}).toMatchObject({code: 0})
  expect(statSync(join(folder, 'large', 'large')).size).toBe(size.archive)
  expect(peakBytes).toBeLessThan(most)
  rmSync(join(folder, 'large'), {recursive: true})
}, 600_000)

test('H34 F89 very many entries are unpacked in at most 160 MB', async () => {
  const bytes = zip(
    Array.from({length: size.entries}, (_, index) => ({
      name: `d${index % 100}/file-${index}`,
      content: 'x',
      method: 0,
    })),
    {zip64: true},
  )
  const api = await serveHttp((_request, response) => {
    response.writeHead(200, {'content-length': bytes.length})
    response.end(bytes)
  })
  const {code, stdout, stderr, peakBytes} = await measure(
    'download-artifacts-by-ref',
    ['--ref', 'main', '--job', 'build', '--path', 'many', '--jobs', '1'],
    api,
    128,
  )
  expect({code, said: stdout + stderr}).toMatchObject({code: 0})
  expect(stdout + stderr).toContain(`${size.entries} files`)
  // Each of 100,000 entries is known by its name, place, mode and time.
  expect(peakBytes).toBeLessThan(most + 10_000_000)
  rmSync(join(folder, 'many'), {recursive: true})
}, 600_000)

test.each([
  ['of many lines', Buffer.from('a line of a log, \x1b[31mred\x1b[0m and not\n'.repeat(20_000)), size.log],
  ['of one line', Buffer.alloc(mebibyte, 'endless '), size.line],
])(
  'H79 a huge log %s is read in at most 150 MB',
  async (_, piece, bytes) => {
    const api = await serveHttp((request, response) => {
      if (!request.url?.includes('/trace'))
        return void response.end(JSON.stringify(request.url?.includes('/jobs/7') ? job : [job]))
      response.writeHead(200, {'content-type': 'text/plain', 'content-length': bytes})
      return void send(response, repeated(piece, bytes))
    })
    const {code, stdout, stderr, peakBytes} = await measure('get-job-log', ['--job-id', '7', '--tail', '3'], api)
    expect({code, said: stderr}).toMatchObject({code: 0})
    expect(stdout.length).toBeGreaterThan(10)
    expect(peakBytes).toBeLessThan(most)
  },
  600_000,
)
