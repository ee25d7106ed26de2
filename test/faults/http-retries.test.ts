import {afterEach, describe, expect, test} from '@jest/globals'
import {cancelJob, ownJob, pipelineJobs, projectJobs} from '../../src/gitlab/api/endpoints.ts'
import type {Endpoint} from '../../src/gitlab/api/endpoints.ts'
import {object, text} from '../../src/gitlab/api/responses.ts'
import {clientFor, closeClients} from '../support/gitlab-client.ts'
import type {ClientOptions} from '../support/gitlab-client.ts'
import {createClock} from '../support/clock.ts'
import {closedPort, closeServers, serveHttp, serveTcp} from '../support/servers.ts'

afterEach(async () => {
  await closeClients()
  await closeServers()
})

const question: Endpoint<{readonly version: string}> = {...ownJob(), read: object({version: text})}
type Answer = {status?: number; headers?: Record<string, string>; body?: string}

/** Serves the answers in turn, and then a good one. */
async function answers(list: readonly Answer[], options: ClientOptions = {}) {
  let requests = 0
  const api = await serveHttp((_request, response, count) => {
    requests = count
    const {status = 200, headers = {}, body = '{"version":"19.2"}'} = list[count - 1] ?? {}
    response.writeHead(status, {'content-type': 'application/json', ...headers}).end(body)
  })
  const client = await clientFor(`${api}/api/v4`, options)
  return {...client, requests: () => requests, ask: () => client.gitlab.call(question)}
}

const repeat = (times: number, answer: Answer): Answer[] => Array.from({length: times}, () => answer)
const html = {headers: {'content-type': 'text/html'}, body: '<html><body>Down\u0007 for maintenance</body></html>'}

describe('answers that pass', () => {
  test.each([408, 425, 500, 502, 503, 504, 520, 530])(
    '%i is tried up to five times more, ever later',
    async (status) => {
      const {ask, requests, clock} = await answers(repeat(5, {status, body: '{}'}))
      await expect(ask()).resolves.toEqual({version: '19.2'})
      expect(requests()).toBe(6)
      expect(clock.sleeps).toEqual([375, 750, 1500, 3000, 6000])
    },
  )

  test('409 is tried again only for a locked resource', async () => {
    const locked = await answers([{status: 409, body: '{"message":"409 Conflict: Resource lock"}'}])
    await expect(locked.ask()).resolves.toBeDefined()
    const other = await answers([{status: 409, body: '{"message":"409 Conflict"}'}])
    await expect(other.ask()).rejects.toMatchObject({kind: 'wrongState'})
    expect(other.requests()).toBe(1)
  })

  test.each([
    [400, 'usage'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'notFound'],
    [410, 'notFound'],
    [418, 'untrusted'],
    [422, 'usage'],
    [451, 'refused'],
    [501, 'untrusted'],
    [505, 'untrusted'],
  ])('%i is final', async (status, kind) => {
    const {ask, requests} = await answers(repeat(9, {status, body: '{"message":"no"}'}))
    await expect(ask()).rejects.toMatchObject({kind, status})
    expect(requests()).toBe(1)
  })

  test.each([403, 404])('%i as a web page comes from something between, and is tried three times', async (status) => {
    const {ask, requests} = await answers(repeat(9, {status, ...html}))
    await expect(ask()).rejects.toMatchObject({kind: 'unreachable'})
    expect(requests()).toBe(3)
  })

  test('a page in place of JSON is waited out', async () => {
    const {ask} = await answers(repeat(5, html))
    await expect(ask()).resolves.toEqual({version: '19.2'})
  })

  test('a page in place of JSON that stays is told: status, type and its beginning, cleaned', async () => {
    const {ask} = await answers(repeat(6, html))
    await expect(ask()).rejects.toMatchObject({
      kind: 'untrusted',
      message: String.raw`GET /job → 200, but with HTML: <html><body>Down\x07 for maintenance</body></html> (content type text/html). Tried 6 times.`,
    })
  })

  test('half a JSON is waited out', async () => {
    const {ask, requests} = await answers([{body: '{"vers'}, {body: ''}])
    await expect(ask()).resolves.toBeDefined()
    expect(requests()).toBe(3)
  })
})

