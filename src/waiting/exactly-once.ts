import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {isFinal, isRetryable, statusGroup} from '../gitlab/api/job-status.ts'
import type {AnyJob, Sent} from '../gitlab/api/types.ts'

/** A change that must happen once, told by what the newest attempt of a job looks like before and after it. */
export interface StateChange {
  readonly verb: 'play' | 'rerun' | 'retry' | 'cancel'
  /** The job it is done to: every POST goes to this id, whatever newer attempts there are. */
  readonly job: AnyJob
}

export type Occurrence<T> =
  | {readonly kind: 'sent'; readonly sent: Sent<T>; readonly sentAtMs: number}
  | {readonly kind: 'read'; readonly newest: T}
  | {readonly kind: 'unreadable'; readonly error: ActionError}

export interface Progress<T> {
  readonly sends: number
  /** The POST whose fate is open, and when its not being visible proves that it was not applied. */
  readonly open: {readonly error: ActionError; readonly provenAtMs: number; readonly isRefusal: boolean} | undefined
  /** True once any POST may have been applied. */
  readonly isDoubtful: boolean
  /** The answer of a POST that was applied, while the attempt it made is looked for. */
  readonly answer: T | undefined
  readonly reads: number
  readonly unreadableSinceMs: number | undefined
}

type NextStep<T> =
  | {readonly kind: 'send'}
  | {readonly kind: 'read'; readonly afterMs: number}
  | {readonly kind: 'done'; readonly job: T; readonly by: 'us' | 'someone' | 'either'}
  | {readonly kind: 'fail'; readonly error: ActionError}

export interface Turn<T> {
  readonly progress: Progress<T>
  readonly next: NextStep<T>
}

/** What a POST may do within this time after it was sent, it has done: longer than a lagging replica. */
const settleMs = 10_000
/** For a server that was slow to answer: GitLab ends every request of its own after 60 seconds. */
const slowSettleMs = 65_000
const slowAnswerMs = 5_000
/** After a refusal only the faster one's change could still be hidden. */
const refusedSettleMs = 3_000
const outageMs = 600_000

/** The first POST and at most two more, each only on proof that none before was applied. A retry is sent again only once. */
function sendLimit({verb}: StateChange): number {
  return verb === 'retry' || verb === 'rerun' ? 2 : 3
}

/** Where to begin, by the state of the job as it was just read. */
export function begin<T extends AnyJob>(change: StateChange, newest: T): Turn<T> {
  const progress: Progress<T> = {
    sends: 0,
    open: undefined,
    isDoubtful: false,
    answer: undefined,
    reads: 0,
    unreadableSinceMs: undefined,
  }
  if (isApplied(change, newest)) return {progress, next: {kind: 'done', job: newest, by: 'someone'}}
  const refusal = notPossible(change, newest)
  return {progress, next: refusal ? {kind: 'fail', error: refusal} : {kind: 'send'}}
}

/** From what just happened to what comes next. Pure. Sends again only after a read which proves that nothing was applied. */
export function proceed<T extends AnyJob>(
  change: StateChange,
  progress: Progress<T>,
  occurrence: Occurrence<T>,
  nowMs: number,
): Turn<T> {
  switch (occurrence.kind) {
    case 'sent':
      return afterSend(change, {...progress, sends: progress.sends + 1, reads: 0}, occurrence, nowMs)
    case 'read':
      return afterRead(
        change,
        {...progress, reads: progress.reads + 1, unreadableSinceMs: undefined},
        occurrence.newest,
        nowMs,
      )
    case 'unreadable':
      return afterFailedRead(change, progress, occurrence.error, nowMs)
  }
}

