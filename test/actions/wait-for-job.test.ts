import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action} from '../../actions/wait-for-job/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {linkedClock, removeFolders, runCommand, type CommandOptions} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {job, library, sha, worldWith} from './world.ts'

interface Options extends CommandOptions {
  readonly options?: SandboxOptions
}

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

async function wait(jobs: readonly JobFile[], argv: readonly string[], {options, ...more}: Options = {}) {
  sandbox = await startSandbox(worldWith(jobs), options)
  return runCommand(action, sandbox, argv, more)
}

const list = 'GET /projects/1/pipelines/11/jobs job-token'
/** Asked once in a wait: how long earlier runs of the job took. */
const history = 'GET /projects/1/jobs job-token'
const slow = job(102, 'build', 'pending', {
  timeline: [
    {after: '20s', status: 'running', log: 'compiling\n'},
    {after: '60s', status: 'success'},
  ],
})

describe('a job that ends well', () => {
  test('gives 0 and all that is known about it', async () => {
    const {code, said, outputs, transcript} = await wait([slow], ['--job', 'build'])
    expect(code).toBe(0)
    expect(said).toMatch(/build: pending\..*\n(.*\n)*build: pending → running after.*\n(.*\n)*build: running → success/)
    expect(transcript.filter((line) => line !== list)).toEqual([history])
    expect(outputs).toMatchObject({
      status: 'success',
      job_id: 102,
      job_name: 'build',
      pipeline_id: 11,
      project: 1,
      stage: 'build',
      ref: 'main',
      sha,
      failure_reason: null,
      started_at: '2026-09-01T09:00:20.000Z',
      finished_at: '2026-09-01T09:01:20.000Z',
      duration: 60,
      queued_duration: 20,
      attempts: 1,
      polls: transcript.length - 1,
    })
    expect(outputs?.['jobs']).toEqual([expect.objectContaining({id: 102, name: 'build', project_id: 1, attempts: 1})])
  })

  test.each([
    ['is not of the pipeline', ['--pipeline-id', '9999'], 66, /pipeline 9999/],
    ['is not of the ref', ['--ref', 'other'], 66, /Job 102 is not of "other": it is of pipeline 11, "main"/],
    ['cannot be of both places', ['--pipeline-id', '11', '--ref', 'main'], 64, /give only one of them/],
  ])('is not told as good where it %s that is said beside its id', async (_what, place, code, words) => {
    const run = await wait([job(102, 'build', 'success')], ['--job-id', '102', ...place], {credentials: 'token'})
    expect({code: run.code, said: run.said}).toEqual({code, said: expect.stringMatching(words)})
  })

  test('may be many, for one request for jobs and one for trigger jobs a look', async () => {
    const names = ['linux, 20', 'linux, 22', 'mac, 20']
    const jobs = names.map((name, at) => ({...slow, id: 110 + at, name: `test: [${name}]`}))
    const {code, outputs, transcript} = await wait(jobs, ['--job-match', 'test: [*]'])
    expect(code).toBe(0)
    expect(transcript.filter((line) => line === list)).toHaveLength(Number(outputs?.['polls']))
    const triggers = 'GET /projects/1/pipelines/11/trigger_jobs job-token'
    expect(transcript.filter((line) => line !== list && line !== triggers)).toEqual([history])
    expect(outputs?.['jobs']).toHaveLength(3)
  })

  test('may be in the newest pipeline of a ref of another project', async () => {
    const other = library([
      {id: 20, ref: 'main', jobs: [job(190, 'build', 'failed')]},
      {id: 21, ref: 'main', jobs: [{...slow, id: 201}]},
    ])
    sandbox = await startSandbox(worldWith([], {others: [other]}))
    const argv = ['--project', 'grp/lib', '--ref', 'main', '--job', 'build', '--timeout', '30m']
    const {code, outputs, transcript} = await runCommand(action, sandbox, argv)
    expect([code, outputs?.['job_id']]).toEqual([0, 201])
    expect(transcript[0]).toBe('GET /projects/grp%2Flib/pipelines job-token')
    expect(transcript.filter((line) => line.startsWith('GET /projects/grp%2Flib/pipelines '))).toHaveLength(1)
    expect(transcript.slice(1, 3)).toEqual([
      // Two pipelines of one name may be of a branch and of a tag.
      'GET /projects/grp%2Flib/jobs job-token',
      'GET /projects/grp%2Flib/pipelines/21/jobs job-token',
    ])
  })

  test('is found on GitLab 18.0 too, where pipelines are closed to job tokens', async () => {
    const other = library([{id: 21, ref: 'feature/a b', jobs: [job(201, 'build', 'success')]}])
    sandbox = await startSandbox(worldWith([], {others: [other]}), {version: '18.0'})
    const argv = ['--project', '2', '--ref', 'feature/a b', '--job', 'build']
    const {code, transcript} = await runCommand(action, sandbox, argv, {env: {CI_SERVER_VERSION: '18.0.2-ee'}})
    expect(code).toBe(0)
    expect(transcript.slice(-2)).toEqual([
      'GET /projects/2/jobs job-token',
      'GET /projects/2/pipelines/21/jobs job-token',
    ])
  })

  test('counts as good when it failed with allow_failure, unless --strict', async () => {
    const allowed = job(102, 'lint', 'failed', {allow_failure: true})
    expect((await wait([allowed], ['--job', 'lint'])).code).toBe(0)
    expect((await runCommand(action, sandbox, ['--job', 'lint', '--strict'])).code).toBe(20)
  })
})

