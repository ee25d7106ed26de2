import {describe, expect, test} from '@jest/globals'
import type {Values} from '../../../src/command/fields.ts'
import {waitInputs, waitOutputs, waitPolicy} from '../../../src/command/wait-inputs.ts'
import {allowance, defaultPolicy} from '../../../src/waiting/policy.ts'
import {waitOutputsOf} from '../../../src/waiting/result.ts'
import {span} from '../../../src/base/duration.ts'
import {found, policy, watch} from '../../support/waiting.ts'

const defaults = Object.fromEntries(
  Object.entries(waitInputs).map(([name, {fallback}]) => [name, fallback]),
) as unknown as Values<typeof waitInputs>

describe('the inputs of waiting', () => {
  test('mean the default policy when nothing is given', () => {
    expect(waitPolicy(defaults)).toEqual(defaultPolicy)
  })

  test('never make looks come closer than a second, and the longest pause never shorter than the first', () => {
    const {intervalMs, maxIntervalMs} = waitPolicy({...defaults, interval: 60_000, maxInterval: 5})
    expect([intervalMs, maxIntervalMs]).toEqual([60_000, 60_000])
    expect(waitPolicy({...defaults, interval: 0}).intervalMs).toBe(1_000)
  })

  test('accept as good only statuses that a job can end in, and manual', () => {
    expect(waitInputs.ok.parse(['success', 'manual', 'skipped'])).toEqual(['success', 'manual', 'skipped'])
    for (const wrong of ['running', 'pending', 'cancelled', 'future_x']) {
      expect(() => waitInputs.ok.parse([wrong])).toThrow('must list only')
    }
  })

  test('take the expected commit in any case, abbreviated to 8 digits at least', () => {
    expect(waitPolicy({...defaults, expectSha: 'ABCDEF0123'}).expectSha).toBe('abcdef0123')
    expect(() => waitInputs.expectSha.parse(['abc'])).toThrow('8 to 64')
  })
})

describe('the outputs of waiting', () => {
  test('are those that are declared', async () => {
    const {result} = await watch([[0, [found({status: 'success'})]]])
    expect(Object.keys(waitOutputsOf(result)).sort()).toEqual(Object.keys(waitOutputs).sort())
  })

  test('are empty where GitLab did not tell', async () => {
    const {result} = await watch([[0, []]], {appearTimeoutMs: 0})
    expect(waitOutputsOf(result)).toMatchObject({status: undefined, jobId: undefined, jobs: [], polls: 1})
  })
})

describe('the time that CI_JOB_TIMEOUT leaves', () => {
  const now = new Date('2026-01-01T12:00:00Z')
  const started = (secondsAgo: number) => new Date(now.getTime() - secondsAgo * 1000)

  test.each([
    ['is not known without it', {}, 3_600_000, false],
    [
      'does not matter if it is longer than the timeout',
      {timeoutSeconds: 7_200, startedAt: started(60)},
      3_600_000,
      false,
    ],
    [
      'is cut by what has passed and a reserve of 30 seconds',
      {timeoutSeconds: 600, startedAt: started(100)},
      470_000,
      true,
    ],
    ['is nothing when the job is about to end', {timeoutSeconds: 600, startedAt: started(590)}, 0, true],
    [
      'counts whole if the job seems to start in the future',
      {timeoutSeconds: 600, startedAt: started(-3_600)},
      570_000,
      true,
    ],
    ['counts whole if the job seems to be over', {timeoutSeconds: 600, startedAt: started(3_600)}, 570_000, true],
    ['is ignored if it is no number', {timeoutSeconds: Number.NaN}, 3_600_000, false],
  ])('%s', (_, own, timeoutMs, isWarned) => {
    const allowed = allowance(policy(), own, now)
    expect(allowed.timeoutMs).toBe(timeoutMs)
    expect(allowed.note !== undefined).toBe(isWarned)
  })
})

test.each([
  [-5, '0ms'],
  [850, '850ms'],
  [59_400, '59s'],
  [59_600, '1m00s'],
  [130_000, '2m10s'],
  [3_900_000, '1h05m'],
  [Number.NaN, 'an unknown time'],
])('%d milliseconds are shown as %s', (ms, shown) => {
  expect(span(ms)).toBe(shown)
})
