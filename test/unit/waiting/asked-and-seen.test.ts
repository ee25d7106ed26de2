import {describe, expect, test} from '@jest/globals'
import {ActionError} from '../../../src/base/errors.ts'
import type {FoundJob} from '../../../src/gitlab/api/types.ts'
import {judgePipeline} from '../../../src/waiting/judge.ts'
import {allowance} from '../../../src/waiting/policy.ts'
import {found, outage, pipelineRef, policy, snapshot, watch, type Scene} from '../../support/waiting.ts'

const minute = 60_000
const hidden = new ActionError('refused', 'None of the jobs of pipeline 20 can be seen.')
const good = found({status: 'success'})

/** The good job of pipeline 10, which has this status. */
function of(status: string, jobs: readonly FoundJob[] = [good]) {
  return snapshot(jobs, {pipelines: [pipelineRef(10, status)]})
}

describe('what was not seen', () => {
  test('is waited for where a further look may show it: a child pipeline without jobs yet', async () => {
    const child = {what: 'the jobs of pipeline 20', mayAppear: true, error: hidden}
    const empty = snapshot([good], {holes: [child]})
    const failed = found({id: 200, name: 'package', status: 'failed', pipeline: pipelineRef(20)}, 'child/package')
    const {result} = await watch([
      [0, empty],
      [10_000, snapshot([good, failed])],
    ])
    expect(result).toMatchObject({verdict: 'failed', found: {label: 'child/package'}})
  })

  test('is told at once where no look will show it, with what GitLab said', async () => {
    const hole = {what: 'the trigger jobs of pipeline 10', mayAppear: false, error: hidden}
    const {result} = await watch([[0, snapshot([good], {holes: [hole]})]])
    expect(result).toMatchObject({verdict: 'refused', waitedMs: 0, reason: hidden.message, error: {kind: 'refused'}})
  })

  test('is told of an empty list only once it has stood, since a replica may lag', async () => {
    const hole = {kind: 'jobs', pipelineId: 10, what: 'the jobs of pipeline 10', mayAppear: false, error: hidden}
    const empty = snapshot([], {holes: [hole], missing: ['build'], pipelines: []})
    expect(
      (
        await watch([
          [0, empty],
          [6_000, [good]],
        ])
      ).result.verdict,
    ).toBe('good')
    const {result} = await watch([[0, empty]])
    expect(result).toMatchObject({verdict: 'refused', error: {kind: 'refused'}})
    expect(result.waitedMs).toBeLessThan(minute)
  })

  test('is no reason to wait for a job that has failed', async () => {
    const hole = {what: 'the trigger jobs of pipeline 10', mayAppear: false, error: hidden}
    const {result} = await watch([[0, snapshot([found({status: 'failed'})], {holes: [hole]})]], {settleMs: 0})
    expect(result.verdict).toBe('failed')
  })
})

