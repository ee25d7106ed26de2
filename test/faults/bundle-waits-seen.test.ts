import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {runBundle} from '../support/bundles.ts'
import {fastClock} from '../support/fast-clock.ts'
import {runAt, serveRoutes, type Routes} from '../support/routes.ts'
import {stamped} from '../support/runner-logs.ts'
import {jobOf, type SequenceJob} from '../support/sequence.ts'
import {closeServers, serveHttp} from '../support/servers.ts'

/** What a gate may say of a pipeline: nothing that was not asked and seen. On the built command, its clocks fast. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-seen-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

interface Given {
  readonly env?: Readonly<Record<string, string>>
  readonly command?: string
}

async function wait(routes: Routes, argv: readonly string[], {env = {}, command = 'wait-for-job'}: Given = {}) {
  const file = join(folder, 'outputs.json')
  rmSync(file, {force: true})
  const server = await serveRoutes(routes)
  const more = command === 'wait-for-job' ? ['--json', file, '--request-timeout', '10m'] : []
  const run = await runAt(server, command, [...argv, ...more], {cwd: folder, env, nodeOptions: fastClock(folder, 50)})
  const outputs = (): Record<string, unknown> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  return {code: run.code, said: run.said, asked: server.asked, outputs}
}

type Job = SequenceJob & Readonly<Record<string, unknown>>

/** A pipeline's two lists: its jobs, and its trigger jobs. */
function pipeline(id: number, status: string, jobs: readonly Job[], triggers: readonly Job[] = []): Routes {
  const of = {pipeline: {id, project_id: 1, ref: 'main', sha: 'a'.repeat(40), status}}
  const answer = (list: readonly Job[]) => (): readonly [number, unknown] => [
    200,
    list.map((job) => jobOf({...of, ...job})),
  ]
  return {
    [`GET /projects/1/pipelines/${id}/jobs`]: answer(jobs),
    [`GET /projects/1/pipelines/${id}/bridges`]: answer(triggers),
    [`GET /projects/1/pipelines/${id}/trigger_jobs`]: answer(triggers),
  }
}

const all = ['--pipeline-id', '2'] as const
const gen = {id: 20, name: 'gen'}
const downstream = (status: string) => ({id: 3, project_id: 1, ref: 'main', sha: 'a'.repeat(40), status})

describe('a gate before a whole pipeline', () => {
  test('passes when its jobs are good, with optional manual jobs left where they are', async () => {
    const optional = {id: 21, name: 'deploy', status: 'manual', allow_failure: true}
    const {code, said} = await wait(pipeline(2, 'success', [gen, optional]), all)
    expect({code, said}).toMatchObject({code: 0})
  })

  test('stops at a manual job that blocks', async () => {
    const blocking = {id: 21, name: 'approve', status: 'manual'}
    const {code, said} = await wait(pipeline(2, 'manual', [gen, blocking]), all)
    expect({code, said}).toMatchObject({code: 22, said: expect.stringContaining('approve is manual')})
  })

  test('does not pass while the pipeline itself says failed and no job seen tells why', async () => {
    const {code, said} = await wait(pipeline(2, 'failed', [gen]), all)
    expect({code, said}).toMatchObject({code: 20, said: expect.stringContaining('Pipeline 2 is failed, although')})
  })

  test('waits for a pipeline that is still running although its jobs are over', async () => {
    const routes = pipeline(2, 'running', [gen])
    const {code, said} = await wait(routes, [...all, '--timeout', '40s'])
    expect({code, said}).toMatchObject({code: 75, said: expect.stringContaining('pipeline 2 is still running')})
  })

  test('waits for a child pipeline that shows no jobs yet', async () => {
    const parent = (status: string): Routes =>
      pipeline(2, 'success', [gen], [{id: 22, name: 'child', downstream_pipeline: downstream(status)}])
    const child = [{id: 30, name: 'package', status: 'failed'}]
    const empty = pipeline(3, 'created', [])
    const full = pipeline(3, 'failed', child)
    let looks = 0
    const list = 'GET /projects/1/pipelines/3/jobs'
    const routes: Routes = {
      ...parent('created'),
      ...empty,
      [list]: (given) => (++looks < 4 ? [200, []] : (full[list]?.(given) ?? [404, {}])),
    }
    const {code, said} = await wait(routes, [...all, '--family'])
    expect({code, said}).toMatchObject({code: 20, said: expect.stringContaining('child/package failed')})
  })

  test.each([
    ['failed', false, 20],
    ['running', false, 75],
    ['created', false, 75],
    ['manual', false, 22],
    ['manual', true, 0],
    ['success', false, 0],
  ])('counts its trigger job, which is %s (allow_failure %s): %i', async (status, allow_failure, expected) => {
    const own =
      {success: 'success', manual: allow_failure ? 'success' : 'manual', failed: 'failed'}[status] ?? 'running'
    const trigger = {id: 22, name: 'child', status, allow_failure, downstream_pipeline: null}
    const {code, said} = await wait(pipeline(2, own, [gen], [trigger]), [...all, '--timeout', '30s'])
    expect({code, said}).toMatchObject({code: expected})
  })
})

