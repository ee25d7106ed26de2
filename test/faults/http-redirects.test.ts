import type {IncomingHttpHeaders} from 'node:http'
import {afterEach, describe, expect, test} from '@jest/globals'
import {artifacts, cancelJob, job, ownJob, pipelineJobs} from '../../src/gitlab/api/endpoints.ts'
import {clientFor, closeClients} from '../support/gitlab-client.ts'
import type {ClientOptions} from '../support/gitlab-client.ts'
import {closedPort, closeServers, serveHttp} from '../support/servers.ts'

afterEach(async () => {
  await closeClients()
  await closeServers()
})

const signal = new AbortController().signal
const file = artifacts({project: 7, job: 1})
const secrets = ['job-token', 'private-token', 'authorization', 'cookie', 'proxy-authorization']

function secretsIn(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    secrets.includes(name) || String(value).includes('canary') ? [name] : [],
  )
}

/** A GitLab that redirects and a store that notes what it is told. */
async function world(location: (store: string, api: string) => string, options: ClientOptions = {}) {
  const atStore: {url: string | undefined; secrets: string[]}[] = []
  const atApi: {url: string | undefined; secrets: string[]}[] = []
  const store = await serveHttp((request, response) => {
    atStore.push({url: request.url, secrets: secretsIn(request.headers)})
    response.setHeader('set-cookie', 'session=store')
    response.end('stored bytes')
  })
  const api: string = await serveHttp((request, response, count) => {
    atApi.push({url: request.url, secrets: secretsIn(request.headers)})
    response.setHeader('set-cookie', 'session=canary')
    if (count > 1) response.end('from the API')
    else response.writeHead(302, {location: location(store, api)}).end('moved')
  })
  const client = await clientFor(`${api}/api/v4`, options)
  const download = async (): Promise<string> => {
    const opened = await client.gitlab.open(file)({signal})
    const chunks: Uint8Array[] = []
    for await (const chunk of opened.body) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }
  return {...client, atStore, atApi, download}
}

const port = (origin: string): string => new URL(origin).port

