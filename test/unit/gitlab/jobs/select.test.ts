import {afterEach, describe, expect, test} from '@jest/globals'
import {findOne, look, sight} from '../../../../src/gitlab/jobs/select.ts'
import type {OwnPlace} from '../../../../src/gitlab/jobs/select.ts'
import type {Sandbox} from '../../../../src/sandbox/cli/sandbox.ts'
import type {
  BridgeFile,
  JobFile,
  PipelineFile,
  ProjectFile,
  WorldFile,
} from '../../../../src/sandbox/world/world-types.ts'
import {clientFor, closeClients} from '../../../support/gitlab-client.ts'
import type {ClientOptions} from '../../../support/gitlab-client.ts'
import {startSandbox} from '../../../support/sandbox.ts'

const sandboxes: Sandbox[] = []
afterEach(async () => {
  await closeClients()
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()))
})

const job = (id: number, name: string, more: Partial<JobFile> = {}): JobFile => ({
  id,
  name,
  status: 'success',
  stage: 'test',
  ...more,
})
const bridge = (id: number, name: string, more: Partial<BridgeFile> = {}): BridgeFile => ({
  id,
  name,
  status: 'success',
  ...more,
})

/** The job 100 of project 7 is ours; its owner is a developer everywhere. */
function worldOf(app: Partial<ProjectFile>, others: readonly ProjectFile[] = []): WorldFile {
  return {
    self: 100,
    users: [{id: 1, username: 'dev', tokens: [{token: 'token-canary', scopes: ['api']}]}],
    projects: [
      {
        id: 7,
        path: 'grp/app',
        visibility: 'private',
        members: {dev: 'developer'},
        ...app,
        pipelines: [
          {
            id: 11,
            ref: 'main',
            user: 'dev',
            source: 'push',
            jobs: [
              job(100, 'self', {status: 'running', token: 'job-token-canary'}),
              job(101, 'build', {stage: 'build'}),
              job(102, 'build: [linux]', {stage: 'build', status: 'failed'}),
              job(103, 'test 1/2', {retried_by: 105}),
              job(104, 'test 2/2'),
              job(105, 'test 1/2', {status: 'running'}),
              job(106, 'deploy/eu', {stage: 'deploy', status: 'manual', when: 'manual'}),
            ],
            ...app.pipelines?.[0],
          },
          ...(app.pipelines?.slice(1) ?? []),
        ],
      },
      ...others,
    ],
  }
}

const own: OwnPlace = {id: 100, pipelineId: 11, projectId: 7, projectPath: 'grp/app'}

async function start(world: WorldFile, version = '19.2', options: ClientOptions = {}) {
  const sandbox = await startSandbox(world, {version})
  sandboxes.push(sandbox)
  const client = await clientFor(sandbox.api, {
    attempts: 1,
    own: {projectId: 7, projectPath: 'grp/app', serverVersion: version},
    ...options,
  })
  const paths = (): string[] => sandbox.requests().map(({path}) => path.replace('/api/v4', ''))
  return {sandbox, ...client, paths}
}

const labels = ({jobs}: {jobs: readonly {label: string}[]}): string[] => jobs.map(({label}) => label).sort()

