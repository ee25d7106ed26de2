import {describe, expect, test} from '@jest/globals'
import {ActionError} from '../../../src/base/errors.ts'
import type {FoundJob, Snapshot} from '../../../src/gitlab/api/types.ts'
import {waitFailure, waitOutputsOf} from '../../../src/waiting/result.ts'
import {waitForJobs} from '../../../src/waiting/until.ts'
import {createClock} from '../../support/clock.ts'
import {found, memoryLog, outage, pipelineRef, policy, sha, snapshot, watch} from '../../support/waiting.ts'

const minute = 60_000

describe('a wait', () => {
  test('sees at once that a job is done already', async () => {
    const {result, looksAtMs} = await watch([[0, [found({status: 'success'})]]])
    expect(result.verdict).toBe('good')
    expect(looksAtMs).toEqual([0])
  })

  test('tells every change, and the end with queue time and duration', async () => {
    const {result, log} = await watch([
      [0, [found({status: 'pending'})]],
      [20_000, [found({status: 'running'})]],
      [90_000, [found({status: 'success', duration: 72.4, queued_duration: 18})]],
    ])
    expect(result).toMatchObject({verdict: 'good', reason: 'build succeeded.'})
    expect(result.waitedMs).toBeGreaterThanOrEqual(90_000)
    expect(result.waitedMs).toBeLessThan(125_000)
    expect(log.lines).toContainEqual('build: pending. https://gitlab.example/jobs/100')
    expect(log.lines).toContainEqual(expect.stringMatching(/^build: pending → running after \d+s\. https/))
    expect(log.rows[1]).toEqual(['build', 'success', '1', '18s', '1m12s', 'https://gitlab.example/jobs/100'])
  })

  test('asks once a look for twenty jobs', async () => {
    const jobs = (status: string) => Array.from({length: 20}, (_, id) => found({id, name: `job ${id}`, status}))
    const {result, looksAtMs, log} = await watch([
      [0, jobs('running')],
      [60_000, jobs('success')],
    ])
    expect(looksAtMs).toHaveLength(result.polls)
    expect(result.polls).toBeLessThan(10)
    expect(log.lines[0]).toBe('20 jobs: 20 running.')
  })

  test('follows a retried job to its new attempt and counts the attempts', async () => {
    const {result} = await watch([
      [0, [found({status: 'failed'})]],
      [3_000, [found({id: 101, status: 'running'})]],
      [30_000, [found({id: 101, status: 'success'})]],
    ])
    expect(waitOutputsOf(result)).toMatchObject({status: 'success', jobId: 101, attempts: 2})
  })

  test('says when a newer pipeline takes over', async () => {
    const heir = (status: string) => found({id: 200, status, pipeline: pipelineRef(11)})
    const {result, log} = await watch([
      [0, [found()]],
      [10_000, [heir('running')]],
      [60_000, [heir('success')]],
    ])
    expect(waitOutputsOf(result)).toMatchObject({pipelineId: 11})
    expect(log.warnings).toContainEqual(expect.stringMatching('Pipeline 11 has taken the place of 10'))
  })

  test('of a superseded pipeline ends as canceled, and says by which', async () => {
    const canceled = [found({status: 'canceled', pipeline: pipelineRef(10, 'canceled')})]
    const {result} = await watch([[0, snapshot(canceled, {pipelines: [pipelineRef(10, 'canceled'), pipelineRef(11)]})]])
    expect(waitFailure(result)).toMatchObject({kind: 'jobCanceled', message: expect.stringMatching('superseded by 11')})
  })

  test('by ref stays with its pipeline, and asks once more by which it was superseded when it is canceled', async () => {
    const asked: number[][] = []
    const observe = async ({pipelines}: {readonly pipelines: readonly {readonly id: number}[]}): Promise<Snapshot> => {
      asked.push(pipelines.map(({id}) => id))
      const isFirst = asked.length === 1
      if (!isFirst && pipelines.length === 0) return snapshot([], {pipelines: [pipelineRef(11)]})
      return snapshot([found({status: 'canceled'})])
    }
    const {result} = await watch([], {}, {observe, canMove: true})
    expect(asked[0]).toEqual([])
    expect(asked.slice(1, -1)).toEqual(asked.slice(1, -1).map(() => [10]))
    expect(asked.at(-1)).toEqual([])
    expect(result.reason).toMatch('build was canceled: pipeline 10 was superseded by 11.')
  })

  test('looks more closely when earlier runs say that the end is near, and asks for them once', async () => {
    let asked = 0
    const past = async () => (asked++, Array.from({length: 8}, () => found({status: 'success', duration: 600}).job))
    const clock = createClock({auto: true})
    const observe = async (): Promise<Snapshot> => {
      const seconds = clock.now() / 1000
      return snapshot([found(seconds < 600 ? {duration: seconds} : {status: 'success'})])
    }
    const {result} = await watch([], {}, {observe, past, clock})
    expect(asked).toBe(1)
    expect(result.waitedMs - 600_000).toBeLessThan(6_000)
    expect((await watch([[0, [found({status: 'success'})]]], {}, {past})).result.isGood).toBe(true)
    expect(asked).toBe(1)
  })

  test('warns once of a status it does not know', async () => {
    const {result, log} = await watch([
      [0, [found({status: 'future_x'})]],
      [2 * minute, [found({status: 'success'})]],
    ])
    expect(result.isGood).toBe(true)
    expect(log.warnings.filter((line) => line.includes('future_x'))).toHaveLength(1)
  })

  test('waits through the expected commit’s pipeline not being there yet, where the selection can move', async () => {
    const right = found({id: 200, status: 'success', pipeline: pipelineRef(11)})
    const scenes = [
      [0, [found({status: 'success'})]],
      [30_000, [right]],
    ] as const
    const {result} = await watch(scenes, {expectSha: sha(11)}, {canMove: true})
    expect(waitOutputsOf(result)).toMatchObject({jobId: 200, sha: sha(11)})
    const pinned = await watch(scenes, {expectSha: sha(11)})
    expect(waitFailure(pinned.result)).toMatchObject({kind: 'wrongState'})
  })

  test('leaves its own job out of a selection, but refuses to wait for it alone or by name', async () => {
    const own = {id: 100, name: 'build', pipelineId: 10, stage: 'test'}
    const both = [[0, [found(), found({id: 2, name: 'test', status: 'success'})]]] as const
    expect((await watch(both, {}, {own})).result).toMatchObject({verdict: 'good', jobs: [{job: {name: 'test'}}]})
    expect((await watch(both, {}, {own, named: ['build', 'test']})).result.verdict).toBe('deadlock')
    expect(waitFailure((await watch([[0, [found()]]], {}, {own})).result)).toMatchObject({kind: 'usage'})
  })

  test('warns when it holds a resource group that the awaited job may need', async () => {
    const waiting = found({status: 'waiting_for_resource'})
    const {log} = await watch(
      [
        [0, [waiting]],
        [minute, [found({status: 'success'})]],
      ],
      {},
      {
        own: {id: 1, resourceGroup: 'production'},
      },
    )
    expect(log.warnings.filter((line) => line.includes('production'))).toHaveLength(1)
  })
})