describe('a job that does not', () => {
  const ends: readonly (readonly [string, number, RegExp])[] = [
    ['failed', 20, /build failed \(script_failure\)/],
    ['canceled', 21, /build .*canceled/],
    ['skipped', 21, /build .*skipped/],
    ['manual', 22, /waits for a person to start it/],
  ]
  test.each(ends)('%s gives %d and says so', async (status, code, reason) => {
    const ended = await wait([job(102, 'build', status)], ['--job', 'build'])
    expect(ended.code).toBe(code)
    expect(ended.said).toMatch(reason)
    expect(ended.said).toContain(`${sandbox.url}/grp/app/-/jobs/102`)
    expect(ended.outputs).toMatchObject({status, job_id: 102, job_name: 'build'})
  })

  test('shows the end of its log where a token may read it, and where none may says nothing about it', async () => {
    const log = Array.from({length: 50}, (_, at) => `line ${at + 1}\n`).join('')
    const failed = job(102, 'build', 'failed', {log})
    const {said, transcript} = await wait([failed], ['--job', 'build'], {credentials: 'both'})
    expect(transcript).toEqual([list, 'GET /projects/1/jobs/102/trace private-token'])
    expect(said).toMatch(/line 31\n(.*\n)*.*line 50\n/)
    expect(said).not.toContain('line 30\n')
    const alone = await runCommand(action, sandbox, ['--job', 'build'])
    expect(alone.transcript).toEqual([list])
    expect(alone.said).not.toContain('line 50')
  })

  test('gives the worst code of several, after all have ended', async () => {
    const jobs = [job(102, 'a', 'success'), job(103, 'b', 'failed'), {...slow, id: 104, name: 'c'}]
    const {code, said, outputs} = await wait(jobs, ['--job', 'a', '--job', 'b', '--job', 'c'])
    expect([code, outputs?.['job_id']]).toEqual([20, 103])
    expect(said).toMatch(/b failed/)
  })

  test('does not matter with --mode any when another one succeeds', async () => {
    const jobs = [job(103, 'b', 'failed'), {...slow, id: 104, name: 'c'}]
    const {code, outputs} = await wait(jobs, ['--job', 'b', '--job', 'c', '--mode', 'any'])
    expect([code, outputs?.['job_id']]).toEqual([0, 104])
  })

  test('of another commit than --expect-sha gives 22', async () => {
    const argv = ['--job', 'build', '--expect-sha', 'deadbeefdeadbeef']
    const {code, said} = await wait([job(102, 'build', 'success')], argv)
    expect(code).toBe(22)
    expect(said).toContain(sha)
  })
})

test('--follow-newest without a ref or a merge request is 64, since nothing newer could be looked for', async () => {
  const {code, said} = await wait([slow], ['--job', 'build', '--follow-newest'])
  expect([code, said]).toEqual([64, expect.stringContaining('follow-newest needs a ref or a merge-request')])
})

describe('a retry while waiting', () => {
  test('is followed to its newest attempt', async () => {
    const flaky = job(102, 'build', 'running', {
      timeline: [{after: '30s', status: 'failed'}],
      retry_timeline: [
        {after: '5s', status: 'running'},
        {after: '20s', status: 'success'},
      ],
    })
    sandbox = await startSandbox(worldWith([flaky]))
    const {code, outputs, said} = await runCommand(action, sandbox, ['--job', 'build', '--settle', '30s'], {
      clock: retriesAfterFailure(sandbox),
    })
    expect([said, code]).toEqual([expect.any(String), 0])
    expect(outputs).toMatchObject({status: 'success', attempts: 2})
    expect(outputs?.['job_id']).not.toBe(102)
  })

  function retriesAfterFailure(of: Sandbox) {
    const clock = linkedClock(of)
    let isRetried = false
    return {
      ...clock,
      async sleep(ms: number, signal?: AbortSignal): Promise<void> {
        const failed = of
          .world()
          .projects?.[0]?.pipelines?.[0]?.jobs?.some(({id, status}) => id === 102 && status === 'failed')
        if (failed && !isRetried) {
          isRetried = true
          const headers = {'private-token': 'glpat-dev'}
          await fetch(`${of.api}/projects/1/jobs/102/retry`, {method: 'POST', headers})
        }
        return clock.sleep(ms, signal)
      },
    }
  }
})