describe('choosing in the own pipeline', () => {
  test.each([
    ['an exact name', {job: ['build']}, ['build']],
    ['several names', {job: ['build', 'test 2/2']}, ['build', 'test 2/2']],
    ['a matrix name', {job: ['build: [linux]']}, ['build: [linux]']],
    ['ids', {jobId: [101, 104]}, ['build', 'test 2/2']],
  ])('by %s takes one request', async (_what, selection, expected) => {
    const {gitlab, paths} = await start(worldOf({}))
    expect(labels(await look(gitlab, selection, own))).toEqual(expected)
    expect(paths()).toEqual(['/projects/7/pipelines/11/jobs'])
  })

  test.each([
    ['a pattern', {jobMatch: ['build*']}, ['build', 'build: [linux]']],
    ['a pattern across slashes', {jobMatch: ['dep*eu']}, ['deploy/eu']],
    ['a name and a pattern', {job: ['self'], jobMatch: ['test *']}, ['self', 'test 1/2', 'test 2/2']],
    ['a stage', {stage: ['build']}, ['build', 'build: [linux]']],
    ['a status', {status: ['failed', 'manual']}, ['build: [linux]', 'deploy/eu']],
    ['a pattern and a status', {jobMatch: ['build*'], status: ['success']}, ['build']],
    ['an exclude', {jobMatch: ['build*', '!*linux*']}, ['build']],
    ['excludes alone', {jobMatch: ['!build*', '!test *', '!self']}, ['deploy/eu']],
    ['an exclude, never a name', {job: ['build'], jobMatch: ['!build*']}, ['build']],
    ['nothing said', {}, ['build', 'build: [linux]', 'deploy/eu', 'self', 'test 1/2', 'test 2/2']],
  ])('by %s asks for the trigger jobs too, since one might be meant', async (_what, selection, expected) => {
    const {gitlab, paths} = await start(worldOf({}))
    expect(labels(await look(gitlab, selection, own))).toEqual(expected)
    const isNamed = 'job' in selection && selection.jobMatch[0]?.startsWith('!')
    const triggers = isNamed ? [] : ['/projects/7/pipelines/11/trigger_jobs']
    expect(paths()).toEqual(['/projects/7/pipelines/11/jobs', ...triggers])
  })

  test('gives the newest attempt of a retried job', async () => {
    const {gitlab} = await start(worldOf({}))
    const [plain] = (await look(gitlab, {job: ['test 1/2']}, own)).jobs
    expect([plain?.job.id, plain?.attempts]).toEqual([105, 1])
    const [counted] = (await look(gitlab, {job: ['test 1/2']}, own, {countAttempts: true})).jobs
    expect([counted?.job.id, counted?.attempts]).toEqual([105, 2])
  })

  test('by an id gives that very attempt, or the newest one where it stands for its name', async () => {
    const {gitlab, paths} = await start(worldOf({}))
    expect((await look(gitlab, {jobId: [103]}, own)).jobs[0]?.job.id).toBe(103)
    const {jobs} = await look(gitlab, {jobId: [103]}, own, {followRetries: true})
    expect(jobs.map(({job, attempts}) => [job.id, attempts])).toEqual([[105, 2]])
    expect(paths()).toHaveLength(2)
  })

  test('says what is missing and which names there are', async () => {
    const {gitlab} = await start(worldOf({}))
    const {missing, names, jobs} = await look(gitlab, {job: ['build', 'biuld']}, own)
    expect([missing, jobs.length, names.length]).toEqual([['biuld'], 1, 6])
  })

  test('takes names and ids together, and misses either', async () => {
    const {gitlab} = await start(worldOf({}))
    const {jobs, missing} = await look(gitlab, {job: ['build', 'nix'], jobId: [104, 101, 999]}, own)
    expect(jobs.map(({job}) => job.id)).toEqual([101, 104])
    expect(missing).toEqual(['nix', '999'])
  })

  test('asks whether anything has changed when it looks again', async () => {
    const {gitlab, sandbox} = await start(worldOf({}))
    await look(gitlab, {job: ['build']}, own)
    await look(gitlab, {job: ['build']}, own)
    expect(sandbox.requests().map(({status}) => status)).toEqual([200, 304])
  })
})

describe('exactly one job', () => {
  test('is found', async () => {
    const {gitlab} = await start(worldOf({}))
    const found = await findOne(gitlab, {job: ['build']}, own)
    expect(found).toMatchObject({projectId: 7, label: 'build', attempts: 1, job: {id: 101}})
  })

  test('that is misspelt is told with the nearest names', async () => {
    const {gitlab} = await start(worldOf({}))
    await expect(findOne(gitlab, {job: ['biuld']}, own)).rejects.toMatchObject({
      kind: 'notFound',
      message: 'No job "biuld" in pipeline 11 of grp/app (6 jobs). Nearest: "build".',
    })
  })

  test('named without its matrix is told with the names of the matrix', async () => {
    const {gitlab} = await start(worldOf({}))
    await expect(findOne(gitlab, {job: ['test']}, own)).rejects.toThrow('Nearest: "test 1/2", "test 2/2".')
  })

  test('is not several', async () => {
    const {gitlab} = await start(worldOf({}))
    await expect(findOne(gitlab, {jobMatch: ['build*']}, own)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/^2 jobs fit, and this needs exactly one: .*"build: \[linux\]" \(102, failed\)/),
    })
  })

  test('that no filter lets through is told by the filters', async () => {
    const {gitlab} = await start(worldOf({}))
    const nothing = findOne(gitlab, {jobMatch: ['build'], status: ['running']}, own)
    await expect(nothing).rejects.toThrow(
      'No job that matches "build" and is running in pipeline 11 of grp/app (6 jobs).',
    )
  })

  test('by an unknown id is told by the id', async () => {
    const {gitlab} = await start(worldOf({}))
    await expect(findOne(gitlab, {jobId: [999]}, own)).rejects.toThrow('No job 999 in grp/app.')
  })
})

