import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as downloadArtifacts} from '../../actions/download-artifacts/action.ts'
import {action as getArtifactFile} from '../../actions/get-artifact-file/action.ts'
import {action as listArtifacts} from '../../actions/list-artifacts/action.ts'
import {action as listJobs} from '../../actions/list-jobs/action.ts'
import {action as playManualJob} from '../../actions/play-manual-job/action.ts'
import {action as retryJob} from '../../actions/retry-job/action.ts'
import {action as waitForJob} from '../../actions/wait-for-job/action.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {maintainer} from './scenarios.ts'
import {files, job, library, worldWith} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

const world: WorldFile = worldWith([], {
  app: {
    pipelines: [
      {
        id: 11,
        ref: 'main',
        user: 'dev',
        jobs: [
          job(101, 'integrate', 'running', {token: 'glcbt-self'}),
          job(102, 'build', 'success', {artifacts: {files}}),
          job(103, 'bad', 'failed', {failure_reason: 'script_failure'}),
          job(104, 'deploy', 'manual', {when: 'manual'}),
        ],
        bridges: [
          {id: 50, name: 'down', status: 'success', downstream: 21},
          {id: 51, name: 'by hand', status: 'manual'},
          {id: 52, name: 'kid', status: 'success', downstream: 12},
          {id: 53, name: 'broken', status: 'failed'},
        ],
      },
      {id: 12, parent: 11, ref: 'main', jobs: [job(120, 'kid job', 'success')]},
    ],
  },
  others: [library([{id: 21, ref: 'main', jobs: [job(201, 'lib good', 'success'), job(202, 'lib bad', 'failed')]}])],
})

const by = {credentials: 'token', env: maintainer} as const
const untold = {credentials: 'token', env: {...maintainer, CI_SERVER_VERSION: ''}} as const
const old = async (version: string): Promise<Sandbox> => (sandbox = await startSandbox(world, {version}))

describe('GitLab 13.3, which does not tell the project of a pipeline', () => {
  test.each([
    ['kid/kid job', 0],
    ['down/lib good', 0],
    ['down/lib bad', 20],
  ])('is followed down to %s, in another project too', async (name, expected) => {
    const argv = ['--project', 'grp/app', '--pipeline-id', '11', '--job', name]
    const {code, said} = await runCommand(waitForJob, await old('13.3'), argv, by)
    expect([said, code]).toEqual([expect.stringContaining(name), expected])
  })

  test('shows a whole family, each job once', async () => {
    const {outputs, transcript} = await runCommand(listJobs, await old('13.3'), ['--family'], by)
    expect(outputs).toMatchObject({count: 11})
    expect(transcript).toContain('GET /projects/grp%2Flib/pipelines/21/jobs private-token')
  })
})

describe('a job token that GitLab 13.3 shows no job', () => {
  test.each([
    [downloadArtifacts, ['--job-id', '102'], []],
    // The mode and the size of a file stand in the archive alone.
    [getArtifactFile, ['--job-id', '102', '--file', 'dist/VERSION', '--output', 'VERSION'], ['/dist/VERSION']],
    [listArtifacts, ['--job-id', '102'], []],
  ] as const)('downloads by id without asking for anything else', async (action, argv, more) => {
    const {code, said, transcript} = await runCommand(action, await old('13.3'), argv)
    expect([said, code]).toEqual([expect.any(String), 0])
    const archive = 'GET /projects/1/jobs/102/artifacts'
    expect([...new Set(transcript)]).toEqual([
      ...more.map((path) => `${archive}${path} job-token`),
      `${archive} job-token`,
    ])
  })
})

describe('what an old GitLab would ignore without a word is refused before it is sent', () => {
  test.each([
    ['14.3', listJobs, ['--ref', 'main', '--pipeline-source', 'schedule'], '14.4'],
    ['13.3', listJobs, ['--all', '--pipeline-source', 'schedule', '--expect', '0'], '14.4'],
    ['13.3', waitForJob, ['--ref', 'main', '--pipeline-source', 'schedule', '--job', 'build'], '14.4'],
    ['13.6', listJobs, ['--include-retried'], '13.7'],
    ['14.8', playManualJob, ['--job', 'deploy', '--variables', 'TARGET=live'], '14.9'],
  ] as const)('by GitLab %s', async (version, action, argv, since) => {
    const {code, said, transcript} = await runCommand(action, await old(version), argv, by)
    expect([said, code, transcript]).toEqual([expect.stringContaining(`since ${since}`), 64, []])
  })

  test.each([
    ['13.3', retryJob, 'broken', '17.0'],
    ['16.11', retryJob, 'broken', '17.0'],
    ['13.11', playManualJob, 'by hand', '13.12'],
  ] as const)('by GitLab %s, which cannot do that to a trigger job', async (version, action, name, since) => {
    const {code, said, transcript} = await runCommand(action, await old(version), ['--job', name], by)
    expect([said, code]).toEqual([expect.stringContaining(`since ${since}; this one is ${version}`), 22])
    expect(transcript.filter((line) => line.startsWith('POST'))).toEqual([])
  })

  test.each([
    ['14.9', playManualJob, ['--job', 'deploy', '--variables', 'TARGET=live']],
    ['13.12', playManualJob, ['--job', 'by hand']],
    ['17.0', retryJob, ['--job', 'broken']],
    ['14.4', listJobs, ['--ref', 'main', '--pipeline-source', 'push']],
    ['13.3', listJobs, ['--include-retried']],
    ['13.7', listJobs, ['--include-retried']],
  ] as const)('and is sent where it is known: GitLab %s', async (version, action, argv) => {
    const {code, said} = await runCommand(action, await old(version), argv, by)
    expect([said, code]).toEqual([expect.any(String), 0])
  })
})

describe('what an answer does not tell is no answer', () => {
  test.each([
    [listJobs, ['--ref', 'main', '--pipeline-source', 'schedule']],
    [listJobs, ['--all', '--pipeline-source', 'schedule', '--expect', '0']],
    [waitForJob, ['--ref', 'main', '--pipeline-source', 'schedule', '--job', 'build']],
  ] as const)('a pipeline whose source is not told fits none that is asked for', async (action, argv) => {
    const {code, said} = await runCommand(action, await old('13.3'), argv, untold)
    expect([said, code]).toEqual([expect.stringContaining('source of a pipeline since 14.4'), 77])
  })

  test('jobs whose reason is not told are not retried by it, nor called none', async () => {
    const argv = ['--job', 'bad', '--only-failure-reason', 'runner_system_failure']
    const {code, said, transcript} = await runCommand(retryJob, await old('13.12'), argv, by)
    expect([said, code]).toEqual([expect.stringContaining('why a job failed since 14.0'), 77])
    expect(transcript.filter((line) => line.startsWith('POST'))).toEqual([])
  })
})
