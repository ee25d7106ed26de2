import {gzipSync} from 'node:zlib'
import {afterEach, describe, expect, test} from '@jest/globals'
import {artifacts, ownJob, serverVersion} from '../../src/gitlab/api/endpoints.ts'
import type {Endpoint} from '../../src/gitlab/api/endpoints.ts'
import {object, text} from '../../src/gitlab/api/responses.ts'
import type {OpenBody} from '../../src/gitlab/api/types.ts'
import {clientFor, closeClients} from '../support/gitlab-client.ts'
import type {ClientOptions} from '../support/gitlab-client.ts'
import {closedPort, closeServers, jsonAnswer, serveHttp, serveTcp} from '../support/servers.ts'

/** Any GET that the job token may make, with a short answer. */
const question: Endpoint<{readonly version: string}> = {...ownJob(), read: object({version: text})}
const good = jsonAnswer({version: '19.2'})
const file = artifacts({project: 7, job: 1})

afterEach(async () => {
  await closeClients()
  await closeServers()
})

/** Each connection's first answers are broken, then all is well. */
async function afterBreaks(times: number, broken: string | ((count: number) => string), options: ClientOptions = {}) {
  let requests = 0
  const api = await serveTcp((socket, _head, count) => {
    requests = count
    if (count > times) socket.write(good)
    else socket.end(typeof broken === 'string' ? broken : broken(count))
  })
  const client = await clientFor(`${api}/api/v4`, options)
  return {...client, requests: () => requests, ask: () => client.gitlab.call(question)}
}

describe('a connection that breaks', () => {
  test('before the answer is tried again, and says so', async () => {
    const api = await serveTcp((socket, _head, count) => (count < 3 ? socket.resetAndDestroy() : socket.write(good)))
    const {gitlab, lines, clock} = await clientFor(`${api}/api/v4`)
    await expect(gitlab.call(question)).resolves.toEqual({version: '19.2'})
    expect(lines.filter((line) => line.includes('Trying again'))).toHaveLength(2)
    expect(clock.sleeps).toEqual([375, 750])
  })

  test.each([
    ['inside the headers', 'HTTP/1.1 200 OK\r\nContent-Ty'],
    ['inside a body of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"version"'],
    ['inside a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"ver\r\n'],
    ['so that the body ends with the connection, half way', 'HTTP/1.1 200 OK\r\n\r\n{"version": "19'],
    ['after an empty body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['after nothing but the status 204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['with fewer bytes announced than sent', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"version":"19.2"}'],
  ])('%s is tried again', async (_what, broken) => {
    const {ask, requests} = await afterBreaks(2, broken)
    await expect(ask()).resolves.toEqual({version: '19.2'})
    expect(requests()).toBe(3)
  })

  test('for good ends in an error that names the request and the tries, and no secret', async () => {
    const api = await serveTcp((socket) => socket.resetAndDestroy())
    const {gitlab} = await clientFor(`${api}/api/v4`, {attempts: 3})
    const failure = await gitlab.call(question).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(
        /^GET \/job → 127\.0\.0\.1:\d+: the connection was (?:reset|closed)\. Tried 3 times\.$/,
      ),
    })
    expect(JSON.stringify(failure)).not.toContain('canary')
  })

  test('because nobody listens is told as a refused connection', async () => {
    const {gitlab, clock} = await clientFor(`http://127.0.0.1:${await closedPort()}/api/v4`, {attempts: 2})
    await expect(gitlab.call(question)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('the connection was refused'),
    })
    expect(clock.sleeps).toHaveLength(1)
  })
})