const more: readonly PipelineFile[] = [
  {id: 11},
  {id: 12, ref: 'feature/x', sha: 'b'.repeat(40), user: 'dev', source: 'push', jobs: [job(120, 'build')]},
  {
    id: 13,
    ref: 'refs/merge-requests/5/head',
    sha: 'c'.repeat(40),
    user: 'dev',
    source: 'merge_request_event',
    jobs: [job(130, 'build')],
  },
  {
    id: 14,
    ref: 'refs/merge-requests/5/merge',
    sha: 'd'.repeat(40),
    user: 'dev',
    source: 'merge_request_event',
    jobs: [job(140, 'build')],
  },
  {id: 15, ref: 'feature/x', sha: 'e'.repeat(40), user: 'dev', source: 'push', jobs: [job(150, 'build')]},
]

describe('choosing the pipeline', () => {
  const cases = [
    ['its id', {pipelineId: 12}, 120],
    ['the newest of a ref', {ref: 'feature/x'}, 150],
    ['a commit', {sha: 'b'.repeat(40)}, 120],
    ['the newest of a merge request', {mergeRequest: 5}, 140],
  ] as const

  test.each(cases)('by %s', async (_what, place, id) => {
    const {gitlab} = await start(worldOf({pipelines: more}))
    expect((await findOne(gitlab, {job: ['build'], ...place}, own)).job.id).toBe(id)
  })

  test.each(cases)('by %s, where only jobs may be listed (GitLab 18.0)', async (_what, place, id) => {
    const {gitlab, paths} = await start(worldOf({pipelines: more}), '18.0')
    expect((await findOne(gitlab, {job: ['build'], ...place}, own)).job.id).toBe(id)
    expect(paths().length).toBeLessThanOrEqual(3)
  })

  test('by a ref costs two requests where pipelines may be listed', async () => {
    const {gitlab, paths} = await start(worldOf({pipelines: more}))
    await look(gitlab, {ref: 'main', job: ['build']}, own)
    expect(paths()).toEqual(['/projects/7/pipelines', '/projects/7/pipelines/11/jobs'])
  })

  test('once found stays with it', async () => {
    const {gitlab, paths} = await start(worldOf({pipelines: more}))
    const {pipelines} = await look(gitlab, {pipelineId: 12, job: ['build']}, own)
    const again = await look(gitlab, {ref: 'feature/x', job: ['build']}, own, {pipelines})
    expect(again.jobs.map(({job}) => job.id)).toEqual([120])
    expect(paths()).toHaveLength(2)
  })

  test('of a ref without any is told', async () => {
    for (const version of ['18.0', '19.2']) {
      const {gitlab} = await start(worldOf({pipelines: more}), version)
      await expect(look(gitlab, {ref: 'nowhere'}, own)).rejects.toMatchObject({
        kind: 'notFound',
        message:
          version === '18.0'
            ? 'No pipeline for "nowhere" in project 7.'
            : 'No pipeline for "nowhere", and no such ref in project 7.',
        mayAppear: version === '18.0',
        hint: expect.stringContaining('--merge-request'),
      })
    }
  })

  test('needs one way, not two', async () => {
    const {gitlab, paths} = await start(worldOf({}))
    await expect(look(gitlab, {ref: 'main', pipelineId: 11}, own)).rejects.toMatchObject({kind: 'usage'})
    await expect(look(gitlab, {project: 'grp/other'}, own)).rejects.toMatchObject({
      kind: 'usage',
      message: 'Which pipeline of grp/other is not said.',
    })
    await expect(look(gitlab, {upstream: true}, own)).rejects.toMatchObject({kind: 'usage'})
    expect(paths()).toEqual([])
  })

  test('upstream lies in the project that triggered this one', async () => {
    const other: ProjectFile = {
      id: 8,
      path: 'grp/up',
      visibility: 'private',
      members: {dev: 'developer'},
      job_token_allowlist: {enabled: true, projects: {'grp/app': 'default'}},
      pipelines: [{id: 20, ref: 'main', user: 'dev', jobs: [job(200, 'package')]}],
    }
    const {gitlab} = await start(worldOf({}, [other]))
    const place = {...own, upstreamPipelineId: 20, upstreamProjectId: 8}
    expect(await findOne(gitlab, {job: ['package'], upstream: true}, place)).toMatchObject({
      projectId: 8,
      job: {id: 200},
    })
  })
})

