import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {BridgeFile, JobFile, PipelineFile, ProjectFile} from '../../src/sandbox/world/world-types.ts'
import {runBundle} from '../support/bundles.ts'
import {fastClock} from '../support/fast-clock.ts'
import {startSandbox} from '../support/sandbox.ts'
import {job, library, worldWith, type WorldOptions} from '../actions/world.ts'

/** The built commands that choose among jobs, each against a GitLab in which something is hidden, misspelt or not where it was looked for. */
let folder = ''
let sandbox: Sandbox | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-choosing-'))
})
afterEach(async () => {
  await sandbox?.close()
  sandbox = undefined
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

interface Place {
  readonly world?: WorldOptions
  readonly jobs?: readonly JobFile[]
  readonly version?: string
}

async function serve({world, jobs = [], version = '19.2'}: Place): Promise<void> {
  sandbox = await startSandbox(worldWith(jobs, world), {version})
}

async function run(command: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  if (!sandbox) throw new Error('serve a world first')
  const version = sandbox.world().gitlab?.version
  const {code, stdout, stderr} = await runBundle(command, [...argv, '--attempts', '1'], {
    cwd: folder,
    env: {
      CI_API_V4_URL: sandbox.api,
      CI_PROJECT_ID: '1',
      CI_PROJECT_PATH: 'grp/app',
      CI_PIPELINE_ID: '11',
      CI_JOB_ID: '101',
      CI_JOB_NAME: 'integrate',
      CI_JOB_STAGE: 'test',
      CI_JOB_TOKEN: 'glcbt-self',
      ...(version === undefined ? {} : {CI_SERVER_VERSION: version}),
      NO_COLOR: '1',
      ...env,
    },
    nodeOptions: fastClock(folder, 50, 0),
  })
  return {code, said: stdout + stderr}
}

const pipeline = (id: number, more: Partial<PipelineFile> = {}): PipelineFile => ({
  id,
  ref: 'main',
  user: 'dev',
  ...more,
})
const trigger = (id: number, name: string, more: Partial<BridgeFile> = {}): BridgeFile => ({
  id,
  name,
  stage: 'deploy',
  status: 'success',
  ...more,
})
const inLibrary = (pipelines: readonly PipelineFile[], more: Partial<ProjectFile> = {}): Place => ({
  world: {others: [library(pipelines, more)]},
})
const lib = ['--project', 'grp/lib']

describe('a trigger job is a job of its pipeline', () => {
  const withTrigger = (status: string, more: Partial<BridgeFile> = {}) =>
    inLibrary([
      pipeline(21, {
        jobs: [job(201, 'gen', 'success')],
        bridges: [trigger(290, 'child', {status, ...more})],
      }),
    ])

  test.each([
    ['--pipeline-id', '21'],
    ['--ref', 'main'],
    ['--pipeline-id', '21', '--job-match', '*'],
    ['--pipeline-id', '21', '--stage', 'deploy'],
  ])('which fails the wait for all of it: %s %s %s %s', async (...argv) => {
    await serve(withTrigger('failed'))
    const {code, said} = await run('wait-for-job', [...lib, ...argv.filter(Boolean)])
    expect({code, said}).toMatchObject({code: 20, said: expect.stringContaining('child failed')})
  })

  test.each(['running', 'created'])('which is waited for while it is %s', async (status) => {
    await serve(withTrigger(status))
    const {code} = await run('wait-for-job', [...lib, '--pipeline-id', '21', '--timeout', '20s'])
    expect(code).toBe(75)
  })

  test('which is listed and counted, also with the families', async () => {
    await serve(withTrigger('failed'))
    for (const family of [[], ['--family']]) {
      const argv = [...lib, '--pipeline-id', '21', '--status', 'failed', ...family]
      expect(await run('list-jobs', [...argv, '--expect', '0'])).toMatchObject({code: 20})
      expect((await run('list-jobs', [...argv, '--format', 'ids'])).said).toMatch(/^290\n/)
    }
  })

  test('which can be asked for by its id', async () => {
    await serve(withTrigger('failed', {downstream: null}))
    const argv = [...lib, '--pipeline-id', '21', '--job-id', '290']
    expect(await run('list-jobs', [...argv, '--format', 'ids'])).toMatchObject({code: 0})
    expect(await run('wait-for-job', argv)).toMatchObject({code: 20, said: expect.stringContaining('child failed')})
  })

  test('and where it cannot be seen nothing is said about all, unless the jobs are named or it is left out', async () => {
    await serve({...withTrigger('failed'), version: '18.0'})
    const argv = [...lib, '--pipeline-id', '21']
    const gate = await run('wait-for-job', [...argv, '--job-match', '*'])
    // The status of a pipeline that has ended tells of what cannot be seen.
    expect(gate).toMatchObject({code: 20, said: expect.stringContaining('Pipeline 21 is failed')})
    expect(await run('list-jobs', [...argv, '--status', 'failed', '--expect', '0'])).toMatchObject({code: 77})
    expect(await run('list-jobs', argv)).toMatchObject({code: 0, said: expect.stringContaining('trigger jobs')})
    expect(await run('wait-for-job', [...argv, '--job', 'gen'])).toMatchObject({code: 0})
    expect(await run('wait-for-job', [...argv, '--job-match', 'g*', '--trigger-jobs', 'ignore'])).toMatchObject({
      code: 0,
    })
  })

  test('and a job that was left out is not taken for good where a trigger job of its name may be unseen', async () => {
    const older = pipeline(20, {jobs: [job(190, 'docs', 'success')]})
    const docs = pipeline(21, {jobs: [job(201, 'gen', 'success')], bridges: [trigger(290, 'docs', {status: 'failed'})]})
    await serve({...inLibrary([older, docs]), version: '18.0'})
    const argv = [...lib, '--pipeline-id', '21', '--job', 'docs', '--on-missing', 'ok']
    const {code, said} = await run('wait-for-job', argv)
    expect({code, said}).toMatchObject({code: 66, said: expect.stringContaining('set GITLAB_TOKEN')})
    await sandbox?.close()
    await serve({...inLibrary([older, pipeline(21, {jobs: [job(201, 'gen', 'success')]})]), version: '19.2'})
    expect(await run('wait-for-job', argv)).toMatchObject({code: 0})
  })

  test('and in our own pipeline, which is always running, a pattern is not answered where they cannot be seen', async () => {
    await serve({jobs: [job(102, 'gen', 'success')], version: '18.0'})
    const {code, said} = await run('wait-for-job', ['--job-match', 'g*'])
    expect({code, said}).toMatchObject({code: 77, said: expect.stringContaining('--trigger-jobs ignore')})
    expect(await run('wait-for-job', ['--job-match', 'g*', '--trigger-jobs', 'ignore'])).toMatchObject({code: 0})
  })

  test('but all jobs of one matrix are known by their names, and a pattern that is a name means that job', async () => {
    const jobs = [
      job(102, 'test: [linux]', 'success'),
      job(103, 'test: [mac]', 'success'),
      job(104, 'deploy?', 'success'),
    ]
    await serve({jobs, version: '18.0'})
    expect(await run('wait-for-job', ['--job-match', 'test: [*'])).toMatchObject({code: 0})
    expect(await run('wait-for-job', ['--job-match', 'deploy?'])).toMatchObject({code: 0})
    expect(await run('wait-for-job', ['--job-match', 'test*'])).toMatchObject({code: 77})
    expect(await run('wait-for-job', ['--job-match', 'test: [*', '--job-match', 'e2e: [*'])).toMatchObject({code: 77})
  })

  test('and the success of another pipeline answers a pattern, its failure does not, and while it runs it is awaited', async () => {
    const gen = job(201, 'gen', 'success')
    for (const [status, more, code] of [
      ['success', [], 0],
      ['success', ['--strict'], 77],
      ['failed', [], 77],
      ['running', ['--timeout', '20s'], 75],
    ] as const) {
      await serve({
        ...inLibrary([pipeline(21, {jobs: [gen], bridges: [trigger(290, 'child', {status})]})]),
        version: '18.0',
      })
      const {code: got, said} = await run('wait-for-job', [...lib, '--pipeline-id', '21', '--job-match', 'g*', ...more])
      expect({status, more, code: got, said}).toMatchObject({
        code,
        said: expect.stringContaining(code === 0 ? 'succeeded' : ''),
      })
      await sandbox?.close()
    }
  })
})

describe('a list is no answer where', () => {
  test('a project hides its jobs: an empty one is not "none"', async () => {
    await serve(
      inLibrary([pipeline(70, {jobs: [job(701, 'deploy', 'failed')]})], {
        visibility: 'public',
        public_pipelines: false,
        members: {},
        job_token_allowlist: {enabled: true, projects: {}},
      }),
    )
    const argv = [...lib, '--pipeline-id', '70']
    for (const gate of [['--status', 'failed', '--expect', '0'], ['--expect', '0'], ['--job', 'deploy'], []]) {
      const {code, said} = await run('list-jobs', [...argv, ...gate])
      expect({code, said}).toMatchObject({code: 77})
    }
    const waiting = await run('wait-for-job', [...argv, '--appear-timeout', '20s'])
    expect(waiting).toMatchObject({code: 77, said: expect.stringContaining('Public pipelines')})
  })

  test('a family goes deeper than is read: what happens below is not known', async () => {
    const levels = Array.from({length: 8}, (_, level) =>
      pipeline(21 + level, {
        ...(level === 0 ? {} : {source: 'parent_pipeline', parent: 20 + level}),
        jobs: [job(300 + level, `level ${level}`, level === 7 ? 'failed' : 'success')],
        bridges: level === 7 ? [] : [trigger(400 + level, 'down', {downstream: 22 + level})],
      }),
    )
    await serve(inLibrary(levels))
    const argv = [...lib, '--pipeline-id', '21', '--family']
    for (const [command, ...more] of [['wait-for-job'], ['list-jobs', '--status', 'failed', '--expect', '0']]) {
      const {code, said} = await run(command ?? '', [...argv, ...more])
      expect({code, said}).toMatchObject({code: 77, said: expect.stringContaining('Pipeline 27, started by')})
    }
  })
})

describe('a number is not judged where nothing was looked at', () => {
  const place = inLibrary([pipeline(21, {jobs: [job(201, 'build', 'failed')]})])
  const none = [...lib, '--all', '--status', 'failed', '--expect', '0']

  test.each([
    [['--ref', 'mian'], '"mian"'],
    [['--sha', 'f'.repeat(40)], 'f'.repeat(40)],
    [['--pipeline-id', '999'], 'pipeline 999'],
    [['--ref', 'mian', '--include-retried'], '"mian"'],
  ])('%j that no job of the project has is 66', async (argv, named) => {
    for (const version of ['18.0', '19.2']) {
      await serve({...place, version})
      const {code, said} = await run('list-jobs', [...none, ...argv])
      expect({code, said}).toMatchObject({code: 66, said: expect.stringContaining(named)})
      expect(await run('list-jobs', [...none, ...argv, '--allow-unmatched'])).toMatchObject({code: 0})
      await sandbox?.close()
    }
  })

  test('a project that shows none of its jobs is 77', async () => {
    const hidden = {visibility: 'public', public_pipelines: false, members: {}} as const
    await serve(
      inLibrary([pipeline(21, {jobs: [job(201, 'build', 'failed')]})], {
        ...hidden,
        job_token_allowlist: {enabled: true, projects: {}},
      }),
    )
    for (const more of [[], ['--include-retried']]) {
      const {code, said} = await run('list-jobs', [...none, ...more])
      expect({code, said}).toMatchObject({code: 77})
    }
  })

  test('a misspelt status is 64, with the nearest', async () => {
    await serve(place)
    for (const [command, ...more] of [
      ['list-jobs', '--expect', '0'],
      ['list-jobs', '--all'],
      ['retry-job'],
      ['download-artifacts'],
    ]) {
      const {code, said} = await run(command ?? '', [...lib, '--status', 'fialed', ...more], {
        GITLAB_TOKEN: 'glpat-dev',
      })
      expect({code, said}).toMatchObject({code: 64, said: expect.stringContaining('Nearest: failed')})
    }
  })
})

test('a trigger job has no log, which is said instead of nothing', async () => {
  await serve(inLibrary([pipeline(21, {jobs: [job(201, 'gen', 'success')], bridges: [trigger(290, 'child')]})]))
  const argv = [...lib, '--pipeline-id', '21', '--job', 'child']
  const {code, said} = await run('get-job-log', argv, {GITLAB_TOKEN: 'glpat-dev'})
  expect({code, said}).toMatchObject({code: 22, said: expect.stringContaining('is a trigger job, which has no log')})
})

describe('each name, pattern and stage given must fit something', () => {
  const place = inLibrary([pipeline(21, {jobs: [job(201, 'test (1)', 'success'), job(202, 'build', 'success')]})])
  const all = [...lib, '--pipeline-id', '21']

  test.each([
    [['--job-match', 'test (*', '--job-match', 'biuld*'], '"build"'],
    [['--job', 'build', '--job-match', 'tset (*'], '"test (1)"'],
    [['--job', 'build', '--job', 'biuld'], '"build"'],
    [['--job', 'build', '--stage', 'biuld'], 'stage "biuld"'],
  ])('%j is 66', async (argv, named) => {
    await serve(place)
    for (const command of ['wait-for-job', 'list-jobs', 'download-artifacts']) {
      const {code, said} = await run(command, [
        ...all,
        ...argv,
        ...(command === 'wait-for-job' ? ['--settle', '1s'] : []),
      ])
      expect({command, code, said}).toMatchObject({code: 66, said: expect.stringContaining(named)})
    }
  })

  test('unless --allow-unmatched says that it need not', async () => {
    await serve(place)
    const argv = [...all, '--job-match', 'test (*', '--job-match', 'e2e*', '--allow-unmatched']
    expect(await run('wait-for-job', argv)).toMatchObject({code: 0})
    expect(await run('list-jobs', argv)).toMatchObject({code: 0})
  })

  test('and all of it together something: a number of nothing is no answer', async () => {
    await serve(
      inLibrary([pipeline(21, {jobs: [job(201, 'lint', 'failed', {stage: 'test'}), job(202, 'build', 'success')]})]),
    )
    for (const nothing of [
      ['--job-match', '!*'],
      ['--job-match', 'b*', '--job-match', '!b*'],
      ['--stage', 'build', '--job', 'lint'],
      ['--job-id', '201', '--stage', 'build'],
    ]) {
      const argv = [...all, ...nothing, '--status', 'failed', '--expect', '0']
      expect([nothing, await run('list-jobs', argv)]).toMatchObject([nothing, {code: 66}])
      expect(await run('list-jobs', [...argv, '--allow-unmatched'])).toMatchObject({code: 0})
      if (!nothing.includes('--job-id'))
        expect(
          await run('list-jobs', ['--all', ...argv.filter((part) => part !== '--pipeline-id' && part !== '21')]),
        ).toMatchObject({code: 66})
    }
  })

  test.each([
    ['cancel-job', []],
    ['retry-job', []],
    ['erase-job', ['--yes']],
    ['delete-artifacts', ['--yes']],
    ['keep-artifacts', []],
  ])('%s reaches no further than was said: what was to be left out must be there', async (command, yes) => {
    await serve(inLibrary([pipeline(21, {jobs: [job(201, 'deploy', 'running'), job(202, 'build', 'running')]})]))
    const argv = [...all, ...yes, '--job-match', '*', '--job-match', '!deplyo']
    const {code, said} = await run(command, argv, {GITLAB_TOKEN: 'glpat-maint'})
    expect([code, said]).toEqual([66, expect.stringContaining('What was to be left out is not there')])
    expect(said).toMatch(/Nearest: "deploy"[^]*--allow-unmatched/)
    expect(sandbox?.requests().filter(({method}) => method !== 'GET')).toEqual([])
    const allowed = await run(command, [...argv, '--allow-unmatched', '--dry-run'], {GITLAB_TOKEN: 'glpat-maint'})
    expect(allowed.said).not.toContain('was to be left out')
  })

  test('and jobs can be left out by !', async () => {
    await serve(inLibrary([pipeline(21, {jobs: [job(201, 'lint', 'failed'), job(202, 'build', 'success')]})]))
    expect(await run('wait-for-job', [...all, '--job-match', '!lint*'])).toMatchObject({code: 0})
    expect(await run('list-jobs', [...all, '--job-match', '!lint*', '--expect', '1'])).toMatchObject({code: 0})
  })
})

describe('a name that was printed can be given back', () => {
  test.each([
    ['wait-for-job', 0],
    ['list-jobs', 0],
  ])('to %s, without saying --family', async (command, code) => {
    await serve(
      inLibrary([
        pipeline(21, {jobs: [job(201, 'gen', 'failed')], bridges: [trigger(290, 'child', {downstream: 22})]}),
        pipeline(22, {source: 'parent_pipeline', parent: 21, jobs: [job(202, 'package', 'success')]}),
      ]),
    )
    const found = await run(command, [...lib, '--pipeline-id', '21', '--job', 'child/package'])
    expect(found).toMatchObject({code, said: expect.stringContaining('child/package')})
    const near = await run('list-jobs', [...lib, '--pipeline-id', '21', '--family', '--job', 'child/pakcage'])
    expect(near).toMatchObject({code: 66, said: expect.stringContaining('Nearest: "child/package"')})
  })
})

describe('what can be known at the first look is told at the first look', () => {
  const place = inLibrary([
    pipeline(21, {jobs: [job(201, 'build', 'success')]}),
    pipeline(22, {
      ref: 'refs/merge-requests/5/head',
      source: 'merge_request_event',
      jobs: [job(202, 'build', 'success')],
    }),
  ])

  test.each([
    ['a typo in the project', ['--project', 'grp/ap', '--ref', 'main', '--job', 'build'], '"grp/app"'],
    ['a typo in the ref', [...lib, '--ref', 'mian', '--job', 'build'], 'Nearest: "main"'],
    ['another merge request', [...lib, '--merge-request', '6', '--job', 'build'], 'Nearest: !5'],
  ])('%s', async (_, argv, named) => {
    await serve(place)
    for (const command of ['wait-for-job', 'list-jobs', 'get-job', 'download-artifacts']) {
      const {code, said} = await run(command, [...argv, ...(command === 'wait-for-job' ? ['--timeout', '4m'] : [])])
      expect({command, code, said}).toMatchObject({code: 66, said: expect.stringContaining(named)})
      expect(said).not.toContain('--timeout')
    }
    expect(sandbox?.requests().filter(({path}) => path.endsWith('/pipelines')).length).toBeLessThan(40)
  })

  test('and a job that the newest pipeline lacks, with the pipeline that has it', async () => {
    await serve(
      inLibrary([
        pipeline(21, {jobs: [job(201, 'build', 'success')]}),
        pipeline(22, {source: 'schedule', jobs: [job(202, 'nightly', 'success')]}),
      ]),
    )
    const argv = [...lib, '--ref', 'main', '--job', 'build']
    const near = await run('list-jobs', argv)
    expect(near).toMatchObject({code: 66, said: expect.stringContaining('Pipeline 21 of the same ref has it')})
    for (const more of [
      ['--strategy', 'any-status'],
      ['--strategy', 'latest-job'],
      ['--pipeline-source', 'push'],
    ])
      expect(await run('list-jobs', [...argv, ...more, '--format', 'ids'])).toMatchObject({
        code: 0,
        said: expect.stringMatching(/^201\n/),
      })
  })
})

describe('a ref says which pipeline', () => {
  const both = inLibrary([
    pipeline(21, {ref: 'v2', tag: true, jobs: [job(201, 'build', 'success')]}),
    pipeline(22, {ref: 'v2', sha: 'b'.repeat(40), jobs: [job(202, 'build', 'failed')]}),
    pipeline(23, {ref: 'feature', jobs: [job(203, 'lint', 'success')]}),
  ])

  test.each(['19.2', '18.0'])('of the branch or of the tag of one name, on GitLab %s', async (version) => {
    await serve({...both, version})
    const wait = (ref: string) => run('wait-for-job', [...lib, '--ref', ref, '--job', 'build'])
    expect(await wait('v2')).toMatchObject({code: 64, said: expect.stringContaining('both a branch and a tag')})
    expect(await wait('refs/heads/v2')).toMatchObject({code: 20})
    expect(await wait('refs/tags/v2')).toMatchObject({code: 0})
  })

  test('or, of several, the first that has the job', async () => {
    await serve(both)
    const refs = ['--ref', 'nowhere', '--ref', 'feature', '--ref', 'refs/tags/v2']
    expect(await run('list-jobs', [...lib, ...refs, '--job', 'build', '--format', 'ids'])).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^201\n/),
    })
  })

  test('together with a commit', async () => {
    await serve(both)
    const argv = [...lib, '--ref', 'refs/heads/v2', '--sha', 'b'.repeat(40), '--job', 'build', '--format', 'ids']
    expect(await run('list-jobs', argv)).toMatchObject({code: 0, said: expect.stringMatching(/^202\n/)})
  })
})