describe('the status of a pipeline', () => {
  const agree = {pipelineStatus: 'agree'} as const

  test.each([
    ['success', 'good'],
    ['skipped', 'good'],
    ['failed', 'bad'],
    ['canceled', 'bad'],
    ['manual', 'bad'],
    ['running', 'pending'],
    ['future_x', 'pending'],
  ])('%s beside jobs that are all good is %s', (status, kind) => {
    expect(judgePipeline(pipelineRef(10, status), [good], policy(agree)).kind).toBe(kind)
  })

  test('that says failed while all jobs seen are good ends the wait badly once it has stood', async () => {
    const {result} = await watch([[0, of('failed')]], agree)
    expect(result).toMatchObject({verdict: 'pipeline', end: 'failed', waitedMs: expect.closeTo(10_000, -4)})
    expect(result.reason).toContain('Pipeline 10 is failed, although none of the jobs seen of it tells why.')
  })

  test('may lag behind the last job by a moment', async () => {
    const {result, looksAtMs} = await watch(
      [
        [0, of('running')],
        [1_000, of('success')],
      ],
      agree,
    )
    expect(result.verdict).toBe('good')
    expect(looksAtMs.at(-1)).toBeLessThan(4_000)
  })

  test('that stays open is told when the time is over', async () => {
    const {result} = await watch([[0, of('running')]], {...agree, timeoutMs: minute})
    expect(result).toMatchObject({verdict: 'deadline'})
    expect(result.reason).toContain('pipeline 10 is still running, although the jobs seen of it have ended')
  })

  test('stands for trigger jobs that cannot be listed, unless it waits for us', async () => {
    const hole = {kind: 'trigger-jobs', pipelineId: 10, what: 'the trigger jobs', mayAppear: false, error: hidden}
    const seen = (status: string) => ({...of(status), holes: [hole]})
    const {result} = await watch(
      [
        [0, seen('running')],
        [minute, seen('success')],
      ],
      agree,
    )
    expect(result.verdict).toBe('good')
    expect(result.waitedMs).toBeGreaterThanOrEqual(minute)
    expect((await watch([[0, seen('failed')]], agree)).result.verdict).toBe('pipeline')
    expect((await watch([[0, seen('success')]])).result.verdict).toBe('good')
    expect((await watch([[0, seen('failed')]])).result.verdict).toBe('refused')
    for (const rules of [{strict: true}, {onManual: 'play'}, {onManual: 'wait'}] as const)
      expect((await watch([[0, seen('success')]], {...agree, ...rules})).result.verdict).toBe('refused')
    expect((await watch([[0, seen('success')]], agree, {isFamily: true})).result.verdict).toBe('refused')
    const own = {id: 1, pipelineId: 10}
    expect((await watch([[0, seen('running')]], agree, {own})).result.verdict).toBe('refused')
  })

  test('is awaited beside a pattern that is all good already, longer than a job may be absent', async () => {
    const hole = {kind: 'trigger-jobs', pipelineId: 10, what: 'the trigger jobs', mayAppear: false, error: hidden}
    const seen = (status: string) => ({...of(status), holes: [hole]})
    const {result, log} = await watch([
      [0, seen('running')],
      [20 * minute, seen('success')],
    ])
    expect(result.verdict).toBe('good')
    expect(result.waitedMs).toBeGreaterThanOrEqual(20 * minute)
    expect(log.lines.join('\n')).toMatch(
      /trigger jobs of pipeline 10 cannot be listed .* end of pipeline 10 is awaited too/,
    )
    expect((await watch([[0, seen('manual')]])).result.verdict).toBe('refused')
    expect((await watch([[0, seen('running')]], {timeoutMs: minute})).result.reason).toContain(
      'pipeline 10 is still running',
    )
    // Some that are seen may be all that is needed.
    const running = found({id: 101, name: 'other', status: 'running'})
    const some = {...of('running', [found({status: 'failed'}), running]), holes: [hole]}
    const passed = {
      ...of('running', [found({status: 'failed'}), {...running, job: {...running.job, status: 'success'}}]),
      holes: [hole],
    }
    const own = {id: 1, pipelineId: 10}
    expect(
      (
        await watch(
          [
            [0, some],
            [minute, passed],
          ],
          {mode: 'any'},
          {own},
        )
      ).result.verdict,
    ).toBe('good')
    expect(
      (
        await watch(
          [
            [0, some],
            [minute, passed],
          ],
          {},
          {own},
        )
      ).result.verdict,
    ).toBe('failed')
  })

  test('that waits for a person is not explained by an optional job', async () => {
    const optional = found({id: 101, name: 'deploy', status: 'manual', allow_failure: true})
    const rules = {...agree, onManual: 'ok-if-optional'} as const
    expect((await watch([[0, of('manual', [good, optional])]], rules)).result).toMatchObject({end: 'manual'})
    const open = {...rules, timeoutMs: minute}
    expect((await watch([[0, of('running', [good, optional])]], open)).result.verdict).toBe('deadline')
  })

  test('plays no part for jobs that were named, nor for the pipeline that waits for us', async () => {
    expect((await watch([[0, of('failed')]])).result.verdict).toBe('good')
    const own = {id: 1, pipelineId: 10}
    expect((await watch([[0, of('running')]], agree, {own})).result.verdict).toBe('good')
    const below = {id: 1, pipelineId: 30, upstreamPipelineId: 10}
    expect((await watch([[0, of('running')]], agree, {own: below})).result.verdict).toBe('good')
  })

  test('is explained by an end that was said to be good', async () => {
    const failed = found({id: 101, name: 'lint', status: 'failed'})
    const {result} = await watch([[0, of('failed', [good, failed])]], {...agree, ok: ['success', 'failed']})
    expect(result.verdict).toBe('good')
  })

  test('can be awaited itself', async () => {
    const wait = {pipelineStatus: 'await'} as const
    expect(
      (
        await watch(
          [
            [0, of('running')],
            [minute, of('failed')],
          ],
          wait,
        )
      ).result,
    ).toMatchObject({end: 'failed'})
    expect(
      (
        await watch(
          [
            [0, of('running')],
            [minute, of('success')],
          ],
          wait,
        )
      ).result.verdict,
    ).toBe('good')
    const {result} = await watch([[0, of('running')]], wait, {own: {id: 1, pipelineId: 10}})
    expect(result).toMatchObject({verdict: 'deadlock', waitedMs: 0})
  })
})

