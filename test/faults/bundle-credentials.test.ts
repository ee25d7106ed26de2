import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {runBundle} from '../support/bundles.ts'
import {isForTriggerJobs} from '../support/raw-answers.ts'
import {closeServers, serveHttp} from '../support/servers.ts'
import {jobOf} from '../support/sequence.ts'

/** Where the credentials of a built command go, and what is refused before anything is asked. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-credentials-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const token = 'glpat-canary-of-access'
const jobToken = 'glcbt-canary-of-the-job'
const job = {CI_PROJECT_ID: '1', CI_PIPELINE_ID: '1', CI_JOB_ID: '7', CI_SERVER_URL: 'https://gitlab.example.com'}

/** A GitLab that keeps the headers of whoever asks. */
async function listen() {
  const asked: string[] = []
  const origin = await serveHttp((request, response) => {
    asked.push(JSON.stringify({url: request.url, ...request.headers}))
    const jobs = isForTriggerJobs(`${request.url} `) ? [] : [jobOf({status: 'manual'})]
    response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(jobs))
  })
  return {api: `${origin}/api/v4`, asked}
}

async function run(command: string, argv: readonly string[], env: Readonly<Record<string, string>>) {
  const {code, stdout, stderr} = await runBundle(command, argv, {cwd: folder, env: {NO_COLOR: '1', ...env}})
  return {code, said: stdout + stderr}
}

describe('an address that is not of the server of this job gets no credential', () => {
  test.each<[string, (api: string) => {argv?: string[]; env?: Record<string, string>}]>([
    ['CI_API_V4_URL', (api) => ({env: {CI_API_V4_URL: api}})],
    ['INPUT_API_URL', (api) => ({env: {INPUT_API_URL: api}})],
    ['INPUT_API-URL', (api) => ({env: {'INPUT_API-URL': api}})],
    ['--api-url', (api) => ({argv: ['--api-url', api]})],
  ])('%s', async (_, spelling) => {
    const {api, asked} = await listen()
    const {argv = [], env = {}} = spelling(api)
    const all = {...job, CI_API_V4_URL: 'https://gitlab.example.com/api/v4', CI_JOB_TOKEN: jobToken, ...env}
    const refused = await run('list-jobs', argv, {...all, GITLAB_TOKEN: token})
    expect(refused).toMatchObject({code: 64, said: expect.stringContaining('--send-token-to 127.0.0.1:')})
    expect(asked).toEqual([])
    // Without an access token it is asked, as nobody.
    await run('list-jobs', argv, all)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.join()).not.toContain('canary')
  })

  test('until the user says that the access token is meant for it', async () => {
    const {api, asked} = await listen()
    const env = {...job, CI_API_V4_URL: api, CI_JOB_TOKEN: jobToken, GITLAB_TOKEN: token}
    const to = new URL(api).host
    expect(await run('list-jobs', ['--send-token-to', to], env)).toMatchObject({code: 0})
    expect(asked.join()).toContain(token)
    expect(asked.join()).not.toContain(jobToken)
    expect(await run('list-jobs', ['--send-token-to', 'gitlab.example.com'], env)).toMatchObject({code: 64})
  })

  test('and where no job says whose they are, they are for the address given', async () => {
    const {api, asked} = await listen()
    const {CI_SERVER_URL: _, ...elsewhere} = job
    const env = {...elsewhere, GITHUB_ACTIONS: 'true', 'INPUT_API-URL': api, GITLAB_TOKEN: token}
    expect(await run('list-jobs', [], env)).toMatchObject({code: 0})
    expect(asked.join()).toContain(token)
  })
})

describe('a credential that shows what it is', () => {
  test.each([
    ['the job token as GITLAB_TOKEN', jobToken, 'holds the job token'],
    ['another job token', 'glcbt-65_abcdefgh', 'holds a job token'],
    ['a deploy token', 'gldt-abcdefgh', 'holds a deploy token'],
    ['a variable that nobody expanded', '$DEPLOY_TOKEN', 'nobody has put a value'],
    ['one of another shell', '%DEPLOY_TOKEN%', 'nobody has put a value'],
    ['a single letter', 'e', 'too short'],
  ])('%s is refused before anything is asked, a dry run too', async (_, wrong, problem) => {
    const {api, asked} = await listen()
    const env = {...job, CI_SERVER_URL: '', CI_API_V4_URL: api, CI_JOB_TOKEN: jobToken, GITLAB_TOKEN: wrong}
    for (const argv of [
      ['--job', 'build'],
      ['--job', 'build', '--dry-run'],
    ]) {
      const {code, said} = await run('play-manual-job', argv, env)
      expect({code, said}).toMatchObject({code: 64, said: expect.stringContaining('GITLAB_TOKEN')})
      if (wrong.length > 1) expect(said).toContain(problem)
    }
    expect(asked).toEqual([])
  })

  test('a token of OAuth is sent as Bearer, by its form or by a word, and never as anything else', async () => {
    const oauth = 'ab01'.repeat(16)
    for (const [given, argv] of [
      [oauth, []],
      [token, ['--oauth']],
    ] as const) {
      const {api, asked} = await listen()
      const env = {...job, CI_SERVER_URL: '', CI_API_V4_URL: api, GITLAB_TOKEN: given}
      expect(await run('list-jobs', argv, env)).toMatchObject({code: 0})
      expect(asked.length).toBeGreaterThan(0)
      for (const headers of asked) {
        expect(JSON.parse(headers)).toMatchObject({authorization: `Bearer ${given}`})
        expect(headers).not.toContain('private-token')
      }
    }
  })
})

test('a proxy whose password cannot be read is named before anything is asked, without its value', async () => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) {
    const env = {...job, CI_API_V4_URL: 'https://gitlab.example.com/api/v4', [name]: 'http://user:pa%zz@127.0.0.1:1'}
    const {code, said} = await run('list-jobs', [], env)
    expect({code, said}).toMatchObject({code: 64, said: expect.stringContaining(name)})
    expect(said).not.toContain('pa%zz')
  }
})

test('an empty no_proxy does not hide NO_PROXY', async () => {
  const env = {
    ...job,
    CI_API_V4_URL: 'https://gitlab.test/api/v4',
    HTTPS_PROXY: 'http://127.0.0.1:1',
    NO_PROXY: 'gitlab.test',
  }
  for (const empty of ['', ' ']) {
    const {code, said} = await run('list-jobs', ['--attempts', '1'], {...env, CI_SERVER_URL: '', no_proxy: empty})
    expect(code).toBe(69)
    expect(said).not.toContain('proxy')
  }
})
