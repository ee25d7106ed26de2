import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {createServer as createTlsServer} from 'node:https'
import {connect, createServer} from 'node:net'
import type {Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeAll, afterAll, describe, expect, test} from '@jest/globals'
import {ownJob, pipelineJobs} from '../../src/gitlab/api/endpoints.ts'
import {expired, other, root, server} from '../support/certificates.ts'
import {clientFor, closeClients} from '../support/gitlab-client.ts'
import type {ClientOptions} from '../support/gitlab-client.ts'
import {closedPort, closeServers, listen, serveHttp} from '../support/servers.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobside-tls-'))
  await writeFile(join(folder, 'root.pem'), root)
  await writeFile(join(folder, 'client.pem'), server.cert)
  await writeFile(join(folder, 'client.key'), server.key)
})
afterAll(() => rm(folder, {recursive: true}))
afterEach(async () => {
  await closeClients()
  await closeServers()
})

const list = pipelineJobs({project: 7, pipeline: 1})
const ask = async (api: string, options: ClientOptions) => {
  const {gitlab, clock} = await clientFor(`${api}/api/v4`, options)
  return {answer: gitlab.call(list), clock}
}

describe('TLS', () => {
  const serveTls = async (pair: {cert: string; key: string}, seen: string[] = []): Promise<string> => {
    const tls = createTlsServer({...pair, requestCert: true, rejectUnauthorized: false}, (request, response) => {
      const {getPeerCertificate} = request.socket as unknown as {getPeerCertificate: () => {subject?: {CN?: string}}}
      seen.push(String(getPeerCertificate.call(request.socket).subject?.CN))
      response.end('[]')
    })
    return `https://127.0.0.1:${await listen(tls)}`
  }

  test('with a private authority works once its file is named', async () => {
    const {answer} = await ask(await serveTls(server), {caFile: join(folder, 'root.pem')})
    await expect(answer).resolves.toEqual([])
  })

  test.each([
    ['an unknown authority', server, false, 'is not trusted'],
    ['another host name', other, true, 'is for another host name'],
    ['a past date', expired, true, 'has expired'],
  ])('with %s fails at once and says what to name', async (_what, pair, isRootKnown, reason) => {
    const {answer, clock} = await ask(await serveTls(pair), isRootKnown ? {caFile: join(folder, 'root.pem')} : {})
    await expect(answer).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(reason),
      hint: expect.stringContaining('CI_SERVER_TLS_CA_FILE'),
    })
    expect(clock.sleeps).toEqual([])
  })

  test('shows the client certificate to the API', async () => {
    const seen: string[] = []
    const files = {caFile: 'root.pem', certFile: 'client.pem', keyFile: 'client.key'}
    const named = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]))
    const {answer} = await ask(await serveTls(server, seen), named)
    await answer
    expect(seen).toEqual(['server'])
  })

  test('that is never shaken is given up in time', async () => {
    const port = await listen(createServer(() => {}))
    const {answer} = await ask(`https://127.0.0.1:${port}`, {connectTimeoutMs: 60, attempts: 1})
    await expect(answer).rejects.toMatchObject({message: expect.stringContaining('no connection in time')})
  })
})

/** A proxy that takes every host to one place, and notes all it is told. */
async function proxyTo(target: string, answer = 'HTTP/1.1 200 Connection established\r\n\r\n') {
  const heads: string[] = []
  const proxy = createServer((client: Socket) => {
    client.on('error', () => {})
    client.once('data', (chunk) => {
      const head = chunk.toString('latin1')
      heads.push(head)
      if (head.startsWith('CONNECT') && !answer.includes(' 200 ')) return client.end(answer)
      const upstream = connect(Number(new URL(target).port), '127.0.0.1')
      upstream.on('error', () => client.destroy())
      if (head.startsWith('CONNECT')) client.write(answer)
      else upstream.write(chunk)
      client.pipe(upstream).pipe(client)
      return undefined
    })
  })
  return {heads, address: `127.0.0.1:${await listen(proxy)}`}
}