describe('manual jobs of a whole pipeline', () => {
  const rules = {onManual: 'ok-if-optional'} as const

  test('are passed by where they are optional, and stop the gate where they block', async () => {
    const optional = found({id: 101, name: 'deploy', status: 'manual', allow_failure: true})
    const blocking = found({id: 102, name: 'release', status: 'manual'})
    expect((await watch([[0, [good, optional]]], rules)).result.verdict).toBe('good')
    expect((await watch([[0, [good, optional, blocking]]], rules)).result).toMatchObject({
      verdict: 'manual',
      found: {label: 'release'},
    })
  })
})

describe('siblings of our own matrix', () => {
  const own = {id: 1, name: 'gate: [a]', stage: 'test', pipelineId: 10}
  const sibling = (status: string): FoundJob => found({id: 2, name: 'gate: [b]', status})
  const ours = found({id: 1, name: 'gate: [a]'})

  test('are not awaited while they run, which is told', async () => {
    const {result, log} = await watch([[0, [good, ours, sibling('running')]]], {}, {own})
    expect(result.verdict).toBe('good')
    expect(log.lines.join('\n')).toContain("of this job's own matrix and most likely wait as it does: gate: [b]")
  })

  test('count once they have failed', async () => {
    const {result} = await watch([[0, [good, ours, sibling('failed')]]], {}, {own})
    expect(result).toMatchObject({verdict: 'failed', found: {label: 'gate: [b]'}})
  })

  test('alone are a deadlock, told at once', async () => {
    const {result} = await watch([[0, [ours, sibling('running')]]], {}, {own})
    expect(result).toMatchObject({verdict: 'deadlock', waitedMs: 0})
    expect(result.reason).toContain("of this job's own matrix (gate: [b])")
  })

  test('are awaited where they are named, and those of `parallel` are siblings too', async () => {
    const named = ['gate: [b]']
    const scenes: Scene[] = [
      [0, [sibling('running')]],
      [minute, [sibling('success')]],
    ]
    expect((await watch(scenes, {}, {own, named})).result).toMatchObject({verdict: 'good'})
    const split = {...own, name: 'gate 1/2'}
    const other = found({id: 2, name: 'gate 2/2'})
    expect((await watch([[0, [good, other]]], {}, {own: split})).result.verdict).toBe('good')
    const stranger = found({id: 2, name: 'gate'})
    expect((await watch([[0, [good, stranger]]], {timeoutMs: minute}, {own})).result.verdict).toBe('deadline')
  })

  test('the trigger job that waits for our pipeline leaves itself out as we do', async () => {
    const trigger = found({id: 3, name: 'child', pipeline: pipelineRef(5), downstream_pipeline: pipelineRef(10)})
    const test = found({id: 4, status: 'success', pipeline: pipelineRef(5)})
    expect((await watch([[0, [trigger, test]]], {}, {own})).result.verdict).toBe('good')
    expect((await watch([[0, [trigger, test]]], {}, {own, named: ['child']})).result.verdict).toBe('deadlock')
  })
})

