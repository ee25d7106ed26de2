import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {builtInWorlds} from '../../src/sandbox/seeds/index.ts'
import {loadWorld, parseFaultRule, parseWorld, WorldError} from '../../src/sandbox/world/world-file.ts'
import {worldSchema} from '../../src/sandbox/world/world-schema.ts'
import {ask} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'

function problemsOf(yaml: string): readonly string[] {
  try {
    parseWorld(yaml)
    return []
  } catch (error) {
    if (error instanceof WorldError) return error.problems
    throw error
  }
}

test('the shipped schema is the one that worlds are checked by', () => {
  const shipped = readFileSync(new URL('../../world.schema.json', import.meta.url), 'utf8')
  expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(worldSchema)))
})

describe.each(builtInWorlds.map((seed) => [seed.name, seed] as const))('the built-in world %s', (_, seed) => {
  test('says in a comment what it shows', () => {
    expect(seed.yaml).toMatch(/^# .{40}/)
    expect(seed.shows).not.toBe('')
  })

  test('has no problem and a job of its own whose token works', async () => {
    expect(problemsOf(seed.yaml)).toEqual([])
    const sandbox = await startSandbox(seed.yaml)
    const {CI_JOB_TOKEN: token = '', CI_JOB_ID: id} = sandbox.env
    const reply = await ask(sandbox, 'GET /job', {headers: {'job-token': token}})
    await sandbox.close()
    expect(reply.json).toMatchObject({id: Number(id), status: 'running'})
  })
})

test('there are six built-in worlds', () => {
  expect(builtInWorlds).toHaveLength(6)
})

describe('every problem of a world is told with its place', () => {
  test.each([
    ['projects: []\nfoo: 1', ['/foo']],
    ['projects:\n  - {id: 0, path: nogroup}', ['/projects/0/id', '/projects/0/path']],
    [
      'projects:\n  - {id: 1, path: g/p, pipelines: [{id: 1, jobs: [{id: 1, name: a, status: done}]}]}',
      ['/projects/0/pipelines/0/jobs/0/status'],
    ],
    ['projects:\n  - {id: 1, path: g/p, members: {ann: boss}}', ['/projects/0/members/ann', 'no user ann']],
    ['projects: []\nself: 5', ['/self: there is no job 5']],
    ['projects: []\ngitlab: {version: "13.2"}', ['/gitlab/version: 13.2 is older than 13.3']],
    [
      'projects:\n  - {id: 1, path: g/p, members: {ann: guest}, job_token_allowlist: {projects: {g/q: default}}}',
      [
        '/projects/0/members: there is no user ann',
        '/projects/0/job_token_allowlist/projects: there is no project g/q',
      ],
    ],
    [
      `
users: [{id: 1, username: a}, {id: 1, username: a, tokens: [{token: t}, {token: t}]}]
projects:
  - {id: 1, path: g/p}
  - {id: 1, path: G/P, pipelines: [{id: 1}, {id: 1}]}
`,
      [
        '/users/1/id: user 1 is taken by /users/0/id',
        '/users/1/username: username a is taken by /users/0/username',
        '/users/1/tokens/1: token is taken by /users/1/tokens/0',
        '/projects/1/id: project 1 is taken by /projects/0/id',
        '/projects/1/path: path g/p is taken by /projects/0/path',
        '/projects/1/pipelines/1/id: pipeline 1 is taken by /projects/1/pipelines/0/id',
      ],
    ],
    [
      `
projects:
  - id: 1
    path: g/p
    pipelines:
      - id: 1
        parent: 9
        user: ann
        jobs:
          - {id: 1, name: a, status: success, retried_by: 7, user: bob, timeline: [{after: 1s, status: running}]}
          - {id: 1, name: b, status: manual}
        bridges: [{id: 2, name: c, status: success, downstream: 4, timeline: [{after: 1s, downstream: 5}]}]
`,
      [
        '/projects/0/pipelines/0/jobs/1/id: job 1 is taken by /projects/0/pipelines/0/jobs/0/id',
        '/projects/0/pipelines/0/parent: there is no other pipeline 9 in this project',
        '/projects/0/pipelines/0/user: there is no user ann',
        '/projects/0/pipelines/0/jobs/0/user: there is no user bob',
        '/projects/0/pipelines/0/jobs/0/retried_by: 7 is no newer job of this pipeline',
        '/projects/0/pipelines/0/jobs/0/timeline/0/status: no job goes from success to running',
        '/projects/0/pipelines/0/bridges/0/timeline/0/downstream: there is no pipeline 5',
        '/projects/0/pipelines/0/bridges/0/downstream: there is no pipeline 4',
      ],
    ],
    [
      'projects: []\nfaults:\n  - {on: GET /job}\n  - {on: GET /job, html: true, delay: 1s}',
      ['/faults/0: a rule does exactly one thing', '/faults/1: a rule does exactly one thing'],
    ],
    ['projects: [', ['Not YAML']],
    ['[]', ['/: ']],
  ])('%s', (yaml, places) => {
    const problems = problemsOf(yaml)
    expect(problems).toHaveLength(places.length)
    for (const [index, place] of places.entries()) expect(problems[index]).toContain(place)
  })
})

test('files that a world names lie beside it, or are told to be missing', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'jobside-world-'))
  const file = path.join(folder, 'world.yml')
  const job = '{id: 1, name: a, status: success, log: {file: job.log}, artifacts: {file: a.zip}}'
  writeFileSync(file, `projects: [{id: 1, path: g/p, pipelines: [{id: 1, jobs: [${job}]}]}]`)
  writeFileSync(path.join(folder, 'job.log'), 'from a file\n')
  expect(() => loadWorld(file)).toThrow('/projects/0/pipelines/0/jobs/0/artifacts/file: a.zip cannot be read')
  writeFileSync(path.join(folder, 'a.zip'), 'no zip at all')
  expect(loadWorld(file).folder).toBe(folder)
  rmSync(folder, {recursive: true})
})

test('a world that is neither a file nor built in is told so, with the names there are', () => {
  expect(() => loadWorld('nowhere')).toThrow(
    /nowhere: .*\(ENOENT\).*\(main, states, moving, families, artifacts, tokens\)/,
  )
})

test('a fault rule is read from text, and what is wrong with it is told', () => {
  expect(parseFaultRule('{on: "GET /job", times: 1, answer: {status: 502}}')).toEqual({
    on: 'GET /job',
    times: 1,
    answer: {status: 502},
  })
  expect(() => parseFaultRule('{on: storage, cut: {bytes: -1}}')).toThrow('/cut/bytes')
})