describe('a redirect away from the API', () => {
  test.each([
    ['to another port', (store: string) => `${store}/bucket/key?X-Amz-Signature=abc`],
    ['to another spelling of the same host', (store: string) => `http://localhost:${port(store)}/key`],
    ['by a network path', (store: string) => `//127.0.0.1:${port(store)}/key`],
    ['by slash and backslash', (store: string) => `/\\127.0.0.1:${port(store)}/key`],
    ['with a tab and blanks around', (store: string) => `\t ${store}/key\t`],
    ['to a decimal address', (store: string) => `http://2130706433:${port(store)}/key`],
    ['to an octal address', (store: string) => `http://0177.0.0.1:${port(store)}/key`],
  ])('%s brings the file and no credential', async (_what, location) => {
    for (const options of [{}, {auth: 'token', token: 'token-canary'} as const]) {
      const {atApi, atStore, download} = await world(location, options)
      await expect(download()).resolves.toBe('stored bytes')
      expect(atApi[0]?.secrets).toHaveLength(1)
      expect(atStore).toHaveLength(1)
      expect(atStore[0]?.secrets).toEqual([])
    }
  })

  test('keeps the signed query', async () => {
    const {atStore, download} = await world((store) => `${store}/b/k?X-Amz-Signature=a%2Fb&x=1#part`)
    await download()
    expect(atStore[0]?.url).toBe('/b/k?X-Amz-Signature=a%2Fb&x=1')
  })

  test('and back again does not bring the credential back', async () => {
    const seen: string[][] = []
    let api = ''
    const store = await serveHttp((_request, response) => {
      response.writeHead(302, {location: `${api}/api/v4/projects/7/jobs/1/artifacts?again`}).end()
    })
    api = await serveHttp((request, response, count) => {
      seen.push(secretsIn(request.headers))
      if (count === 1) response.writeHead(302, {location: `${store}/key`}).end()
      else response.end('bytes')
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const opened = await gitlab.open(file)({signal})
    opened.discard()
    expect(seen).toEqual([['job-token'], []])
  })

  test('never shows its query in a log or an error', async () => {
    const {lines, download} = await world(() => `http://127.0.0.1:1/key?X-Amz-Signature=canary`, {attempts: 1})
    const failure = await download().catch((error: unknown) => error)
    expect(`${String(failure)} ${lines.join()} ${JSON.stringify(failure)}`).not.toMatch(/canary|Amz/)
    expect(failure).toMatchObject({kind: 'unreachable', message: expect.stringContaining('127.0.0.1:1')})
  })

  test.each([
    [
      'to the same host with a user name',
      (_: string, api: string) => api.replace('//', '//user@') + '/api/v4/x',
      'user name',
    ],
    ['to a file', () => 'file:///etc/passwd', 'other than http'],
    ['to data', () => 'data:text/plain,hello', 'other than http'],
    ['to ftp', () => 'ftp://127.0.0.1/x', 'other than http'],
    ['to a script', () => 'javascript:alert(1)', 'other than http'],
    ['to the metadata address', () => 'http://169.254.169.254/latest/meta-data/', 'metadata'],
    ['to the metadata address by https', () => 'https://169.254.169.254/latest/meta-data/', 'metadata'],
    ['to the metadata address as a number', () => 'http://2852039166/', 'metadata'],
    ['to the metadata address inside IPv6', () => 'http://[::ffff:169.254.169.254]/', 'metadata'],
    ['to the metadata address of IPv6', () => 'https://[fd00:ec2::254]/', 'metadata'],
    ['by http into a private network', () => 'http://10.0.0.1/', 'another kind of network'],
    ['by http to the unspecified address', () => 'http://0.0.0.0/', 'another kind of network'],
    ['to 10 KB of address', (store: string) => `${store}/${'x'.repeat(10_000)}`, 'longer than 8192'],
    ['to nowhere', () => '', 'no address'],
    ['to nonsense', () => 'http://[', 'not an address'],
  ])('%s is refused', async (_what, location, reason) => {
    const {atStore, download} = await world(location)
    await expect(download()).rejects.toMatchObject({kind: 'untrusted', message: expect.stringContaining(reason)})
    expect(atStore).toEqual([])
  })
})

describe('redirects in a row', () => {
  test.each([
    [5, true],
    [6, false],
  ])('%i are followed: %s', async (hops, isFollowed) => {
    const api = await serveHttp((_request, response, count) => {
      if (count <= hops) response.writeHead(302, {location: `/api/v4/hop/${count}`}).end()
      else response.end('bytes')
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const opening = gitlab.open(file)({signal})
    if (isFollowed) (await opening).discard()
    else
      await expect(opening).rejects.toMatchObject({kind: 'untrusted', message: expect.stringContaining('5 redirects')})
  })

  test.each([300, 304, 305])('the status %i is no redirect, and not trusted', async (status) => {
    const api = await serveHttp((_request, response) => response.writeHead(status, {location: '/api/v4/x'}).end())
    const {gitlab} = await clientFor(`${api}/api/v4`)
    await expect(gitlab.open(file)({signal})).rejects.toMatchObject({kind: 'untrusted', status})
    await expect(gitlab.call(pipelineJobs({project: 7, pipeline: 1}))).rejects.toMatchObject({kind: 'untrusted'})
  })
})

describe('a redirect of a question', () => {
  test('within the API, as for a renamed project, keeps the credential', async () => {
    const seen: string[][] = []
    const api = await serveHttp((request, response, count) => {
      seen.push(secretsIn(request.headers))
      response.setHeader('content-type', 'application/json')
      if (count === 1) response.writeHead(301, {location: '/api/v4/projects/8/pipelines/1/jobs'}).end()
      else response.end('[]')
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    await expect(gitlab.call(pipelineJobs({project: 'old/path', pipeline: 1}))).resolves.toEqual([])
    expect(seen).toEqual([['job-token'], ['job-token']])
  })

  test('elsewhere is not followed, and the right address is shown', async () => {
    const other = await serveHttp((_request, response) => response.end('[]'))
    const api = await serveHttp((_request, response) =>
      response.writeHead(301, {location: `${other}/api/v4/job`}).end(),
    )
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const failure = {kind: 'untrusted', hint: expect.stringContaining(`--api-url to ${other}/api/v4`)}
    await expect(gitlab.call(ownJob())).rejects.toMatchObject(failure)
  })

  test('to the sign-in page is told as what it is', async () => {
    const api = await serveHttp((_request, response) => response.writeHead(302, {location: '/users/sign_in'}).end())
    const {gitlab} = await clientFor(`${api}/api/v4`)
    await expect(gitlab.call(ownJob())).rejects.toMatchObject({
      kind: 'refused',
      fault: 'page',
      message: expect.stringContaining('a sign-in page'),
      hint: expect.stringContaining(`Is ${api}/api/v4 the root of the API?`),
    })
  })

  test('to the sign-in page is told although the address of the API has no path at all', async () => {
    const api = await serveHttp((_request, response) => response.writeHead(302, {location: '/users/sign_in'}).end())
    const {gitlab} = await clientFor(api)
    await expect(gitlab.call(ownJob())).rejects.toMatchObject({
      fault: 'page',
      hint: expect.stringContaining(`Is ${api} the root of the API, which usually ends in /api/v4?`),
    })
  })

  test('to another page of the server asks whether the address is the root of the API', async () => {
    const api = await serveHttp((_request, response) => response.writeHead(302, {location: '/explore'}).end())
    const {gitlab} = await clientFor(`${api}/gitlab`)
    await expect(gitlab.call(ownJob())).rejects.toMatchObject({
      kind: 'untrusted',
      fault: 'page',
      message: expect.stringContaining('a page outside of the API'),
      hint: expect.stringContaining(`Is ${api}/gitlab the root of the API, which usually ends in /api/v4?`),
    })
  })

  test.each([
    ['as it is', (token: string) => `?job_token=${token}`],
    ['%-encoded', (token: string) => `?t=${Buffer.from(token).toString('hex').replace(/../g, '%$&')}`],
    ['%-encoded twice', (token: string) => `?t=${encodeURIComponent(token.replace(/-/g, '%2D'))}`],
    ['as base64', (token: string) => `/${Buffer.from(`gitlab-ci-token:${token}`).toString('base64url')}`],
    ['as hexadecimal digits', (token: string) => `/${Buffer.from(token).toString('hex')}`],
    ['in the name of a host', (token: string) => `http://${token.toUpperCase()}.localhost/x`],
    ['behind a #', (token: string) => `#${token}`],
  ])('that carries a credential of ours %s is not followed', async (_what, addressOf) => {
    let asked = 0
    const evil = await serveHttp((_request, response) => {
      asked++
      response.end('taken')
    })
    for (const secret of ['job-token-canary', 'access-token-canary']) {
      for (const from of ['elsewhere', 'home'] as const) {
        const api: string = await serveHttp((request, response, count) => {
          if (count > 1) asked++
          const base = from === 'home' ? `${api}/api/v4/x` : evil
          request.resume()
          response.writeHead(302, {location: new URL(addressOf(secret), base).href}).end()
        })
        const {gitlab} = await clientFor(`${api}/api/v4`, {token: 'access-token-canary'})
        const open = gitlab.open(artifacts({project: 7, job: 1}))({signal: new AbortController().signal})
        const failure: unknown = await open.catch((error: unknown) => error)
        expect(failure).toMatchObject({
          kind: 'untrusted',
          message: expect.stringContaining('one of our own credentials'),
        })
        expect(JSON.stringify(failure)).not.toContain('canary')
      }
    }
    expect(asked).toBe(0)
  })

  test.each([301, 302, 307, 308])('that changes something is refused (%i), and sent once', async (status) => {
    let requests = 0
    const api: string = await serveHttp((request, response) => {
      requests++
      request.resume()
      response.writeHead(status, {location: `${api.replace('http:', 'https:')}/api/v4/projects/7/jobs/1/cancel`}).end()
    })
    const {gitlab} = await clientFor(`${api}/api/v4`, {token: 'token-canary'})
    const sent = await gitlab.send(cancelJob({project: 7, job: 1}))
    expect(sent).toMatchObject({kind: 'refused', error: {hint: expect.stringContaining('https://127.0.0.1')}})
    expect(requests).toBe(1)
  })
})

describe('a store behind a redirect', () => {
  const sequence = async (...answers: (readonly [number, string])[]) => {
    let asked = 0
    const store = await serveHttp((_request, response, count) => {
      const [status, body] = answers[count - 1] ?? [200, 'bytes']
      response.writeHead(status, {'content-type': 'application/xml'}).end(body)
    })
    const api = await serveHttp((_request, response, count) => {
      asked = count
      response.writeHead(302, {location: `${store}/key?signature=${count}`}).end()
    })
    const client = await clientFor(`${api}/api/v4`)
    return {...client, asked: () => asked, open: () => client.gitlab.open(file)({signal})}
  }
  const expired =
    '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired canary</Message></Error>'

  test('whose address has expired is given a fresh one by the API', async () => {
    const {asked, open} = await sequence([403, expired], [403, expired])
    ;(await open()).discard()
    expect(asked()).toBe(3)
  })

  test('that refuses three fresh addresses has refused', async () => {
    const {asked, open} = await sequence([403, expired], [403, expired], [403, expired], [403, expired])
    const failure = {kind: 'refused', message: expect.stringMatching(/403 from 127.*It says: AccessDenied\./)}
    const refusal = await open().catch((error: unknown) => error)
    expect(refusal).toMatchObject(failure)
    expect(String(refusal)).not.toContain('canary')
    expect(asked()).toBe(3)
  })

  test('that is slow for now is asked again', async () => {
    const {open} = await sequence([503, '<Error><Code>SlowDown</Code></Error>'])
    const opened = await open()
    expect(opened.status).toBe(200)
    opened.discard()
  })

  test('that cannot be reached sends us back to the API for another address', async () => {
    const store = await serveHttp((_request, response) => response.end('bytes'))
    const dead = await closedPort()
    const api = await serveHttp((_request, response, count) =>
      response.writeHead(302, {location: count < 3 ? `http://127.0.0.1:${dead}/key` : `${store}/key`}).end(),
    )
    const {gitlab} = await clientFor(`${api}/api/v4`)
    const opened = await gitlab.open(file)({signal})
    expect(opened.origin).toBe(store)
    opened.discard()
  })

  test('is tried once by openOnce', async () => {
    const store = await closedPort()
    let asked = 0
    const api = await serveHttp((_request, response, count) => {
      asked = count
      response.writeHead(302, {location: `http://127.0.0.1:${store}/key`}).end()
    })
    const {gitlab} = await clientFor(`${api}/api/v4`)
    await expect(gitlab.openOnce(file)({signal})).rejects.toMatchObject({kind: 'unreachable'})
    expect(asked).toBe(1)
  })
})

test('only the credential that a route needs is sent', async () => {
  const seen: string[] = []
  const api = await serveHttp((request, response) => {
    seen.push(...secretsIn(request.headers))
    response.setHeader('content-type', 'application/json')
    response.end('[]')
  })
  const {gitlab} = await clientFor(`${api}/api/v4`, {token: 'token-canary'})
  await gitlab.call(pipelineJobs({project: 7, pipeline: 1}))
  await gitlab.call(job({project: 7, job: 1})).catch(() => {})
  expect(seen).toEqual(['job-token', 'private-token'])
})
