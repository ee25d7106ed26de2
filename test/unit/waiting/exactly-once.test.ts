import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {ActionError} from '../../../src/base/errors.ts'
import type {AnyJob} from '../../../src/gitlab/api/types.ts'
import type {Sent} from '../../../src/gitlab/api/types.ts'
import {cancelOnce, playOnce, retryOnce, type ChangeResult} from '../../../src/waiting/once.ts'
import {createClock, type ManualClock} from '../../support/clock.ts'
import {found} from '../../support/waiting.ts'

/** What becomes of one POST. */
type Fault =
  /** It never reaches the server. */
  | {readonly kind: 'before'; readonly status?: number}
  /** It is on its way for so long that the client gives up first, and is applied later. */
  | {readonly kind: 'during'; readonly appliedAfterMs: number; readonly givenUpAfterMs: number}
  /** It is applied, and the answer is lost. */
  | {readonly kind: 'after'; readonly status?: number}
  | {readonly kind: 'none'}

interface ServerOptions {
  readonly clock: ManualClock
  readonly status: string
  readonly faults?: readonly Fault[]
  /** How long a run takes. */
  readonly runMs?: number
  /** How far behind reads are. */
  readonly lagMs?: number
  /** Reads that fail, by their number. */
  readonly deadReads?: readonly number[]
}

/** The rules of GitLab for play, retry and cancel of one job name, and no more. */
function createServer({clock, status, faults = [], runMs = 60_000, lagMs = 0, deadReads = []}: ServerOptions) {
  const attempts = [{id: 100, status, fromMs: Number.NEGATIVE_INFINITY, startedMs: Number.POSITIVE_INFINITY}]
  let posts = 0
  let reads = 0
  let runs = 0
  const statusOf = ({status, startedMs}: (typeof attempts)[0], atMs: number): string =>
    atMs < startedMs ? status : atMs >= startedMs + runMs ? 'success' : 'running'
  const start = (attempt: (typeof attempts)[0], atMs: number): void => {
    attempt.startedMs = atMs
    runs++
  }
  const again = (atMs: number): void => {
    const next = {id: 100 + attempts.length, status: 'pending', fromMs: atMs, startedMs: Number.POSITIVE_INFINITY}
    attempts.push(next)
    start(next, atMs)
  }
  const view = (atMs: number): AnyJob => {
    const newest = attempts.findLast(({fromMs}) => fromMs <= atMs) ?? attempts[0]!
    return found({id: newest.id, status: statusOf(newest, atMs)}).job
  }
  const isNewest = (id: number): boolean => attempts.at(-1)?.id === id
  const rules = {
    play(id: number, atMs: number): number {
      const attempt = attempts.find((one) => one.id === id)!
      const now = statusOf(attempt, atMs)
      if (now === 'manual') start(attempt, atMs)
      else if (['success', 'failed', 'canceled'].includes(now) && isNewest(id)) again(atMs)
      else return 400
      return 200
    },
    retry(id: number, atMs: number): number {
      const attempt = attempts.find((one) => one.id === id)!
      if (!isNewest(id) || !['success', 'failed', 'canceled'].includes(statusOf(attempt, atMs))) return 403
      again(atMs)
      return 201
    },
  }
  /** POSTs that are still on their way, and when they arrive. */
  let underWay: {atMs: number; arrive: () => void}[] = []
  const arrivals = (untilMs = clock.now()): void => {
    const arrived = underWay.filter(({atMs}) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)
    underWay = underWay.filter(({atMs}) => atMs > untilMs)
    for (const one of arrived) one.arrive()
  }
  const unclear = (status?: number): Sent<AnyJob> => ({
    kind: 'ambiguous',
    error: new ActionError('unreachable', `POST → ${status ?? 'connection lost'}.`, {status}),
  })
  return {
    counts: () => ({posts, reads, runs}),
    finish: () => arrivals(Number.POSITIVE_INFINITY),
    send:
      (verb: 'play' | 'retry', id = 100) =>
      async (): Promise<Sent<AnyJob>> => {
        const fault = faults[posts++] ?? {kind: 'none'}
        arrivals()
        if (fault.kind === 'before') return unclear(fault.status)
        if (fault.kind === 'during') {
          const atMs = clock.now() + fault.appliedAfterMs
          underWay.push({atMs, arrive: () => void rules[verb](id, atMs)})
          await clock.sleep(fault.givenUpAfterMs)
          arrivals()
          return unclear(504)
        }
        const answer = rules[verb](id, clock.now())
        if (fault.kind === 'after') return unclear(fault.status)
        if (answer < 300) return {kind: 'answered', status: answer, value: view(clock.now())}
        const what = answer === 400 ? '400 Bad request - Unplayable Job' : '403 Forbidden - Job is not retryable'
        return {kind: 'refused', error: new ActionError('wrongState', what, {status: answer})}
      },
    read: async (): Promise<AnyJob> => {
      if (deadReads.includes(reads++)) throw new ActionError('unreachable', 'GET → 502.', {status: 502})
      arrivals()
      return view(clock.now() - lagMs)
    },
  }
}