describe('an answer of the wrong shape', () => {
  test.each([
    ['null', 'the answer is null, not an object'],
    ['[]', 'the answer is a list, not an object'],
    ['{}', '"version" is missing, not a text'],
    ['{"version":7}', '"version" is another number, not a text'],
    ['{"__proto__":{"version":"x"}}', '"version" is missing, not a text'],
    ['"19"', 'the answer is a string, not an object'],
  ])('%s is not trusted, at once', async (body, reason) => {
    const {ask, requests} = await answers([{body}])
    await expect(ask()).rejects.toMatchObject({kind: 'untrusted', message: expect.stringContaining(reason)})
    expect(requests()).toBe(1)
  })

  test('200,000 brackets deep is refused and breaks nothing', async () => {
    const {ask} = await answers([{body: '['.repeat(200_000) + ']'.repeat(200_000)}])
    await expect(ask()).rejects.toMatchObject({kind: 'untrusted', message: expect.stringContaining('levels deep')})
  })

  test('brackets inside of texts are no depth', async () => {
    const {ask} = await answers([{body: JSON.stringify({version: `"${'['.repeat(1000)}\\`})}])
    await expect(ask()).resolves.toBeDefined()
  })

  test('larger than 16 MiB is refused', async () => {
    const {ask} = await answers([{body: ' '.repeat(17 * 1024 * 1024)}])
    await expect(ask()).rejects.toMatchObject({kind: 'untrusted'})
  })
})

describe('being asked to wait', () => {
  const date = new Date('2026-01-01T12:00:00Z')
  /** The jitter of the test clock is half of the 20 %. */
  const withJitter = (seconds: number): number => seconds * 1000 * 1.1

  test.each<[string, Record<string, string>, number]>([
    ['seconds', {'retry-after': '7'}, withJitter(7)],
    ['zero seconds is a second', {'retry-after': '0'}, withJitter(1)],
    ['ages are two minutes', {'retry-after': '1000000000'}, withJitter(120)],
    ['a negative number is ignored', {'retry-after': '-1'}, 3750],
    ['nonsense is ignored', {'retry-after': 'abc'}, 3750],
    ['two values are the longer', {'retry-after': '3, 9'}, withJitter(9)],
    [
      'a date counts by the clock of the server',
      {'retry-after': 'Thu, 01 Jan 2026 11:00:20 GMT', date: 'Thu, 01 Jan 2026 11:00:00 GMT'},
      withJitter(20),
    ],
    [
      'a date in the past is a second',
      {'retry-after': 'Thu, 01 Jan 2026 10:00:00 GMT', date: 'Thu, 01 Jan 2026 11:00:00 GMT'},
      withJitter(1),
    ],
    [
      'the end of the window in seconds',
      {'ratelimit-reset': '1767265230', date: 'Thu, 01 Jan 2026 11:00:00 GMT'},
      withJitter(30),
    ],
    ['the end of the window long gone', {'ratelimit-reset': '1000000000'}, withJitter(1)],
    [
      'the end of the window as a date',
      {'ratelimit-resettime': 'Thu, 01 Jan 2026 11:00:40 GMT', date: 'Thu, 01 Jan 2026 11:00:00 GMT'},
      withJitter(40),
    ],
    ['nothing said: from 5 seconds', {}, 3750],
  ])('429: %s', async (_what, headers, expected) => {
    const clock = createClock({auto: true, date})
    const body = '{"message":{"error":"This endpoint has been requested too many times. Try again later."}}'
    const {ask} = await answers([{status: 429, headers, body}], {clock})
    await expect(ask()).resolves.toBeDefined()
    expect(clock.sleeps).toEqual([Math.round(expected)])
  })

  test('longer than there is time left ends at once, and says why', async () => {
    const {gitlab, clock} = await answers([
      {status: 429, headers: {'retry-after': '60'}, body: '{"message":{"error":"Too many"}}'},
    ])
    const asking = gitlab.call(question, {budgetMs: 30_000})
    await expect(asking).rejects.toMatchObject({
      kind: 'unreachable',
      status: 429,
      message: expect.stringContaining('would come too late'),
    })
    expect(clock.sleeps).toEqual([])
  })

  test('is learned for those who ask often', async () => {
    const headers = {
      'ratelimit-limit': '600',
      'ratelimit-remaining': '59',
      'ratelimit-reset': '1767274200',
      date: 'Thu, 01 Jan 2026 13:00:00 GMT',
    }
    const {ask, gitlab} = await answers([{headers}], {clock: createClock({auto: true, date})})
    await ask()
    // Half an hour by the server's clock is half an hour by ours, which is an hour behind.
    expect(gitlab.facts.rateLimit).toEqual({limit: 600, remaining: 59, resetAt: new Date('2026-01-01T12:30:00Z')})
    expect(gitlab.facts.clockSkewMs).toBe(3_600_000)
  })
})