function afterSend<T extends AnyJob>(
  change: StateChange,
  progress: Progress<T>,
  {sent, sentAtMs}: Extract<Occurrence<T>, {kind: 'sent'}>,
  nowMs: number,
): Turn<T> {
  if (sent.kind === 'answered') {
    const other = isOtherJob(change, sent.value)
    if (other) return {progress, next: {kind: 'fail', error: contradicted(change, 'and tells of another job')}}
    const answered = {...progress, answer: sent.value}
    const open = {error: noAttempt(change), provenAtMs: nowMs + settleMs, isRefusal: false}
    if (isOld(change, sent.value) || !isShown(change, sent.value))
      return {progress: {...answered, open}, next: {kind: 'read', afterMs: 0}}
    return {progress: answered, next: {kind: 'done', job: sent.value, by: 'us'}}
  }
  const {error} = sent
  if (sent.kind === 'refused') {
    // These can mean that someone, or our own earlier POST, was faster: the state tells.
    const mayBeDone = error.status === 400 || error.status === 403 || error.status === 409
    if (!mayBeDone && !progress.isDoubtful) return {progress, next: {kind: 'fail', error}}
    const provenAtMs = nowMs + (progress.isDoubtful ? settleMs : refusedSettleMs)
    const open = {error, provenAtMs, isRefusal: true}
    return {progress: {...progress, open}, next: {kind: 'read', afterMs: 0}}
  }
  const isSlow = error.status === 504 || nowMs - sentAtMs >= slowAnswerMs
  const open = {error, provenAtMs: Math.max(nowMs, sentAtMs + (isSlow ? slowSettleMs : settleMs)), isRefusal: false}
  return {progress: {...progress, open, isDoubtful: true}, next: {kind: 'read', afterMs: 500}}
}

function afterRead<T extends AnyJob>(change: StateChange, progress: Progress<T>, newest: T, nowMs: number): Turn<T> {
  const {open, answer, isDoubtful, sends} = progress
  const by = answer ? 'us' : isDoubtful ? 'either' : 'someone'
  if (isApplied(change, newest, sends > 0)) return {progress, next: {kind: 'done', job: newest, by}}
  if (!open) return {progress, next: {kind: 'send'}}
  if (nowMs < open.provenAtMs) return {progress, next: {kind: 'read', afterMs: readPause(progress, nowMs)}}
  if (answer && !isShown(change, answer)) {
    return {
      progress,
      next: {kind: 'fail', error: contradicted(change, `and the job is still ${clean(answer.status, 30)}`)},
    }
  }
  // GitLab said yes, and the list shows nothing of it: nobody knows of a new attempt.
  if (answer && isOld(change, answer)) return {progress, next: {kind: 'fail', error: open.error}}
  if (answer) return {progress, next: {kind: 'done', job: answer, by}}
  if (open.isRefusal) return {progress, next: {kind: 'fail', error: open.error}}
  if (sends >= sendLimit(change)) return {progress, next: {kind: 'fail', error: notApplied(change, sends, open.error)}}
  return {progress: {...progress, open: undefined}, next: {kind: 'send'}}
}

function afterFailedRead<T extends AnyJob>(
  change: StateChange,
  progress: Progress<T>,
  error: ActionError,
  nowMs: number,
): Turn<T> {
  const sinceMs = progress.unreadableSinceMs ?? nowMs
  const isTransient = error.kind === 'unreachable' || error.kind === 'untrusted'
  const next = {...progress, reads: progress.reads + 1, unreadableSinceMs: sinceMs}
  if (isTransient && nowMs - sinceMs < outageMs) {
    return {progress: next, next: {kind: 'read', afterMs: Math.min(30_000, 500 * 2 ** Math.min(next.reads, 10))}}
  }
  if (progress.answer && !isOld(change, progress.answer))
    return {progress: next, next: {kind: 'done', job: progress.answer, by: 'us'}}
  const refusal = progress.open?.isRefusal && !progress.isDoubtful ? progress.open.error : undefined
  return {progress: next, next: {kind: 'fail', error: refusal ?? unknown(change, error)}}
}

/** Soon at first, since most POSTs of unknown fate show at once; and once more exactly when the proof is due. */
function readPause<T>({open, reads}: Progress<T>, nowMs: number): number {
  const leftMs = (open?.provenAtMs ?? nowMs) - nowMs
  return Math.min(leftMs, 1_000 * 2 ** Math.min(reads, 4))
}

