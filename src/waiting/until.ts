import {clean} from '../base/clean.ts'
import type {Clock} from '../base/clock.ts'
import {ActionError, isAbort} from '../base/errors.ts'
import type {AnyJob, FoundJob, PipelineRef, Snapshot} from '../gitlab/api/types.ts'
import {bounded} from './bounded.ts'
import {decide} from './decide.ts'
import {collectFailures, tellFailures, type DigestOptions} from './digest.ts'
import type {Circumstances, Decision, Ending} from './ending.ts'
import {createFollower, type Follower, type FollowerOptions} from './follower.ts'
import {isComplete, mergePipelines, remember, rememberPlayed, startMemory, type Look, type Memory} from './memory.ts'
import {createPast, type Past} from './past.ts'
import {narrow, type Selection} from './narrow.ts'
import {pauseMs, type ServerFacts} from './pace.ts'
import {allowance} from './policy.ts'
import {createSayOnce, tellHidden, tellSiblings, tellStart, warnOfResource, type SayOnce} from './notices.ts'
import {poll} from './poll.ts'
import {createReporter, nameOf, type Reporter} from './report.ts'
import {summaryHeader, summaryRows, toResult, type WaitResult} from './result.ts'

export interface WaitOptions extends Selection, FollowerOptions, DigestOptions {
  /**
   * One look at the awaited jobs, as one list request where possible. Told its own signal and the pipelines seen so far, to stay with them.
   * Rejects with an ActionError: `unreachable` and `untrusted` are outages, `notFound` means not there yet, anything else ends the wait.
   */
  readonly observe: (look: {
    readonly signal: AbortSignal
    readonly pipelines: readonly PipelineRef[]
  }) => Promise<Snapshot>
  readonly clock: Clock
  /** What answers have told beside the jobs: pass `() => gitlab.facts`. */
  readonly facts?: (() => ServerFacts) | undefined
  /**
   * Earlier jobs of this one's project, such as a page of its successful ones: what they took tells when to look more closely. Asked for once,
   * if the first look does not end the wait; a failure costs nothing but the closer looks.
   */
  readonly past?: ((found: FoundJob, signal: AbortSignal) => Promise<readonly AnyJob[]>) | undefined
  /** Attempts that must exist already, such as one just started: older ones prove nothing. */
  readonly known?: readonly FoundJob[] | undefined
  /** Plays a manual job, exactly once, for `onManual: play`. Gives the attempt that runs now. */
  readonly play?: ((found: FoundJob) => Promise<FoundJob>) | undefined
  /** Takes up a newer pipeline of the selection as soon as there is one, instead of staying with the first. */
  readonly followNewest?: boolean | undefined
  /** Those of these job names that other pipelines of the project have. Asked for `onMissing: ok` alone. */
  readonly knownNames?: ((names: readonly string[], signal: AbortSignal) => Promise<ReadonlySet<string>>) | undefined
  /** Cancels what this command has started, and tells it. Has 5 seconds, after which we leave anyway. */
  readonly cancelStarted?: ((signal: AbortSignal) => Promise<void>) | undefined
  /** When to call that. */
  readonly cancelOn?: {readonly abort: boolean; readonly timeout: boolean} | undefined
}

const cancelBudgetMs = 5_000

/**
 * Waits until the policy is met or can no longer be. Resolves with how it ended, good or bad; rejects only if `signal` aborts (with its reason)
 * or something outside the wait breaks.
 */
export async function waitForJobs(options: WaitOptions): Promise<WaitResult> {
  const {signal, cancelOn} = options
  try {
    const result = await run(options)
    if (result.verdict === 'deadline' && cancelOn?.timeout) await cancelStarted(options)
    return result
  } catch (error) {
    if (signal.aborted && cancelOn?.abort) await cancelStarted(options)
    throw error
  }
}

/** What a wait keeps from look to look. */
interface Watch {
  readonly startMs: number
  readonly reporter: Reporter
  readonly follower: Follower
  readonly past: Past
  readonly once: SayOnce
  memory: Memory
  deadlineMs: number
  leftOut: ReadonlySet<string> | undefined
}

async function run(options: WaitOptions): Promise<WaitResult> {
  const {policy, clock, log, signal} = options
  const startMs = clock.now()
  const watch: Watch = {
    startMs,
    reporter: createReporter(log, policy, startMs),
    follower: createFollower(options),
    past: createPast(options),
    once: createSayOnce(),
    memory: startMemory(startMs, options.known),
    deadlineMs: startMs + policy.timeoutMs,
    leftOut: undefined,
  }
  let pause = policy.spreadMs * clock.random()
  try {
    const {ending} = await poll(async () => {
      if (pause > 0) await clock.sleep(pause, signal)
      await takeLook(watch, options)
      const decision = await act(watch, options)
      if (decision.kind === 'done') return {ending: decision.ending}
      tellHidden(watch.memory, options, watch.once)
      tellStart(watch.memory, watch, options, watch.once)
      watch.follower.follow(watch.memory)
      pause = pauseAfter(watch, decision.againAtMs, options)
      return undefined
    })
    await watch.follower.finish()
    const memory = await lookForNewer(ending, watch.memory, options)
    const result = toResult(ending, memory, policy, clock.now() - startMs)
    watch.reporter.end()
    return await conclude(result, watch.follower, options)
  } finally {
    watch.follower.stop()
    watch.reporter.end()
  }
}