test.each([
  ['1893456000', undefined],
  ['1', '2026-01-01T12:00:01Z'],
  ['1767265230', undefined],
])('a limit that is used up until %s is believed only as far as a window may last', async (reset, expected) => {
  const date = new Date('2026-01-01T12:00:00Z')
  const headers = {
    'ratelimit-limit': '600',
    'ratelimit-remaining': '0',
    'ratelimit-reset': reset,
    date: date.toUTCString(),
  }
  const {ask, gitlab} = await answers([{headers}], {clock: createClock({auto: true, date})})
  await ask()
  expect(gitlab.facts.rateLimit?.resetAt).toEqual(expected === undefined ? undefined : new Date(expected))
})

describe('the first question of a young job', () => {
  const startedAt = new Date('2026-01-01T11:59:55Z')

  test('is asked once more if GitLab does not know the job yet', async () => {
    const {ask, requests} = await answers([{status: 401, body: '{"message":"401 Unauthorized"}'}], {own: {startedAt}})
    await expect(ask()).resolves.toBeDefined()
    expect(requests()).toBe(2)
  })

  test('ends at once for an older job, with the reason', async () => {
    const own = {startedAt: new Date('2026-01-01T11:00:00Z')}
    const {ask, requests} = await answers(repeat(3, {status: 401, body: '{"message":"401 Unauthorized"}'}), {own})
    await expect(ask()).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('it counts only while its job runs'),
    })
    expect(requests()).toBe(1)
  })
})

