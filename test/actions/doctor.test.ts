import {createServer as createTlsServer} from 'node:https'
import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import {action} from '../../actions/doctor/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/sandbox.ts'
import type {ProjectFile} from '../../src/sandbox/world-types.ts'
import {commandNeeds} from '../../src/steps/doctor-commands.ts'
import {expired, root, server} from '../support/certificates.ts'
import {createClock} from '../support/clock.ts'
import {
  removeFolders,
  runCommand,
  temporaryFolder,
  type CommandOptions,
  type CommandRun,
} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {closedPort, closeServers, listen, serveHttp} from '../support/servers.ts'
import {job, library, versions, worldWith, type WorldOptions} from './world.ts'

let sandbox: Sandbox | undefined
afterEach(async () => {
  await Promise.all([sandbox?.close(), closeServers()])
  sandbox = undefined
})
afterAll(removeFolders)

type Options = CommandOptions & WorldOptions & {readonly sandbox?: SandboxOptions}

const build = job(102, 'build', 'success', {artifacts: {files: {'a.txt': 'a\n'}}, log: 'built\n'})

async function doctor(argv: readonly string[] = [], options: Options = {}): Promise<CommandRun> {
  sandbox ??= await startSandbox(worldWith([build], options), options.sandbox)
  return runCommand(action, sandbox, argv, options)
}

interface Row {
  readonly command: string
  readonly works: string
  readonly why: string
  readonly hint: string | null
}

function commandsOf(run: CommandRun): Readonly<Record<string, Row>> {
  const rows = run.outputs?.['commands'] as readonly Row[]
  return Object.fromEntries(rows.map((row) => [row.command, row]))
}

function those(run: CommandRun, works: string): readonly string[] {
  return Object.values(commandsOf(run))
    .filter((row) => row.works === works)
    .map(({command}) => command)
}

interface Shown {
  readonly name: string
  readonly result: string
  readonly details: string
}

function checkOf(run: CommandRun, name: string): Shown | undefined {
  const checks = run.outputs?.['checks'] as readonly Shown[] | undefined
  return checks?.find((check) => check.name === name)
}

const reading = ['wait-for-job', 'list-jobs', 'get-job']
const downloading = ['download-artifacts-by-ref', 'download-artifacts', 'get-artifact-file', 'list-artifacts']
const ofTheJob = ['fetch-self', 'list-allowed-agents']
const changing = ['play-manual-job', 'retry-job', 'cancel-job', 'keep-artifacts', 'erase-job', 'delete-artifacts']
const sorted = (names: readonly string[]): readonly string[] => [...names].sort()

describe('the table of what commands need', () => {
  const others = actions.filter(({name}) => name !== 'doctor')

  test('knows every command and no other', () => {
    expect(sorted(Object.keys(commandNeeds))).toEqual(sorted(others.map(({name}) => name)))
  })

  test.each(others.map((other) => [other.name, other] as const))('asks of %s only routes it calls', (name, other) => {
    const calls = other.calls.map(({route}) => route)
    expect(commandNeeds[name]?.flat().filter((route) => !calls.includes(route))).toEqual([])
  })
})

describe('a job token', () => {
  test.each(versions)('reads and downloads as GitLab %s lets it', async (version) => {
    const run = await doctor([], {sandbox: {version}})
    expect(run.code).toBe(0)
    const open = [...downloading, ...ofTheJob]
    // Before 18.0 job lists are closed to it, and the downloads that choose by them fall with them.
    expect(sorted(those(run, 'yes'))).toEqual(
      sorted(version === '17.8' ? ['download-artifacts-by-ref', ...ofTheJob] : [...reading, ...open]),
    )
    expect(run.outputs).toMatchObject({ok: true, job_token_ok: true, token_ok: null, project: '1'})
  })

  test('says whose it is and what would make the other commands work', async () => {
    const run = await doctor()
    expect(run.said).toContain(
      'Of job 101 "integrate" (running) in pipeline 11 of project 1 (grp/app), with the rights of @dev.',
    )
    expect(run.said).toContain('developer in project 1')
    expect(sorted(those(run, 'no'))).toEqual(sorted(['get-job-log', ...changing]))
    expect(commandsOf(run)['play-manual-job']?.hint).toBe(
      'Set GITLAB_TOKEN to an access token with the scope api and the role Developer or more in the project.',
    )
    expect(commandsOf(run)['erase-job']?.hint).toContain('Maintainer')
  })

  test('of another job than CI_JOB_ID says is a warning', async () => {
    const run = await doctor([], {env: {CI_JOB_ID: '999'}})
    expect(checkOf(run, 'Job token')).toMatchObject({
      result: 'warning',
      details: expect.stringContaining('CI_JOB_ID says 999'),
    })
  })

  test('of a job that has ended is refused, and the hints do not blame the version', async () => {
    const ended = job(103, 'before', 'success', {token: 'glcbt-ended'})
    sandbox = await startSandbox(worldWith([build, ended]))
    const run = await doctor([], {env: {CI_JOB_TOKEN: 'glcbt-ended'}})
    expect(run.code).toBe(77)
    expect(run.outputs).toMatchObject({ok: false, job_token_ok: false})
    expect(commandsOf(run)['wait-for-job']?.hint).toBe('Run this inside the job itself, with its own CI_JOB_TOKEN.')
  })

  test('is not sent to another server, and that is said', async () => {
    const run = await doctor([], {env: {CI_SERVER_URL: 'https://gitlab.example.com'}})
    expect(checkOf(run, 'Job token')?.details).toBe('Not sent: it belongs to gitlab.example.com.')
    expect(checkOf(run, 'API')).toMatchObject({result: 'warning'})
    expect(run.requests.flatMap(({credentials}) => credentials)).toEqual([])
    expect(run.code).toBe(77)
  })
})