const quiet = {info: () => undefined}
const signal = new AbortController().signal

async function attempt(
  verb: 'play' | 'retry',
  options: Omit<ServerOptions, 'clock' | 'status'> & {status?: string; rerun?: boolean} = {},
) {
  const clock = createClock({auto: true})
  const status = options.status ?? (verb === 'play' ? 'manual' : 'failed')
  const server = createServer({...options, clock, status})
  const job = found({id: 100, status}).job
  const {send, read} = server
  const call = {job, send: send(verb), read, clock, log: quiet, signal}
  const outcome = await (
    verb === 'play' ? playOnce<AnyJob>({...call, rerun: options.rerun ?? false}) : retryOnce<AnyJob>(call)
  ).then(
    (once): ChangeResult<AnyJob> | ActionError => once,
    (error: unknown) => error as ActionError,
  )
  server.finish()
  return {outcome, ...server.counts(), tookMs: clock.now()}
}

describe('playing', () => {
  test('sends one POST', async () => {
    expect(await attempt('play')).toMatchObject({outcome: {by: 'us', sends: 1}, posts: 1, reads: 0, runs: 1})
  })

  test.each([undefined, 502, 504])(
    'was applied although the answer was lost (%s): one POST, and the state tells',
    async (status) => {
      const result = await attempt('play', {faults: [{kind: 'after', status: status as number}]})
      expect(result).toMatchObject({outcome: {by: 'either', sends: 1}, posts: 1, runs: 1})
    },
  )

  test('is sent again only once it is proven that nothing was applied', async () => {
    const result = await attempt('play', {faults: [{kind: 'before'}]})
    expect(result).toMatchObject({outcome: {by: 'us', sends: 2}, posts: 2, runs: 1})
    expect(result.tookMs).toBeGreaterThanOrEqual(10_000)
  })

  test('gives up after three POSTs that did not arrive, and says that nothing was started', async () => {
    const never: Fault = {kind: 'before', status: 502}
    const result = await attempt('play', {faults: [never, never, never, never]})
    expect(result).toMatchObject({
      outcome: {kind: 'unreachable', hint: expect.stringMatching('Nothing was started')},
      posts: 3,
      runs: 0,
    })
  })

  test.each(['running', 'pending', 'success', 'failed'])('leaves a job alone that is %s already', async (status) => {
    expect(await attempt('play', {status})).toMatchObject({outcome: {by: 'someone', sends: 0}, posts: 0, runs: 0})
  })

  test('of a finished job makes another run only when asked for', async () => {
    const result = await attempt('play', {status: 'success', rerun: true})
    expect(result).toMatchObject({outcome: {by: 'us', sends: 1, job: {id: 101}}, posts: 1, runs: 1})
  })

  test.each(['created', 'skipped'])('is refused for a job that is %s', async (status) => {
    expect(await attempt('play', {status})).toMatchObject({outcome: {kind: 'wrongState'}, posts: 0})
  })

  test('answered 400 on the second try is decided by the state', async () => {
    const slow: Fault = {kind: 'during', appliedAfterMs: 66_000, givenUpAfterMs: 30_000}
    const result = await attempt('play', {faults: [slow], lagMs: 2_000})
    expect(result.runs).toBe(1)
    expect(result.outcome).not.toBeInstanceOf(ActionError)
  })

  test('answered 400 because someone was faster follows the run that there is', async () => {
    const result = await attempt('play', {status: 'running', faults: []})
    expect(result).toMatchObject({outcome: {by: 'someone'}, posts: 0})
    const clock = createClock({auto: true})
    const server = createServer({clock, status: 'running'})
    const once = await playOnce<AnyJob>({
      job: found({id: 100, status: 'manual'}).job,
      send: server.send('play'),
      read: server.read,
      clock,
      log: quiet,
      signal,
    })
    expect(once).toMatchObject({by: 'someone', sends: 1, job: {status: 'running'}})
  })

  test('refused with 400 while the job stays manual is final: GitLab knows why, for example an archived job', async () => {
    const clock = createClock({auto: true})
    let posts = 0
    const error = new ActionError('wrongState', 'POST → 400. Unplayable Job', {status: 400})
    const call = playOnce<AnyJob>({
      job: found({status: 'manual'}).job,
      send: async () => (posts++, {kind: 'refused', error}),
      read: async () => found({status: 'manual'}).job,
      clock,
      log: quiet,
      signal,
    })
    await expect(call).rejects.toBe(error)
    expect(posts).toBe(1)
  })

  test('a refusal for lack of rights is told at once, without another POST', async () => {
    const clock = createClock({auto: true})
    let posts = 0
    const error = new ActionError('refused', 'POST → 401.', {status: 401})
    const call = playOnce<AnyJob>({
      job: found({status: 'manual'}).job,
      send: async () => (posts++, {kind: 'refused', error}),
      read: async () => found({status: 'manual'}).job,
      clock,
      log: quiet,
      signal,
    })
    await expect(call).rejects.toBe(error)
    expect({posts, slept: clock.sleeps}).toEqual({posts: 1, slept: []})
  })
})

