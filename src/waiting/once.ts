import type {Clock} from '../base/clock.ts'
import {ActionError} from '../base/errors.ts'
import {isFinal} from '../gitlab/api/job-status.ts'
import type {AnyJob, Sent} from '../gitlab/api/types.ts'
import {begin, proceed, type StateChange, type Occurrence} from './exactly-once.ts'

export interface ChangeOptions<T extends AnyJob> {
  /** As it was just read, the newest attempt of its name. */
  readonly job: T
  /** Sends the POST for `job` one single time. */
  readonly send: () => Promise<Sent<T>>
  /** The newest attempt of the job's name in its pipeline. Rejects with an ActionError. */
  readonly read: () => Promise<T>
  readonly clock: Clock
  readonly log: {info(text: string): void}
  readonly signal: AbortSignal
}

/** What came of it. */
export interface ChangeResult<T> {
  /** The attempt to look at from now on. */
  readonly job: T
  /** `either`: a POST of ours ended without an answer, and then it was done; someone else may have been faster. */
  readonly by: 'us' | 'someone' | 'either'
  readonly sends: number
}

/**
 * Plays a manual or delayed job exactly once; one that has been started already is left as it is, a finished one too unless `rerun` says so.
 * Rejects with `wrongState` for a job that cannot be played, `refused`, or `unreachable` with a message that says what is known.
 */
export function playOnce<T extends AnyJob>(
  options: ChangeOptions<T> & {readonly rerun?: boolean},
): Promise<ChangeResult<T>> {
  const {job, rerun = false} = options
  return once(playing(job, rerun), options)
}

/** Why a job in this state cannot be played, if it cannot; nothing is asked. */
export function playProblem(job: AnyJob, rerun: boolean): ActionError | undefined {
  const {next} = begin(playing(job, rerun), job)
  return next.kind === 'fail' ? next.error : undefined
}

function playing(job: AnyJob, rerun: boolean): StateChange {
  return {verb: rerun && isFinal(job.status) && job.status !== 'skipped' ? 'rerun' : 'play', job}
}

/** Retries a job exactly once. If another attempt exists already, whoever made it, that one is the result. */
export function retryOnce<T extends AnyJob>(options: ChangeOptions<T>): Promise<ChangeResult<T>> {
  return once({verb: 'retry', job: options.job}, options)
}

/** Cancels a job; one that is over or under way to be canceled is done already. */
export function cancelOnce<T extends AnyJob>(options: ChangeOptions<T>): Promise<ChangeResult<T>> {
  return once({verb: 'cancel', job: options.job}, options)
}

async function once<T extends AnyJob>(
  change: StateChange,
  {job, send, read, clock, log, signal}: ChangeOptions<T>,
): Promise<ChangeResult<T>> {
  let {progress, next} = begin<T>(change, job)
  while (next.kind === 'send' || next.kind === 'read') {
    if (next.kind === 'read' && next.afterMs > 0) await clock.sleep(next.afterMs, signal)
    signal.throwIfAborted()
    const occurrence: Occurrence<T> = next.kind === 'send' ? await sendNow(send, clock) : await readNow(read, signal)
    if (occurrence.kind === 'sent' && occurrence.sent.kind === 'ambiguous') {
      log.info(`No clear answer to ${change.verb}: ${occurrence.sent.error.message} The state of the job will tell.`)
    }
    ;({progress, next} = proceed(change, progress, occurrence, clock.now()))
  }
  if (next.kind === 'fail') throw next.error
  return {job: next.job, by: next.by, sends: progress.sends}
}

async function sendNow<T>(send: () => Promise<Sent<T>>, clock: Clock): Promise<Occurrence<T>> {
  const sentAtMs = clock.now()
  return {kind: 'sent', sent: await send(), sentAtMs}
}

async function readNow<T>(read: () => Promise<T>, signal: AbortSignal): Promise<Occurrence<T>> {
  try {
    return {kind: 'read', newest: await read()}
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ActionError) return {kind: 'unreadable', error}
    throw error
  }
}
