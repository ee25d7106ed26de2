import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, type ServerOptions} from 'node:https'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {other, root, server} from '../support/certificates.ts'
import {runBundle} from '../support/bundles.ts'
import {isForTriggerJobs} from '../support/raw-answers.ts'
import {closeServers, listen} from '../support/servers.ts'
import {jobOf} from '../support/sequence.ts'

/** A built command at a GitLab that speaks TLS: what it trusts, and what it says of a certificate that is missing. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-tls-bundle-'))
  writeFileSync(join(folder, 'root.pem'), root)
  writeFileSync(join(folder, 'other.pem'), other.cert)
  writeFileSync(join(folder, 'client.pem'), server.cert)
  writeFileSync(join(folder, 'client.key'), server.key)
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

async function ask(options: ServerOptions, files: Readonly<Record<string, string>>, page?: string) {
  const gitlab = createServer({...server, ca: root, ...options}, (request, response) => {
    const type = page === undefined ? 'application/json' : 'text/html'
    response.writeHead(page === undefined ? 200 : 400, {'content-type': type})
    response.end(page ?? JSON.stringify(isForTriggerJobs(`${request.url} `) ? [] : [jobOf({})]))
  })
  const named = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]))
  const {code, stdout, stderr} = await runBundle('list-jobs', ['--attempts', '1'], {
    cwd: folder,
    env: {
      CI_API_V4_URL: `https://127.0.0.1:${await listen(gitlab)}/api/v4`,
      CI_PROJECT_ID: '1',
      CI_PIPELINE_ID: '1',
      CI_JOB_TOKEN: 'glcbt-canary',
      ...named,
    },
  })
  return {code, said: stdout + stderr}
}

describe('roots', () => {
  test.each<[string, Record<string, string>]>([
    ['of CI_SERVER_TLS_CA_FILE', {CI_SERVER_TLS_CA_FILE: 'root.pem'}],
    ['of NODE_EXTRA_CA_CERTS', {NODE_EXTRA_CA_CERTS: 'root.pem'}],
    ['of NODE_EXTRA_CA_CERTS beside others', {NODE_EXTRA_CA_CERTS: 'root.pem', CI_SERVER_TLS_CA_FILE: 'other.pem'}],
    ['of a file beside others', {NODE_EXTRA_CA_CERTS: 'other.pem', CI_SERVER_TLS_CA_FILE: 'root.pem'}],
  ])('%s are trusted', async (_, files) => {
    expect(await ask({}, files)).toMatchObject({code: 0})
  })

  test('that nobody named are not', async () => {
    expect(await ask({}, {CI_SERVER_TLS_CA_FILE: 'other.pem'})).toMatchObject({code: 69})
  })
})

describe('a server that demands a client certificate', () => {
  const demand = {requestCert: true, rejectUnauthorized: true}
  const trusted = {CI_SERVER_TLS_CA_FILE: 'root.pem'}
  const named = 'CI_SERVER_TLS_CERT_FILE'

  test.each<[string, ServerOptions]>([
    ['of TLS 1.3', demand],
    ['of TLS 1.2', {...demand, maxVersion: 'TLSv1.2'}],
  ])('%s: the missing certificate is named', async (_, options) => {
    expect(await ask(options, trusted)).toMatchObject({code: 69, said: expect.stringContaining(named)})
  })

  test('by a page: the missing certificate is named', async () => {
    const page = '<html><title>400 No required SSL certificate was sent</title></html>'
    expect(await ask({}, trusted, page)).toMatchObject({code: 77, said: expect.stringContaining(named)})
  })

  test('is content with one', async () => {
    const files = {...trusted, CI_SERVER_TLS_CERT_FILE: 'client.pem', CI_SERVER_TLS_KEY_FILE: 'client.key'}
    expect(await ask(demand, files)).toMatchObject({code: 0})
  })
})