describe('an access token', () => {
  test.each(versions)('works for all but what asks for the own job, on GitLab %s', async (version) => {
    const run = await doctor([], {credentials: 'token', env: {GITLAB_TOKEN: 'glpat-maint'}, sandbox: {version}})
    expect(run.code).toBe(0)
    expect(sorted(those(run, 'yes'))).toEqual(sorted([...reading, ...downloading, 'get-job-log']))
    expect(sorted(those(run, 'should'))).toEqual(sorted(changing))
    expect(those(run, 'no')).toEqual(ofTheJob)
    expect(run.outputs).toMatchObject({
      version: `${version}.0-ee`,
      token_ok: true,
      token_user: 'maint',
      token_scopes: 'api',
      token_expires_at: '2030-01-01',
    })
  })

  test('changes nothing', async () => {
    const run = await doctor([], {credentials: 'both'})
    expect(new Set(run.requests.map(({method}) => method))).toEqual(new Set(['GET']))
    expect(run.requests.length).toBeLessThanOrEqual(12)
  })

  test('goes only where the job token may not', async () => {
    const run = await doctor([], {credentials: 'both'})
    expect(run.transcript).toContain('GET /projects/1/jobs job-token')
    expect(run.transcript).toContain('GET /projects/1/jobs/102/trace private-token')
    expect(run.said).not.toMatch(/glpat|glcbt/)
  })

  test.each([
    ['glpat-dev', 'erase-job', 'unknown', 'own jobs only'],
    ['glpat-dev', 'delete-artifacts', 'no', 'has the role Developer, and this needs Maintainer'],
    ['glpat-rep', 'play-manual-job', 'no', 'has the role Reporter, and this needs Developer'],
    ['glpat-ro', 'play-manual-job', 'no', 'has the scopes read_api, and this needs api'],
  ])('%s: %s is %s, by scope and role', async (token, command, works, why) => {
    const run = await doctor([], {credentials: 'token', env: {GITLAB_TOKEN: token}})
    expect(commandsOf(run)[command]).toMatchObject({works, why: expect.stringContaining(why)})
  })

  test('whose role is not told leaves changing commands unchecked, and says so', async () => {
    const app: Partial<ProjectFile> = {members: {dev: 'developer'}, visibility: 'public'}
    const run = await doctor(['--for', 'play-manual-job'], {
      credentials: 'token',
      env: {GITLAB_TOKEN: 'glpat-maint'},
      app,
    })
    expect(run.code).toBe(0)
    expect(run.said).toContain('warning: play-manual-job may work. Not called, role not checked.')
  })

  test('that GitLab does not know is refused, beside a job token that works too', async () => {
    const run = await doctor([], {credentials: 'both', env: {GITLAB_TOKEN: 'glpat-nobody'}})
    expect(run.code).toBe(77)
    expect(run.outputs).toMatchObject({ok: false, job_token_ok: true, token_ok: false})
    expect(run.said).toContain('GitLab does not know the access token.')
  })

  test('on the eve of its end is a warning', async () => {
    const clock = createClock({auto: true, date: new Date('2029-12-30T12:00:00Z')})
    const run = await doctor([], {credentials: 'token', clock})
    expect(checkOf(run, 'Access token')).toMatchObject({
      result: 'warning',
      details: expect.stringContaining('(1 day left)'),
    })
  })
})