describe('when GitLab does not answer, a wait', () => {
  test('survives a restart of two minutes and a partition of three, with at most a line a minute', async () => {
    const {result, log} = await watch([
      [0, [found()]],
      [minute, outage('GET /projects/7/pipelines/10/jobs → 502.')],
      [3 * minute, [found()]],
      [6 * minute, outage('GET /projects/7/pipelines/10/jobs: connection timed out.')],
      [9 * minute, [found({status: 'success'})]],
    ])
    expect(result.isGood).toBe(true)
    expect(log.lines.filter((line) => line.startsWith('No answer')).length).toBeLessThanOrEqual(6)
    expect(log.lines.filter((line) => line.startsWith('GitLab answers again'))).toHaveLength(2)
  })

  test('gives up after ten minutes with the last answer', async () => {
    const {result} = await watch([
      [0, [found()]],
      [minute, outage('GET /x → 503.')],
    ])
    expect(waitFailure(result)).toMatchObject({
      kind: 'unreachable',
      status: 503,
      message: expect.stringMatching('GET /x → 503.'),
    })
    expect(result.waitedMs).toBeLessThan(13 * minute)
  })

  test('stops at once when its own job has ended and its token with it', async () => {
    const refused = new ActionError('refused', 'GET /projects/7/jobs → 401.', {status: 401})
    const {result, looksAtMs} = await watch([
      [0, [found()]],
      [minute, refused],
    ])
    expect(waitFailure(result)).toMatchObject({
      kind: 'refused',
      hint: expect.stringMatching('only valid while its job runs'),
      outputs: {jobId: 100, status: 'running'},
    })
    expect(looksAtMs.filter((atMs) => atMs >= minute)).toHaveLength(1)
  })
})

