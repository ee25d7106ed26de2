import {describe, expect, test} from '@jest/globals'
import {ask} from '../support/ask.ts'
import {sandboxPerTest} from '../support/sandbox.ts'
import {credentials, jobOf, world} from './world.ts'

const start = sandboxPerTest()
const dev = {headers: credentials['dev']}
const maint = {headers: credentials['maint']}

describe('timelines', () => {
  test('a job moves by the clock, its log grows, and it uploads when it ends', async () => {
    const sandbox = await start('main')
    const seen = []
    for (const step of ['1s', '1s', '2s']) {
      sandbox.advance(step)
      const {json} = await ask(sandbox, 'GET /projects/2/jobs/201', dev)
      const {status, artifacts_file: file} = json as {status: string; artifacts_file?: object}
      seen.push([status, file !== undefined, jobOf(sandbox, 201)?.log])
    }
    expect(seen).toEqual([
      ['pending', false, null],
      ['running', false, 'compiling\n'],
      ['success', true, 'compiling\ndone\n'],
    ])
  })

  test('the times of a job are those of its steps, not of the request that looks', async () => {
    const sandbox = await start('main')
    sandbox.advance('1h')
    const {json} = await ask(sandbox, 'GET /projects/2/jobs/201', dev)
    expect(json).toMatchObject({
      started_at: '2026-09-01T09:00:01.500Z',
      finished_at: '2026-09-01T09:00:03.500Z',
      duration: 2,
    })
  })

  test('a manual job waits until it is played, then lives its timeline', async () => {
    const sandbox = await start(world)
    sandbox.advance('1h')
    expect(jobOf(sandbox, 104)?.status).toBe('manual')
    await ask(sandbox, 'POST /projects/1/jobs/104/play', dev)
    sandbox.advance('2s')
    expect(jobOf(sandbox, 104)?.status).toBe('running')
    sandbox.advance('2s')
    expect(jobOf(sandbox, 104)?.status).toBe('success')
  })

  test('a cancel ends the timeline', async () => {
    const sandbox = await start('moving')
    sandbox.advance('3s')
    await ask(sandbox, 'POST /projects/1/jobs/121/cancel', dev)
    sandbox.advance('1h')
    expect(jobOf(sandbox, 121)?.status).toBe('canceled')
  })

  test('a retried job lives its own timeline', async () => {
    const sandbox = await start('moving')
    sandbox.advance('2s')
    expect(jobOf(sandbox, 122)).toMatchObject({status: 'failed', failure_reason: 'runner_system_failure'})
    const {json} = await ask(sandbox, 'POST /projects/1/jobs/122/retry', dev)
    const {id} = json as {id: number}
    expect(jobOf(sandbox, 122)).toMatchObject({status: 'failed', retried_by: id})
    sandbox.advance('2s')
    expect(jobOf(sandbox, id)?.status).toBe('success')
  })

  test('a stage begins when all before it has passed, and is skipped when something failed', async () => {
    const passing = await start('moving')
    passing.patchJob(122, {status: 'canceled'})
    passing.advance('10s')
    await ask(passing, 'POST /projects/1/jobs/123/play', dev)
    passing.advance('10s')
    expect([126, 127].map((id) => jobOf(passing, id)?.status)).toEqual(['skipped', 'skipped'])
    const {json} = await ask(passing, 'POST /projects/1/jobs/122/retry', dev)
    expect([126, 127].map((id) => jobOf(passing, id)?.status)).toEqual(['created', 'created'])
    passing.advance('10s')
    expect(jobOf(passing, (json as {id: number}).id)?.status).toBe('success')
    expect([126, 127].map((id) => jobOf(passing, id)?.status)).toEqual(['pending', 'manual'])
  })

  test('a bridge gets its downstream pipeline', async () => {
    const sandbox = await start('families')
    const before = await ask(sandbox, 'GET /projects/1/pipelines/11/bridges?scope=pending', dev)
    expect(before.json).toMatchObject([{id: 151, downstream_pipeline: null}])
    sandbox.advance('2s')
    const after = await ask(sandbox, 'GET /projects/1/pipelines/11/bridges?scope=running', dev)
    expect(after.json).toMatchObject([{id: 151, downstream_pipeline: {id: 21, project_id: 2}}, {id: 150}])
  })
})

describe('moving a job from outside', () => {
  test('follows the state machine, by way of what lies between', async () => {
    const sandbox = await start(world)
    sandbox.patchJob(107, {status: 'success', log: 'fast\n'})
    expect(jobOf(sandbox, 107)).toMatchObject({status: 'success', log: 'fast\n'})
    expect(() => sandbox.patchJob(107, {status: 'running'})).toThrow('Job 107 is success and cannot become running')
  })

  test('ends a canceling job as canceled, whatever its runner reports', async () => {
    const sandbox = await start(world)
    sandbox.patchJob(110, {status: 'success'})
    expect(jobOf(sandbox, 110)?.status).toBe('canceled')
  })
})

