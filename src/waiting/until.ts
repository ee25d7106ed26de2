import {clean} from '../base/clean.ts'
import type {Clock} from '../base/clock.ts'
import {ActionError, isAbort} from '../base/errors.ts'
import type {AnyJob, FoundJob, PipelineRef, Snapshot} from '../gitlab/api/types.ts'
import {bounded} from './bounded.ts'
import {mayWaitForOurResource} from './deadlock.ts'
import {decide, type Circumstances, type Ending} from './decide.ts'
import {createFollower, type FollowerOptions} from './follower.ts'
import {mergePipelines, remember, rememberPlayed, startMemory, type Look, type Memory} from './memory.ts'
import {createPast} from './past.ts'
import {narrow, type Selection} from './narrow.ts'
import {pauseMs, type ServerFacts} from './pace.ts'
import {allowance} from './policy.ts'
import {poll} from './poll.ts'
import {createReporter, nameOf} from './report.ts'
import {summaryHeader, summaryRows, toResult, type WaitResult} from './result.ts'

export interface WaitOptions extends Selection, FollowerOptions {
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
  /** The last lines of a job's log, where a token allows. */
  readonly tailOf?: ((found: FoundJob) => Promise<readonly string[] | undefined>) | undefined
  /** Cancels what this command has started. Has 5 seconds, after which we leave anyway. */
  readonly cancelOnAbort?: ((signal: AbortSignal) => Promise<void>) | undefined
}

const cancelBudgetMs = 5_000

/**
 * Waits until the policy is met or can no longer be. Resolves with how it ended, good or bad; rejects only if `signal` aborts (with its reason)
 * or something outside the wait breaks.
 */
export async function waitForJobs(options: WaitOptions): Promise<WaitResult> {
  try {
    return await run(options)
  } catch (error) {
    if (options.signal.aborted && options.cancelOnAbort) await cancelStarted(options, options.cancelOnAbort)
    throw error
  }
}

async function run(options: WaitOptions): Promise<WaitResult> {
  const {policy, clock, log, signal} = options
  const startMs = clock.now()
  const reporter = createReporter(log, policy, startMs)
  const follower = createFollower(options)
  const past = createPast(options)
  const once = createOnce()
  let memory = startMemory(startMs, options.known)
  let deadlineMs = startMs + policy.timeoutMs
  let pause = policy.spreadMs * clock.random()

  const step = async (): Promise<{readonly ending: Ending} | undefined> => {
    if (pause > 0) await clock.sleep(pause, signal)
    const look = await lookOnce(options, memory, deadlineMs - clock.now())
    const isFirst = memory.polls === 0
    if (isFirst) deadlineMs = startMs + allowedMs(options)
    const nowMs = clock.now()
    const narrowed = narrow(look, options)
    const seen = remember(memory, narrowed.look, nowMs)
    memory = seen.memory
    reporter.look(memory, seen.changes, {nowMs, deadlineMs})
    if (narrowed.isLeftOut) once('own', () => log.info('This job is among those chosen: it leaves itself out.'))
    warnOfResource(memory, options, once)
    let decision = decide(memory, circumstances(options, clock.now(), deadlineMs))
    while (decision.kind === 'play') {
      memory = await playOne(decision.found, memory, options)
      decision = decide(memory, circumstances(options, clock.now(), deadlineMs))
    }
    if (decision.kind === 'done') return {ending: decision.ending}
    follower.look(memory)
    pause = pauseMs({
      memory,
      policy,
      facts: options.facts?.() ?? {},
      history: past.look(memory),
      nowMs: clock.now(),
      againAtMs: decision.againAtMs,
      deadlineMs,
      date: clock.date(),
      random: clock.random(),
    })
    return undefined
  }

  try {
    const {ending} = await poll(step)
    await follower.finish()
    memory = await lookForNewer(ending, memory, options)
    const result = toResult(ending, memory, policy, clock.now() - startMs)
    reporter.end()
    await conclude(result, options)
    return result
  } finally {
    follower.stop()
    reporter.end()
  }
}

async function lookOnce(options: WaitOptions, memory: Memory, leftMs: number): Promise<Look> {
  const {observe, signal} = options
  const late = (): Error => new ActionError('unreachable', 'The time to wait ended before GitLab had answered.')
  try {
    // The last look comes at the deadline itself and still needs a moment.
    const ms = Math.max(leftMs, 10_000)
    const snapshot = await bounded({ms, signal, late}, (own) => observe({signal: own, pipelines: memory.pipelines}))
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

function circumstances(options: WaitOptions, nowMs: number, deadlineMs: number): Circumstances {
  const {policy, own, clock, facts, canMove} = options
  const skewMs = facts?.().clockSkewMs
  const serverTime = skewMs === undefined ? undefined : new Date(clock.date().getTime() + skewMs)
  return {policy, own, nowMs, deadlineMs, serverTime, canMove}
}

/** Asked after the first look, when GitLab's clock is known. */
function allowedMs({policy, own, clock, facts, log}: WaitOptions): number {
  const now = new Date(clock.date().getTime() + (facts?.().clockSkewMs ?? 0))
  const {timeoutMs, warning} = allowance(policy, own, now)
  if (warning) log.warn(warning)
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

function warnOfResource(memory: Memory, {own, log}: WaitOptions, once: Once): void {
  const waiting = [...memory.slots.values()].find(({found}) => mayWaitForOurResource(found, own))
  if (!waiting) return
  const what = `${nameOf(waiting.found)} waits for a resource group, and this job holds ${clean(own.resourceGroup)}`
  once('resource', () => log.warn(`${what}: if it is the same, neither can go on.`))
}

type Once = (topic: string, say: () => void) => void

function createOnce(): Once {
  const said = new Set<string>()
  return (topic, say) => {
    if (!said.has(topic)) say()
    said.add(topic)
  }
}

async function conclude(result: WaitResult, {log, tailOf, signal}: WaitOptions): Promise<void> {
  if (result.found && result.verdict === 'failed' && tailOf) {
    const lines = await tailOf(result.found).catch(() => undefined)
    signal.throwIfAborted()
    if (lines && lines.length > 0) {
      await log.section(`The end of the log of ${nameOf(result.found)}`, async () => log.foreign(lines))
    }
  }
  if (result.jobs.length > 0) log.table('Jobs', summaryHeader, summaryRows(result))
}

async function cancelStarted({log}: WaitOptions, cancel: (signal: AbortSignal) => Promise<void>): Promise<void> {
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
