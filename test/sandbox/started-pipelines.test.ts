import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {ask, type Reply} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'

const yaml = `
self: 101
users:
  - {id: 1, username: dev, tokens: [{token: glpat-dev}]}
  - {id: 2, username: owner, tokens: [{token: glpat-owner}]}
  - {id: 3, username: rep, tokens: [{token: glpat-rep}]}
projects:
  - id: 1
    path: grp/app
    members: {dev: developer, owner: owner, rep: reporter}
    protected_branches: [main, {name: "release/*", push: no_one, merge: developer}]
    branches: [feat/a, release/1]
    tags: [v1.0]
    trigger_tokens: [{token: glptt-dev, user: dev}, {token: glptt-rep, user: rep}]
    pipeline_template:
      inputs: {level: {type: number, default: 1}}
      jobs:
        - {name: build, stage: build, timeline: [{after: 2s, status: running}, {after: 2s, status: success}]}
        - {name: test, stage: test, timeline: [{after: 1s, status: failed}], retry_timeline: [{after: 1s, status: success}]}
        - {name: deploy, stage: deploy, when: manual}
    pipelines:
      - {id: 11, ref: feat/b, user: dev, jobs: [{id: 101, name: caller, status: running, token: glcbt-self}]}
      - {id: 12, ref: main, user: owner, variables: [{key: A, value: "1"}], jobs: [{id: 121, name: x, status: running}]}
      - {id: 13, ref: v2.0, tag: true, jobs: [{id: 131, name: x, status: failed}]}
      - {id: 14, ref: refs/merge-requests/5/head, source: merge_request_event, jobs: [{id: 141, name: x, status: success}]}
  - {id: 2, path: grp/lib, members: {dev: developer}, trigger_tokens: [{token: glptt-lib, user: dev}]}
  - {id: 3, path: grp/closed, members: {owner: owner}, pipeline_template: {jobs: [{name: x}]}}
  - id: 4
    path: grp/open
    members: {dev: developer}
    job_token_allowlist: {projects: {grp/app: default}}
    pipeline_variables_role: maintainer
    pipeline_template: {jobs: [{name: x}]}
`
const dev = {'private-token': 'glpat-dev'}
const owner = {'private-token': 'glpat-owner'}
const rep = {'private-token': 'glpat-rep'}
const base = (text: string) => ({message: {base: [text]}})

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox(yaml)
})
afterEach(async () => sandbox.close())

const trigger = async (project: number, body: object | string): Promise<Reply> =>
  ask(sandbox, `POST /projects/${project}/trigger/pipeline`, {body})
const statuses = async (pipeline: number) => {
  const {json} = await ask(sandbox, `GET /projects/1/pipelines/${pipeline}/jobs`, {headers: dev})
  return Object.fromEntries((json as {name: string; status: string}[]).map(({name, status}) => [name, status]))
}