describe('what a write leaves behind', () => {
  test('a played job keeps its variables and inputs', async () => {
    const sandbox = await start(world)
    const body = {job_variables_attributes: [{key: 'A', value: '1'}], job_inputs: {environment: 'staging'}}
    await ask(sandbox, 'POST /projects/1/jobs/104/play', {...dev, body})
    expect(jobOf(sandbox, 104)).toMatchObject({
      status: 'pending',
      user: 'dev',
      variables: [{key: 'A', value: '1'}],
      inputs: {environment: 'staging'},
    })
  })

  test.each([[{job_variables_attributes: [{key: 'A'}]}], [{job_inputs: {nothing: 1}}]])(
    'a refused play (%j) leaves the job manual',
    async (body) => {
      const sandbox = await start(world)
      const {status} = await ask(sandbox, 'POST /projects/1/jobs/104/play', {...dev, body})
      expect(status).toBe(400)
      expect(jobOf(sandbox, 104)).toMatchObject({status: 'manual', variables: []})
    },
  )

  test('a play given as a multipart form brings its variables too', async () => {
    const sandbox = await start(world)
    const form = new FormData()
    form.append('job_variables_attributes[][key]', 'A')
    form.append('job_variables_attributes[][value]', '1')
    const url = `${sandbox.api}/projects/1/jobs/104/play`
    await fetch(url, {method: 'POST', body: form, headers: {...credentials['dev']}})
    expect(jobOf(sandbox, 104)?.variables).toEqual([{key: 'A', value: '1'}])
  })

  test('an erased job has an empty log, no archive, and cannot be erased again', async () => {
    const sandbox = await start(world)
    await ask(sandbox, 'POST /projects/1/jobs/102/erase', maint)
    expect((await ask(sandbox, 'GET /projects/1/jobs/102/trace', dev)).text).toBe('')
    expect((await ask(sandbox, 'GET /projects/1/jobs/102/artifacts', dev)).status).toBe(404)
    expect((await ask(sandbox, 'POST /projects/1/jobs/102/erase', maint)).status).toBe(403)
  })

  test('a retried job is left out of the pipeline, not of the project', async () => {
    const sandbox = await start(world)
    const {json} = await ask(sandbox, 'POST /projects/1/jobs/102/retry', dev)
    const {id} = json as {id: number}
    const idsOf = async (path: string) =>
      ((await ask(sandbox, `GET ${path}`, dev)).json as readonly {id: number}[]).map((job) => job.id)
    const ofPipeline = await idsOf('/projects/1/pipelines/11/jobs?per_page=100')
    expect([ofPipeline.includes(id), ofPipeline.includes(102)]).toEqual([true, false])
    expect(await idsOf('/projects/1/jobs?per_page=100')).toEqual(expect.arrayContaining([id, 102]))
  })

  test('a token dies with its job', async () => {
    const sandbox = await start(world)
    sandbox.patchJob(101, {status: 'success'})
    expect((await ask(sandbox, 'GET /job', {headers: credentials['job']})).status).toBe(401)
  })
})

test('a job with an environment names it to its agents, one without has no such key', async () => {
  const environment = {name: 'Prod EU', tier: 'production'}
  const job = {id: 1, name: 'deploy', status: 'running', environment}
  const sandbox = await start({
    users: [{id: 1, username: 'dev'}],
    projects: [{id: 1, path: 'a/b/c', members: {dev: 'maintainer'}, pipelines: [{id: 1, jobs: [job]}]}],
  })
  const {json} = await ask(sandbox, 'GET /job/allowed_agents', {headers: {'job-token': 'glcbt-1'}})
  expect(json).toEqual({
    allowed_agents: [],
    job: {id: 1},
    pipeline: {id: 1},
    project: {id: 1, groups: [{id: 100}, {id: 101}]},
    user: {
      id: 1,
      username: 'dev',
      name: 'dev',
      state: 'active',
      avatar_url: 'https://avatars.example.com/dev?s=80&d=identicon',
      web_url: `${sandbox.url}/dev`,
      roles_in_project: ['guest', 'planner', 'reporter', 'developer', 'maintainer'],
    },
    environment: {tier: 'production', slug: 'prod-eu'},
  })
})

test('agents of other environments are not named, and a project of a person has no groups', async () => {
  const sandbox = await start(
    {
      users: [{id: 1, username: 'dev'}],
      projects: [
        {
          id: 1,
          path: 'dev/app',
          members: {dev: 'developer'},
          agents: [
            {id: 5, config_project: 'dev/app', configuration: {environments: ['review/*']}},
            {id: 6, config_project: 'dev/app', configuration: {environments: ['production']}},
            {id: 7, config_project: 'dev/app', configuration: {protected_branches_only: true}},
          ],
          pipelines: [
            {id: 1, ref: 'feat/a', jobs: [{id: 1, name: 'x', status: 'running', environment: {name: 'review/a'}}]},
          ],
        },
      ],
    },
    {version: '19.3'},
  )
  const {json} = await ask(sandbox, 'GET /job/allowed_agents', {headers: {'job-token': 'glcbt-1'}})
  expect(json).toMatchObject({
    allowed_agents: [{id: 5}],
    project: {groups: []},
    user: {roles_in_project: ['guest', 'planner', 'reporter', 'security_manager', 'developer']},
  })
})

test('changes on one job are limited to three a minute by the newest GitLab', async () => {
  const sandbox = await start(world, {version: '19.4', rateLimit: 600})
  const play = async () => (await ask(sandbox, 'POST /projects/1/jobs/104/play', dev)).status
  expect([await play(), await play(), await play(), await play()]).toEqual([200, 400, 400, 429])
  sandbox.advance('61s')
  expect(await play()).toBe(200)
})

test('a real clock runs at the speed that it is given', async () => {
  const sandbox = await start('main', {clock: 'real', speed: 1_000_000})
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(jobOf(sandbox, 201)?.status).toBe('success')
})
