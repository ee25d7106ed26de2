import {writeFileSync} from 'node:fs'
import {createServer as createTlsServer} from 'node:https'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {expired, root, server} from '../support/certificates.ts'
import {temporaryFolder} from '../support/run-command.ts'
import {closedPort, listen, serveHttp} from '../support/servers.ts'
import {checkOf, commandsOf, doctor, endVisit, endVisits, those, type Options} from './visit.ts'

afterEach(endVisit)
afterAll(endVisits)

describe('the connection', () => {
  const to = (origin: string, more: Record<string, string> = {}): Options => ({
    credentials: 'token',
    env: {CI_API_V4_URL: `${origin}/api/v4`, CI_SERVER_URL: '', CI_SERVER_FQDN: '', CI_SERVER_HOST: '', ...more},
  })

  test('to a closed port is given up soon, and nothing else is asked', async () => {
    const run = await doctor([], to(`http://127.0.0.1:${await closedPort()}`))
    expect(run.code).toBe(69)
    expect(checkOf(run, 'GitLab')?.details).toContain('the connection was refused')
    expect(checkOf(run, 'Access token')?.details).toBe('Not checked: GitLab is out of reach.')
    expect(those(run, 'yes')).toEqual([])
  })

  test('to a login page is not GitLab', async () => {
    const origin = await serveHttp((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!DOCTYPE html><html><body>Sign in</body></html>')
    })
    const run = await doctor([], to(origin))
    expect(run.code).toBe(76)
    expect(checkOf(run, 'GitLab')?.result).toBe('failed')
  })

  test('to a server without this API says to check the address', async () => {
    const origin = await serveHttp((_, response) => {
      response.writeHead(404, {'content-type': 'text/plain'}).end('404 page not found')
    })
    for (const credentials of ['token', 'job'] as const) {
      const run = await doctor([], {...to(origin), credentials})
      expect(run.code).toBe(76)
      expect(run.said).toContain('check the address in CI_API_V4_URL or --api-url')
      expect(checkOf(run, 'GitLab')?.result).toBe('failed')
    }
  })

  test('to a GitLab that may be older than GET /job is no wrong address, and downloads are tried', async () => {
    const old = {sandbox: {version: '13.3'}, env: {CI_SERVER_VERSION: ''}} as const
    const run = await doctor([], old)
    expect([run.code, checkOf(run, 'GitLab')?.result]).toEqual([0, 'ok'])
    expect(checkOf(run, 'Job token')).toMatchObject({
      result: 'unknown',
      details: expect.stringContaining('since 13.10'),
    })
    expect(commandsOf(run)['download-artifacts']?.works).toBe('yes')
    expect(commandsOf(run)['fetch-self']?.works).toBe('no')
    expect((await doctor(['--for', 'fetch-self'], old)).code).not.toBe(0)
  })

  test.each(['404 Not Found', 'Not Found'])('to an API that knows no route at all (%s) is one', async (error) => {
    const origin = await serveHttp((_, response) => {
      response.writeHead(404, {'content-type': 'application/json'}).end(JSON.stringify({error}))
    })
    const run = await doctor([], {...to(origin), credentials: 'job'})
    expect(run.code).toBe(76)
    expect(run.said).toContain('check the address in CI_API_V4_URL or --api-url')
  })

  test('to a server that is down ends after two tries', async () => {
    let count = 0
    const origin = await serveHttp((_, response) => {
      count++
      response.writeHead(503).end('down')
    })
    const run = await doctor([], to(origin))
    expect(run.code).toBe(69)
    expect(count).toBe(2)
  })

  const serveTls = async ({cert, key}: {cert: string; key: string}): Promise<string> => {
    const handler = createTlsServer({cert, key}, (_, response) => {
      response.writeHead(401, {'content-type': 'application/json'}).end('{"message":"401 Unauthorized"}')
    })
    return `https://localhost:${await listen(handler)}`
  }

  test('by a certificate of an unknown authority names the variable that helps', async () => {
    const run = await doctor([], to(await serveTls(server)))
    expect(run.code).toBe(69)
    expect(run.said).toContain('the certificate is not trusted')
    expect(run.said).toContain('CI_SERVER_TLS_CA_FILE')
  })

  test('tells protocol, issuer and days left of a certificate, and who is trusted beside the usual', async () => {
    const file = path.join(temporaryFolder(), 'ca.pem')
    writeFileSync(file, root)
    const run = await doctor([], to(await serveTls(server), {CI_SERVER_TLS_CA_FILE: file}))
    expect(checkOf(run, 'TLS')).toMatchObject({
      result: 'ok',
      details: expect.stringMatching(
        /^TLSv1\.3, certificate by jobside test root, \d+ days left\. Trusts the certificates of CI_SERVER_TLS_CA_FILE too\.$/,
      ),
    })
    expect(run.code).toBe(77)
  })

  test('by a certificate that has expired says so', async () => {
    const file = path.join(temporaryFolder(), 'ca.pem')
    writeFileSync(file, root)
    const run = await doctor([], to(await serveTls(expired), {CI_SERVER_TLS_CA_FILE: file}))
    expect(run.code).toBe(69)
    expect(run.said).toContain('the certificate has expired')
  })

  test('through a proxy tells which, from which variable, and never its password', async () => {
    const proxy = `http://user:secret@127.0.0.1:${await closedPort()}`
    const run = await doctor([], to('https://gitlab.test', {HTTPS_PROXY: proxy}))
    expect(run.code).toBe(69)
    expect(checkOf(run, 'Proxy')?.details).toMatch(/^http:\/\/127\.0\.0\.1:\d+, from HTTPS_PROXY\.$/)
    expect(run.said + JSON.stringify(run.outputs)).not.toContain('secret')
  })

  test('to a clock far away is a warning', async () => {
    const origin = await serveHttp((_, response) => {
      response.sendDate = false
      response.writeHead(401, {date: 'Tue, 01 Sep 2026 10:00:00 GMT', 'content-type': 'application/json'})
      response.end('{"message":"401 Unauthorized"}')
    })
    const run = await doctor([], to(origin))
    expect(checkOf(run, 'Clock')).toMatchObject({result: 'warning', details: '3600 s behind GitLab’s.'})
    expect(run.outputs?.['clock_skew']).toBe(3600)
  })
})