describe('the end of the time', () => {
  const page = new ActionError('untrusted', 'GET https://gitlab.example/projects/1 → 200 with HTML.')

  test.each([
    ['a page in place of an answer', page, 'untrusted'],
    ['a server that answers 503', outage(), 'unreachable'],
    ['a project that is not there', new ActionError('notFound', 'GET → 404 Project Not Found.'), 'notFound'],
  ])('after %s and nothing else says what came', async (_, error, kind) => {
    const {result} = await watch([[0, error]], {timeoutMs: 3_000})
    expect(result.verdict).not.toBe('deadline')
    expect(result.error?.kind).toBe(kind)
    expect(result.reason).toContain(error.message)
  })

  test('is a timeout after a look that worked, and says that the last ones did not', async () => {
    const {result} = await watch(
      [
        [0, [found()]],
        [1_000, page],
      ],
      {timeoutMs: minute},
    )
    expect(result.verdict).toBe('deadline')
    expect(result.reason).toContain('GitLab has not answered the last')
  })

  test('a page in place of every answer is not looked at for minutes', async () => {
    const {result} = await watch([[0, page]])
    expect(result).toMatchObject({verdict: 'outage', error: {kind: 'untrusted'}})
    expect(result.waitedMs).toBeLessThan(minute)
  })

  test('is what the runner allows the script, where that is less', () => {
    const now = new Date('2026-01-01T12:00:00Z')
    const own = {timeoutSeconds: 3_600, scriptTimeoutSeconds: 900, startedAt: new Date('2026-01-01T11:59:00Z')}
    expect(allowance(policy(), own, now)).toEqual({
      timeoutMs: (900 - 60 - 30) * 1_000,
      note: expect.stringContaining("The runner's limit for this script leaves 810s"),
    })
  })

  test('is no timeout for a name that was never there: a typing error must not pass for one', async () => {
    const typo = snapshot([], {missing: ['bild'], names: ['build'], pipelines: [pipelineRef(10)]})
    const {result, log} = await watch([[0, typo]], {timeoutMs: minute})
    expect(result).toMatchObject({verdict: 'absent', waitedMs: minute})
    expect(log.lines[0]).toContain('Nearest: build.')
  })

  test('cancels what was started, if told to', async () => {
    let canceled = 0
    const cancelStarted = async () => void canceled++
    const cancelOn = {abort: false, timeout: true}
    await watch([[0, [found()]]], {timeoutMs: minute}, {cancelStarted, cancelOn})
    await watch([[0, [good]]], {timeoutMs: minute}, {cancelStarted, cancelOn})
    await watch([[0, [found()]]], {timeoutMs: minute}, {cancelStarted})
    expect(canceled).toBe(1)
  })
})

describe('n of m', () => {
  const jobs = (...statuses: readonly string[]) =>
    statuses.map((status, at) => found({id: 100 + at, name: `shard ${at}`, status}))

  test('is good with n good jobs, whatever the others do', async () => {
    expect((await watch([[0, jobs('success', 'running', 'success')]], {mode: 2})).result.verdict).toBe('good')
    expect((await watch([[0, jobs('success', 'failed', 'success')]], {mode: 2})).result.verdict).toBe('good')
  })

  test('is bad as soon as too many are bad', async () => {
    const {result} = await watch([[0, jobs('success', 'failed', 'failed', 'running')]], {mode: 3})
    expect(result).toMatchObject({verdict: 'failed', found: {label: 'shard 1'}})
  })

  test('of fewer jobs than n in a pipeline that is over is told', async () => {
    const {result} = await watch([[0, snapshot(jobs('success'), {pipelines: [pipelineRef(10, 'success')]})]], {mode: 2})
    expect(result).toMatchObject({verdict: 'refused', error: {kind: 'notFound'}})
    expect(result.reason).toContain('Only one job is chosen')
  })
})