describe('the time of a wait', () => {
  test('ends a job stuck in the queue with its tags and the time it was queued', async () => {
    const stuck = {...found({status: 'pending', queued_duration: 3_600}).job, tag_list: ['gpu', 'linux']}
    const {result} = await watch([[0, [{...found(), job: stuck}]]])
    expect(waitFailure(result)).toMatchObject({
      kind: 'deadline',
      message: expect.stringMatching(/still pending, no runner has taken it \(queued for 1h00m, tags gpu, linux\)/),
    })
    expect(result.waitedMs).toBe(60 * minute)
  })

  test('is cut to what CI_JOB_TIMEOUT leaves, which is told and no warning', async () => {
    const own = {timeoutSeconds: 600, startedAt: new Date('2026-01-01T11:55:00Z')}
    const {result, log} = await watch([[0, [found()]]], {}, {own})
    expect(result).toMatchObject({verdict: 'deadline', waitedMs: 270_000})
    expect(log.lines).toContainEqual(expect.stringMatching('CI_JOB_TIMEOUT leaves 270s'))
    expect(log.warnings).toEqual([])
  })

  test('trusts only the length of the job’s timeout when the clocks of GitLab and here differ', async () => {
    const own = {timeoutSeconds: 600, startedAt: new Date('2026-01-01T13:00:00Z')}
    expect((await watch([[0, [found()]]], {}, {own})).result.waitedMs).toBe(570_000)
  })

  test('does not change when the wall clock jumps by an hour, either way', async () => {
    for (const hours of [1, -1]) {
      const clock = createClock({auto: true})
      const {result} = await watch(
        [[0, [found()]]],
        {timeoutMs: 10 * minute},
        {
          clock,
          facts: () => (clock.jump(hours * 60 * minute), {}),
        },
      )
      expect(result).toMatchObject({verdict: 'deadline', waitedMs: 10 * minute})
    }
  })

  test('is told by a heartbeat once a minute while nothing changes', async () => {
    const {log} = await watch([[0, [found({duration: 30})]]], {timeoutMs: 10 * minute})
    const beats = log.lines.filter(
      (line) => line.startsWith('Waiting for build (running for') && line.includes('so far'),
    )
    expect(beats.length).toBeGreaterThanOrEqual(6)
    expect(beats.length).toBeLessThanOrEqual(10)
    expect(beats[0]).toMatch(/so far, at most \d+m\d\ds more\.$/)
    expect(log.lines.join('\n')).not.toContain('0ms')
  })
})

describe('a wait that may play', () => {
  test('plays a manual job once and follows it', async () => {
    const plays: number[] = []
    const clock = createClock({auto: true})
    const play = async ({job}: FoundJob): Promise<FoundJob> => {
      plays.push(job.id)
      return found({status: 'pending'})
    }
    const observe = async (): Promise<Snapshot> => {
      // For a while the list still shows what was before the play.
      const status = clock.now() < 8_000 ? 'manual' : clock.now() < minute ? 'running' : 'success'
      return snapshot([found({status})])
    }
    const {result} = await watch([], {onManual: 'play'}, {play, observe, clock})
    expect(result.verdict).toBe('good')
    expect(plays).toEqual([100])
  })

  test('passes on why a play was refused', async () => {
    const play = () => Promise.reject(new ActionError('refused', 'POST → 403.'))
    await expect(watch([[0, [found({status: 'manual'})]]], {onManual: 'play'}, {play})).rejects.toMatchObject({
      kind: 'refused',
    })
  })
})