describe('a request that changes something', () => {
  const cancel = {...cancelJob({project: 7, job: 1}), read: object({status: text})}
  const token = {token: 'token-canary'}

  async function sent(list: readonly Answer[]) {
    const {gitlab, requests} = await answers(list, token)
    return {result: await gitlab.send(cancel), requests: requests()}
  }

  test('is answered', async () => {
    const {result} = await sent([{status: 201, body: '{"status":"canceled"}'}])
    expect(result).toEqual({kind: 'answered', status: 201, value: {status: 'canceled'}})
  })

  test.each([400, 401, 403, 404, 405, 409, 422])('that GitLab turns down (%i) was not done', async (status) => {
    const {result, requests} = await sent([{status, body: '{"message":"no"}'}])
    expect(result).toMatchObject({kind: 'refused', error: {status}})
    expect(requests).toBe(1)
  })

  test('that comes too early (429) was not done, and is sent again when GitLab says', async () => {
    const busy = {status: 429, headers: {'retry-after': '7'}, body: 'Retry later\n'}
    const {gitlab, requests, clock} = await answers([busy, {status: 201, body: '{"status":"canceled"}'}], token)
    expect(await gitlab.send(cancel)).toMatchObject({kind: 'answered'})
    expect([requests(), clock.sleeps.length]).toEqual([2, 1])
    expect(clock.sleeps[0]).toBeGreaterThanOrEqual(7_000)
  })

  test('that comes too early each time was not done, and says how often it was sent', async () => {
    const busy = {status: 429, headers: {'retry-after': '1'}, body: '<html>slow down</html>'}
    const {result, requests} = await sent(repeat(9, busy))
    expect(result).toMatchObject({kind: 'refused', error: {kind: 'unreachable', status: 429}})
    expect(result).toMatchObject({error: {message: expect.stringContaining('Tried 6 times')}})
    expect(requests).toBe(6)
  })

  test('that comes too early and then ends without an answer may have been done', async () => {
    const {result, requests} = await sent([{status: 429, headers: {'retry-after': '1'}, body: '{}'}, {status: 502}])
    expect(result).toMatchObject({kind: 'ambiguous', error: {status: 502}})
    expect(requests).toBe(2)
  })

  test.each([408, 500, 502, 503, 504, 520])(
    'that ends in %i may have been done, and is not repeated',
    async (status) => {
      const {result, requests} = await sent([{status, body: '{}'}])
      expect(result).toMatchObject({kind: 'ambiguous', error: {status}})
      expect(requests).toBe(1)
    },
  )

  test.each([
    ['a web page of status 403', {status: 403, ...html}],
    ['an answer that cannot be read', {status: 201, body: '{"sta'}],
    ['an answer of another shape', {status: 201, body: '[]'}],
  ])('that ends in %s may have been done', async (_what, answer) => {
    const {result, requests} = await sent([answer])
    expect(result).toMatchObject({kind: 'ambiguous'})
    expect(requests).toBe(1)
  })

  test('whose connection breaks may have been done, and is not repeated', async () => {
    let requests = 0
    const api = await serveTcp((socket) => {
      requests++
      socket.resetAndDestroy()
    })
    const {gitlab} = await clientFor(`${api}/api/v4`, token)
    expect(await gitlab.send(cancel)).toMatchObject({kind: 'ambiguous', error: {kind: 'unreachable'}})
    expect(requests).toBe(1)
  })

  test('that nobody could hear is tried again, and was not done', async () => {
    const {gitlab, clock} = await clientFor(`http://127.0.0.1:${await closedPort()}/api/v4`, token)
    expect(await gitlab.send(cancel)).toMatchObject({kind: 'refused', error: {kind: 'unreachable'}})
    expect(clock.sleeps).toHaveLength(5)
  })

  test('is not sent at all without a credential that may send it', async () => {
    const {gitlab, requests} = await answers([])
    expect(await gitlab.send(cancel)).toMatchObject({
      kind: 'refused',
      error: {
        kind: 'refused',
        message: expect.stringContaining('no job token may call it'),
        hint: expect.stringContaining('GITLAB_TOKEN'),
      },
    })
    expect(requests()).toBe(0)
  })
})

describe('asking the same again', () => {
  test('sends the tag along and takes 304 for the last answer', async () => {
    const tags: unknown[] = []
    const api = await serveHttp((request, response) => {
      tags.push(request.headers['if-none-match'])
      response.setHeader('etag', 'W/"abc"')
      response.setHeader('content-type', 'application/json')
      if (request.headers['if-none-match'] === 'W/"abc"') response.writeHead(304).end()
      else response.end('[]')
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const list = pipelineJobs({project: 7, pipeline: 1})
    for (let times = 0; times < 2; times++) expect(await gitlab.call(list, {again: true})).toEqual([])
    expect(await gitlab.call(list)).toEqual([])
    expect(tags).toEqual([undefined, 'W/"abc"', undefined])
  })
})

describe('pages', () => {
  test('are not followed to where a link says, only on to its cursor', async () => {
    const urls: unknown[] = []
    const api = await serveHttp((request, response, count) => {
      urls.push(request.url)
      response.setHeader('content-type', 'application/json')
      if (count === 1)
        response.setHeader('link', '<https://evil.test/api/v4/x?cursor=abc%3D&job_token=canary&per_page=1>; rel="next"')
      response.end(count === 1 ? '[{}]' : '[]')
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const list = {...projectJobs({project: 7}), read: (value: unknown) => value as readonly unknown[]}
    for await (const page of gitlab.pages(list)) expect(page.length).toBeLessThan(2)
    expect(urls).toEqual([
      '/api/v4/projects/7/jobs?pagination=keyset&per_page=100',
      '/api/v4/projects/7/jobs?pagination=keyset&per_page=100&cursor=abc%3D',
    ])
  })
})
