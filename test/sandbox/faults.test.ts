import {request as httpRequest} from 'node:http'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {FaultRule} from '../../src/sandbox/world/world-types.ts'
import {startSandbox} from '../support/sandbox.ts'
import {credentials, world} from './world.ts'

let sandbox: Sandbox
const archive = '/projects/1/jobs/102/artifacts'

beforeEach(async () => {
  sandbox = await startSandbox(world)
})
afterEach(async () => sandbox.close())

interface Raw {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
  /** How the connection ended: "end", or the code of its error. */
  readonly ended: string
}

/** One request on a connection of its own, with whatever arrives before that ends. */
async function raw(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Raw> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let head = {status: 0, headers: {}}
    const done = (ended: string) => resolve({...head, body: Buffer.concat(pieces), ended})
    const request = httpRequest(`${sandbox.api}${path}`, {
      method,
      agent: false,
      headers: {...credentials['dev'], ...headers},
    })
    request.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
    request.on('response', (response) => {
      head = {status: response.statusCode ?? 0, headers: response.headers}
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => done(response.complete ? 'end' : 'incomplete'))
      response.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
    })
    request.end()
  })
}

const rule = (fault: Partial<FaultRule>, on = 'GET /projects/*/jobs/*/artifacts'): FaultRule => ({on, ...fault})

describe('which requests a rule is for', () => {
  test('after and times count the requests that reach it', async () => {
    sandbox.setFaults([rule({after: 1, times: 2, answer: {status: 503}})])
    const statuses = []
    for (let n = 0; n < 4; n++) statuses.push((await raw(archive)).status)
    expect(statuses).toEqual([200, 503, 503, 200])
  })

  test('rules act in their order, one a request', async () => {
    sandbox.setFaults([rule({times: 1, answer: {status: 500}}), rule({times: 1, answer: {status: 502}})])
    expect([(await raw(archive)).status, (await raw(archive)).status, (await raw(archive)).status]).toEqual([
      500, 502, 200,
    ])
  })

  test.each([
    ['GET /projects/*/jobs/*/artifacts', 500],
    ['/projects/*/jobs/*/artifacts', 500],
    ['* /projects/**', 500],
    ['POST /projects/**', 200],
    ['GET /projects/*', 200],
    ['storage', 200],
  ])('%s makes it %i', async (on, status) => {
    sandbox.setFaults([rule({answer: {status: 500}}, on)])
    expect((await raw(archive)).status).toBe(status)
  })
})

