import {mkdtempSync, rmSync} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {oneOfEach} from '../support/optional.ts'
import {
  answer,
  ask,
  askAt,
  drip,
  good,
  gzip,
  isForTriggerJobs,
  json,
  reset,
  type Answer,
  type Asking,
} from '../support/raw-answers.ts'
import {closeServers, jsonAnswer, listen, serveTcp} from '../support/servers.ts'
import {jobOf} from '../support/sequence.ts'

/** A built command against a server that speaks bytes: what it makes of answers, with clocks that run so fast that its pauses do not count. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-answers-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const listed = jsonAnswer([jobOf({})])
const own = jsonAnswer({...jobOf({}), user: null, commit: null})
const zipped = gzipSync(JSON.stringify([jobOf({name: 'x'.repeat(500)})]))
const at = (ms: number): string => new Date(ms).toUTCString()

describe('a command asks again after', () => {
  test.each(
    oneOfEach<[string, readonly Answer[], Asking?]>([
      ['F08 resets before the headers', [reset, reset]],
      ['F13 chunks that end early', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{"id\r\n']],
      ['F17 gzip that is cut', [gzip(zipped.subarray(0, -20))]],
      ['F17 gzip that is corrupt', [gzip(Buffer.from(zipped).fill(0, 20, 30))]],
      [
        'F18 headers that drip, once the limit of 30 seconds is over',
        [drip('HTTP/1.1 200 OK\r\nX: ' + 'y'.repeat(500), 50)],
      ],
      ['F35 JSON that is cut', [json('[{"id":7,')]],
      ['F35 no JSON at all', [json('')]],
      ['F35 a status 204', ['HTTP/1.1 204 No Content\r\n\r\n']],
      ['F34 a login page', [answer('200 OK', 'Content-Type: text/html\r\n', '<html>Sign in</html>')]],
      [
        'F56 409 for a locked resource',
        [answer('409 Conflict', 'Content-Type: application/json\r\n', '{"message":"409 Conflict: Resource lock"}')],
      ],
      [
        'F52 404 for its own job in the first seconds',
        [answer('404 Not Found', 'Content-Type: application/json\r\n', '{"message":"404 Not Found"}')],
        {command: 'fetch-self', env: {CI_JOB_STARTED_AT: 'now'}, last: own, speed: 4},
      ],
    ]),
  )('%s', async (_, answers, asking = {}) => {
    const env = asking.env ? {CI_JOB_STARTED_AT: new Date().toISOString()} : {}
    const result = await ask(folder, answers, {...asking, env})
    expect(result).toMatchObject({code: 0, requests: answers.length + 1})
    expect(result.said).toMatch(/Trying again/)
  })
})

describe('a command is not disturbed by', () => {
  const body = JSON.stringify([jobOf({})])
  test.each(
    oneOfEach<[string, Answer]>([
      [
        'F20 a body that takes longer than the limit of silence, but moves',
        drip(jsonAnswer([jobOf({name: 'x'.repeat(100_000)})]), 6, 1_000),
      ],
      ['F49 HTTP/1.0', `HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`],
      [
        'F49 HTTP/1.0 without a length, where the count of the list is told',
        `HTTP/1.0 200 OK\r\nX-Total: 1\r\n\r\n${body}`,
      ],
      ['F49 Connection: close', listed.replace('\r\n', '\r\nConnection: close\r\n')],
      ['F49 an odd case of headers', listed.replace('Content-Length', 'cOnTeNt-lEnGtH')],
      ['F49 a status 103 first', `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${listed}`],
    ]),
  )('%s', async (_, first) => {
    const result = await ask(folder, [first], {speed: 80})
    expect(result).toMatchObject({code: 0, requests: 1})
    expect(result.said).not.toMatch(/Trying again/)
  })

  test('F09 F50 a connection kept from the page before that is reset: one quiet retry at once', async () => {
    const origin = {text: ''}
    const pages: Answer[] = [
      (socket) => {
        const next = `${origin.text}/api/v4/projects/1/pipelines/1/jobs?per_page=100&page=2`
        socket.write(jsonAnswer([jobOf({id: 8})], `Link: <${next}>; rel="next"\r\nX-Next-Page: 2\r\n`))
      },
      reset,
      good,
    ]
    let requests = 0
    origin.text = await serveTcp((socket, head) => {
      if (isForTriggerJobs(head)) return void socket.write(jsonAnswer([]))
      const page = pages[requests++] ?? good
      if (typeof page === 'function') page(socket)
      else socket.write(page)
    })
    const result = await askAt(folder, origin.text)
    // Pages of numbers are read until two readings agree: here the second finds a single page.
    expect({...result, requests}).toMatchObject({code: 0, requests: 4})
    expect(result.said).not.toMatch(/Trying again/)
  })
})

describe('a command that is told to come later', () => {
  const busy = (headers: string): string => answer('429 Too Many Requests', headers)
  const hour = 3_600_000
  const epoch = (ms: number): number => Math.ceil(ms / 1_000)
  test.each(
    oneOfEach<[string, () => string, number, number]>([
      [
        'F30 by a date, by a server whose clock is an hour ahead',
        () => busy(`Date: ${at(Date.now() + hour)}\r\nRetry-After: ${at(Date.now() + hour + 7_000)}\r\n`),
        7,
        8.5,
      ],
      [
        'F30 by a date, by a server whose clock is an hour behind',
        () => busy(`Date: ${at(Date.now() - hour)}\r\nRetry-After: ${at(Date.now() - hour + 7_000)}\r\n`),
        7,
        8.5,
      ],
      [
        'F31 by the end of the window',
        () => busy(`Date: ${at(Date.now())}\r\nRateLimit-Reset: ${epoch(Date.now() + 7_000)}\r\n`),
        7,
        10,
      ],
      [
        'F31 by a window that ended long ago',
        () => busy(`Date: ${at(Date.now())}\r\nRateLimit-Reset: ${epoch(Date.now() - hour)}\r\n`),
        1,
        1.3,
      ],
      ['F32 by nothing: from five seconds', () => busy(''), 2.5, 5],
      ['F33 by a negative number', () => busy('Retry-After: -1\r\n'), 2.5, 5],
      ['F33 by a word', () => busy('Retry-After: soon\r\n'), 2.5, 5],
      ['F33 by two numbers', () => busy('Retry-After: 3\r\nRetry-After: 7\r\n'), 7, 8.5],
    ]),
  )('%s waits that long', async (_, first, least, most) => {
    const result = await ask(folder, [first()], {speed: 40})
    expect(result).toMatchObject({code: 0, requests: 2})
    const told = Number(/Trying again in ([\d.]+) s/.exec(result.said)?.[1])
    expect(told).toBeGreaterThanOrEqual(least)
    expect(told).toBeLessThanOrEqual(most)
    // The server's own watch, which started before ours: no request came earlier than asked.
    expect((result.seen[1] ?? 0) - (result.seen[0] ?? 0)).toBeGreaterThanOrEqual(least - 0.5)
  })

  test('F33 in ages waits two minutes', async () => {
    const result = await ask(folder, [busy('Retry-After: 1000000000\r\n')], {
      speed: 400,
      argv: ['--request-timeout', '1h'],
    })
    expect(result).toMatchObject({code: 0, requests: 2})
    const told = Number(/Trying again in ([\d.]+) s/.exec(result.said)?.[1])
    expect(told).toBeGreaterThanOrEqual(120)
    expect(told).toBeLessThanOrEqual(145)
  })
})

describe('a command ends with', () => {
  const shapes: readonly (readonly [string, string])[] = [
    ['F36 null', 'null'],
    ['F36 an object for a list', '{"message":"hello"}'],
    ['F36 a status that is a number', JSON.stringify([{...jobOf({}), status: 7}])],
    ['F36 an id that is a text', JSON.stringify([{...jobOf({}), id: 'x'}])],
    ['F36 an id beyond exact numbers', JSON.stringify([jobOf({})]).replace('"id":7', '"id":9007199254740993')],
  ]
  test.each(oneOfEach(shapes))('76 and the place that is wrong after %s', async (_, body) => {
    const result = await ask(folder, [], {last: json(body), argv: ['--attempts', '2']})
    expect(result.code).toBe(76)
    expect(result.said).not.toMatch(/TypeError|undefined|\n +at /)
  })

  test('76, the status, the type and the beginning after F34 a page that stays', async () => {
    const page = answer('200 OK', 'Content-Type: text/html\r\n', '<html>\u0007Down for maintenance</html>')
    const result = await ask(folder, [], {last: page, argv: ['--attempts', '2']})
    expect(result).toMatchObject({code: 76, requests: 2})
    expect(result.said).toMatch(/200.*text\/html.*Down for maintenance/s)
    expect(result.said).not.toContain('\u0007')
  })

  test.each(
    oneOfEach<[string, () => Answer]>([
      ['F37 JSON that is too much: 17 MiB of it', () => json(`[${' '.repeat(17 << 20)}]`)],
      [
        'F37 JSON that is too much: 50 MB of blanks in 48 KB of gzip',
        () => gzip(gzipSync(Buffer.alloc(50_000_000, ' '))),
      ],
      ['F37 JSON that is too much: 200,000 brackets', () => json('['.repeat(200_000))],
    ]),
  )('76 after %s', async (_, body) => {
    const result = await ask(folder, [], {last: body(), argv: ['--attempts', '1']})
    expect(result.code).toBe(76)
    expect(result.said).not.toMatch(/RangeError|\n +at /)
  })

  test('69 after F48 TLS that is never shaken, once the limit of ten seconds is over', async () => {
    const port = await listen(createServer(() => undefined))
    const result = await askAt(folder, `https://127.0.0.1:${port}`, {argv: ['--attempts', '1']})
    expect(result).toEqual({code: 69, said: expect.stringMatching(/no connection in time/)})
  })

  test('69 after F08 F22 breaks without end, having tried six times, each pause longer', async () => {
    const result = await ask(folder, [], {last: reset, speed: 200})
    expect(result).toMatchObject({code: 69, requests: 6})
    const pauses = [...result.said.matchAll(/Trying again in ([\d.]+) s/g)].map(([, seconds]) => Number(seconds))
    expect(pauses).toHaveLength(5)
    pauses.forEach((seconds, index) => {
      expect(seconds).toBeGreaterThanOrEqual(0.25 * 2 ** index)
      expect(seconds).toBeLessThanOrEqual(0.5 * 2 ** index)
    })
    expect(result.said).not.toContain('canary')
  })

  test('76 after F65 a POST that is redirected: sent once, the right address shown', async () => {
    let posts = 0
    const origin = await serveTcp((socket, head) => {
      if (!head.startsWith('POST')) return void socket.write(jsonAnswer([jobOf({name: 'deploy', status: 'manual'})]))
      posts += 1
      return void socket.end(
        'HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1:1/api/v4/x\r\nContent-Length: 0\r\n\r\n',
      )
    })
    const asking = {command: 'play-manual-job', argv: ['--job', 'deploy'], env: {GITLAB_TOKEN: 'glpat-canary'}}
    const result = await askAt(folder, origin, asking)
    expect({...result, posts}).toEqual({code: 76, posts: 1, said: expect.stringContaining('https://127.0.0.1:1')})
    expect(result.said).not.toContain('canary')
  })
})