/** Looks once and takes in what was seen. */
async function takeLook(watch: Watch, options: WaitOptions): Promise<void> {
  const {clock, log} = options
  const look = await lookOnce(options, watch.memory, watch.deadlineMs - clock.now())
  if (watch.memory.polls === 0) watch.deadlineMs = watch.startMs + allowedMs(options)
  const nowMs = clock.now()
  const narrowed = narrow(look, options)
  const {memory, changes} = remember(watch.memory, narrowed.look, nowMs, options)
  watch.memory = memory
  watch.reporter.report(memory, changes, {nowMs, deadlineMs: watch.deadlineMs})
  if (narrowed.isLeftOut) watch.once('own', () => log.info('This job is among those chosen: it leaves itself out.'))
  warnOfResource(memory, options, watch.once)
  tellSiblings(memory, options, watch.once)
}

/** Decides, and does what that asks for until there is nothing more to do but to wait or to end. */
async function act(watch: Watch, options: WaitOptions): Promise<Exclude<Decision, {readonly kind: 'play'}>> {
  const decideNow = (): Decision => decide(watch.memory, circumstances(options, watch))
  let decision = decideNow()
  while (decision.kind === 'play') {
    watch.memory = await playOne(decision.found, watch.memory, options)
    decision = decideNow()
  }
  const {policy, own, knownNames, signal} = options
  const {memory} = watch
  const mayBeLeftOut = policy.onMissing === 'ok' && memory.missing.length > 0 && isComplete(memory, own)
  if (!mayBeLeftOut || watch.leftOut || !knownNames) return decision
  watch.leftOut = await knownNames(memory.missing, signal).catch(() => undefined)
  signal.throwIfAborted()
  return watch.leftOut ? act(watch, options) : decision
}

function pauseAfter({memory, past, deadlineMs}: Watch, againAtMs: number | undefined, options: WaitOptions): number {
  const {policy, clock} = options
  return pauseMs({
    memory,
    policy,
    facts: options.facts?.() ?? {},
    history: past.historyOf(memory),
    nowMs: clock.now(),
    againAtMs,
    deadlineMs,
    date: clock.date(),
    random: clock.random(),
  })
}

/** What a look is given that begins at the deadline or right before it. */
const leastLookMs = 5_000

async function lookOnce(options: WaitOptions, memory: Memory, leftMs: number): Promise<Look> {
  const {observe, signal, followNewest} = options
  const late = (): Error => new ActionError('unreachable', 'The time to wait ended before GitLab had answered.')
  try {
    const snapshot = await bounded({ms: Math.max(leftMs, leastLookMs), signal, late}, (own) =>
      observe({signal: own, pipelines: followNewest ? [] : memory.pipelines}),
    )
    return {kind: 'seen', snapshot}
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ActionError) return {kind: 'failed', error}
    if (isAbort(error))
      return {kind: 'failed', error: new ActionError('unreachable', 'The look was cut off.', {cause: error})}
    throw error
  }
}

/** A canceled pipeline has often been superseded: one look at the selection anew tells by which. */
async function lookForNewer(
  {verdict}: Ending,
  memory: Memory,
  {observe, canMove, signal}: WaitOptions,
): Promise<Memory> {
  if (!canMove || (verdict !== 'canceled' && verdict !== 'skipped')) return memory
  try {
    const {pipelines} = await observe({signal, pipelines: []})
    return {...memory, pipelines: mergePipelines(memory.pipelines, pipelines)}
  } catch {
    signal.throwIfAborted()
    return memory
  }
}

function circumstances(options: WaitOptions, {deadlineMs, leftOut}: Watch): Circumstances {
  const {policy, own, clock, facts, canMove, isById, named} = options
  const skewMs = facts?.().clockSkewMs
  const serverTime = skewMs === undefined ? undefined : new Date(clock.date().getTime() + skewMs)
  return {policy, own, nowMs: clock.now(), deadlineMs, serverTime, canMove, isById, named, leftOut}
}

/** Asked after the first look, when GitLab's clock is known. */
function allowedMs({policy, own, clock, facts, log}: WaitOptions): number {
  const now = new Date(clock.date().getTime() + (facts?.().clockSkewMs ?? 0))
  const {timeoutMs, note} = allowance(policy, own, now)
  if (note) log.info(note)
  return timeoutMs
}

async function playOne(found: FoundJob, memory: Memory, {play, log, clock}: WaitOptions): Promise<Memory> {
  if (!play) {
    throw new ActionError('usage', `${nameOf(found)} is manual, and this command cannot play it.`)
  }
  log.info(`${nameOf(found)} is manual: playing it.`)
  const started = await play(found)
  log.info(`${nameOf(started)} is ${clean(started.job.status)} now. ${clean(started.job.web_url)}`)
  return rememberPlayed(memory, found, started, clock.now())
}

/** The digest of a failure, and the table of what was awaited. */
async function conclude(result: WaitResult, follower: Follower, options: WaitOptions): Promise<WaitResult> {
  const {log} = options
  const failures = await collectFailures(result, options)
  if (failures.length > 0) await tellFailures(failures, follower, log)
  if (result.jobs.length > 0) {
    const times = result.jobs.map(({job}) => ({queued: job.queued_duration, ran: job.duration}))
    log.table('Jobs', summaryHeader, summaryRows(result), times)
  }
  return {...result, failures}
}

async function cancelStarted({log, cancelStarted: cancel}: WaitOptions): Promise<void> {
  if (!cancel) return
  const late = (): Error => new Error(`no answer within ${cancelBudgetMs / 1000}s`)
  try {
    await bounded({ms: cancelBudgetMs, late}, cancel)
  } catch (error) {
    log.warn(`What was started could not be canceled: ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