describe('a bad end', () => {
  test.each([
    ['failed', 'jobFailed', 20],
    ['canceled', 'jobCanceled', 21],
    ['skipped', 'jobCanceled', 21],
    ['manual', 'wrongState', 22],
  ])('of a job that is %s has its own exit code', async (status, kind, exitCode) => {
    const {result} = await watch([[0, [found({status})]]])
    expect(waitFailure(result)).toMatchObject({kind, exitCode, outputs: {status, jobName: 'build'}})
  })

  test('shows the last lines of the log where a token allows', async () => {
    const failed = [found({status: 'failed', failure_reason: 'script_failure'})]
    const {result, log} = await watch([[0, failed]], {}, {tailOf: async () => ['npm ERR!', 'exit 1']})
    expect(result.reason).toMatch('build failed (script_failure).')
    expect(log.foreignLines).toEqual(['npm ERR!', 'exit 1'])
    const without = await watch([[0, failed]], {}, {tailOf: () => Promise.reject(new Error('401'))})
    expect(waitFailure(without.result)).toMatchObject({kind: 'jobFailed'})
  })

  test('shows hostile names and reasons only cleaned', async () => {
    const {log, result} = await watch([
      [0, [found({name: 'a\u001b[31m\nsection_start:1:x', status: 'failed', failure_reason: '\u202e'})]],
    ])
    for (const text of [...log.lines, ...log.rows.flat(), result.reason]) expect(text).not.toMatch(/[\u001b\n\u202e]/)
  })
})

describe('an abort', () => {
  const start = (options: Partial<Parameters<typeof waitForJobs>[0]> = {}) => {
    const controller = new AbortController()
    const clock = createClock()
    const log = memoryLog()
    const observe = async () => snapshot([found()])
    const wait = waitForJobs({observe, policy: policy(), own: {}, clock, log, signal: controller.signal, ...options})
    return {controller, clock, log, wait}
  }

  test('ends a wait in the middle of a pause', async () => {
    const {controller, clock, wait} = start()
    await clock.advance(7_000)
    controller.abort(new Error('SIGTERM'))
    await expect(wait).rejects.toThrow('SIGTERM')
  })

  test('ends a wait in the middle of a look that hangs', async () => {
    const {controller, wait} = start({observe: () => new Promise<never>(() => undefined)})
    controller.abort(new Error('SIGTERM'))
    await expect(wait).rejects.toThrow('SIGTERM')
  })

  test('cancels what was started, and goes even if that fails', async () => {
    let isCanceled = false
    const cancelOn = {abort: true, timeout: false}
    const {controller, clock, wait} = start({cancelOn, cancelStarted: async () => void (isCanceled = true)})
    await clock.advance(1_000)
    controller.abort(new Error('SIGINT'))
    await expect(wait).rejects.toThrow('SIGINT')
    expect(isCanceled).toBe(true)
    const failing = start({cancelOn, cancelStarted: () => Promise.reject(new Error('POST → 403.'))})
    failing.controller.abort(new Error('SIGINT'))
    await expect(failing.wait).rejects.toThrow('SIGINT')
    expect(failing.log.warnings).toEqual(['What was started could not be canceled: POST → 403.'])
  })
})

describe('following', () => {
  test('begins with the first attempt that runs and is let go at the end', async () => {
    const followed: number[] = []
    const follow = ({job}: FoundJob, signal: AbortSignal): Promise<void> => {
      followed.push(job.id)
      return new Promise((resolve) => {
        if (followed.length > 1) resolve()
        else signal.addEventListener('abort', () => resolve())
        setImmediate(resolve)
      })
    }
    await watch(
      [
        [0, [found({status: 'pending'})]],
        [10_000, [found({status: 'running'})]],
        [60_000, [found({id: 101, status: 'running'})]],
        [90_000, [found({id: 101, status: 'success'})]],
      ],
      {},
      {follow},
    )
    expect(followed).toEqual([100, 101])
  })

  test('that fails is told and does not end the wait', async () => {
    const follow = () => Promise.reject(new ActionError('refused', 'GET trace → 401.', {hint: 'Set GITLAB_TOKEN.'}))
    const {result, log} = await watch(
      [
        [0, [found()]],
        [30_000, [found({status: 'success'})]],
      ],
      {},
      {follow},
    )
    expect(result.isGood).toBe(true)
    expect(log.warnings).toEqual(['The log cannot be followed: GET trace → 401. Set GITLAB_TOKEN.'])
  })
})