describe('retrying', () => {
  test('with an ambiguous end finds the new attempt by its higher id', async () => {
    const result = await attempt('retry', {faults: [{kind: 'after', status: 502}]})
    expect(result).toMatchObject({outcome: {by: 'either', job: {id: 101}}, posts: 1, runs: 1})
  })

  test('is sent again at most once', async () => {
    const never: Fault = {kind: 'before'}
    expect(await attempt('retry', {faults: [never, never, never]})).toMatchObject({
      outcome: {kind: 'unreachable'},
      posts: 2,
      runs: 0,
    })
  })

  test('by two runners at once makes one run, which both follow', async () => {
    const clock = createClock({auto: true})
    const server = createServer({clock, status: 'failed'})
    const job = found({id: 100, status: 'failed'}).job
    const one = () => retryOnce<AnyJob>({job, send: server.send('retry'), read: server.read, clock, log: quiet, signal})
    const [first, second] = await Promise.all([one(), one()])
    expect([first.job.id, second.job.id]).toEqual([101, 101])
    expect([first.by, second.by]).toEqual(['us', 'someone'])
    expect(server.counts().runs).toBe(1)
  })

  test('that finds a newer attempt by someone else sends nothing', async () => {
    const clock = createClock()
    const newer = found({id: 101, status: 'running'}).job
    const send = () => Promise.reject(new Error('sent'))
    const call = {job: newer, send, read: async () => newer, clock, log: quiet, signal}
    await expect(retryOnce<AnyJob>(call)).rejects.toMatchObject({kind: 'wrongState'})
  })
})

describe('canceling', () => {
  test.each(['success', 'canceled', 'canceling'])('is done already for a job that is %s', async (status) => {
    const {job} = found({status})
    const send = () => Promise.reject(new Error('sent'))
    const once = await cancelOnce<AnyJob>({job, send, read: async () => job, clock: createClock(), log: quiet, signal})
    expect(once).toMatchObject({sends: 0})
  })

  test('with an ambiguous end counts canceling as done', async () => {
    const clock = createClock({auto: true})
    const error = new ActionError('unreachable', 'lost')
    const once = await cancelOnce<AnyJob>({
      job: found({status: 'running'}).job,
      send: async () => ({kind: 'ambiguous', error}),
      read: async () => found({status: 'canceling'}).job,
      clock,
      log: quiet,
      signal,
    })
    expect(once).toMatchObject({by: 'either', sends: 1, job: {status: 'canceling'}})
  })
})

describe('a fault at any point of play and retry', () => {
  const fault: fc.Arbitrary<Fault> = fc.oneof(
    fc.record({kind: fc.constant('before' as const), status: fc.constantFrom(500, 502, 503)}),
    fc.record({
      kind: fc.constant('during' as const),
      // GitLab ends a request after 60 seconds: what has not been applied by then never will.
      appliedAfterMs: fc.integer({min: 0, max: 60_000}),
      givenUpAfterMs: fc.integer({min: 0, max: 60_000}),
    }),
    fc.record({kind: fc.constant('after' as const), status: fc.constantFrom(500, 502, 504)}),
    fc.constant({kind: 'none' as const}),
  )

  test('makes no run twice and loses none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('play' as const, 'retry' as const),
        fc.array(fault, {minLength: 1, maxLength: 4}),
        fc.integer({min: 20, max: 200_000}),
        fc.constantFrom(0, 1_000, 5_000),
        fc.uniqueArray(fc.integer({min: 0, max: 12}), {maxLength: 6}),
        async (verb, faults, runMs, lagMs, deadReads) => {
          const {outcome, runs, posts} = await attempt(verb, {faults, runMs, lagMs, deadReads})
          const isDone = !(outcome instanceof ActionError)
          expect(runs).toBe(isDone ? 1 : 0)
          expect(posts).toBeLessThanOrEqual(verb === 'play' ? 3 : 2)
        },
      ),
      {numRuns: 2_000, seed: 62},
    )
  })

  test('makes one run of two runners at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('play' as const, 'retry' as const),
        fc.array(fault, {minLength: 1, maxLength: 4}),
        fc.integer({min: 0, max: 5_000}),
        async (verb, faults, delayMs) => {
          const clock = createClock({auto: true})
          const status = verb === 'play' ? 'manual' : 'failed'
          // Long enough that the first run cannot be over before the second runner looks.
          const server = createServer({clock, status, faults, runMs: 600_000})
          const {job} = found({id: 100, status})
          const run = async (afterMs: number): Promise<boolean> => {
            await clock.sleep(afterMs)
            const call = {job, send: server.send(verb), read: server.read, clock, log: quiet, signal}
            return (verb === 'play' ? playOnce<AnyJob>(call) : retryOnce<AnyJob>(call)).then(
              () => true,
              () => false,
            )
          }
          const done = await Promise.all([run(0), run(delayMs)])
          server.finish()
          expect(server.counts().runs).toBe(done.includes(true) ? 1 : 0)
        },
      ),
      {numRuns: 1_000, seed: 63},
    )
  })
})