/** Whether the newest attempt shows that it has been done, by us or by anyone. */
function isApplied({verb, job}: StateChange, newest: AnyJob, isSent = false): boolean {
  // A newer attempt of a manual job may wait for a person again.
  if (newest.id !== job.id)
    return newest.id > job.id && verb !== 'cancel' && (verb !== 'play' || hasBeenStarted(newest))
  const {status} = newest
  if (verb === 'cancel') return isFinal(status) || status === 'canceling'
  if (verb === 'retry' || verb === 'rerun') return false
  if (status === 'manual' || status === 'scheduled') return false
  return isSent || hasBeenStarted(newest)
}

/** Whether somebody has played a job. A pipeline that is canceled takes its manual jobs with it; of a status that is new to us nobody can tell. */
export function hasBeenStarted({status, started_at: startedAt}: AnyJob): boolean {
  if (status === 'canceled') return startedAt !== null
  return !['created', 'skipped', 'manual', 'scheduled'].includes(status) && statusGroup(status) !== 'unknown'
}

/** Whether an answer to a play or a cancel shows what it says yes to. What a retry has made stands in the list alone. */
function isShown(change: StateChange, answer: AnyJob): boolean {
  return change.verb === 'retry' || change.verb === 'rerun' || isApplied(change, answer, true)
}

/** Older servers answer with the job that was retried although they made a new one, which the list alone shows. */
function isOld({verb, job}: StateChange, answer: AnyJob): boolean {
  return (verb === 'rerun' || verb === 'retry') && answer.id <= job.id
}

function isOtherJob({job}: StateChange, {name, pipeline}: AnyJob): boolean {
  return name !== job.name || pipeline.id !== job.pipeline.id
}

function contradicted({verb, job}: StateChange, what: string): ActionError {
  return new ActionError('untrusted', `GitLab said yes to ${verb} ${clean(job.name, 200)} (${job.id}), ${what}.`, {
    hint: 'Look at the page of the job before trying again.',
  })
}

function notPossible({verb, job}: StateChange, newest: AnyJob): ActionError | undefined {
  const {status} = newest
  const isUnknown = verb !== 'play' && statusGroup(status) === 'unknown'
  const isPossible = verb === 'play' ? status === 'manual' || status === 'scheduled' : isRetryable(status)
  if (verb === 'cancel' || isPossible || isUnknown) return undefined
  const past = verb === 'play' ? 'played' : 'retried'
  const hint =
    verb === 'play'
      ? status === 'canceled'
        ? 'It was canceled before it ran: say --rerun to run it all the same.'
        : 'Only manual and delayed jobs whose turn has come can be played.'
      : 'Only jobs that succeeded, failed or were canceled can be retried.'
  return new ActionError('wrongState', `${clean(job.name)} (${job.id}) is ${clean(status)}: it cannot be ${past}.`, {
    hint,
  })
}

function noAttempt({verb, job}: StateChange): ActionError {
  return new ActionError(
    'untrusted',
    `GitLab accepted to ${verb} ${clean(job.name, 200)} (${job.id}), but its answer and its list of jobs show no new one.`,
    {hint: 'Look at the page of the job before trying again.'},
  )
}

function notApplied({verb, job}: StateChange, sends: number, cause: ActionError): ActionError {
  const message = `Asked GitLab ${sends} times to ${verb} ${clean(job.name)} (${job.id}), and it has not done so. The last answer: ${cause.message}`
  return new ActionError('unreachable', message, {
    cause,
    status: cause.status,
    hint: 'Nothing was started: try again later.',
  })
}

function unknown({verb, job}: StateChange, cause: ActionError): ActionError {
  const message = `Asked GitLab to ${verb} ${clean(job.name)} (${job.id}), and cannot tell whether it has: ${cause.message}`
  return new ActionError(cause.kind, message, {
    cause,
    status: cause.status,
    hint: 'Look at the job before trying again.',
  })
}
