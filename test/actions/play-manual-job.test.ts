import {writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as play} from '../../actions/play-manual-job/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand, temporaryFolder} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {job, sha, worldWith} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

async function serve(jobs: readonly JobFile[], options?: SandboxOptions): Promise<Sandbox> {
  sandbox = await startSandbox(worldWith(jobs), options)
  return sandbox
}

const both = {credentials: 'both'} as const
const list = 'GET /projects/1/pipelines/11/jobs job-token'
const playPost = 'POST /projects/1/jobs/104/play private-token'
const runs = [
  {after: '5s', status: 'running'},
  {after: '20s', status: 'success'},
]
const deploy = (more: Partial<JobFile> = {}): JobFile =>
  job(104, 'deploy', 'manual', {stage: 'deploy', when: 'manual', timeline: runs, ...more})

describe('play-manual-job', () => {
  test('starts the job with one request and does not wait unless asked', async () => {
    const {code, outputs, transcript, said} = await runCommand(play, await serve([deploy()]), ['--job', 'deploy'], both)
    expect(code).toBe(0)
    expect(transcript).toEqual([list, playPost])
    expect(outputs).toMatchObject({
      played: true,
      previous_status: 'manual',
      status: 'pending',
      job_id: 104,
      waited: null,
    })
    expect(said).toContain('Job 104 "deploy" is pending.')
  })

  test.each(['17.8', '18.0', '19.2'])('waits for it on GitLab %s', async (version) => {
    await serve([deploy()], {version})
    const {code, outputs} = await runCommand(play, sandbox, ['--job', 'deploy', '--wait'], both)
    expect(code).toBe(0)
    expect(outputs).toMatchObject({played: true, previous_status: 'manual', status: 'success', job_id: 104})
  })

  const ends = [
    ['failed', 20],
    ['canceled', 21],
  ] as const
  test.each(ends)('with --wait gives the exit code of a job that is %s', async (status, expected) => {
    await serve([
      deploy({
        timeline: [
          {after: '5s', status: 'running'},
          {after: '9s', status},
        ],
      }),
    ])
    const {code, outputs} = await runCommand(play, sandbox, ['--job', 'deploy', '--wait'], both)
    expect(code).toBe(expected)
    expect(outputs).toMatchObject({played: true, status})
  })

  test('with --wait gives 75 at its deadline, and the job goes on', async () => {
    await serve([deploy({timeline: [{after: '5s', status: 'running'}]})])
    const {code, outputs} = await runCommand(play, sandbox, ['--job', 'deploy', '--wait', '--timeout', '1m'], both)
    expect([code, outputs?.['played']]).toEqual([75, true])
  })

  test('sends variables, from a file too, and never says a value', async () => {
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'vars'), '# of the deploy\nREGION=hidden-region\nTARGET=overridden\n\n')
    const given = ['--variables', 'TARGET=hidden-target', '--variables', 'EMPTY=', '--variables-file', 'vars']
    await serve([deploy()])
    const run = await runCommand(play, sandbox, ['--job', 'deploy', ...given, '--log', 'debug'], {...both, cwd})
    expect(run.code).toBe(0)
    expect(run.said).not.toContain('hidden')
    const played = sandbox.world().projects[0]?.pipelines[0]?.jobs.find(({id}) => id === 104)
    expect(played?.variables).toEqual([
      {key: 'REGION', value: 'hidden-region'},
      {key: 'TARGET', value: 'hidden-target'},
      {key: 'EMPTY', value: ''},
    ])
  })

  test('sends typed inputs since GitLab 18.10', async () => {
    await serve([deploy({inputs: {count: {type: 'number'}, name: {type: 'string'}}})], {version: '18.10'})
    const given = ['--inputs', 'count=3', '--inputs', 'name=1.2.3']
    expect((await runCommand(play, sandbox, ['--job', 'deploy', ...given], both)).code).toBe(0)
    const played = sandbox.world().projects[0]?.pipelines[0]?.jobs.find(({id}) => id === 104)
    expect(played?.inputs).toEqual({count: 3, name: '1.2.3'})
  })

  test('leaves a job alone that somebody has started, and says so', async () => {
    await serve([deploy({status: 'running', timeline: []})])
    const {code, outputs, transcript, said} = await runCommand(play, sandbox, ['--job', 'deploy'], both)
    expect(code).toBe(0)
    expect(transcript.filter((line) => line.startsWith('POST'))).toEqual([])
    expect(said).toContain('somebody had started it already')
    expect(outputs).toMatchObject({played: false, previous_status: 'running'})
  })

  test('refuses it with 22 and --if-started fail', async () => {
    await serve([deploy({status: 'success', timeline: [], retry_timeline: runs})])
    const argv = ['--job', 'deploy', '--if-started', 'fail']
    const {code, said, outputs} = await runCommand(play, sandbox, argv, both)
    expect(code).toBe(22)
    expect(said).toContain('it has been started already')
    expect(said).toContain('--rerun')
    expect(outputs).toMatchObject({played: false, status: 'success'})
  })

  test('runs a finished job once more only with --rerun', async () => {
    await serve([deploy({status: 'success', timeline: [], retry_timeline: runs})])
    const argv = ['--job', 'deploy', '--rerun', '--wait']
    const {code, outputs} = await runCommand(play, sandbox, argv, both)
    expect(code).toBe(0)
    expect(outputs).toMatchObject({played: true, previous_status: 'success', status: 'success'})
  })

  test('gives 22 for a job that cannot be played', async () => {
    await serve([job(104, 'deploy', 'created', {stage: 'deploy'})])
    const {code, said, transcript} = await runCommand(play, sandbox, ['--job', 'deploy'], both)
    expect(code).toBe(22)
    expect(said).toContain('deploy (104) is created: it cannot be played.')
    expect(transcript.filter((line) => line.startsWith('POST')).length).toBeLessThanOrEqual(1)
  })

  test('does not play a job of another commit', async () => {
    await serve([deploy()])
    const argv = ['--job', 'deploy', '--expect-sha', 'deadbeef']
    const {code, said, transcript} = await runCommand(play, sandbox, argv, both)
    expect(code).toBe(22)
    expect(said).toContain(sha)
    expect(said).toContain('it was not played')
    expect(transcript).toEqual([list])
  })

  test('sends nothing a second time when the answer is lost but the job was played', async () => {
    await serve([deploy()], {
      faults: [{on: 'POST /projects/*/jobs/*/play', times: 1, apply_then: {reset: 'before'}}],
    })
    const {code, outputs, transcript} = await runCommand(play, sandbox, ['--job', 'deploy'], both)
    expect([code, outputs?.['played']]).toEqual([0, true])
    expect(transcript.filter((line) => line === playPost)).toHaveLength(1)
  })

  test('sends it again when it was surely not played', async () => {
    await serve([deploy()], {faults: [{on: 'POST /projects/*/jobs/*/play', times: 1, answer: {status: 503}}]})
    const {code, outputs, transcript} = await runCommand(play, sandbox, ['--job', 'deploy'], both)
    expect([code, outputs?.['played']]).toEqual([0, true])
    expect(transcript.filter((line) => line === playPost)).toHaveLength(2)
  })

  test('says before anything is asked that no job token may play', async () => {
    const {code, said, transcript} = await runCommand(play, await serve([deploy()]), ['--job', 'deploy'])
    expect([code, transcript]).toEqual([77, []])
    expect(said).toContain('no job token may call it on any GitLab version')
    expect(said).toContain('Set GITLAB_TOKEN to an access token with the scope api and the role Developer')
  })

  test('lists the jobs when several fit', async () => {
    await serve([deploy(), deploy({id: 105, name: 'deploy docs'})])
    const {code, said, transcript} = await runCommand(play, sandbox, ['--job-match', 'deploy*'], both)
    expect([code, transcript]).toEqual([64, [list, 'GET /projects/1/pipelines/11/trigger_jobs job-token']])
    expect(said).toMatch(/2 jobs fit, and this needs exactly one: .*"deploy" \(104, manual\)/)
  })

  test('names two bad inputs at once, without their values', async () => {
    const argv = ['--job', 'deploy', '--variables', 'secret-value', '--timeout', 'soon']
    const {code, said} = await runCommand(play, await serve([deploy()]), argv, both)
    expect(code).toBe(64)
    expect(said).toContain('variables must be KEY=value')
    expect(said).toContain('timeout must be a duration')
    expect(said).not.toContain('secret-value')
  })
})
