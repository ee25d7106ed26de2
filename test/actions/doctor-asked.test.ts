import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import type {ProjectFile} from '../../src/sandbox/world/world-types.ts'
import {checkOf, commandsOf, doctor, endVisit, endVisits} from './visit.ts'
import {job, library} from './world.ts'

afterEach(endVisit)
afterAll(endVisits)

describe('towards another project', () => {
  const closed = (more: Partial<ProjectFile>): ProjectFile =>
    library([{id: 21, jobs: [job(201, 'build', 'success')]}], more)

  test('the allowlist decides, and its refusal is explained', async () => {
    const others = [closed({job_token_allowlist: {projects: {}}})]
    const run = await doctor(['--target', 'grp/lib'], {others})
    expect(run.code).toBe(77)
    expect(checkOf(run, 'GET /projects/:id/jobs')).toMatchObject({result: 'failed'})
    expect(commandsOf(run)['wait-for-job']?.hint).toContain('Settings > CI/CD > Job token permissions')
    expect(commandsOf(run)['get-job-log']?.hint).toMatch(/Job token permissions.*Set GITLAB_TOKEN/)
    expect(commandsOf(run)['fetch-self']?.works).toBe('yes')
  })

  test('a refused job token beside an access token is told of the other way', async () => {
    const others = [closed({job_token_allowlist: {projects: {}}})]
    const run = await doctor(['--target', 'grp/lib'], {others, credentials: 'both'})
    expect(commandsOf(run)['wait-for-job']?.hint).toContain('Or run with --auth token')
    const other = await doctor(['--target', 'grp/lib', '--auth', 'token'], {credentials: 'both'})
    expect(commandsOf(other)['wait-for-job']?.works).toBe('yes')
  })

  test('a permission that is missing is named', async () => {
    const run = await doctor(['--target', 'grp/lib'], {
      others: [closed({job_token_allowlist: {projects: {'grp/app': ['read_pipelines']}}})],
    })
    expect(checkOf(run, 'GET /projects/:id/pipelines')?.result).toBe('ok')
    expect(commandsOf(run)['wait-for-job']?.hint).toContain('grant read_jobs')
    expect(run.code).toBe(0)
  })

  test('a licence without downloads by job token is named', async () => {
    const run = await doctor(['--for', 'download-artifacts'], {licence: 'free'})
    expect(run.code).toBe(77)
    expect(run.said).toContain('GitLab Premium or Ultimate')
    expect(commandsOf(run)['wait-for-job']?.works).toBe('yes')
  })

  test('a project that is not there is not found', async () => {
    const run = await doctor(['--target', 'grp/nowhere'])
    expect(run.code).toBe(66)
    expect(run.said).toContain('Check the project.')
  })
})

describe('--for', () => {
  test('decides alone: what else is broken does not matter', async () => {
    const options = {credentials: 'both', env: {GITLAB_TOKEN: 'glpat-nobody'}} as const
    expect((await doctor(['--for', 'wait-for-job', '--for', 'fetch-self'], options)).code).toBe(0)
    const run = await doctor(['--for', 'wait-for-job', '--for', 'play-manual-job'], options)
    expect(run.code).toBe(77)
    expect(run.said).toContain('play-manual-job cannot work here.')
  })

  test('suggests the nearest names, and calls nothing', async () => {
    const run = await doctor(['--for', 'wait-fro-job', '--for', 'zzz', '--target', '..'])
    expect(run.code).toBe(64)
    expect(run.said).toContain('for names no command "wait-fro-job", did you mean wait-for-job?')
    expect(run.said).toContain('for names no command "zzz"\n')
    expect(run.said).toContain('target must be a project id or a full path')
    expect(run.requests).toEqual([])
  })
})

describe('without a credential', () => {
  test('GitLab is asked all the same, and the doctor fails', async () => {
    const run = await doctor([], {credentials: 'none'})
    expect(run.code).toBe(77)
    expect(checkOf(run, 'GitLab')?.result).toBe('ok')
    expect(commandsOf(run)['wait-for-job']?.works).toBe('no')
  })

  test('a public project can be read, when that is what was asked for', async () => {
    const run = await doctor(['--auth', 'anonymous'], {credentials: 'none', app: {visibility: 'public'}})
    expect(run.code).toBe(0)
    expect(commandsOf(run)['wait-for-job']?.works).toBe('yes')
  })

  test('no project is needed', async () => {
    const run = await doctor([], {env: {CI_PROJECT_ID: '', CI_PROJECT_PATH: ''}})
    expect(run.code).toBe(0)
    expect(commandsOf(run)['wait-for-job']).toMatchObject({works: 'unknown', why: expect.stringContaining('--target')})
  })
})