describe('a proxy', () => {
  const gitlab = async (): Promise<string> => {
    const tls = createTlsServer(server, (request, response) => {
      response.end(JSON.stringify(request.headers['job-token'] === 'job-token-canary' ? [] : 'no token'))
    })
    return `https://127.0.0.1:${await listen(tls)}`
  }
  const ca = () => ({caFile: join(folder, 'root.pem')})

  test('for https is asked for a tunnel, and never sees a token', async () => {
    const {heads, address} = await proxyTo(await gitlab())
    const env = {HTTPS_PROXY: `http://user:p%40ss@${address}`}
    const {answer} = await ask('https://gitlab.test', {...ca(), env})
    await expect(answer).resolves.toEqual([])
    const login = Buffer.from('user:p@ss').toString('base64')
    expect(heads).toEqual([
      `CONNECT gitlab.test:443 HTTP/1.1\r\nHost: gitlab.test:443\r\nProxy-Authorization: Basic ${login}\r\n\r\n`,
    ])
  })

  test('for http is sent the whole address', async () => {
    const api = await serveHttp((_request, response) => response.end('[]'))
    const {heads, address} = await proxyTo(api)
    const {answer} = await ask('http://gitlab.test', {allowHttp: true, env: {http_proxy: address}})
    await expect(answer).resolves.toEqual([])
    expect(heads[0]).toMatch(
      /^GET http:\/\/gitlab\.test\/api\/v4\/projects\/7\/pipelines\/1\/jobs\?per_page=100 HTTP\/1\.1\r\nhost: gitlab\.test\r\n/i,
    )
  })

  test('that wants a password is final, and its variable is named', async () => {
    const {address} = await proxyTo(await gitlab(), 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const {answer, clock} = await ask('https://gitlab.test', {...ca(), env: {https_proxy: address}})
    await expect(answer).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('the proxy asks for a user and password'),
      hint: expect.stringContaining('https_proxy'),
    })
    expect(clock.sleeps).toEqual([])
  })

  test('that cannot reach GitLab for now is tried again', async () => {
    const {heads, address} = await proxyTo(await gitlab(), 'HTTP/1.1 503 Service Unavailable\r\n\r\n')
    const {answer} = await ask('https://gitlab.test', {...ca(), attempts: 3, env: {HTTPS_PROXY: address}})
    await expect(answer).rejects.toMatchObject({message: expect.stringContaining('the proxy could not connect')})
    expect(heads).toHaveLength(3)
  })

  test('that forbids the host is final', async () => {
    const {heads, address} = await proxyTo(await gitlab(), 'HTTP/1.1 403 Forbidden\r\n\r\n')
    const {answer} = await ask('https://gitlab.test', {...ca(), env: {HTTPS_PROXY: address}})
    await expect(answer).rejects.toMatchObject({message: expect.stringContaining('the proxy refused')})
    expect(heads).toHaveLength(1)
  })

  test('that never answers is given up in time', async () => {
    const address = `127.0.0.1:${await listen(createServer(() => {}))}`
    const options = {connectTimeoutMs: 60, attempts: 1, env: {HTTPS_PROXY: address}}
    const {answer} = await ask('https://gitlab.test', options)
    await expect(answer).rejects.toMatchObject({
      message: expect.stringContaining('no connection in time'),
      hint: `It goes through the proxy ${address}, which comes from HTTPS_PROXY.`,
    })
  })

  test.each([
    ['https://gitlab.test', 'HTTPS_PROXY'],
    ['http://gitlab.test', 'http_proxy'],
  ])('that is down is named, for %s', async (api, variable) => {
    const address = `127.0.0.1:${await closedPort()}`
    const {answer} = await ask(api, {attempts: 1, allowHttp: true, env: {[variable]: address}})
    await expect(answer).rejects.toMatchObject({
      message: expect.stringContaining('the connection was refused'),
      hint: `It goes through the proxy ${address}, which comes from ${variable}.`,
    })
  })

  test('is left aside for loopback', async () => {
    const api = await serveHttp((_request, response) => response.end('[]'))
    const {answer} = await ask(api, {env: {HTTP_PROXY: `127.0.0.1:${await closedPort()}`}})
    await expect(answer).resolves.toEqual([])
  })
})

describe('a name with several addresses', () => {
  test('is reached where only one of them answers', async () => {
    const api = await serveHttp((_request, response) => response.end('[]'))
    const {answer} = await ask(`http://localhost:${new URL(api).port}`, {attempts: 1})
    await expect(answer).resolves.toEqual([])
  })
})

test('a name that does not exist is tried three times and named', async () => {
  const {gitlab, clock} = await clientFor('https://nobody.invalid/api/v4')
  const failure: unknown = await gitlab.call(ownJob()).catch((error: unknown) => error)
  expect(failure).toMatchObject({kind: 'unreachable', message: expect.stringContaining('nobody.invalid')})
  expect(clock.sleeps.length).toBeGreaterThanOrEqual(2)
})