describe('a pipeline started by a trigger token', () => {
  test('has the jobs of the template, which live stage by stage', async () => {
    const reply = await trigger(1, {token: 'glptt-dev', ref: 'feat/a', variables: {ENV: 'prod'}, inputs: {level: 3}})
    expect(reply).toMatchObject({
      status: 201,
      json: {id: 15, ref: 'feat/a', source: 'trigger', status: 'created', user: {username: 'dev'}},
    })
    expect(await statuses(15)).toEqual({build: 'pending', test: 'created', deploy: 'created'})
    sandbox.advance('4s')
    expect(await statuses(15)).toEqual({build: 'success', test: 'pending', deploy: 'created'})
    sandbox.advance('1s')
    expect(await statuses(15)).toEqual({build: 'success', test: 'failed', deploy: 'skipped'})
    const world = sandbox.world().projects[0]?.pipelines.find(({id}) => id === 15)
    expect(world).toMatchObject({
      status: 'failed',
      inputs: {level: 3},
      variables: [{key: 'ENV', value: 'prod'}, {key: 'TRIGGER_PAYLOAD'}],
    })
  })

  test('is found by its ref, and its variables are read back', async () => {
    await trigger(1, 'token=glptt-dev&ref=feat/a&variables[ENV]=prod')
    const list = await ask(sandbox, 'GET /projects/1/pipelines?ref=feat/a', {headers: dev})
    expect(list.json).toMatchObject([{id: 15, source: 'trigger'}])
    const variables = await ask(sandbox, 'GET /projects/1/pipelines/15/variables', {headers: dev})
    expect(variables).toMatchObject({
      status: 200,
      json: [{key: 'ENV', value: 'prod', variable_type: 'env_var'}, {variable_type: 'file'}],
    })
  })

  test('may have its ref in the path, slashes and all', async () => {
    const reply = await ask(sandbox, 'POST /projects/1/ref/feat%2Fa/trigger/pipeline', {body: {token: 'glptt-dev'}})
    expect(reply).toMatchObject({status: 201, json: {ref: 'feat/a'}})
  })

  test.each([
    ['no ref', {token: 'glptt-dev'}, 400, {error: 'ref is missing'}],
    ['a blank ref', {token: 'glptt-dev', ref: ' '}, 400, {error: 'ref is empty'}],
    ['no token', {ref: 'feat/a'}, 400, {error: 'token is missing'}],
    ['a token nobody knows', {token: 'x', ref: 'feat/a'}, 404, {message: '404 Not Found'}],
    ['the token of another project', {token: 'glptt-lib', ref: 'feat/a'}, 404, {message: '404 Not Found'}],
    [
      'a number among the variables',
      {token: 'glptt-dev', ref: 'feat/a', variables: {A: 1}},
      400,
      {message: 'variables needs to be a map of key-valued strings'},
    ],
    ['a ref that is not there', {token: 'glptt-dev', ref: 'none'}, 400, base('Reference not found')],
    [
      'an owner who may read only',
      {token: 'glptt-rep', ref: 'feat/a'},
      400,
      base('Insufficient permissions to create a new pipeline'),
    ],
    [
      'an input nobody declared',
      {token: 'glptt-dev', ref: 'feat/a', inputs: {x: 1}},
      400,
      base('Given inputs not defined in the `spec` section of the included configuration file: x'),
    ],
    [
      'an input of another type',
      {token: 'glptt-dev', ref: 'feat/a', inputs: {level: 'x'}},
      400,
      base('`level` input: provided value is not a number'),
    ],
  ])('is refused with %s', async (_, body, status, json) => {
    expect(await trigger(1, body)).toMatchObject({status, json})
  })

  test('is refused where the owner may not push or merge', async () => {
    const reply = await trigger(1, {token: 'glptt-dev', ref: 'main'})
    expect(reply).toMatchObject({
      status: 400,
      json: {message: {base: [expect.stringContaining("run a pipeline on 'main'")]}},
    })
    expect((await trigger(1, {token: 'glptt-dev', ref: 'release/1'})).status).toBe(201)
  })

  test('is refused in a project without a configuration', async () => {
    expect(await trigger(2, {token: 'glptt-lib', ref: 'main'})).toMatchObject({
      status: 400,
      json: base('Missing CI config file'),
    })
  })
})

describe("a pipeline started by a job's token", () => {
  test('is of the source "pipeline", and the world knows its job', async () => {
    expect(await trigger(4, {token: 'glcbt-self', ref: 'main'})).toMatchObject({
      status: 201,
      json: {source: 'pipeline'},
    })
    expect(sandbox.world().projects[3]?.pipelines[0]).toMatchObject({upstream_job: 101, user: 'dev'})
  })

  test('is refused where the token does not reach, without a word about the project', async () => {
    expect(await trigger(3, {token: 'glcbt-self', ref: 'main'})).toMatchObject({
      status: 404,
      json: {message: '404 Not Found'},
    })
  })

  test('is refused with variables where developers may not give any', async () => {
    const reply = await trigger(4, {token: 'glcbt-self', ref: 'main', variables: {A: '1'}})
    expect(reply).toMatchObject({status: 400, json: base('Insufficient permissions to set pipeline variables')})
  })

  test('is refused once the job has ended', async () => {
    sandbox.patchJob(101, {status: 'success'})
    expect(await trigger(4, {token: 'glcbt-self', ref: 'main'})).toMatchObject({
      status: 401,
      json: {message: 'Job is not running'},
    })
  })
})