describe('a job of a matrix that awaits all others', () => {
  const env = {CI_JOB_ID: '10', CI_JOB_NAME: 'gate: [a]', CI_JOB_STAGE: 'test', CI_PIPELINE_ID: '1'}
  const gates = [
    {id: 10, name: 'gate: [a]', status: 'running'},
    {id: 11, name: 'gate: [b]', status: 'running'},
  ]

  test('does not wait for its siblings, which wait for it', async () => {
    const {code, said} = await wait(pipeline(1, 'running', [...gates, {id: 12, name: 'build'}]), [], {env})
    expect({code, said}).toMatchObject({code: 0, said: expect.stringContaining('gate: [b]')})
  })

  test('and finds nothing but siblings is told at once', async () => {
    const {code, said} = await wait(pipeline(1, 'running', gates), ['--job-match', 'gate: *'], {env})
    expect({code, said}).toMatchObject({code: 64, said: expect.stringContaining("this job's own matrix")})
  })
})

describe('a timeout', () => {
  test.each([
    ['a login page', {}, 76],
    ['an address without /api/v4', {CI_API_V4_URL: 'origin'}, 76],
  ])('is not what %s ends with, however short it is', async (_, env, expected) => {
    const page = (): readonly [number, unknown, Readonly<Record<string, string>>] => [
      200,
      'Sign in',
      {'content-type': 'text/html'},
    ]
    const paths = ['', '/api/v4'].map((root) => `GET ${root}/projects/1/pipelines/1/jobs`)
    const server = await serveRoutes(Object.fromEntries(paths.map((path) => [path.replace('/api/v4', ''), page])))
    const more = Object.fromEntries(Object.keys(env).map((name) => [name, server.origin]))
    const run = await runAt(server, 'wait-for-job', ['--job', 'build', '--timeout', '3s'], {
      cwd: folder,
      env: more,
      nodeOptions: fastClock(folder, 20),
    })
    expect({code: run.code, said: run.said}).toMatchObject({code: expected})
    expect(run.said).toContain(server.origin)
    expect(run.said).not.toContain('Raise')
  })

  test('is what the runner allows the script, told without a warning', async () => {
    const env = {CI_JOB_ID: '10', CI_JOB_TIMEOUT: '3600', RUNNER_SCRIPT_TIMEOUT: '1m'}
    const routes = pipeline(1, 'running', [{status: 'running', name: 'build'}])
    const {code, said} = await wait(routes, ['--job', 'build'], {env})
    expect({code, said}).toMatchObject({
      code: 75,
      said: expect.stringContaining("runner's limit for this script leaves 30s"),
    })
    expect(said).not.toContain('warning')
    expect(said).not.toContain('0ms')
  })
})

describe('a job that rules left out', () => {
  const routes = {
    ...pipeline(2, 'success', [gen]),
    'GET /projects/1/jobs': (): readonly [number, unknown] => [200, [jobOf({id: 5, name: 'docs'})]],
  }

  test('counts as good with --on-missing ok, if the project knows it from elsewhere', async () => {
    const {code, said} = await wait(routes, [...all, '--job', 'docs', '--on-missing', 'ok'])
    expect({code, said}).toMatchObject({code: 0, said: expect.stringContaining('has no docs, which counts as good')})
  })

  test.each([
    ['a typing error', ['--job', 'dosc', '--on-missing', 'ok']],
    ['by default', ['--job', 'docs']],
  ])('is not found: %s', async (_, argv) => {
    expect(await wait(routes, [...all, ...argv])).toMatchObject({code: 66})
  })
})

