import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import type {ProjectFile} from '../../src/sandbox/world/world-types.ts'
import {commandNeeds} from '../../src/steps/doctor/command-needs.ts'
import {createClock} from '../support/clock.ts'
import {temporaryFolder} from '../support/run-command.ts'
import {maintainer, scenarios, scenarioWorld} from './scenarios.ts'
import {build, checkOf, commandsOf, doctor, endVisit, endVisits, those} from './visit.ts'
import {job, versions, worldWith} from './world.ts'

afterEach(endVisit)
afterAll(endVisits)

const reading = ['wait-for-job', 'list-jobs', 'get-job']
const downloading = ['download-artifacts-by-ref', 'download-artifacts', 'get-artifact-file', 'list-artifacts']
const ofTheJob = ['fetch-self', 'list-allowed-agents']
const changing = ['play-manual-job', 'retry-job', 'cancel-job', 'keep-artifacts', 'erase-job', 'delete-artifacts']
const byEither = 'trigger-pipeline'
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

describe.each(versions.map((version, at) => [version, at] as const))(
  'what the doctor says of GitLab %s',
  (version, at) => {
    const sandbox = {version}
    const named = (codes: (scenario: (typeof scenarios)[number]) => number | undefined): readonly string[] =>
      sorted(scenarios.flatMap((scenario) => (codes(scenario) === 0 ? scenario.action.name : [])))

    test('with a job token is what every command then meets', async () => {
      const run = await doctor([], {world: scenarioWorld, sandbox})
      expect(sorted([...those(run, 'yes'), ...those(run, 'should')])).toEqual(
        named(({byJobToken, worksById}) => (worksById ? 0 : byJobToken[at])),
      )
      expect(those(run, 'unknown')).toEqual([])
    })

    test('with an access token is what every command then meets', async () => {
      const run = await doctor([], {world: scenarioWorld, sandbox, credentials: 'token', env: maintainer})
      expect(sorted([...those(run, 'yes'), ...those(run, 'should')])).toEqual(named(({byToken}) => byToken))
      expect(those(run, 'unknown')).toEqual([])
    })
  },
)

describe('a job token', () => {
  test.each(versions)('reads and downloads as GitLab %s lets it', async (version) => {
    const run = await doctor([], {sandbox: {version}})
    expect(run.code).toBe(0)
    const open = [...downloading, ...ofTheJob]
    // Before 18.0 job lists are closed to it; the downloads still work by the id of a job.
    expect(sorted(those(run, 'yes'))).toEqual(sorted(version === '17.8' ? open : [...reading, ...open]))
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
    const run = await doctor([], {world: worldWith([build, ended]), env: {CI_JOB_TOKEN: 'glcbt-ended'}})
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
    expect(sorted(those(run, 'should'))).toEqual(sorted([...changing, byEither]))
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
