import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action} from '../../actions/wait-for-job/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand, type CommandOptions, type CommandRun} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {job, library, worldWith} from './world.ts'

interface Options extends CommandOptions {
  readonly options?: SandboxOptions
}

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

async function wait(jobs: readonly JobFile[], argv: readonly string[], {options, ...more}: Options = {}) {
  sandbox = await startSandbox(worldWith(jobs), options)
  return runCommand(action, sandbox, argv, more)
}

const slow = job(102, 'build', 'pending', {
  timeline: [
    {after: '20s', status: 'running', log: 'compiling\n'},
    {after: '60s', status: 'success'},
  ],
})

describe('what can go wrong beside the job', () => {
  test('a name that never comes gives 66 with the nearest names', async () => {
    const {code, said} = await wait([slow], ['--job', 'biuld', '--appear-timeout', '1m'])
    expect(code).toBe(66)
    expect(said).toContain('No job "biuld" in pipeline 11 of grp/app (2 jobs). Nearest: "build".')
  })

  test('its own deadline gives 75, with what it saw', async () => {
    const {code, said, outputs} = await wait([job(102, 'build', 'running')], ['--job', 'build', '--timeout', '2m'])
    expect(code).toBe(75)
    expect(said).toMatch(/2m/)
    expect(outputs).toMatchObject({status: 'running', job_id: 102, waited: 120})
  })

  test('the deadline of its own job comes first', async () => {
    const env = {CI_JOB_TIMEOUT: '90', CI_JOB_STARTED_AT: '2026-09-01T09:00:00Z'}
    const {code, outputs} = await wait([job(102, 'build', 'running')], ['--job', 'build'], {env})
    expect([code, outputs?.['waited']]).toEqual([75, 60])
  })

  test('a GitLab that stays away gives 69', async () => {
    const {code, said, outputs} = await wait([slow], ['--job', 'build', '--outage', '2m'], {
      options: {faults: [{on: 'GET /projects/*/pipelines/*/jobs', after: 1, answer: {status: 502}}]},
    })
    expect([said, code]).toEqual([expect.any(String), 69])
    expect(outputs).toMatchObject({job_id: 102, status: 'pending'})
  })

  test('an outage that ends is survived', async () => {
    const {code} = await wait([slow], ['--job', 'build'], {
      options: {
        faults: [{on: 'GET /projects/*/pipelines/*/jobs', after: 1, times: 30, answer: {status: 502}}],
      },
    })
    expect(code).toBe(0)
  })

  test('a project that does not list ours gives 77, why, and what would help', async () => {
    const other = library([{id: 21, ref: 'main', jobs: [job(201, 'build', 'success')]}], {job_token_allowlist: {}})
    sandbox = await startSandbox(worldWith([], {others: [other]}))
    const {code, said} = await runCommand(action, sandbox, ['--project', '2', '--ref', 'main', '--job', 'build'])
    expect(code).toBe(77)
    expect(said).toContain('Authentication by CI/CD job token not allowed')
    expect(said).toContain('Settings > CI/CD > Job token permissions')
  })

  test('waiting for itself, or for a later stage of its own pipeline, gives 64', async () => {
    const later = job(103, 'deploy', 'created', {stage: 'deploy'})
    const env = {CI_JOB_NAME: 'integrate', CI_JOB_STAGE: 'test'}
    const itself = await wait([later], ['--job', 'integrate'], {env})
    expect([itself.said, itself.code]).toEqual([expect.stringMatching(/itself|this job/i), 64])
  })

  test('two bad inputs give 64 and are both named', async () => {
    const {code, said, transcript} = await wait([slow], ['--job', 'build', '--mode', 'some', '--timeout', 'soon'])
    expect(code).toBe(64)
    expect(said).toContain('mode must be all, any or a number of jobs, not "some"')
    expect(said).toContain('timeout must be a duration such as 90s, 5m or 1h30m, not "soon"')
    expect(transcript).toEqual([])
  })
})

describe('the log of the awaited job', () => {
  const growing = job(102, 'build', 'running', {
    log: 'one\n',
    timeline: [
      {after: '10s', log: '\u001b[0Ksection_start:1:x\r\u001b[0Ktwo\n::error::three\n'},
      {after: '10s', log: 'four\n'},
      {after: '10s', status: 'success', log: 'five\n'},
    ],
  })

  test.each(['18.0', '19.2'])('is printed once and whole on GitLab %s, and cannot act on ours', async (version) => {
    const run: CommandRun = await wait([growing], ['--job', 'build', '--follow'], {
      credentials: 'both',
      options: {version},
    })
    expect([run.said, run.code]).toEqual([expect.any(String), 0])
    const lines = run.said.split('\n').filter((line) => /one|two|three|four|five/.test(line))
    expect(lines).toHaveLength(5)
    expect(run.said).not.toContain('section_start:1:x')
  })

  test('is missed with a warning where no token may read it, and the wait goes on', async () => {
    const {code, said} = await wait([growing], ['--job', 'build', '--follow'])
    expect(said).toContain('warning: The log cannot be followed:')
    expect(said).toMatch(/no job token may call it on any GitLab version.* GITLAB_TOKEN/)
    expect(code).toBe(0)
  })
})
