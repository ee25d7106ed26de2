import * as fc from 'fast-check'
import {ActionError} from '../../../src/base/errors.ts'
import type {FoundJob, PipelineRef, Snapshot} from '../../../src/gitlab/api/types.ts'
import {found, pipelineRef, snapshot} from '../../support/waiting.ts'

/** A job's whole life, made up before anyone looks at it. Times in seconds. */
interface Attempt {
  readonly id: number
  readonly name: string
  readonly pipelineId: number
  readonly bornAt: number
  /** Statuses with the time each begins; `manual` as the last one waits for a person. */
  readonly life: readonly (readonly [at: number, status: string])[]
  readonly allowFailure: boolean
}

interface Trouble {
  readonly from: number
  readonly to: number
  readonly kind: 'outage' | 'untrusted' | 'gone' | 'lagging' | 'pageMoved' | 'throttled'
}

export interface World {
  readonly names: readonly string[]
  readonly attempts: readonly Attempt[]
  readonly troubles: readonly Trouble[]
  /** When the job token dies. */
  readonly refusedFrom: number
  /** How far behind a lagging replica is. */
  readonly lag: number
  /** When a newer pipeline takes over the ref; the jobs of pipeline 20 are born then. */
  readonly supersededAt: number
  /** A job that the list never shows, although the pipeline's own status counts it: behind a trigger job, or behind a right. */
  readonly hidden: Attempt | undefined
  /** How far the status of a pipeline is behind its jobs. */
  readonly pipelineLag: number
  /** Something of what was asked for is not shown: for ever where no look can show it. */
  readonly hole: {readonly from: number; readonly to: number; readonly mayAppear: boolean} | undefined
  /** Until when a trigger job waits for its downstream pipeline, of which nothing is known before. */
  readonly triggersAt: number
  /** A pattern was asked for that fits nothing. */
  readonly isUnmatched: boolean
}

const shortTime = fc.integer({min: 0, max: 30})
const ends = [
  'success',
  'success',
  'success',
  'failed',
  'failed',
  'canceled',
  'skipped',
  'manual',
  'running',
  'future_x',
]
const between = ['waiting_for_resource', 'preparing', 'waiting_for_callback', 'scheduled', 'future_x', 'canceling']

const attemptPlan = fc.record({
  wait: shortTime,
  odd: fc.option(fc.constantFrom(...between), {freq: 4}),
  queue: shortTime,
  run: fc.integer({min: 0, max: 120}),
  end: fc.constantFrom(...ends),
  /** Seconds between this attempt's end and the birth of the next. */
  retryAfter: fc.constantFrom(0, 1, 3, 5, 9, 15, 100),
})

const jobPlan = fc.record({
  bornAt: fc.oneof({weight: 4, arbitrary: fc.constant(0)}, {weight: 1, arbitrary: fc.integer({min: 0, max: 400})}),
  allowFailure: fc.boolean(),
  attempts: fc.array(attemptPlan, {minLength: 1, maxLength: 4}),
})

const trouble = fc.record({
  from: fc.integer({min: 0, max: 400}),
  length: fc.constantFrom(5, 40, 200, 900),
  kind: fc.constantFrom<Trouble['kind']>('outage', 'untrusted', 'gone', 'lagging', 'lagging', 'pageMoved', 'throttled'),
})

/** Any world: jobs that come late, fail, are retried, and a server that fails, lags and forgets. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    jobs: fc.array(jobPlan, {minLength: 1, maxLength: 3}),
    heirs: fc.option(fc.tuple(fc.integer({min: 1, max: 200}), jobPlan), {freq: 2}),
    troubles: fc.array(trouble, {maxLength: 3}),
    refusedFrom: fc.oneof(
      {weight: 5, arbitrary: fc.constant(Infinity)},
      {weight: 1, arbitrary: fc.integer({min: 0, max: 900})},
    ),
    lag: fc.constantFrom(2, 15, 60),
    hidden: fc.option(jobPlan, {freq: 2}),
    pipelineLag: fc.constantFrom(0, 0, 2),
    hole: fc.option(
      fc.record({
        from: fc.integer({min: 0, max: 200}),
        length: fc.constantFrom(5, 100, 9_999),
        mayAppear: fc.boolean(),
      }),
      {freq: 3},
    ),
    triggersAt: fc.oneof(
      {weight: 4, arbitrary: fc.constant(0)},
      {weight: 1, arbitrary: fc.integer({min: 1, max: 300})},
    ),
    isUnmatched: fc.oneof({weight: 9, arbitrary: fc.constant(false)}, {weight: 1, arbitrary: fc.constant(true)}),
  })
  .map(({jobs, heirs, troubles, refusedFrom, lag, hidden, pipelineLag, hole, triggersAt, isUnmatched}) => {
    const names = jobs.map((_, index) => `job ${index}`)
    const supersededAt = heirs ? heirs[0] : Infinity
    const lives = jobs.flatMap((plan, index) => live(`job ${index}`, 10, plan))
    const later = heirs ? names.flatMap((name) => live(name, 20, {...heirs[1], bornAt: supersededAt})) : []
    const born = [...lives, ...later].sort((a, b) => a.bornAt - b.bornAt || a.pipelineId - b.pipelineId)
    return {
      names,
      attempts: born.map((attempt, index) => ({...attempt, id: 100 + index})),
      troubles: troubles.map(({from, length, kind}) => ({from, to: from + length, kind})),
      refusedFrom,
      lag,
      supersededAt,
      hidden: hidden ? live('hidden', 10, hidden)[0] : undefined,
      pipelineLag,
      hole: hole ? {from: hole.from, to: hole.from + hole.length, mayAppear: hole.mayAppear} : undefined,
      triggersAt,
      isUnmatched,
    }
  })

function live(
  name: string,
  pipelineId: number,
  plan: {
    bornAt: number
    allowFailure: boolean
    attempts: readonly {wait: number; odd: string | null; queue: number; run: number; end: string; retryAfter: number}[]
  },
): readonly Attempt[] {
  const attempts: Attempt[] = []
  let bornAt = plan.bornAt
  for (const {wait, odd, queue, run, end, retryAfter} of plan.attempts) {
    const life: (readonly [number, string])[] = [[bornAt, 'created']]
    let at = bornAt + wait
    if (odd && odd !== 'canceling') life.push([at, odd])
    if (end !== 'skipped' && end !== 'manual') {
      life.push([(at += queue), 'pending'], [(at += 5), 'running'])
      if (odd === 'canceling') life.push([at + run / 2, 'canceling'])
    }
    life.push([(at += run), odd === 'canceling' && end !== 'running' ? 'canceled' : end])
    attempts.push({id: 0, name, pipelineId, bornAt, life, allowFailure: plan.allowFailure})
    // Only these can be retried.
    if (!['success', 'failed', 'canceled'].includes(life.at(-1)?.[1] ?? '')) break
    bornAt = at + retryAfter
  }
  return attempts
}

/** Statuses that plays have changed: the job's id, and when it was played. */
export type Plays = ReadonlyMap<number, number>

