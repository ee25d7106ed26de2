import {expect, test} from '@jest/globals'
import type {SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile, PipelineFile, WorldFile} from '../../src/sandbox/world/world-types.ts'
import {sandboxPerTest} from '../support/sandbox.ts'

const open = sandboxPerTest()

async function start(pipeline: Partial<PipelineFile>, job: Partial<JobFile> = {}, options: SandboxOptions = {}) {
  const world: WorldFile = {
    self: 101,
    users: [{id: 1, username: 'dev', name: 'Dev'}],
    projects: [
      {
        id: 1,
        path: 'grp/sub/app',
        members: {dev: 'developer'},
        default_branch: 'trunk',
        pipelines: [
          {id: 10, jobs: [], bridges: [{id: 50, name: 'start', status: 'running', downstream: 11}]},
          {
            id: 11,
            jobs: [{id: 101, name: 'build 2/3', stage: 'build', status: 'running', token: 't', ...job}],
            ...pipeline,
          },
        ],
      },
    ],
  }
  const {env} = await open(world, options)
  return env
}

test('the environment of a job says all that a real one does', async () => {
  const env = await start(
    {ref: 'feat/A', source: 'web', variables: [{key: 'LEVEL', value: '3'}]},
    {timeout: '30m'},
    {version: '18.4'},
  )
  expect(env).toMatchObject({
    CI_SERVER_VERSION: '18.4.0-ee',
    CI_SERVER_VERSION_MAJOR: '18',
    CI_SERVER_VERSION_MINOR: '4',
    CI_SERVER_VERSION_PATCH: '0',
    CI_SERVER_HOST: '127.0.0.1',
    CI_SERVER_PROTOCOL: 'http',
    CI_PROJECT_NAMESPACE: 'grp/sub',
    CI_PROJECT_ROOT_NAMESPACE: 'grp',
    CI_PROJECT_NAME: 'app',
    CI_DEFAULT_BRANCH: 'trunk',
    CI_PIPELINE_SOURCE: 'web',
    CI_PIPELINE_IID: '2',
    CI_COMMIT_REF_NAME: 'feat/A',
    CI_COMMIT_REF_SLUG: 'feat-a',
    CI_COMMIT_BRANCH: 'feat/A',
    CI_JOB_NAME: 'build 2/3',
    CI_JOB_STAGE: 'build',
    CI_JOB_TIMEOUT: '1800',
    CI_NODE_INDEX: '2',
    CI_NODE_TOTAL: '3',
    LEVEL: '3',
    GITLAB_USER_LOGIN: 'dev',
  })
  expect(env['CI_SERVER_PORT']).toBe(new URL(env['CI_SERVER_URL'] ?? '').port)
  expect(env['CI_COMMIT_SHORT_SHA']).toBe(env['CI_COMMIT_SHA']?.slice(0, 8))
  expect(Object.keys(env).filter((name) => name.startsWith('CI_MERGE_REQUEST'))).toEqual([])
  expect(env).not.toHaveProperty('CI_COMMIT_TAG')
})

test('a job of a manual clock began as long ago as its world says, in real time', async () => {
  const before = Date.now()
  const {CI_JOB_STARTED_AT: started = ''} = await start({})
  expect(Date.parse(started)).toBeGreaterThanOrEqual(before - 541_000)
  expect(Date.parse(started)).toBeLessThanOrEqual(Date.now() - 539_000)
})

test('a pipeline that another one started names it', async () => {
  expect(await start({})).toMatchObject({
    CI_UPSTREAM_PROJECT_ID: '1',
    CI_UPSTREAM_PIPELINE_ID: '10',
    CI_UPSTREAM_JOB_ID: '50',
  })
})

test('a pipeline of a merge request says which', async () => {
  const env = await start({
    ref: 'refs/merge-requests/7/merge',
    source: 'merge_request_event',
    merge_request: {source_branch: 'feat/b'},
  })
  expect(env).toMatchObject({
    CI_MERGE_REQUEST_IID: '7',
    CI_MERGE_REQUEST_REF_PATH: 'refs/merge-requests/7/merge',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'feat/b',
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'trunk',
    CI_COMMIT_REF_NAME: 'feat/b',
  })
  expect(env).not.toHaveProperty('CI_COMMIT_BRANCH')
})

test('a pipeline of a tag has the tag and no branch', async () => {
  const env = await start({ref: 'v1', tag: true})
  expect(env).toMatchObject({CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1'})
  expect(env).not.toHaveProperty('CI_COMMIT_BRANCH')
})