describe('a failure', () => {
  test('ends with a digest: each failed job, its reason, the last lines of its script', async () => {
    const failed = {id: 21, name: 'unit', status: 'failed', failure_reason: 'script_failure'}
    const routes = {
      ...pipeline(2, 'failed', [gen, failed]),
      'GET /projects/1/jobs/21/trace': (): readonly [number, unknown, Readonly<Record<string, string>>] => [
        200,
        stamped,
        {'content-type': 'text/plain'},
      ],
    }
    const server = await serveRoutes(routes)
    const file = join(folder, 'digest.json')
    const run = await runAt(server, 'wait-for-job', [...all, '--json', file], {
      cwd: folder,
      nodeOptions: fastClock(folder, 50),
    })
    expect(run.code).toBe(20)
    expect(run.said).toContain('error: no rule to make target')
    expect(run.said).not.toContain('2026-11-25T10:00')
    expect(run.said).not.toContain('Getting source')
    const {failures} = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly failures: readonly Readonly<Record<string, unknown>>[]
    }
    expect(failures).toMatchObject([{name: 'unit', failure_reason: 'script_failure'}])
    expect(failures[0]?.['log']).toContain('error: no rule to make target')
  })
})

describe('the log of a job on a runner since 18.7', () => {
  const trace = (): readonly [number, unknown, Readonly<Record<string, string>>] => [
    200,
    stamped,
    {'content-type': 'text/plain'},
  ]

  test('is printed as that of an older one', async () => {
    const routes = {...pipeline(2, 'failed', [{...gen, status: 'failed'}]), 'GET /projects/1/jobs/20/trace': trace}
    const {code, said} = await wait(routes, [...all, '--job', 'gen', '--plain'], {command: 'get-job-log'})
    expect({code, said}).toMatchObject({
      code: 0,
      said: expect.stringContaining('\n$ make\n10 %\n100 %\nerror: no rule'),
    })
    expect(said).not.toMatch(/2026-11-25T10|section_/)
  })

  test('is followed as that of an older one', async () => {
    let looks = 0
    const of = {pipeline: {id: 2, project_id: 1, ref: 'main', sha: 'a'.repeat(40), status: 'running'}}
    const routes: Routes = {
      'GET /projects/1/pipelines/2/jobs': () => [
        200,
        [jobOf({...of, ...gen, status: ++looks < 4 ? 'running' : 'success'})],
      ],
      'GET /projects/1/jobs/20': () => [200, jobOf({...gen, status: 'success'})],
      'GET /projects/1/jobs/20/trace': trace,
    }
    const {code, said} = await wait(routes, [...all, '--job', 'gen', '--follow'])
    expect({code, said}).toMatchObject({code: 0, said: expect.stringContaining('error: no rule to make target')})
    expect(said).not.toMatch(/2026-11-25T10|step_script\r/)
  })
})

