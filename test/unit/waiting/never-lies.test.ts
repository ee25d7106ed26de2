import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {ActionError} from '../../../src/base/errors.ts'
import type {FoundJob, Snapshot} from '../../../src/gitlab/api/types.ts'
import {decide, type Ending} from '../../../src/waiting/decide.ts'
import {narrow} from '../../../src/waiting/narrow.ts'
import {remember, rememberPlayed, startMemory} from '../../../src/waiting/memory.ts'
import {pauseMs} from '../../../src/waiting/pace.ts'
import {neededOf, type Policy} from '../../../src/waiting/policy.ts'
import {policy} from '../../support/waiting.ts'
import {lookAt, worlds, type World} from './histories.ts'

const policies: fc.Arbitrary<Policy> = fc
  .record({
    until: fc.constantFrom('finished', 'finished', 'started', 'success'),
    mode: fc.constantFrom<Policy['mode']>('all', 'all', 'any', 2),
    strict: fc.boolean(),
    onManual: fc.constantFrom('fail', 'wait', 'play', 'ok', 'ok-if-optional'),
    pipelineStatus: fc.constantFrom('ignore', 'agree', 'await'),
    onSkipped: fc.constantFrom('fail', 'ok'),
    timeoutMs: fc.constantFrom(60_000, 200_000, 600_000),
    appearTimeoutMs: fc.constantFrom(30_000, 300_000),
    outageMs: fc.constantFrom(60_000, 300_000),
  } as const)
  .map((changes) => policy(changes))

interface Shown {
  readonly atMs: number
  readonly jobs: readonly FoundJob[]
  readonly snapshot: Snapshot
}

interface Run {
  readonly ending: Ending
  readonly endedAtMs: number
  readonly looks: number
  /** Looks that gave an answer. */
  readonly shown: readonly Shown[]
  readonly lastLookWorked: boolean
  readonly plays: readonly number[]
}

describe('over any history of jobs, retries, pipelines, faults and credentials', () => {
  const settings = {numRuns: 10_000, seed: 6, endOnFailure: true}

  test('a wait is never endless, never lies and never starts a job twice', () => {
    fc.assert(
      fc.property(
        worlds,
        policies,
        fc.array(fc.double({min: 0, max: 0.999, noNaN: true}), {minLength: 5, maxLength: 5}),
        (world, rules, chance) => {
          const run = wait(world, rules, chance)
          expectAnEnd(run, rules)
          expectTruth(run, rules, world)
          expect(new Set(run.plays).size).toBe(run.plays.length)
          if (rules.onManual !== 'play') expect(run.plays).toEqual([])
        },
      ),
      settings,
    )
  })
})

/** The engine's own loop without its clock, its log and its promises. */
function wait(world: World, rules: Policy, chance: readonly number[]): Run {
  let memory = startMemory(0)
  let nowMs = 0
  const plays = new Map<number, number>()
  const played: number[] = []
  const shown: Shown[] = []
  for (let looks = 1; looks <= 5_000; looks++) {
    const seen = lookAt(world, nowMs / 1000, looks, plays)
    const failed = seen instanceof ActionError
    const look = failed ? ({kind: 'failed', error: seen} as const) : ({kind: 'seen', snapshot: seen.snapshot} as const)
    if (!failed) shown.push({atMs: nowMs, jobs: seen.snapshot.jobs, snapshot: seen.snapshot})
    memory = remember(memory, narrow(look, {own: {}, policy: rules, canMove: true}).look, nowMs, {canMove: true}).memory
    const circumstances = {policy: rules, own: {}, nowMs, deadlineMs: rules.timeoutMs, serverTime: undefined}
    let decision = decide(memory, circumstances)
    while (decision.kind === 'play') {
      const {found} = decision
      plays.set(found.job.id, nowMs / 1000)
      played.push(found.job.id)
      memory = rememberPlayed(memory, found, {...found, job: {...found.job, status: 'pending'}}, nowMs)
      decision = decide(memory, circumstances)
    }
    if (decision.kind === 'done') {
      return {ending: decision.ending, endedAtMs: nowMs, looks, shown, lastLookWorked: !failed, plays: played}
    }
    nowMs += pauseMs({
      memory,
      policy: rules,
      facts: {},
      history: new Map(),
      nowMs,
      againAtMs: decision.againAtMs,
      deadlineMs: rules.timeoutMs,
      date: new Date(0),
      random: chance[looks % chance.length] ?? 0.5,
    })
  }
  throw new Error('endless')
}

function expectAnEnd({endedAtMs, looks}: Run, rules: Policy): void {
  expect(endedAtMs).toBeLessThanOrEqual(rules.timeoutMs)
  // Never faster than a look a second on average, whatever happens.
  expect(looks).toBeLessThanOrEqual(endedAtMs / 1_000 + 2)
}