describe('an idle connection that the server closed meanwhile', () => {
  test('costs one quiet retry, without a pause', async () => {
    const api = await serveTcp((socket, _head, count) => {
      // The second request on this connection meets a reset, as a server's idle timeout makes it.
      if (count === 2) socket.resetAndDestroy()
      else socket.write(good)
    })
    const {gitlab, clock, lines} = await clientFor(`${api}/api/v4`)
    await gitlab.call(question)
    await expect(gitlab.call(question)).resolves.toEqual({version: '19.2'})
    expect(clock.sleeps).toEqual([])
    expect(lines.join()).not.toContain('Trying again')
  })

  test('is never met by a request that changes something', async () => {
    const connections = new Set<unknown>()
    const api = await serveTcp((socket) => {
      connections.add(socket)
      socket.write(jsonAnswer({}))
    })
    const {gitlab} = await clientFor(`${api}/api/v4`, {token: 'token-canary'})
    const change: Endpoint<unknown> = {...question, route: 'erase', method: 'POST', read: (value) => value}
    for (let times = 0; times < 3; times++) await gitlab.send(change)
    expect(connections.size).toBe(3)
  })
})

describe('a server that is silent', () => {
  const quick = {requestTimeout: 80, attempts: 1}

  test('before the headers is given up', async () => {
    const api = await serveTcp(() => {})
    const {gitlab} = await clientFor(`${api}/api/v4`, quick)
    await expect(gitlab.call(question)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no answer in time'),
    })
  })

  test('within the headers is given up', async () => {
    const api = await serveTcp((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: app'))
    const {gitlab} = await clientFor(`${api}/api/v4`, quick)
    await expect(gitlab.call(question)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no answer in time'),
    })
  })

  test('within the body is given up', async () => {
    const api = await serveTcp((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"ver'))
    const {gitlab} = await clientFor(`${api}/api/v4`, quick)
    await expect(gitlab.call(question)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('stopped coming'),
    })
  })

  const drip = (body: string, bytes: number, everyMs: number) =>
    serveTcp((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
      let at = 0
      const timer = setInterval(() => {
        if (socket.destroyed || at >= body.length) return clearInterval(timer)
        socket.write(body.slice(at, at + bytes))
        at += bytes
      }, everyMs)
    })

  test('but for a byte now and then is given up', async () => {
    const api = await drip(JSON.stringify({version: '19.2'}), 1, 40)
    const {gitlab} = await clientFor(`${api}/api/v4`, {requestTimeout: 150, attempts: 1})
    await expect(gitlab.call(question)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('did not come whole in time'),
      hint: expect.stringContaining('--request-timeout'),
    })
  })

  test('but keeps a large body moving is let be', async () => {
    const api = await drip(JSON.stringify({version: '19.2', more: 'x'.repeat(4_000)}), 400, 30)
    const {gitlab} = await clientFor(`${api}/api/v4`, {requestTimeout: 150, attempts: 1})
    await expect(gitlab.call(question)).resolves.toMatchObject({version: '19.2'})
  })
})

describe('an answer that HTTP does not allow', () => {
  test.each([
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}'],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['a header of a megabyte', `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(1 << 20)}\r\n\r\n{}`],
    ['three thousand headers', `HTTP/1.1 200 OK\r\n${'X-Many: xxxxxxxxxxxxxxxxxxxxxxxx\r\n'.repeat(3000)}\r\n{}`],
  ])('%s is tried twice at most', async (_what, broken) => {
    const {ask, requests} = await afterBreaks(99, broken)
    await expect(ask()).rejects.toMatchObject({kind: 'unreachable'})
    expect(requests()).toBe(2)
  })

  test.each([
    ['a length beyond all numbers', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\n{}'],
    ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    ],
  ])('%s is never taken for an answer', async (_what, broken) => {
    const {ask} = await afterBreaks(99, broken, {attempts: 2})
    await expect(ask()).rejects.toMatchObject({kind: 'unreachable'})
  })

  test.each([
    ['HTTP/1.0', `HTTP/1.0 200 OK\r\n\r\n{"version":"19.2"}`],
    ['Connection: close', good.replace('\r\n', '\r\nConnection: close\r\n')],
    ['odd header case', 'HTTP/1.1 200 OK\r\ncOnTeNt-lEnGtH: 18\r\n\r\n{"version":"19.2"}'],
    ['a status 103 first', `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${good}`],
  ])('%s is fine', async (_what, answer) => {
    const {ask, requests} = await afterBreaks(1, answer)
    await expect(ask()).resolves.toEqual({version: '19.2'})
    expect(requests()).toBe(1)
  })
})

