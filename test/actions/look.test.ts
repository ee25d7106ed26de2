import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as fetchSelf} from '../../actions/fetch-self/action.ts'
import {action as getJob} from '../../actions/get-job/action.ts'
import {action as agents} from '../../actions/list-allowed-agents/action.ts'
import {action as listJobs} from '../../actions/list-jobs/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {files, job, sha, worldWith, type WorldOptions} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

async function serve(jobs: readonly JobFile[], world?: WorldOptions, options?: SandboxOptions): Promise<Sandbox> {
  sandbox = await startSandbox(worldWith(jobs, world), options)
  return sandbox
}

const list = 'GET /projects/1/pipelines/11/jobs job-token'
const several = [
  job(102, 'build', 'success'),
  job(103, 'test: [linux, 20]', 'failed', {stage: 'test'}),
  job(104, 'test: [mac, 20]', 'failed', {stage: 'test', retried_by: 106}),
  job(106, 'test: [mac, 20]', 'success', {stage: 'test'}),
]

describe('list-jobs', () => {
  test('shows a table with the newest attempt of each job, and counts', async () => {
    const {code, said, outputs} = await runCommand(listJobs, await serve(several))
    expect(code).toBe(0)
    expect(said).toMatch(/103 +test: \[linux, 20\] +test +failed +11 +main/)
    expect(said).not.toMatch(/\b104\b/)
    expect(said).toContain('4 jobs: ')
    expect(outputs).toMatchObject({count: 4, statuses: {running: 1, success: 2, failed: 1}})
    expect(outputs?.['jobs']).toHaveLength(4)
  })

  test('shows the retried ones too when asked', async () => {
    const {outputs} = await runCommand(listJobs, await serve(several), ['--include-retried', '--status', 'failed'])
    expect(outputs).toMatchObject({count: 2, ids: '104,103'})
  })

  test('is a gate: 0 for the expected number, 20 for another, with the outputs', async () => {
    await serve(several)
    expect((await runCommand(listJobs, sandbox, ['--status', 'failed', '--expect', '1'])).code).toBe(0)
    const {code, said, outputs} = await runCommand(listJobs, sandbox, ['--status', 'failed', '--expect', '0'])
    expect(code).toBe(20)
    expect(said).toContain('Expected 0, found 1 job: 1 failed.')
    expect(outputs).toMatchObject({count: 1, ids: '103'})
  })

  test('prints ids, or JSON lines, and nothing else on standard output', async () => {
    await serve(several)
    const ids = await runCommand(listJobs, sandbox, ['--stage', 'test', '--status', 'failed', '--format', 'ids'])
    expect(ids.stdout).toBe('103\n')
    expect(ids.stderr).toContain('1 job: 1 failed.')
    const lines = await runCommand(listJobs, sandbox, ['--job-match', 'test*', '--format', 'jsonl'])
    const parsed = lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as {id: number})
    expect(parsed.map(({id}) => id)).toEqual(expect.arrayContaining([103, 106]))
  })

  test('stops at the limit', async () => {
    const {outputs} = await runCommand(listJobs, await serve(several), ['--limit', '2'])
    expect(outputs?.['count']).toBe(2)
  })

  test('finds nothing and is content, unless something was expected', async () => {
    await serve(several)
    const none = await runCommand(listJobs, sandbox, ['--status', 'canceled'])
    expect([none.code, none.outputs?.['count'], none.outputs?.['ids']]).toEqual([0, 0, ''])
    expect(none.said).toContain('0 jobs.')
    expect((await runCommand(listJobs, sandbox, ['--status', 'canceled', '--expect', '1'])).code).toBe(20)
  })

  test('reads a whole project by keyset pages, a hundred jobs a request', async () => {
    const many = Array.from({length: 230}, (_, at) => job(1000 + at, `job ${at}`, 'success'))
    await serve(many)
    const {outputs, requests} = await runCommand(listJobs, sandbox, ['--all', '--format', 'ids'])
    expect(outputs?.['count']).toBe(231)
    expect(requests).toHaveLength(3)
    expect(requests.map(({query}) => query).join('\n')).toMatch(/pagination=keyset[^]*cursor=/)
  })

  test('looks into child pipelines with --family, in one more request a pipeline', async () => {
    const child = {id: 12, ref: 'main', parent: 11, jobs: [job(201, 'child build', 'failed')]}
    const world = worldWith([], {more: [child]})
    const [app, ...rest] = world.projects ?? []
    const [first, ...others] = app?.pipelines ?? []
    const bridges = [{id: 150, name: 'child', stage: 'deploy', status: 'success', downstream: 12}]
    sandbox = await startSandbox({
      ...world,
      projects: [{...app!, pipelines: [{...first!, bridges}, ...others]}, ...rest],
    })
    const argv = ['--family', '--status', 'failed']
    const {outputs, transcript} = await runCommand(listJobs, sandbox, argv, {env: {CI_SERVER_VERSION: '19.2.1-ee'}})
    expect(outputs).toMatchObject({count: 1, ids: '201'})
    expect(transcript).toEqual([
      list,
      'GET /projects/1/pipelines/11/trigger_jobs job-token',
      'GET /projects/1/pipelines/12/jobs job-token',
      'GET /projects/1/pipelines/12/trigger_jobs job-token',
    ])
  })

  test('says which inputs exclude each other', async () => {
    const {code, said} = await runCommand(listJobs, await serve(several), ['--all', '--family'])
    expect([code, said]).toEqual([64, expect.stringContaining('all and family exclude each other')])
  })

  test('exits 66 for a pipeline that is not there', async () => {
    const {code} = await runCommand(listJobs, await serve(several), ['--pipeline-id', '999'])
    expect(code).toBe(66)
  })
})