describe('POST /pipeline', () => {
  const start = async (headers: Readonly<Record<string, string>>, body: object) =>
    ask(sandbox, 'POST /projects/1/pipeline', {headers, body})

  test('starts one for people', async () => {
    const reply = await start(dev, {ref: 'feat/a', variables: [{key: 'A', value: '1', variable_type: 'file'}]})
    expect(reply).toMatchObject({status: 201, json: {source: 'api', ref: 'feat/a', tag: false}})
    expect(await start(owner, {ref: 'v1.0'})).toMatchObject({status: 201, json: {tag: true}})
  })

  test.each([
    ['nobody', {}, {ref: 'feat/a'}, 401],
    ['a job token', {'job-token': 'glcbt-self'}, {ref: 'feat/a'}, 401],
    ['a reporter', rep, {ref: 'feat/a'}, 403],
    ['no ref', dev, {}, 400],
    ['a merge request', dev, {ref: 'refs/merge-requests/9/head'}, 400],
    ['a strange type', dev, {ref: 'feat/a', variables: [{key: 'A', value: '1', variable_type: 'x'}]}, 400],
  ])('refuses %s', async (_, headers, body, status) => {
    expect((await start(headers, body)).status).toBe(status)
  })

  test('knew no inputs before 17.11', async () => {
    await sandbox.close()
    sandbox = await startSandbox(yaml, {version: '17.10'})
    expect((await start(dev, {ref: 'feat/a', inputs: {x: 1}})).status).toBe(201)
  })
})

describe('a whole pipeline', () => {
  const change = async (headers: Readonly<Record<string, string>>, request: string) => ask(sandbox, request, {headers})

  test('is canceled with all that moves, and answers 200', async () => {
    expect(await change(dev, 'POST /projects/1/pipelines/11/cancel')).toMatchObject({
      status: 200,
      json: {status: 'canceled'},
    })
    expect(await change(dev, 'POST /projects/1/pipelines/12/cancel')).toMatchObject({status: 403})
    expect(await change(owner, 'POST /projects/1/pipelines/12/cancel')).toMatchObject({status: 200})
    expect(await change(rep, 'POST /projects/1/pipelines/11/cancel')).toMatchObject({status: 403})
  })

  test('is retried where it failed, and answers 201', async () => {
    await trigger(1, {token: 'glptt-dev', ref: 'feat/a'})
    sandbox.advance('1m')
    expect(await statuses(15)).toEqual({build: 'success', test: 'failed', deploy: 'skipped'})
    expect(await change(dev, 'POST /projects/1/pipelines/15/retry')).toMatchObject({status: 201})
    expect(await statuses(15)).toEqual({build: 'success', test: 'pending', deploy: 'created'})
    sandbox.advance('1s')
    expect(await statuses(15)).toEqual({build: 'success', test: 'success', deploy: 'manual'})
  })

  test('is deleted by an owner, with its jobs', async () => {
    expect(await change(dev, 'DELETE /projects/1/pipelines/12')).toMatchObject({status: 403})
    expect(await change(owner, 'DELETE /projects/1/pipelines/12')).toMatchObject({status: 204, text: ''})
    expect(await change(owner, 'GET /projects/1/pipelines/12')).toMatchObject({status: 404})
    expect(await change(owner, 'GET /projects/1/jobs/121')).toMatchObject({status: 404})
  })

  test('shows its variables to maintainers and to who started it', async () => {
    expect(await change(dev, 'GET /projects/1/pipelines/12/variables')).toMatchObject({status: 403})
    expect(await change(owner, 'GET /projects/1/pipelines/12/variables')).toMatchObject({
      status: 200,
      json: [{key: 'A', value: '1'}],
    })
  })
})

describe('refs', () => {
  const get = async (path: string, headers = dev) => ask(sandbox, `GET /projects/1/repository/${path}`, {headers})

  test('branches, tags and commits are told by name', async () => {
    expect(await get('branches/main')).toMatchObject({
      status: 200,
      json: {name: 'main', default: true, protected: true, can_push: false},
    })
    expect(await get('branches/feat%2Fa')).toMatchObject({status: 200, json: {protected: false, can_push: true}})
    expect(await get('branches/release%2F1')).toMatchObject({json: {protected: true, developers_can_merge: true}})
    expect(await get('branches/none')).toMatchObject({status: 404, json: {message: '404 Branch Not Found'}})
    expect(await get('tags/v2.0')).toMatchObject({status: 200, json: {name: 'v2.0'}})
    expect(await get('tags/main')).toMatchObject({status: 404, json: {message: '404 Tag Not Found'}})
    expect(await get('commits/main')).toMatchObject({status: 200, json: {last_pipeline: {id: 12}, status: 'running'}})
    expect(await get('commits/none')).toMatchObject({status: 404, json: {message: '404 Commit Not Found'}})
  })
})