describe('a compressed answer', () => {
  const zipped = gzipSync(JSON.stringify({version: '19.2', padding: 'x'.repeat(5000)}))
  const serveZipped = (bytes: Buffer) =>
    serveHttp((_request, response, count) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(count === 1 ? bytes : zipped)
    })

  test('is read', async () => {
    const {gitlab} = await clientFor(`${await serveZipped(zipped)}/api/v4`)
    await expect(gitlab.call(question)).resolves.toMatchObject({version: '19.2'})
  })

  test('that is cut short or corrupt is tried again, never read half', async () => {
    for (const bytes of [zipped.subarray(0, -20), Buffer.from(zipped).fill(0, 20, 30)]) {
      const {gitlab, clock} = await clientFor(`${await serveZipped(bytes)}/api/v4`)
      await expect(gitlab.call(question)).resolves.toMatchObject({version: '19.2'})
      expect(clock.sleeps).toHaveLength(1)
    }
  })

  test('that unpacks to more than 16 MiB is refused at once', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    const {gitlab, clock} = await clientFor(`${await serveZipped(bomb)}/api/v4`)
    await expect(gitlab.call(question)).rejects.toMatchObject({
      kind: 'untrusted',
      message: expect.stringContaining('more than 16777216 bytes'),
    })
    expect(clock.sleeps).toEqual([])
  })

  test('F16 is refused for a file, which is asked for as it is stored', async () => {
    const asked: unknown[] = []
    const api = await serveHttp((request, response) => {
      asked.push(request.headers['accept-encoding'])
      response.setHeader('content-encoding', 'gzip')
      response.end(zipped)
    })
    const {gitlab} = await clientFor(`${api}/api/v4`, {attempts: 2})
    const open = gitlab.open(file)({signal: new AbortController().signal})
    await expect(open).rejects.toMatchObject({
      kind: 'untrusted',
      message: expect.stringContaining('compressed on the way (Content-Encoding gzip)'),
      hint: expect.stringMatching(/^Something between here and 127\.0\.0\.1:\d+ compresses answers/),
    })
    expect(asked).toEqual(['identity', 'identity'])
  })
})

describe('a file', () => {
  test('whose connection breaks in the body says so to its reader, with the bytes before it', async () => {
    const api = await serveTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabcdef')
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const opened = await gitlab.open(file)({signal: new AbortController().signal})
    let read = ''
    const reading = (async () => {
      for await (const chunk of opened.body) read += Buffer.from(chunk).toString()
    })()
    await expect(reading).rejects.toMatchObject({name: 'NetworkError', phase: 'body'})
    expect(read).toBe('abcdef')
  })

  test('is asked for in part with its strong tag, and a whole answer is told by its status', async () => {
    const seen: unknown[] = []
    const api = await serveHttp((request, response) => {
      seen.push([request.headers.range, request.headers['if-range']])
      response.end('whole')
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const {signal} = new AbortController()
    const opened: OpenBody = await gitlab.open(file)({range: {start: 10}, ifRange: '"abc"', signal})
    expect(opened.status).toBe(200)
    opened.discard()
    const second = await gitlab.open(file)({range: {start: 0, end: 5}, signal})
    second.discard()
    const third = await gitlab.open(file)({range: {start: 10}, ifRange: '"a"\r\nx: y', signal})
    third.discard()
    expect(seen).toEqual([
      ['bytes=10-', '"abc"'],
      ['bytes=0-5', undefined],
      [undefined, undefined],
    ])
  })

  test('that sends a part nobody asked for is not trusted', async () => {
    const api = await serveHttp((_request, response) => {
      response.statusCode = 206
      response.end('part')
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    await expect(gitlab.open(file)({signal: new AbortController().signal})).rejects.toMatchObject({kind: 'untrusted'})
  })
})

test('an abort ends a request at once with its own reason', async () => {
  const controller = new AbortController()
  const api = await serveTcp(() => controller.abort(new Error('enough')))
  const {gitlab} = await clientFor(`${api}/api/v4`, {signal: controller.signal})
  await expect(gitlab.call(serverVersion())).rejects.toThrow('no job token')
  await expect(gitlab.call(question)).rejects.toThrow('enough')
})