describe('families', () => {
  const other: ProjectFile = {
    id: 8,
    path: 'grp/down',
    visibility: 'private',
    members: {dev: 'developer'},
    job_token_allowlist: {enabled: true, projects: {'grp/app': 'default'}},
    pipelines: [
      {
        id: 20,
        ref: 'main',
        user: 'dev',
        source: 'pipeline',
        jobs: [job(200, 'build')],
        bridges: [bridge(290, 'back', {downstream: 11})],
      },
    ],
  }
  const family = worldOf(
    {
      pipelines: [
        {
          id: 11,
          ref: 'main',
          user: 'dev',
          source: 'push',
          jobs: [job(100, 'self', {status: 'running', token: 'job-token-canary'})],
          bridges: [
            bridge(190, 'child', {downstream: 12}),
            bridge(191, 'late', {downstream: null, status: 'created'}),
            bridge(192, 'off', {downstream: null, status: 'skipped'}),
          ],
        },
        {
          id: 12,
          ref: 'main',
          user: 'dev',
          source: 'parent_pipeline',
          parent: 11,
          jobs: [job(120, 'build')],
          bridges: [bridge(193, 'down', {downstream: 20})],
        },
      ],
    },
    [other],
  )

  test('are followed through children and other projects, and never in a circle', async () => {
    const {gitlab} = await start(family)
    const snapshot = await look(gitlab, {family: true}, own)
    expect(labels(snapshot)).toEqual([
      'child',
      'child/build',
      'child/down',
      'child/down/back',
      'child/down/build',
      'late',
      'off',
      'self',
    ])
    expect(snapshot.pipelines.map(({id}) => id)).toEqual([11, 12, 20])
    expect(snapshot.pendingBridges.map(({label}) => label)).toEqual(['off', 'late'])
  })

  test('are told apart by their way when one job is asked for', async () => {
    const {gitlab} = await start(family)
    await expect(findOne(gitlab, {job: ['build'], family: true}, own)).rejects.toThrow('"child/build" (120, success)')
  })

  test('can hold jobs by id, also when the pipelines of other projects are known', async () => {
    const {gitlab} = await start(family)
    const selection = {family: true, job: ['self'], jobId: [100]}
    const {pipelines} = await look(gitlab, selection, own)
    expect(labels(await look(gitlab, selection, own, {pipelines, followRetries: true}))).toEqual(['self'])
  })

  test('are left alone unless asked for', async () => {
    const {gitlab, paths} = await start(family)
    expect(labels(await look(gitlab, {}, own))).toEqual(['child', 'late', 'off', 'self'])
    expect(paths()).toHaveLength(2)
  })

  test('need bridges, and a refusal of theirs is explained', async () => {
    const {gitlab} = await start(family, '18.0')
    await expect(look(gitlab, {family: true}, own)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('since GitLab 19.1 and this one is 18.0'),
      hint: expect.stringContaining('GITLAB_TOKEN'),
    })
  })

  test('that go deeper than five levels are not known, and so no answer', async () => {
    const pipelines = Array.from({length: 8}, (_, level) => ({
      id: 11 + level,
      ref: 'main',
      user: 'dev',
      ...(level === 0 ? {source: 'push'} : {source: 'parent_pipeline', parent: 10 + level}),
      jobs:
        level === 0
          ? [job(100, 'self', {status: 'running', token: 'job-token-canary'})]
          : [job(200 + level, `level ${level}`)],
      bridges: level === 7 ? [] : [bridge(300 + level, 'down', {downstream: 12 + level})],
    }))
    const {gitlab} = await start(worldOf({pipelines}))
    await expect(look(gitlab, {family: true}, own)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(
        /^Pipeline 17, started by the trigger job "(?:down\/){5}down", lies more than 5 levels deep/,
      ),
    })
    const {jobs, holes} = await sight(gitlab, {family: true}, own)
    expect(jobs.filter(({job}) => job.name.startsWith('level'))).toHaveLength(5)
    expect(holes.map(({kind, pipelineId}) => [kind, pipelineId])).toEqual([['depth', 17]])
  })

  test('have bridges that can be asked for by name without following them', async () => {
    const {gitlab, paths} = await start(family)
    expect(await findOne(gitlab, {job: ['child']}, own)).toMatchObject({job: {id: 190}, label: 'child'})
    expect(paths()).toEqual(['/projects/7/pipelines/11/jobs', '/projects/7/pipelines/11/trigger_jobs'])
  })
})