describe('a job that its pipeline left out', () => {
  const over = snapshot([good], {missing: ['docs'], pipelines: [pipelineRef(10, 'success')]})
  const knownNames = async (names: readonly string[]) => new Set(names.filter((name) => name === 'docs'))

  test('counts as good where it may be missing and the project knows it', async () => {
    const {result} = await watch([[0, over]], {onMissing: 'ok'}, {knownNames})
    expect(result).toMatchObject({verdict: 'good', waitedMs: 0})
    const alone = await watch([[0, {...over, jobs: []}]], {onMissing: 'ok'}, {knownNames})
    expect(alone.result).toMatchObject({verdict: 'good', found: undefined})
    expect(alone.result.reason).toContain('The pipeline has no docs, which counts as good')
  })

  test('is missed where nobody knows its name, and by default', async () => {
    const typo = {...over, missing: ['dcos']}
    expect((await watch([[0, typo]], {onMissing: 'ok'}, {knownNames})).result.verdict).toBe('absent')
    expect((await watch([[0, over]], {}, {knownNames})).result.verdict).toBe('absent')
  })

  test('is waited for while its pipeline runs', async () => {
    const running = {...over, pipelines: [pipelineRef(10)]}
    const {result} = await watch(
      [
        [0, running],
        [minute, over],
      ],
      {onMissing: 'ok'},
      {knownNames},
    )
    expect(result).toMatchObject({verdict: 'good'})
    expect(result.waitedMs).toBeGreaterThanOrEqual(minute)
  })
})

describe('a newer pipeline of the ref', () => {
  const first = found({status: 'running'})
  const second = found({id: 200, status: 'running', pipeline: pipelineRef(11)})

  test('is followed where that was asked for, jobs that it left out forgotten', async () => {
    const only = found({id: 101, name: 'old only', status: 'running'})
    const scenes: Scene[] = [
      [0, [first, only]],
      [minute, [second]],
      [2 * minute, [{...second, job: {...second.job, status: 'success'}}]],
    ]
    const asked: number[] = []
    const {result, log} = await watch(scenes, {}, {canMove: true, followNewest: true, observed: asked})
    expect(result).toMatchObject({verdict: 'good', found: {job: {id: 200}}})
    expect(result.jobs.map(({job}) => job.id)).toEqual([200])
    expect(log.warnings.join()).toContain('Pipeline 11 has taken the place of 10')
    expect(new Set(asked)).toEqual(new Set([0]))
  })
})

describe('what is told', () => {
  test('first is what is waited for, until when, and what may still appear', async () => {
    const {log} = await watch([
      [0, [found()]],
      [minute, [good]],
    ])
    expect(log.lines).toContainEqual('Waiting for build (running) until 2026-01-01T13:00:00Z, for at most 1h00m.')
    const absent = await watch([[0, snapshot([], {missing: ['bild']})]])
    expect(absent.log.lines[0]).toContain(
      'Waiting for bild (not there yet) until 2026-01-01T13:00:00Z, for at most 1h00m. What is not there yet may appear within 5m00s.',
    )
  })

  test('in a CI job is that a runner is held, with what GitLab has instead', async () => {
    const own = {id: 1, name: 'gate', stage: 'test', pipelineId: 10}
    const scenes: Scene[] = [
      [0, [found()]],
      [minute, [good]],
    ]
    expect((await watch(scenes, {}, {own})).log.lines.join('\n')).toContain(
      'holds its runner while it waits. For jobs of its own pipeline, `needs:`',
    )
    expect((await watch(scenes, {}, {own: {...own, pipelineId: 3}})).log.lines.join('\n')).toContain(
      '`strategy: mirror`',
    )
    expect((await watch(scenes)).log.lines.join('\n')).not.toContain('runner')
  })

  test('of a failure is each failed job, its reason and the end of its log', async () => {
    const failed = ['lint', 'unit'].map((name, at) =>
      found({id: 100 + at, name, status: 'failed', failure_reason: 'script_failure'}),
    )
    const allowed = found({id: 110, name: 'flaky', status: 'failed', allow_failure: true})
    const tailOf = async ({job}: FoundJob) => [`\u001b[31m${job.name} broke\u001b[0m`]
    const {result, log} = await watch([[0, [...failed, allowed]]], {settleMs: 0}, {tailOf})
    expect(log.foreignLines).toEqual(['\u001b[31mlint broke\u001b[0m', '\u001b[31munit broke\u001b[0m'])
    expect(log.rows).toContainEqual(['lint', 'script_failure', 'lint broke', 'https://gitlab.example/jobs/100'])
    expect(result.failures.map(({found: {label}, lines}) => [label, lines.length])).toEqual([
      ['lint', 1],
      ['unit', 1],
    ])
  })
})