describe('get-job', () => {
  const build = job(102, 'build', 'failed', {failure_reason: 'script_failure', artifacts: {files, when: 'always'}})

  test('tells what there is to know, out of the list', async () => {
    const {code, outputs, transcript, said} = await runCommand(getJob, await serve([build]), ['--job', 'build'])
    expect([code, transcript]).toEqual([0, [list]])
    expect(said).toContain('Job 102 "build" is failed, in pipeline 11 for main.')
    expect(outputs).toMatchObject({
      job_id: 102,
      status: 'failed',
      failure_reason: 'script_failure',
      sha,
      duration: 60,
      artifacts_size: expect.any(Number),
      job: expect.objectContaining({id: 102}),
    })
  })

  test('prints single fields and nothing else', async () => {
    const fields = ['--field', 'status', '--field', 'pipeline.id', '--field', 'artifacts_file']
    const {code, stdout} = await runCommand(getJob, await serve([build]), ['--job', 'build', ...fields])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^failed\n11\n\{"filename":.*\}\n$/)
  })

  test('names the fields there are when one is not', async () => {
    const {code, said} = await runCommand(getJob, await serve([build]), ['--job', 'build', '--field', 'pipeline.idd'])
    expect(code).toBe(66)
    expect(said).toContain('there is no "idd"')
    expect(said).toMatch(/There are id, .*ref/)
  })

  test('reads the own job by GET /job, another id out of the list, and with an access token that one job', async () => {
    await serve([build])
    const own = await runCommand(getJob, sandbox, ['--job-id', '101'])
    expect([own.outputs?.['job_name'], own.transcript]).toEqual(['integrate', ['GET /job job-token']])
    const other = await runCommand(getJob, sandbox, ['--job-id', '102'])
    expect([other.outputs?.['job_name'], other.transcript]).toEqual(['build', [list]])
    const direct = await runCommand(getJob, sandbox, ['--job-id', '102'], {credentials: 'token'})
    expect(direct.transcript).toEqual(['GET /projects/1/jobs/102 private-token'])
  })

  test('says which id is missing', async () => {
    const {code, said} = await runCommand(getJob, await serve([build]), ['--job-id', '999'])
    expect([code, said]).toEqual([66, expect.stringContaining('No job 999 in')])
  })
})

describe('fetch-self', () => {
  test('tells about the job of the token', async () => {
    const {outputs, transcript, said} = await runCommand(fetchSelf, await serve([]))
    expect(transcript).toEqual(['GET /job job-token'])
    expect(said).toContain('Job 101 "integrate" is running, in pipeline 11 for main.')
    expect(outputs).toMatchObject({
      id: 101,
      stage: 'test',
      ref: 'main',
      tag: false,
      sha,
      project_id: 1,
      allow_failure: false,
    })
  })

  test('warns where a CI variable says something else', async () => {
    const env = {CI_JOB_ID: '999', CI_PIPELINE_ID: '11', CI_JOB_NAME: 'forged'}
    const {code, said} = await runCommand(fetchSelf, await serve([]), [], {env})
    expect(code).toBe(0)
    expect(said).toContain('CI_JOB_ID says 999, but the job token belongs to 101.')
    expect(said).toContain('CI_JOB_NAME says forged, but the job token belongs to integrate.')
    expect(said).not.toContain('CI_PIPELINE_ID says')
  })

  test('prints single fields', async () => {
    const {stdout} = await runCommand(fetchSelf, await serve([]), [
      '--field',
      'pipeline.id',
      '--field',
      'user.username',
    ])
    expect(stdout).toBe('11\ndev\n')
  })

  test('exits 77 and says why when the job has ended', async () => {
    await serve([])
    sandbox.patchJob(101, {status: 'success'})
    const {code, said} = await runCommand(fetchSelf, sandbox)
    expect(code).toBe(77)
    expect(said).toContain('GitLab does not know this job token, or its job has ended')
  })
})

describe('list-allowed-agents', () => {
  const world = {
    app: {
      agents: [
        {id: 5, config_project: 'grp/app'},
        {id: 7, config_project: 'grp/app'},
      ],
    },
  }

  test('lists them', async () => {
    const {code, outputs, said} = await runCommand(agents, await serve([], world))
    expect([code, outputs?.['count'], outputs?.['ids']]).toEqual([0, 2, '5,7'])
    expect(said).toMatch(/5 +grp\/app/)
    expect(outputs).toMatchObject({
      job_id: 101,
      pipeline_id: 11,
      project: 1,
      user_id: 1,
      username: 'dev',
      groups: expect.any(Array),
    })
    const whole = JSON.parse((await runCommand(agents, sandbox, ['--format', 'answer'])).stdout) as object
    expect(whole).toMatchObject({job: {id: 101}, pipeline: {id: 11}, project: {id: 1}, user: {username: 'dev'}})
    expect(outputs?.['answer']).toEqual(whole)
    expect((await runCommand(agents, sandbox, ['--format', 'ids'])).stdout).toBe('5\n7\n')
    expect(JSON.parse((await runCommand(agents, sandbox, ['--format', 'json'])).stdout)).toHaveLength(2)
  })

  test('says so when there are none', async () => {
    const {code, outputs, said} = await runCommand(agents, await serve([]))
    expect([code, outputs?.['count']]).toEqual([0, 0])
    expect(said).toContain('This job may use no agent.')
  })
})