function expectTruth(run: Run, rules: Policy, world: World): void {
  const {ending, shown, endedAtMs} = run
  const last = shown.at(-1)
  switch (ending.verdict) {
    case 'good': {
      expect(run.lastLookWorked).toBe(true)
      const good = world.names.filter((name) => isGood(newestEver(shown, name), rules))
      expect(good.length).toBeGreaterThanOrEqual(neededOf(rules, world.names.length))
      if (rules.mode === 'all') expectAllSeen(last, world)
      if (rules.pipelineStatus !== 'ignore') expectAgreement(shown, rules, world)
      return
    }
    case 'pipeline': {
      expect(rules.pipelineStatus).not.toBe('ignore')
      expect(last?.snapshot.pipelines.map(({status}) => status)).toContain(ending.pipeline.status)
      expect(ending.pipeline.status).not.toBe('success')
      return
    }
    case 'failed':
    case 'canceled':
    case 'skipped':
    case 'manual': {
      expect(run.lastLookWorked).toBe(true)
      const {job} = ending.found
      expect(job.status).toBe(ending.verdict)
      expect(isGood(ending.found, rules)).toBe(false)
      expect(last?.jobs.map(({job}) => job.id)).toContain(job.id)
      const since = shown.find(({jobs}) => jobs.some((one) => one.job.id === job.id && one.job.status === job.status))
      const stoodMs = endedAtMs - (since?.atMs ?? Infinity)
      expect(stoodMs >= rules.settleMs || endedAtMs >= rules.timeoutMs).toBe(true)
      return
    }
    case 'deadline':
      expect(endedAtMs).toBe(rules.timeoutMs)
      return
    case 'absent':
      expect(endedAtMs).toBeGreaterThanOrEqual(patience(last, rules))
      return
    case 'refused':
      if (ending.error.status === 401) expect(endedAtMs / 1000).toBeGreaterThanOrEqual(world.refusedFrom)
      // The pipeline was never there, or a part of it stayed out of sight, or there are fewer jobs than are needed.
      else expect(isKnownRefusal(ending.error, run, rules, world)).toBe(true)
      return
    case 'outage':
      // Until anything has answered, patience is shorter.
      expect(endedAtMs).toBeGreaterThanOrEqual(shown.length > 0 ? rules.outageMs : Math.min(rules.outageMs, 30_000))
      return
    case 'otherCommit':
    case 'deadlock':
      throw new Error(`no reason for ${ending.verdict}`)
  }
}

/** Nothing is added to a pipeline that is over. */
function patience(last: Shown | undefined, rules: Policy): number {
  const isOver = last?.snapshot.pipelines.every(({status}) => !['created', 'running', 'manual'].includes(status))
  return Math.min(isOver ? rules.settleMs : rules.appearTimeoutMs, rules.timeoutMs)
}

/** Nothing that was asked for, or may still come, is out of sight. */
function expectAllSeen(last: Shown | undefined, world: World): void {
  expect(world.isUnmatched).toBe(false)
  expect(last?.snapshot.holes).toEqual([])
  expect(last?.snapshot.missing).toEqual([])
  expect(last?.snapshot.pendingBridges).toEqual([])
}

/** The status of the pipeline, hidden jobs and all, does not contradict the end. */
function expectAgreement(shown: readonly Shown[], rules: Policy, {names}: World): void {
  const jobs = names.flatMap((name) => newestEver(shown, name)?.job ?? [])
  const isBlockSeen = jobs.some((job) => job.status === 'manual' && !job.allow_failure)
  for (const {status} of shown.at(-1)?.snapshot.pipelines ?? []) {
    if (rules.pipelineStatus === 'agree' && (status === 'skipped' || (status === 'manual' && isBlockSeen))) continue
    const good = [
      'success',
      ...(rules.onSkipped === 'ok' ? ['skipped'] : []),
      ...(rules.onManual === 'ok' ? ['manual'] : []),
    ]
    expect(good).toContain(status)
  }
}

function isKnownRefusal(error: ActionError, {shown, endedAtMs}: Run, rules: Policy, world: World): boolean {
  const hole = shown.at(-1)?.snapshot.holes?.[0]
  if (hole?.error === error || (hole && error.message === hole.error.message)) {
    return !hole.mayAppear || endedAtMs >= patience(shown.at(-1), rules)
  }
  if (error.message.startsWith('Only')) return world.names.length < neededOf(rules, world.names.length)
  return error.kind === 'notFound' && endedAtMs >= Math.min(rules.appearTimeoutMs, rules.timeoutMs)
}

/** The attempt with the highest id that the server ever showed, in the pipeline that holds the selection, as it was last shown. */
function newestEver(shown: readonly Shown[], name: string): FoundJob | undefined {
  const all = shown.flatMap(({jobs}) => jobs).filter(({job}) => job.name === name)
  const pipelineId = Math.max(...all.map(({job}) => job.pipeline.id))
  const id = Math.max(...all.filter(({job}) => job.pipeline.id === pipelineId).map(({job}) => job.id))
  return all.findLast(({job}) => job.id === id)
}

function isGood(found: FoundJob | undefined, rules: Policy): boolean {
  if (!found) return false
  const {status, allow_failure} = found.job
  if (status === 'success') return true
  if (status === 'running') return rules.until === 'started'
  if (status === 'failed') return allow_failure && !rules.strict
  if (status === 'skipped') return rules.onSkipped === 'ok'
  return status === 'manual' && (rules.onManual === 'ok' || (rules.onManual === 'ok-if-optional' && allow_failure))
}
