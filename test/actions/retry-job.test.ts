import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as retry} from '../../actions/retry-job/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {job, worldWith} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

async function serve(jobs: readonly JobFile[], options?: SandboxOptions): Promise<Sandbox> {
  sandbox = await startSandbox(worldWith(jobs), options)
  return sandbox
}

const both = {credentials: 'both'} as const
const list = 'GET /projects/1/pipelines/11/jobs job-token'
const runs = [
  {after: '5s', status: 'running'},
  {after: '20s', status: 'success'},
]

describe('retry-job', () => {
  const flaky = (id: number, more: Partial<JobFile> = {}): JobFile =>
    job(id, `flaky ${id}`, 'failed', {failure_reason: 'script_failure', retry_timeline: runs, ...more})

  test('retries once and gives the new attempt', async () => {
    await serve([flaky(103)])
    const {code, outputs, transcript, said} = await runCommand(retry, sandbox, ['--job', 'flaky 103'], both)
    expect(code).toBe(0)
    expect(transcript).toEqual([list, 'POST /projects/1/jobs/103/retry private-token'])
    expect(outputs).toMatchObject({retried: 1, status: 'pending', job_name: 'flaky 103'})
    expect(outputs?.['ids']).toBe(String(outputs?.['job_id']))
    expect(said).toMatch(/Job 103 "flaky 103": failed → pending as job \d+\./)
  })

  test('tells a second attempt as Attempts 2', async () => {
    await serve([flaky(103)])
    const {code, outputs, said} = await runCommand(retry, sandbox, ['--job', 'flaky 103', '--wait'], both)
    expect(code).toBe(0)
    expect(said).toMatch(/flaky 103 +success +2 /)
    expect(outputs).toMatchObject({previous_ids: '103', jobs: [expect.objectContaining({name: 'flaky 103'})]})
  })

  test('waits for the new attempts of several', async () => {
    await serve([flaky(103), flaky(104)])
    const {code, outputs} = await runCommand(retry, sandbox, ['--status', 'failed', '--wait'], both)
    expect(code).toBe(0)
    expect(outputs).toMatchObject({retried: 2, status: 'success'})
  })

  test.each([
    ['failed', 20],
    ['canceled', 21],
  ] as const)('with --wait gives the exit code of an attempt that is %s', async (status, expected) => {
    await serve([
      flaky(103, {
        retry_timeline: [
          {after: '2s', status: 'running'},
          {after: '2s', status},
        ],
      }),
    ])
    const {code, outputs} = await runCommand(retry, sandbox, ['--job', 'flaky 103', '--wait'], both)
    expect(code).toBe(expected)
    expect(outputs).toMatchObject({retried: 1, status})
  })

  test('retries only what failed for the given reason', async () => {
    await serve([flaky(103), flaky(104, {failure_reason: 'runner_system_failure'})])
    const argv = ['--status', 'failed', '--only-failure-reason', 'runner_system_failure']
    const {code, outputs, transcript} = await runCommand(retry, sandbox, argv, both)
    expect([code, outputs?.['retried']]).toEqual([0, 1])
    const triggers = 'GET /projects/1/pipelines/11/trigger_jobs job-token'
    expect(transcript).toEqual([list, triggers, 'POST /projects/1/jobs/104/retry private-token'])
    const again = await runCommand(retry, sandbox, ['--job', 'flaky 103', '--only-failure-reason', 'x'], both)
    expect([again.code, again.outputs?.['retried']]).toEqual([0, 0])
    expect(again.said).toContain('nothing was retried')
  })

  test('tells each of several when one cannot, and gives the worst code', async () => {
    await serve([flaky(103), job(104, 'busy', 'running'), flaky(105)])
    const argv = ['--job', 'flaky 103', '--job', 'busy', '--job', 'flaky 105']
    const {code, outputs, said} = await runCommand(retry, sandbox, argv, both)
    expect(code).toBe(22)
    expect(said).toContain('Retried jobs: 1 of 3 jobs failed.')
    expect(said).toMatch(/busy +104 +failed: Job 104 "busy" is running.* \(exit 22\)/)
    expect(said).toMatch(/flaky 103 +103 +pending/)
    expect(outputs).toMatchObject({retried: 2})
  })

  test('sends nothing a second time when the answer is lost but the job was retried', async () => {
    await serve([flaky(103)], {
      faults: [{on: 'POST /projects/*/jobs/*/retry', times: 1, apply_then: {answer: {status: 504}}}],
    })
    const {code, outputs, transcript} = await runCommand(retry, sandbox, ['--job', 'flaky 103'], both)
    expect([code, outputs?.['retried']]).toEqual([0, 1])
    expect(transcript.filter((line) => line.startsWith('POST'))).toHaveLength(1)
    expect(outputs?.['job_id']).not.toBe(103)
  })

  describe('with --times', () => {
    const fails = (ids: number) => [
      {after: '2s', status: 'running'},
      {after: `${ids}s`, status: 'failed', failure_reason: 'script_failure'},
    ]
    const posts = (transcript: readonly string[]) => transcript.filter((line) => line.startsWith('POST'))

    test('ends with the first attempt that is good, and tells it', async () => {
      await serve([flaky(103)])
      const {code, outputs, transcript, said} = await runCommand(
        retry,
        sandbox,
        ['--job', 'flaky 103', '--times', '3'],
        both,
      )
      expect([code, posts(transcript).length]).toEqual([0, 1])
      expect(outputs).toMatchObject({retried: 1, status: 'success', history: [{attempt: 2, status: 'success'}]})
      expect(said).toMatch(/Attempt 2 of "flaky 103" \(job \d+\): success, retry 1 of at most 3\./)
    })

    test('retries each at most so often, one POST a time, and exits 20', async () => {
      await serve([flaky(103, {retry_timeline: fails(2)}), flaky(104)])
      const argv = ['--status', 'failed', '--times', '3', '--settle', '0s']
      const {code, outputs, transcript, said} = await runCommand(retry, sandbox, argv, both)
      expect([code, posts(transcript).length]).toEqual([20, 4])
      expect(new Set(posts(transcript)).size).toBe(4)
      expect(outputs).toMatchObject({retried: 4})
      expect(said).toContain('Attempt 4 of "flaky 103"')
      expect(said).toMatch(/after 3 retries/)
    })

    test('goes on only for the reasons and the lines that were named', async () => {
      const boom = [
        {after: '2s', status: 'running', log: 'connection \u001b[31mreset\u001b[0m by peer\n'},
        {after: '2s', status: 'failed', failure_reason: 'script_failure'},
      ]
      await serve([
        flaky(103, {log: 'connection reset by peer\n', retry_timeline: boom}),
        flaky(104, {log: 'type error\n'}),
      ])
      const argv = ['--status', 'failed', '--times', '2', '--only-log-match', 'connection reset', '--settle', '0s']
      const {code, transcript} = await runCommand(retry, sandbox, argv, both)
      expect([code, posts(transcript).length]).toEqual([20, 2])
      expect(transcript.join('\n')).not.toContain('/jobs/104/retry')
      const other = ['--status', 'failed', '--times', '5', '--only-failure-reason', 'runner_system_failure']
      const none = await runCommand(retry, sandbox, other, both)
      expect([none.code, posts(none.transcript)]).toEqual([0, []])
    })

    test('one timeout is for all attempts together', async () => {
      await serve([flaky(103, {retry_timeline: fails(40)})])
      const argv = ['--job', 'flaky 103', '--times', '9', '--timeout', '100s', '--settle', '0s']
      const {code, outputs, transcript} = await runCommand(retry, sandbox, argv, both)
      expect(code).toBe(75)
      expect(posts(transcript).length).toBeLessThan(5)
      expect(outputs).toMatchObject({history: expect.any(Array)})
    })
  })
})