describe('what goes wrong', () => {
  test('answer gives status, headers and body as they are', async () => {
    sandbox.setFaults([rule({answer: {status: 429, headers: {'Retry-After': '7'}, body: 'Retry later\n'}})])
    const {status, headers, body} = await raw(archive)
    expect([status, headers['retry-after'], headers['content-type'], body.toString()]).toEqual([
      429,
      '7',
      'text/plain',
      'Retry later\n',
    ])
  })

  test('html is a login page with status 200', async () => {
    sandbox.setFaults([rule({html: true})])
    const {status, headers, body} = await raw(archive)
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body.toString()).toContain('Sign in')
  })

  test('reset breaks the connection before, within and after the headers', async () => {
    sandbox.setFaults([
      rule({times: 1, reset: 'before'}),
      rule({times: 1, reset: 'headers'}),
      rule({times: 1, reset: {bytes: 10}}),
    ])
    const [before, headers, within] = [await raw(archive), await raw(archive), await raw(archive)]
    expect(before).toMatchObject({status: 0, ended: 'ECONNRESET'})
    expect(headers.ended).not.toBe('end')
    expect(headers.body).toHaveLength(0)
    expect(within.ended).not.toBe('end')
    expect(sandbox.requests().map(({status}) => status)).toEqual([0, 200, 200])
  })

  test('cut ends short of Content-Length', async () => {
    sandbox.setFaults([rule({cut: {bytes: 20}})])
    const {headers, body, ended} = await raw(archive)
    expect(Number(headers['content-length'])).toBeGreaterThan(20)
    expect([body.length, ended]).toEqual([20, 'ECONNRESET'])
  })

  test('close_delimited sends no length, so that the cut cannot be seen', async () => {
    sandbox.setFaults([rule({close_delimited: {bytes: 20}})])
    const {headers, body, ended} = await raw(archive)
    expect([headers['content-length'], headers['transfer-encoding'], body.length, ended]).toEqual([
      undefined,
      undefined,
      20,
      'end',
    ])
  })

  test('longer sends more than Content-Length says', async () => {
    const whole = await raw(archive)
    sandbox.setFaults([rule({longer: {bytes: 5}})])
    expect((await raw(archive)).headers['content-length']).toBe(String(whole.body.length))
    expect(sandbox.requests().at(-1)?.bytes).toBe(whole.body.length + 5)
  })

  test('stall and delay wait on the clock', async () => {
    sandbox.setFaults([rule({times: 1, stall: {bytes: 5, for: '60s'}}), rule({times: 1, delay: '60s'})])
    for (let n = 0; n < 2; n++) {
      const reply = raw(archive)
      const seen = sandbox.requests().length
      while (sandbox.requests().length === seen) await new Promise((resolve) => setImmediate(resolve))
      const early = await Promise.race([reply, new Promise((resolve) => setTimeout(() => resolve('waiting'), 20))])
      expect(early).toBe('waiting')
      // On a loaded machine the pause itself may begin later than 20 ms after the request.
      let ended: unknown
      while (ended === undefined) {
        sandbox.advance('61s')
        ended = await Promise.race([reply, new Promise((resolve) => setTimeout(() => resolve(undefined), 5))])
      }
      expect(ended).toMatchObject({status: 200, ended: 'end'})
    }
  })

  test('drip sends the whole body, slowly', async () => {
    const fast = await startSandbox(world, {
      clock: 'real',
      speed: 1000,
      faults: [rule({drip: {bytes_per_second: 100}})],
    })
    const reply = await fetch(`${fast.api}${archive}`, {headers: {...credentials['dev']}})
    expect(
      Buffer.from(await reply.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK')
    await fast.close()
  })

  test('ignore_range answers 200 with everything', async () => {
    sandbox.setFaults([rule({ignore_range: true, times: 1})])
    const range = {range: 'bytes=0-3'}
    expect([(await raw(archive, range)).status, (await raw(archive, range)).status]).toEqual([200, 206])
  })

  test('replace_object serves another archive with another tag', async () => {
    await sandbox.close()
    sandbox = await startSandbox(world, {version: '19.3'})
    sandbox.setFaults([rule({after: 1, replace_object: true})])
    const [first, second] = [await raw(archive), await raw(archive)]
    expect(second.status).toBe(200)
    expect(second.headers['etag']).not.toBe(first.headers['etag'])
    expect(second.body.equals(first.body)).toBe(false)
    expect((await raw(archive, {range: 'bytes=0-3', 'if-range': String(first.headers['etag'])})).status).toBe(200)
  })

  test('etag makes the tag strong, weak, or takes it away', async () => {
    sandbox.setFaults([
      rule({times: 1, etag: 'strong'}),
      rule({times: 1, etag: 'weak'}),
      rule({times: 1, etag: 'none'}),
    ])
    const tags = []
    for (let n = 0; n < 3; n++) tags.push((await raw(archive)).headers['etag'])
    expect(tags).toEqual([expect.stringMatching(/^"/), expect.stringMatching(/^W\//), undefined])
  })

  test('redirect leads elsewhere', async () => {
    sandbox.setFaults([rule({redirect: {location: 'http://127.0.0.1:9/', status: 307}})])
    const {status, headers} = await raw(archive)
    expect([status, headers['location']]).toEqual([307, 'http://127.0.0.1:9/'])
  })

  test('apply_then lets a POST take effect, once, and loses its answer', async () => {
    sandbox.setFaults([rule({apply_then: {reset: 'before'}}, 'POST /projects/*/jobs/*/retry')])
    const {ended} = await raw('/projects/1/jobs/102/retry', {}, 'POST')
    expect(ended).toBe('ECONNRESET')
    const jobs = sandbox.world().projects[0]?.pipelines.find(({id}) => id === 11)?.jobs ?? []
    expect(jobs.filter(({name}) => name === 'test').map(({status}) => status)).toEqual(['success', 'pending'])
  })

  test('a reset before does not let a POST take effect', async () => {
    sandbox.setFaults([rule({reset: 'before'}, 'POST /projects/*/jobs/*/retry')])
    await raw('/projects/1/jobs/102/retry', {}, 'POST')
    const jobs = sandbox.world().projects[0]?.pipelines.find(({id}) => id === 11)?.jobs ?? []
    expect(jobs.filter(({name}) => name === 'test')).toHaveLength(1)
  })
})