describe('towards another project', () => {
  const closed = (more: Partial<ProjectFile>): ProjectFile =>
    library([{id: 21, jobs: [job(201, 'build', 'success')]}], more)

  test('the allowlist decides, and its refusal is explained', async () => {
    const others = [closed({job_token_allowlist: {projects: {}}})]
    const run = await doctor(['--target', 'grp/lib'], {others})
    expect(run.code).toBe(77)
    expect(checkOf(run, 'GET /projects/:id/jobs')).toMatchObject({result: 'failed'})
    expect(commandsOf(run)['wait-for-job']?.hint).toContain('Settings > CI/CD > Job token permissions')
    expect(commandsOf(run)['get-job-log']?.hint).toMatch(/Job token permissions.*Set GITLAB_TOKEN/)
    expect(commandsOf(run)['fetch-self']?.works).toBe('yes')
  })

  test('a refused job token beside an access token is told of the other way', async () => {
    const others = [closed({job_token_allowlist: {projects: {}}})]
    const run = await doctor(['--target', 'grp/lib'], {others, credentials: 'both'})
    expect(commandsOf(run)['wait-for-job']?.hint).toContain('Or run with --auth token')
    const other = await doctor(['--target', 'grp/lib', '--auth', 'token'], {credentials: 'both'})
    expect(commandsOf(other)['wait-for-job']?.works).toBe('yes')
  })

  test('a permission that is missing is named', async () => {
    const run = await doctor(['--target', 'grp/lib'], {
      others: [closed({job_token_allowlist: {projects: {'grp/app': ['read_pipelines']}}})],
    })
    expect(checkOf(run, 'GET /projects/:id/pipelines')?.result).toBe('ok')
    expect(commandsOf(run)['wait-for-job']?.hint).toContain('grant read_jobs')
    expect(run.code).toBe(0)
  })

  test('a licence without downloads by job token is named', async () => {
    const run = await doctor(['--for', 'download-artifacts'], {licence: 'free'})
    expect(run.code).toBe(77)
    expect(run.said).toContain('GitLab Premium or Ultimate')
    expect(commandsOf(run)['wait-for-job']?.works).toBe('yes')
  })

  test('a project that is not there is not found', async () => {
    const run = await doctor(['--target', 'grp/nowhere'])
    expect(run.code).toBe(66)
    expect(run.said).toContain('Check the project.')
  })
})

describe('--for', () => {
  test('decides alone: what else is broken does not matter', async () => {
    const options = {credentials: 'both', env: {GITLAB_TOKEN: 'glpat-nobody'}} as const
    expect((await doctor(['--for', 'wait-for-job', '--for', 'fetch-self'], options)).code).toBe(0)
    const run = await doctor(['--for', 'wait-for-job', '--for', 'play-manual-job'], options)
    expect(run.code).toBe(77)
    expect(run.said).toContain('play-manual-job cannot work here.')
  })

  test('suggests the nearest names, and calls nothing', async () => {
    const run = await doctor(['--for', 'wait-fro-job', '--for', 'zzz', '--target', '..'])
    expect(run.code).toBe(64)
    expect(run.said).toContain('for names no command "wait-fro-job", did you mean wait-for-job?')
    expect(run.said).toContain('for names no command "zzz"\n')
    expect(run.said).toContain('target must be a project id or a full path')
    expect(run.requests).toEqual([])
  })
})

describe('without a credential', () => {
  test('GitLab is asked all the same, and the doctor fails', async () => {
    const run = await doctor([], {credentials: 'none'})
    expect(run.code).toBe(77)
    expect(checkOf(run, 'GitLab')?.result).toBe('ok')
    expect(commandsOf(run)['wait-for-job']?.works).toBe('no')
  })

  test('a public project can be read, when that is what was asked for', async () => {
    const run = await doctor(['--auth', 'anonymous'], {credentials: 'none', app: {visibility: 'public'}})
    expect(run.code).toBe(0)
    expect(commandsOf(run)['wait-for-job']?.works).toBe('yes')
  })

  test('no project is needed', async () => {
    const run = await doctor([], {env: {CI_PROJECT_ID: '', CI_PROJECT_PATH: ''}})
    expect(run.code).toBe(0)
    expect(commandsOf(run)['wait-for-job']).toMatchObject({works: 'unknown', why: expect.stringContaining('--target')})
  })
})

describe('the connection', () => {
  const to = (origin: string, more: Record<string, string> = {}): Options => ({
    credentials: 'token',
    env: {CI_API_V4_URL: `${origin}/api/v4`, CI_SERVER_URL: '', ...more},
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

describe('the report', () => {
  test('is JSON alone on standard output when that is asked for', async () => {
    const run = await doctor(['--json', '-'])
    const told = JSON.parse(run.stdout) as Record<string, unknown>
    expect(told).toMatchObject({ok: true, checks: expect.any(Array), commands: expect.any(Array)})
    expect(run.stderr).toContain('Commands')
  })

  test('is a step summary on GitHub, also when the doctor fails', async () => {
    const folder = temporaryFolder()
    const [summary, output] = [path.join(folder, 'summary.md'), path.join(folder, 'output')]
    for (const file of [summary, output]) writeFileSync(file, '')
    const github = {GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output}
    // core reads its own environment.
    Object.assign(process.env, github)
    try {
      const run = await doctor(['--for', 'play-manual-job'], {env: {...github, GITLAB_CI: ''}})
      expect(run.code).toBe(77)
    } finally {
      for (const name of Object.keys(github)) delete process.env[name]
    }
    expect(readFileSync(summary, 'utf8')).toMatch(/<h3>Commands<\/h3>[^]*play-manual-job[^]*Set GITLAB_TOKEN/)
    expect(readFileSync(output, 'utf8')).toMatch(/^ok<<[^]*?\nfalse\n/)
  })

  test('repeats what helps below the table on a terminal, where its cells are cut', async () => {
    const run = await doctor([], {columns: 80, env: {GITLAB_CI: '', CI_JOB_ID: ''}})
    expect(run.stdout).toContain('For get-job-log: Set GITLAB_TOKEN to an access token with the scope read_api')
  })
})
