import {hash} from 'node:crypto'
import {request} from 'node:http'
import {afterEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {startSandbox} from '../support/sandbox.ts'
import {busyWorld, hostileWorld, strike} from './page-world.ts'

let sandbox: Sandbox
afterEach(async () => sandbox.close())

const asDev = {'private-token': 'glpat-dev'}

test('every web_url that the API gives out is a page', async () => {
  sandbox = await startSandbox(busyWorld)
  const routes = [
    'projects/1',
    'projects/1/pipelines?per_page=100',
    'projects/1/pipelines/12/jobs?include_retried=true',
    'projects/1/pipelines/12/bridges',
    'projects/2/jobs',
    'projects/1/repository/branches/main',
    'projects/1/repository/commits/main',
    'user',
  ]
  const texts = await Promise.all(
    routes.map(async (route) => (await fetch(`${sandbox.api}/${route}`, {headers: asDev})).text()),
  )
  const urls = new Set(texts.flatMap((text) => [...text.matchAll(/"web_url":"([^"]*)"/g)].map(([, url]) => url ?? '')))
  expect(urls.size).toBeGreaterThan(14)
  for (const url of [...urls, `${sandbox.url}/`]) {
    const answer = await fetch(url)
    const text = await answer.text()
    expect([url, answer.status, /<h1\b/.test(text)]).toEqual([url, 200, true])
  }
})

test('a page may run its own script only, and ask nobody but the sandbox', async () => {
  sandbox = await startSandbox(busyWorld)
  const answer = await fetch(sandbox.url)
  const text = await answer.text()
  const policy = new Map(
    (answer.headers.get('content-security-policy') ?? '').split('; ').map((rule) => {
      const [name = '', ...values] = rule.split(' ')
      return [name, values.join(' ')]
    }),
  )
  const digestOf = (pattern: RegExp) => `'sha256-${hash('sha256', pattern.exec(text)?.[1] ?? '', 'base64')}'`
  expect(Object.fromEntries(policy)).toEqual({
    'default-src': "'none'",
    'script-src': digestOf(/<script>(.*?)<\/script>/s),
    'style-src': digestOf(/<style>(.*?)<\/style>/s),
    'img-src': 'data:',
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  })
  expect(text.replace(/<(script|style)>.*?<\/\1>/gs, '')).not.toMatch(/\son\w+=|javascript:|\sstyle=|\ssrc=|https?:/)
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
})

test.each([
  '/',
  '/grp/app',
  '/grp/app/-/pipelines/11',
  '/grp/app/-/jobs/101',
  '/grp/app/-/jobs/102/artifacts/browse/d',
  '/grp/app/-/jobs/102/artifacts/file/page.html',
  '/dev',
  '/-/requests',
  '/-/faults',
])('what a world says stays text at %s', async (path) => {
  sandbox = await startSandbox(hostileWorld)
  sandbox.setFaults([{on: `GET /${strike.replaceAll(' ', '')}`, html: true}])
  await fetch(`${sandbox.api}/projects/${encodeURIComponent(strike)}?<img/src=x>`)
  const answer = await fetch(`${sandbox.url}${path}`)
  expect(answer.status).toBe(200)
  const text = (await answer.text()).replace(/<(script|style)>.*?<\/\1>/s, '').replace(/<script>.*?<\/script>/s, '')
  expect(text).not.toMatch(/<img|<script|<\/script>/)
})

test('what a job has made is only ever downloaded', async () => {
  sandbox = await startSandbox(hostileWorld)
  for (const name of ['page.html', 'page.svg']) {
    const answer = await fetch(`${sandbox.url}/grp/app/-/jobs/102/artifacts/raw/${name}`)
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    expect(await answer.text()).toBe(strike)
  }
  const log = await fetch(`${sandbox.url}/grp/app/-/jobs/101/raw`)
  expect(log.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(log.headers.get('x-content-type-options')).toBe('nosniff')
})

test('a request with a token finds no page, and what is no page is recorded as before', async () => {
  sandbox = await startSandbox(busyWorld)
  expect((await fetch(`${sandbox.url}/shop/web`, {headers: asDev})).status).toBe(501)
  expect((await fetch(`${sandbox.url}/no/such`)).status).toBe(501)
  expect((await fetch(`${sandbox.url}/shop/web`, {method: 'POST'})).status).toBe(501)
  expect((await fetch(`${sandbox.url}/shop/web`)).status).toBe(200)
  expect((await fetch(`${sandbox.url}/no/such`, {headers: {accept: 'text/html'}})).status).toBe(404)
  expect((await fetch(`${sandbox.url}/shop/web/-/jobs/201`, {headers: {accept: 'text/html'}})).status).toBe(404)
  expect(sandbox.requests().map(({path, unknown}) => [path, unknown])).toEqual([
    ['/shop/web', true],
    ['/no/such', true],
    ['/shop/web', true],
  ])
})

describe('no web page of another origin gets at the admin routes', () => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
    ['a program that says nothing', {}, 200],
    ['the page itself', {origin: 'OWN', 'sec-fetch-site': 'same-origin'}, 200],
    ['somebody at the address bar', {'sec-fetch-site': 'none'}, 200],
    ['by another name of this machine', {host: 'localhost:1'}, 200],
    ['by a forwarded address', {host: '192.0.2.7:8080'}, 200],
    ['a page of another site', {origin: 'https://evil.example'}, 403],
    ['a page of another port of this machine', {origin: 'http://127.0.0.1:1'}, 403],
    ['a page without an origin', {origin: 'null'}, 403],
    ['another site, by a request without an origin', {'sec-fetch-site': 'cross-site'}, 403],
    ['a page whose name was led here', {host: 'evil.example:1', origin: 'http://evil.example:1'}, 403],
    ['the same by a request without an origin', {host: 'evil.example'}, 403],
  ]
  test.each(rows)('%s', async (_, headers, status) => {
    sandbox = await startSandbox(busyWorld)
    const now = sandbox.world().now
    const given = {...headers, ...(headers['origin'] === 'OWN' && {origin: sandbox.url})}
    expect(await statusOf('POST', `${sandbox.admin}/clock`, given, '{"advance":"1s"}')).toBe(status)
    expect(sandbox.world().now === now).toBe(status === 403)
    expect(await statusOf('GET', `${sandbox.admin}/world`, given)).toBe(status)
  })

  test('a name that was led here has no page either', async () => {
    sandbox = await startSandbox(busyWorld)
    expect(await statusOf('GET', sandbox.url, {host: 'evil.example'})).toBe(501)
  })

  test("the world's own name is one of ours", async () => {
    sandbox = await startSandbox(busyWorld, {externalUrl: 'https://gitlab.example.test'})
    const headers = {host: 'gitlab.example.test', origin: 'https://gitlab.example.test'}
    expect(await statusOf('POST', `${sandbox.admin}/clock`, headers, '{"advance":"1s"}')).toBe(200)
  })
})

describe('the record of requests says why', () => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, string, unknown])[] = [
    ['projects/1', asDev, 'undefined', {kind: 'user', user: 'dev'}],
    ['job', {'job-token': 'glcbt-104'}, 'undefined', {kind: 'job', user: 'dev', job: 104}],
    ['projects/1', {}, 'shop/web is private, and no credential that counts was shown', undefined],
    ['projects/9', asDev, 'this world has no project 9', {kind: 'user', user: 'dev'}],
    ['job', {'job-token': 'wrong'}, 'this is the token of no job of this world', undefined],
    [
      'job',
      {'job-token': 'glcbt-103'},
      'the token of job 103 counts while the job runs, and the job is success',
      undefined,
    ],
    [
      'projects/1/jobs/101',
      {'job-token': 'glcbt-104'},
      'this route takes no job token, and nothing else was shown',
      undefined,
    ],
    ['projects/1', {'private-token': 'x'}, 'this is the access token of nobody in this world', undefined],
    [
      'projects/3/jobs/1/artifacts',
      {'private-token': 'glpat-stranger'},
      'shop/vault is private, and stranger is no member of it',
      {kind: 'user', user: 'stranger'},
    ],
    [
      'projects/2/jobs/201/artifacts',
      {'job-token': 'glcbt-104'},
      'the job token allowlist of shop/docs does not hold shop/web',
      {kind: 'job', user: 'dev', job: 104},
    ],
    [
      'projects/1/jobs?private_token=glpat-stranger',
      {},
      'shop/web is private, and stranger is no member of it',
      {kind: 'user', user: 'stranger'},
    ],
    ['projects/1/jobs/999', asDev, 'shop/web has no job 999', {kind: 'user', user: 'dev'}],
    ['projects/1/jobs/103/artifacts', asDev, 'job 103 (success) has no archive', {kind: 'user', user: 'dev'}],
  ]
  test.each(rows)('%s with %j: %s', async (route, headers, reason, caller) => {
    sandbox = await startSandbox(busyWorld)
    await (await fetch(`${sandbox.api}/${route}`, {headers})).text()
    const [entry] = (await (await fetch(`${sandbox.admin}/requests`)).json()) as readonly Record<string, unknown>[]
    expect(String(entry?.['reason'])).toBe(reason)
    expect(entry?.['caller']).toEqual(caller)
    expect(JSON.stringify(entry)).not.toMatch(/glpat-|glcbt-|wrong/)
  })

  test('of a fault rule, and of the object store', async () => {
    sandbox = await startSandbox(busyWorld)
    sandbox.setFaults([{on: 'GET /version', answer: {status: 502}}])
    await fetch(`${sandbox.api}/version`)
    await fetch(`${sandbox.storage}/elsewhere`)
    expect(sandbox.requests().map(({status, reason}) => [status, reason])).toEqual([
      [502, 'a fault rule: answer'],
      [403, 'Access Denied'],
    ])
  })
})

async function statusOf(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, {method, headers}, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode))
    })
      .on('error', reject)
      .end(body)
  })
}
