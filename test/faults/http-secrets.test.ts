import {inspect} from 'node:util'
import {afterEach, describe, expect, test} from '@jest/globals'
import {artifacts, ownJob, playJob} from '../../src/gitlab/api/endpoints.ts'
import type {GitLab} from '../../src/gitlab/http/client.ts'
import {clientFor, closeClients} from '../support/gitlab-client.ts'
import type {ClientOptions} from '../support/gitlab-client.ts'
import {closedPort, closeServers, serveHttp, serveTcp} from '../support/servers.ts'

afterEach(async () => {
  await closeClients()
  await closeServers()
})

const {signal} = new AbortController()
const file = artifacts({project: 7, job: 1})
const variables = new Map([['KEY', 'variable-canary']])

type Case = readonly [string, () => Promise<string>, ClientOptions?]
const cases: readonly Case[] = [
  ['refused connections', async () => `http://127.0.0.1:${await closedPort()}`],
  ['resets', () => serveTcp((socket) => socket.resetAndDestroy())],
  ['answers that are not HTTP', () => serveTcp((socket) => socket.end('canary\r\n\r\n'))],
  ['silence', () => serveTcp(() => {}), {requestTimeout: 50}],
  ['401', () => serveHttp((_request, response) => response.writeHead(401).end('{"message":"401 Unauthorized"}'))],
  ['403', () => serveHttp((_request, response) => response.writeHead(403).end('{}'))],
  ['500', () => serveHttp((_request, response) => response.writeHead(500).end('{}'))],
  ['another shape', () => serveHttp((_request, response) => response.end('{"id":"canary"}'))],
  [
    'redirects with a query',
    () =>
      serveHttp((_request, response) => response.writeHead(302, {location: 'http://127.0.0.1:1/x?sig=canary'}).end()),
  ],
  [
    'redirects with a password',
    () =>
      serveHttp((_request, response) => response.writeHead(302, {location: 'http://user:canary@127.0.0.1:1/'}).end()),
  ],
  ['a proxy that is down', async () => 'https://gitlab.test', {env: {HTTPS_PROXY: 'http://user:canary@127.0.0.1:1'}}],
  ['a name that does not exist', async () => 'https://nobody.invalid'],
]

describe('no secret is in what is told, however deep one looks, of', () => {
  test.each(cases)('%s', async (_what, serve, options = {}) => {
    const api = `${await serve()}/api/v4`
    const {gitlab, lines} = await clientFor(api, {token: 'token-canary', attempts: 1, ...options})
    const shown = [lines]
    for (const failing of failures(gitlab)) shown.push([inspect(await failing, {depth: 12, showHidden: true})])
    const text = shown.flat().join('\n')
    expect(text).not.toMatch(/canary/)
    // Nor in any other spelling.
    expect(text).not.toContain(Buffer.from('job-token-canary').toString('base64').slice(0, 20))
  })
})

function failures(gitlab: GitLab): readonly Promise<unknown>[] {
  const caught = (error: unknown): unknown => error
  return [
    gitlab.call(ownJob()).catch(caught),
    gitlab.open(file)({signal}).catch(caught),
    gitlab.send(playJob({project: 7, job: 1, variables})).catch(caught),
  ]
}
