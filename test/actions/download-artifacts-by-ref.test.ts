import {readdirSync} from 'node:fs'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import type {PipelineFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders} from '../support/run-command.ts'
import {again, build, closeSandbox, from, lib, pipeline, plain, pull, serve} from './by-ref.ts'
import {files, job, library, versions, worldWith} from './world.ts'

afterEach(closeSandbox)
afterAll(removeFolders)

describe('which one', () => {
  // Newest first: failed as a whole, passed without the job, passed with a retried job, older passed.
  const history = [
    pipeline(21, build(201)),
    pipeline(22, build(202)),
    pipeline(23, job(203, 'lint', 'success')),
    pipeline(24, build(204), job(205, 'test', 'failed')),
    pipeline(25, build(206, 'failed')),
  ]
  const cases = [
    ['recent-successful', 'of 202\n'],
    ['latest-job', 'of 204\n'],
    ['any-status', 'of 206\n'],
  ] as const
  describe.each(versions)('GitLab %s', (version) => {
    test.each(cases)('%s takes its own', async (strategy, content) => {
      const credentials = version === '17.8' ? 'token' : 'job'
      const run = await pull(history, ['--strategy', strategy], {options: {version}, credentials})
      expect([run.said, run.code]).toEqual([expect.any(String), 0])
      expect(from(run.cwd)).toBe(content)
      expect(run.outputs).toMatchObject({strategy, job_name: 'build', found: true})
    })

    test('latest-pipeline looks at the newest passed one alone', async () => {
      const run = await pull(history, [], {options: {version}})
      expect(run.code).toBe(66)
      const older = await again(['--project', '2', '--ref', 'main', '--job', 'lint'])
      expect(older.said).toMatch(/No artifacts|has no archive/)
    })
  })

  test('GitLab 18.7 and newer is asked to look back, in one request', async () => {
    const {transcript, requests} = await pull(history, ['--strategy', 'recent-successful'])
    expect(transcript).toEqual(['GET /projects/grp%2Flib/jobs/artifacts/main/download job-token'])
    expect(requests[0]?.query).toContain('search_recent_successful_pipelines=true')
  })

  test('what is known of the job is put out, and what GitLab does not tell is empty', async () => {
    const {outputs} = await pull(history, ['--strategy', 'latest-job'])
    expect(outputs).toMatchObject({job_id: 204, job_status: 'success', pipeline_id: 24, sha: expect.any(String)})
    const byGitLab = await again([...lib, '--strategy', 'recent-successful'])
    expect(byGitLab.outputs).toMatchObject({job_id: null, pipeline_id: null, sha: null, web_url: null})
  })

  test('another commit than expected is refused with 22 and nothing is unpacked', async () => {
    const run = await pull(plain, ['--expect-sha', 'deadbeef'])
    expect([run.code, readdirSync(run.cwd)]).toEqual([22, []])
    expect(run.said).toContain('not to deadbeef as expected')
  })

  test('the expected commit is taken', async () => {
    const sha = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'
    const {code, outputs} = await pull([{...plain[0]!, sha}], ['--expect-sha', 'C0FFEE00'])
    expect([code, outputs?.['sha'], outputs?.['job_id']]).toEqual([0, sha, 201])
  })
})

describe('names that need care', () => {
  const names = ['build: [linux, 20]', 'a/b c', 'größe #1?%2F', 'x+y&z=1']
  test.each(names)('a job called %s is found on each way', async (name) => {
    const ref = 'feature/größe#1'
    const pipelines = [{id: 21, ref, jobs: [job(201, name, 'success', {artifacts: {files: {'from.txt': 'x\n'}}})]}]
    await serve(worldWith([], {others: [library(pipelines)]}))
    for (const strategy of ['latest-pipeline', 'latest-job']) {
      const argv = ['--project', '2', '--ref', ref, '--job', name, '--strategy', strategy]
      const {code, outputs, said} = await again(argv)
      expect([said, code]).toEqual([expect.any(String), 0])
      expect(outputs).toMatchObject({job_name: name, ref, files: 1})
    }
  })

  test('a merge request is its own ref', async () => {
    const pipelines = [{id: 21, ref: 'refs/merge-requests/7/head', jobs: [build(201)]}]
    await serve(worldWith([], {others: [library(pipelines)]}))
    const argv = ['--project', '2', '--merge-request', '7', '--job', 'build']
    const {code, outputs} = await again(argv)
    expect([code, outputs?.['ref']]).toEqual([0, 'refs/merge-requests/7/head'])
  })
})

