import {describe, expect, test} from '@jest/globals'
import type {FoundJob} from '../../../src/gitlab/api/types.ts'
import {historyOf} from '../../../src/waiting/past.ts'
import {remember, startMemory, throttleFloorMs, type Memory} from '../../../src/waiting/memory.ts'
import {pauseMs, pauseNearEnd, type PaceInput} from '../../../src/waiting/pace.ts'
import {found, outage, policy, snapshot} from '../../support/waiting.ts'

function looked(times: number, jobs: readonly FoundJob[] = [found({status: 'pending'})]): Memory {
  let memory = startMemory(0)
  for (let look = 0; look < times; look++) memory = remember(memory, {kind: 'seen', snapshot: snapshot(jobs)}, 0).memory
  return memory
}

function pause(memory: Memory, changes: Partial<PaceInput> = {}): number {
  return pauseMs({
    memory,
    policy: policy(),
    facts: {},
    history: new Map(),
    nowMs: 0,
    againAtMs: undefined,
    deadlineMs: 3_600_000,
    date: new Date('2026-01-01T12:00:00Z'),
    random: 0.5,
    ...changes,
  })
}

describe('the pause between looks', () => {
  test('grows by 1.3 from 5 to 30 seconds', () => {
    const pauses = [1, 2, 3, 7, 8, 50].map((times) => Math.round(pause(looked(times))))
    expect(pauses).toEqual([5_000, 6_500, 8_450, 24_134, 30_000, 30_000])
  })

  test('varies by a fifth either way', () => {
    expect([0, 1].map((random) => Math.round(pause(looked(1), {random})))).toEqual([4_000, 6_000])
  })

  test('does not outlast the moment that a bad end is due to be believed, nor the deadline', () => {
    expect(pause(looked(50), {againAtMs: 10_000})).toBe(10_000)
    expect(pause(looked(50), {deadlineMs: 3_000})).toBe(3_000)
    expect(pause(looked(50), {deadlineMs: -1})).toBe(0)
  })

  test('is never shortened by an outage', () => {
    const calm = looked(5)
    const failing = remember(calm, {kind: 'failed', error: outage()}, 0).memory
    expect(pause(failing)).toBeGreaterThan(pause(calm))
  })

  test('doubles with every 429 up to two minutes, spreads widely, and forgets in five-minute steps', () => {
    let memory = looked(1)
    const floors: number[] = []
    for (let count = 0; count < 6; count++) {
      memory = remember(memory, {kind: 'failed', error: outage('429', 429)}, 0).memory
      floors.push(throttleFloorMs(memory, 0))
    }
    expect(floors).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000])
    expect([0, 0.999].map((random) => Math.round(pause(memory, {random})))).toEqual([120_000, 239_880])
    expect([299_999, 300_000, 600_000, 1_500_000].map((nowMs) => throttleFloorMs(memory, nowMs))).toEqual([
      120_000, 60_000, 30_000, 0,
    ])
  })
})

describe('when less than a tenth of the rate limit is left, the pause', () => {
  const at = (rateLimit: object) => pause(looked(1), {facts: {rateLimit}, random: 0})

  test.each([
    [
      'reaches to the end of the window',
      {limit: 600, remaining: 59, resetAt: new Date('2026-01-01T12:00:40Z')},
      40_000,
    ],
    ['is a minute if the window has no end', {limit: 600, remaining: 0}, 60_000],
    [
      'is a minute if the window ended in the past',
      {limit: 600, remaining: 0, resetAt: new Date('2026-01-01T11:00:00Z')},
      60_000,
    ],
    [
      'is a minute if the window ends in an hour',
      {limit: 600, remaining: 0, resetAt: new Date('2026-01-01T13:00:00Z')},
      60_000,
    ],
    ['is as ever with enough left', {limit: 600, remaining: 60}, 4_000],
    ['is as ever for a limit of nothing', {limit: 0, remaining: 0}, 4_000],
    ['is as ever for a limit that is not told', {remaining: 3}, 4_000],
  ])('%s', (_, rateLimit, ms) => {
    expect(at(rateLimit)).toBe(ms)
  })

  test('goes by the clock of the server, which ends its window', () => {
    const facts = {
      rateLimit: {limit: 600, remaining: 0, resetAt: new Date('2026-01-01T12:10:04Z')},
      clockSkewMs: 600_000,
    }
    expect(pause(looked(1), {facts, random: 0})).toBe(4_000)
  })
})

describe('near a likely end', () => {
  const past = [570, 590, 600, 610, 640]

  test('looks come closer, then apart again once the past says nothing more', () => {
    const at = (elapsed: number) => pauseNearEnd(past, elapsed) ?? Infinity
    expect(at(100)).toBeGreaterThan(60_000)
    expect(at(600)).toBeLessThan(5_000)
    expect(at(500)).toBeLessThan(at(400))
    expect(pauseNearEnd(past, 1_300)).toBeUndefined()
    expect(pauseNearEnd([], 10)).toBeUndefined()
  })

  test('a running job is looked at more often than the interval says, but not more than at two fifths of it', () => {
    const memory = looked(20, [found({duration: 600})])
    const history = new Map([['build', past]])
    expect(pause(memory, {history})).toBeLessThan(6_000)
    expect(pause(memory, {history: new Map([['build', [600, 601, 602, 603]]])})).toBeGreaterThanOrEqual(2_000)
  })

  test('of several jobs the one that takes longest sets the pace for all, the first to end for any', () => {
    const memory = looked(20, [found({duration: 600}), found({id: 2, name: 'slow', duration: 600})])
    const history = new Map([
      ['build', past],
      ['slow', past.map((seconds) => seconds * 10)],
    ])
    expect(pause(memory, {history})).toBe(30_000)
    expect(pause(memory, {history, policy: policy({mode: 'any'})})).toBeLessThan(6_000)
  })

  test('the past is made of successful runs with a duration', () => {
    const jobs = [
      found({status: 'success', duration: 10}),
      found({status: 'failed', duration: 3}),
      found({status: 'success', duration: null}),
      found({status: 'success', duration: 12}),
    ]
    expect(historyOf(jobs.map(({job}) => job))).toEqual(new Map([['build', [10, 12]]]))
  })
})