describe('a GitLab that closes lists to job tokens (17.8)', () => {
  test('is asked with the access token, where there is one', async () => {
    const {gitlab, sandbox} = await start(worldOf({}), '17.8', {token: 'token-canary'})
    expect(labels(await look(gitlab, {job: ['build']}, own))).toEqual(['build'])
    expect(sandbox.requests().map(({credentials}) => credentials)).toEqual([['private-token']])
  })

  test('is asked with the access token once the job token was turned away, where its version is unknown', async () => {
    const {gitlab, sandbox} = await start(worldOf({}), '17.8', {token: 'token-canary', own: {projectId: 7}})
    for (let times = 0; times < 2; times++) expect((await look(gitlab, {job: ['build']}, own)).jobs).toHaveLength(1)
    expect(sandbox.requests().map(({credentials}) => credentials)).toEqual([
      ['job-token'],
      ['private-token'],
      ['private-token'],
    ])
  })

  test('is asked without any where the project is public', async () => {
    const {gitlab, sandbox} = await start(worldOf({visibility: 'public'}), '17.8')
    expect(labels(await look(gitlab, {job: ['build']}, own))).toEqual(['build'])
    expect(sandbox.requests().map(({credentials}) => credentials)).toEqual([[]])
  })

  test('refuses otherwise, and the refusal is explained', async () => {
    for (const place of [{}, {ref: 'main'}]) {
      const {gitlab} = await start(worldOf({}), '17.8')
      await expect(look(gitlab, {job: ['build'], ...place}, own)).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('since GitLab 18.0'),
        hint: expect.stringContaining('GITLAB_TOKEN'),
      })
    }
  })
})

describe('a job by its id', () => {
  test('is asked for by itself with an access token', async () => {
    const {gitlab, paths} = await start(worldOf({}), '19.2', {jobToken: undefined, token: 'token-canary'})
    expect((await look(gitlab, {jobId: [102, 999]}, own)).missing).toEqual(['999'])
    expect(paths()).toEqual(['/projects/7/jobs/102', '/projects/7/jobs/999', '/projects/7/pipelines/11/trigger_jobs'])
  })

  test('that is our own is asked for as the own job', async () => {
    const {gitlab, paths} = await start(worldOf({}))
    expect((await findOne(gitlab, {jobId: [100]}, own)).job.name).toBe('self')
    expect(paths()).toEqual(['/job'])
  })

  test.each([
    ['another pipeline', {pipelineId: 11}, 'pipeline 11'],
    ['another branch', {ref: ['main']}, '"main"'],
    ['a tag of the same name', {ref: ['refs/tags/feature/x']}, '"refs/tags/feature/x"'],
    ['another commit', {sha: 'c'.repeat(40)}, `commit ${'c'.repeat(40)}`],
  ])('that is not of %s that was said is not taken all the same', async (_what, place, named) => {
    for (const given of [{}, {jobToken: undefined, token: 'token-canary'}]) {
      const {gitlab} = await start(worldOf({pipelines: more}), '19.2', given)
      await expect(findOne(gitlab, {jobId: [120], ...place}, own)).rejects.toMatchObject({
        kind: 'notFound',
        message: `Job 120 is not of ${named}: it is of pipeline 12, "feature/x", commit ${'b'.repeat(40)}.`,
      })
    }
  })

  test.each([
    ['its pipeline', {pipelineId: 12}],
    ['its branch, among others', {ref: ['main', 'refs/heads/feature/x']}],
    ['its commit', {sha: 'b'.repeat(40)}],
    ['a merge request, which a branch does not tell', {mergeRequest: 5}],
  ])('is taken with %s beside it', async (_what, place) => {
    const {gitlab} = await start(worldOf({pipelines: more}), '19.2', {jobToken: undefined, token: 'token-canary'})
    expect((await findOne(gitlab, {jobId: [120], ...place}, own)).job.id).toBe(120)
  })

  test('of another pipeline is found in the list of the project', async () => {
    const {gitlab, paths} = await start(worldOf({pipelines: more}))
    expect((await findOne(gitlab, {jobId: [120]}, own)).job.pipeline.id).toBe(12)
    expect(paths()).toEqual(['/projects/7/pipelines/11/jobs', '/projects/7/jobs'])
  })
})

test('a pipeline of many pages is read whole, without a job twice, and again only if something changed', async () => {
  const many = Array.from({length: 250}, (_, at) => job(1000 + at, `job ${at}`))
  const jobs = [job(100, 'self', {status: 'running', token: 'job-token-canary'}), ...many]
  const {gitlab, paths} = await start(worldOf({pipelines: [{id: 11, ref: 'main', user: 'dev', jobs}]}))
  const snapshot = await look(gitlab, {}, own)
  // Read twice: the same ids in both readings show that no page moved.
  expect([snapshot.jobs.length, paths().length]).toEqual([251, 7])
  await look(gitlab, {}, own)
  expect(paths()).toHaveLength(11)
})