describe('what can never appear', () => {
  const nowhere = {argv: [] as readonly string[], routes: {} as Routes}
  const projects: Routes = {
    'GET /projects/1': () => [200, {id: 1, path_with_namespace: 'grp/app', default_branch: 'main'}],
  }

  test.each([
    ['a project that is not there', {...nowhere, argv: ['--project', 'grp/ap', '--ref', 'main']}],
    [
      'a branch that is not there',
      {argv: ['--ref', 'mian'], routes: {...projects, 'GET /projects/1/pipelines': () => [200, []]} satisfies Routes},
    ],
  ])('is told at the first look: %s', async (_, {argv, routes}) => {
    const {code, said} = await wait(routes, [...argv, '--job', 'build', '--timeout', '4m'])
    expect({code, said}).toMatchObject({code: 66})
    expect(said).not.toContain('Raise')
  })

  test.each([
    ['an id of a pipeline', ['--pipeline-id', '99', '--job', 'build'], /pipelines\/99\/jobs → 404/],
    [
      'an id of a job',
      ['--job-id', '99'],
      /No job 99 in .*A trigger job is found by its id in its own pipeline alone/s,
    ],
  ])('%s that GitLab does not know is told within a minute, not after an hour', async (_, argv, text) => {
    const routes: Routes = {'GET /projects/1/jobs': () => [200, [jobOf({id: 5})]]}
    const {code, said} = await wait(routes, [...argv, '--timeout', '1h', '--appear-timeout', '1h'])
    expect({code, said}).toMatchObject({code: 66, said: expect.stringMatching(text)})
    expect(said).not.toContain('2m0')
  })

  test('a job of another commit, with the commits and not with the name of the job', async () => {
    const argv = ['--ref', 'main', '--job', 'gen', '--expect-sha', 'f'.repeat(40), '--timeout', '30s']
    const routes = {
      ...pipeline(2, 'success', [gen]),
      'GET /projects/1/pipelines': (): readonly [number, unknown] => [200, [{...downstream('success'), id: 2}]],
    }
    const {code, said} = await wait(routes, argv)
    expect({code, said}).toMatchObject({
      code: 66,
      said: expect.stringContaining('of the expected commit did not appear'),
    })
  })

  test('a job of that name, with the nearest one, and no timeout', async () => {
    const {code, said} = await wait(pipeline(2, 'running', [{...gen, status: 'running'}]), [
      ...all,
      '--job',
      'gne',
      '--timeout',
      '30s',
    ])
    expect({code, said}).toMatchObject({code: 66, said: expect.stringContaining('gen')})
  })
})

describe('what a command has started', () => {
  const started = (): Routes => {
    let status = 'manual'
    const change = (to: string) => (): readonly [number, unknown] => ((status = to), [200, jobOf({status})])
    return {
      'GET /projects/1/pipelines/1/jobs': () => [200, [jobOf({status})]],
      'GET /projects/1/jobs/7': () => [200, jobOf({status})],
      'POST /projects/1/jobs/7/play': change('running'),
      'POST /projects/1/jobs/7/cancel': change('canceling'),
    }
  }

  test('is canceled with --cancel-on-timeout when the time is over, which is told', async () => {
    const argv = ['--job', 'build', '--wait', '--timeout', '30s']
    const {code, said, asked} = await wait(started(), [...argv, '--cancel-on-timeout'], {command: 'play-manual-job'})
    expect({code, said}).toMatchObject({code: 75, said: expect.stringContaining('has been told to cancel')})
    expect(asked).toContain('POST /projects/1/jobs/7/cancel')
    const without = await wait(started(), argv, {command: 'play-manual-job'})
    expect(without.asked).not.toContain('POST /projects/1/jobs/7/cancel')
  })

  test('is canceled with --cancel-on-abort when the command is stopped, which is told', async () => {
    const server = await serveRoutes(started())
    const run = await runAt(server, 'play-manual-job', ['--job', 'build', '--wait', '--cancel-on-abort'], {
      cwd: folder,
      during: (child) =>
        child.stdout?.on('data', (text: Buffer) => {
          if (String(text).includes('Waiting for build')) child.kill('SIGTERM')
        }),
    })
    expect({code: run.code, said: run.said}).toMatchObject({
      code: 143,
      said: expect.stringContaining('has been told to cancel'),
    })
    expect(server.asked).toContain('POST /projects/1/jobs/7/cancel')
  })
})

test('a first look that nobody answers ends with the time to wait, not after it', async () => {
  const origin = await serveHttp(() => undefined)
  const env = {CI_API_V4_URL: `${origin}/api/v4`, CI_PROJECT_ID: '1', GITLAB_TOKEN: 'glpat-canary'}
  const {code, stdout} = await runBundle('wait-for-job', [...all, '--job', 'gen', '--timeout', '6s'], {
    cwd: folder,
    env,
    nodeOptions: fastClock(folder, 5),
  })
  expect({code, said: stdout}).toEqual({code: 69, said: expect.stringMatching(/Gave up after [67]s/)})
})