describe('a 404 is explained', () => {
  const cases: readonly (readonly [string, readonly PipelineFile[], RegExp, RegExp])[] = [
    [
      'an unknown ref',
      [{id: 21, ref: 'master', jobs: [build(201)]}],
      /No pipeline for "main".* in grp\/lib/,
      /Refs with pipelines: "master"/,
    ],
    ['an unknown job', [pipeline(21, job(201, 'biuld', 'success'))], /the ref has no such job/, /Nearest: "biuld"/],
    [
      'no passed pipeline',
      [pipeline(21, build(201), job(202, 'test', 'failed'))],
      /no pipeline of the ref has passed/,
      /--strategy latest-job/,
    ],
    [
      'no archive',
      [pipeline(21, job(201, 'build', 'success'))],
      /job 201 is success and has no archive/,
      /artifacts:paths/,
    ],
    [
      'an older pipeline only',
      [pipeline(21, build(201)), pipeline(22, job(202, 'lint', 'success'))],
      /newest passed pipeline has no such job/,
      /--strategy recent-successful/,
    ],
  ]
  test.each(cases)('%s', async (_, pipelines, why, hint) => {
    const run = await pull(pipelines)
    expect([run.said, run.code]).toEqual([expect.stringMatching(why), 66])
    expect(run.said).toMatch(hint)
    expect(readdirSync(run.cwd)).toEqual([])
    // That a ref has no pipeline is told with those that have some, and whether it is there.
    expect(run.transcript.slice(2)).toHaveLength(why.source.startsWith('No pipeline') ? 2 : 0)
  })

  test('an expired archive is told from one that was never made', async () => {
    const expired = job(201, 'build', 'success', {artifacts: {files, expire_at: '2026-08-31T09:00:00Z'}})
    const gone = {status: 404, body: {message: '404 Not found'}}
    const {code, said} = await pull([pipeline(21, expired)], [], {
      project: {keep_latest_artifact: false},
      options: {faults: [{on: 'GET /projects/*/jobs/artifacts/**', answer: gone}]},
    })
    expect([said, code]).toEqual([expect.stringContaining('those of job 201 expired at 2026-08-31T09:00:00'), 66])
    expect(said).toContain('keep-artifacts')
  })

  test('a project that does not list ours is a refusal', async () => {
    const {code, said} = await pull(plain, [], {project: {job_token_allowlist: {}}})
    expect(code).toBe(77)
    expect(said).toContain('Settings > CI/CD > Job token permissions')
  })

  test('a GitLab without Premium is a refusal, told from a missing project', async () => {
    await serve(worldWith([], {more: [pipeline(10, build(90))], licence: 'free'}))
    const {code, said} = await again(['--ref', 'main', '--job', 'build'])
    expect([said, code]).toEqual([expect.stringContaining('GitLab Premium or Ultimate'), 77])
    const other = await pull(plain, [], {licence: 'free'})
    expect([other.said, other.code]).toEqual([expect.stringContaining('GitLab Premium or Ultimate'), 77])
    expect(other.said).toContain('--auth token')
  })

  test('stays undecided where the jobs cannot be listed', async () => {
    const {code, said} = await pull([pipeline(21, build(201, 'failed'))], [], {options: {version: '17.8'}})
    expect([said, code]).toEqual([expect.stringContaining('the newest pipeline of the ref has passed'), 66])
  })

  test('is only told with --if-missing warn or ignore, and the outputs say so', async () => {
    const warned = await pull([pipeline(21, job(201, 'build', 'success'))], ['--if-missing', 'warn'])
    expect([warned.code, warned.outputs?.['found'], warned.outputs?.['files']]).toEqual([0, false, 0])
    expect(warned.said).toContain('warning: No artifacts of "build"')
    const ignored = await again([...lib, '--if-missing', 'ignore'])
    expect(ignored.code).toBe(0)
    expect(ignored.said).not.toContain('warning')
  })

  test('a refusal is never ignored', async () => {
    const run = await pull(plain, ['--if-missing', 'ignore'], {project: {job_token_allowlist: {}}})
    expect(run.code).toBe(77)
  })
})