function statusAt({id, life}: Attempt, at: number, plays: Plays): string {
  const playedAt = plays.get(id)
  if (playedAt !== undefined && at >= playedAt) return at >= playedAt + 30 ? 'success' : 'running'
  return life.findLast(([from]) => at >= from)?.[1] ?? 'created'
}

/** What the server shows at `now`, and the moment that it shows. */
export function lookAt(
  world: World,
  now: number,
  look: number,
  plays: Plays,
): {snapshot: Snapshot; viewAt: number} | ActionError {
  if (now >= world.refusedFrom) return new ActionError('refused', 'GET /projects/7/jobs → 401.', {status: 401})
  const troubles = world.troubles.filter(({from, to}) => now >= from && now < to).map(({kind}) => kind)
  if (troubles.includes('outage')) return new ActionError('unreachable', 'GET /projects/7/jobs → 503.', {status: 503})
  if (troubles.includes('throttled'))
    return new ActionError('unreachable', 'GET /projects/7/jobs → 429.', {status: 429})
  if (troubles.includes('untrusted')) return new ActionError('untrusted', 'GET /projects/7/jobs → 200 with HTML.')
  if (troubles.includes('gone')) return new ActionError('notFound', 'No pipeline for "main" in 7.', {mayAppear: true})
  // Two replicas answer in turns, and one of them is behind.
  const viewAt = troubles.includes('lagging') && look % 2 === 0 ? now - world.lag : now
  const pipelineId = viewAt >= world.supersededAt ? 20 : 10
  const pipeline = pipelineRef(pipelineId, pipelineStatus(world, pipelineId, viewAt - world.pipelineLag, plays))
  const newest = attemptsAt(world, pipelineId, viewAt).map((attempt) => show(attempt, viewAt, plays, pipeline))
  const shown = troubles.includes('pageMoved') ? newest.slice(1) : newest
  const names = world.names.filter((name) => !shown.some(({job}) => job.name === name))
  const {hole} = world
  const isHole = hole !== undefined && now >= hole.from && (now < hole.to || !hole.mayAppear)
  return {
    viewAt,
    snapshot: snapshot(shown, {
      pipelines: [pipeline],
      missing: [...names, ...(world.isUnmatched ? ['e2e*'] : [])],
      holes: isHole
        ? [{what: 'the jobs of pipeline 30', mayAppear: hole.mayAppear, error: new ActionError('refused', 'Hidden.')}]
        : [],
      pendingBridges: viewAt < world.triggersAt ? [found({id: 90, name: 'trigger', status: 'created', pipeline})] : [],
    }),
  }
}

function attemptsAt(world: World, pipelineId: number, at: number): readonly Attempt[] {
  return world.names.flatMap((name) => {
    const attempts = world.attempts.filter((one) => one.name === name && one.pipelineId === pipelineId)
    return attempts.findLast(({bornAt}) => bornAt <= at) ?? []
  })
}

/** As GitLab makes it of the newest attempts, the hidden one among them. */
function pipelineStatus(world: World, pipelineId: number, at: number, plays: Plays): string {
  const hidden = world.hidden && pipelineId === 10 ? [world.hidden] : []
  const all = [...attemptsAt(world, pipelineId, at), ...hidden]
  const statuses = all.map((attempt) => ({status: statusAt(attempt, at, plays), mayFail: attempt.allowFailure}))
  const counted = statuses.filter(
    ({status, mayFail}) => !(mayFail && ['failed', 'canceled', 'manual'].includes(status)),
  )
  const has = (...wanted: readonly string[]): boolean => counted.some(({status}) => wanted.includes(status))
  if (counted.some(({status}) => !['success', 'failed', 'canceled', 'skipped', 'manual'].includes(status)))
    return 'running'
  if (has('manual')) return 'manual'
  if (has('failed')) return 'failed'
  if (has('canceled')) return 'canceled'
  if (all.length === 0) return 'created'
  return has('success') || counted.length === 0 ? 'success' : 'skipped'
}

function show(attempt: Attempt, at: number, plays: Plays, pipeline: PipelineRef): FoundJob {
  const {id, name, allowFailure} = attempt
  const status = statusAt(attempt, at, plays)
  return found({id, name, status, allow_failure: allowFailure, pipeline})
}