describe('with --wait', () => {
  const coming = job(201, 'build', 'pending', {
    artifacts: {files: {'from.txt': 'new\n'}, when: 'always'},
    timeline: [
      {after: '20s', status: 'running'},
      {after: '30s', status: 'success'},
    ],
  })

  test.each(['18.0', '19.2'])(
    'waits for the job of the newest pipeline and takes that one (GitLab %s)',
    async (version) => {
      const run = await pull([pipeline(20, build(190)), pipeline(21, coming)], ['--wait', '10m'], {options: {version}})
      expect([run.said, run.code]).toEqual([expect.any(String), 0])
      expect(from(run.cwd)).toBe('new\n')
      expect(run.outputs).toMatchObject({job_id: 201, job_status: 'success', pipeline_id: 21})
    },
  )

  test('gives 20 when it fails, 75 when it takes too long, 66 when it never comes', async () => {
    const ends = [
      {after: '5s', status: 'running'},
      {after: '5s', status: 'failed'},
    ]
    expect((await pull([pipeline(21, {...coming, timeline: ends})], ['--wait', '10m'])).code).toBe(20)
    expect((await pull([pipeline(21, {...coming, timeline: []})], ['--wait', '1m'])).code).toBe(75)
    expect((await pull([pipeline(21, job(201, 'lint', 'running'))], ['--wait', '1m'])).code).toBe(66)
  })
})

test('two bad inputs and a missing one are told together', async () => {
  await serve(worldWith([]))
  const argv = ['--merge-request', '7', '--strategy', 'best', '--max-bytes', 'many']
  const {code, said} = await again(argv)
  expect(code).toBe(64)
  expect(said).toContain('3 problems with the input')
  expect(said).toContain('job is required')
  expect(said).toContain('strategy must be one of')
  expect(said).toContain('max-bytes must be a size')
})

test('a full ref tells a branch from a tag of the same name', async () => {
  const both = [
    {...pipeline(21, build(201)), ref: 'v2', tag: true},
    {...pipeline(22, build(202)), ref: 'v2'},
  ]
  const at = (ref: string) => ['--project', 'grp/lib', '--ref', ref, '--job', 'build']
  await pull(both)
  expect((await again(at('refs/tags/v2'))).outputs).toMatchObject({job_id: 201})
  expect((await again(at('refs/heads/v2'))).outputs).toMatchObject({job_id: 202})
  const {code, said} = await again([...at('v2'), '--strategy', 'latest-job'])
  expect([code, said]).toEqual([64, expect.stringContaining('both a branch and a tag')])
})

test('recent-successful that cannot look back is refused, and never the newest pipeline alone', async () => {
  const older = [pipeline(21, build(201)), pipeline(22, job(202, 'other', 'success'))]
  const {code, said} = await pull(older, ['--strategy', 'recent-successful'], {
    options: {version: '17.11'},
    env: {CI_SERVER_VERSION: '17.11.0'},
  })
  expect([code, said]).toEqual([77, expect.stringContaining('recent-successful cannot look back here')])
})
