import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import {NetworkError} from './network.ts'

interface StatusFailure {
  readonly kind: 'status'
  readonly status: number
  readonly headers: Headers
  /** The body is not GitLab's JSON but a page of something between us. */
  readonly html: boolean
  /** GitLab's `409 Conflict: Resource lock`. */
  readonly lock: boolean
  /** The answer came from where a redirect led, not from the API: asking anew gives a fresh address. */
  readonly store: boolean
}

/** What went wrong with one try, as far as trying again depends on it. */
export type Failure =
  | StatusFailure
  | {readonly kind: 'network'; readonly code: string}
  /** An answer of 200 whose body is cut, not JSON or a login page. */
  | {readonly kind: 'content'}
  /** A job's first question, refused within seconds of its start: not every replica may know the job yet. */
  | {readonly kind: 'early'}

export type Headers = Readonly<Record<string, string>>

export interface Progress {
  /** Tries made so far, this one included. */
  readonly attempt: number
  readonly attempts: number
  /** Time slept so far, and how much may be slept in all. */
  readonly sleptMs: number
  readonly budgetMs: number
  /** Our wall clock, used only where the server sends no Date. */
  readonly date: Date
  /** In [0, 1). */
  readonly random: number
}

export type Verdict =
  | {readonly again: true; readonly afterMs: number}
  | {readonly again: false; readonly because: 'final' | 'tries' | 'budget'}

const [second, minute] = [1000, 60_000]
const backoff = {baseMs: second / 2, rateLimitedMs: 5 * second, capMs: 30 * second} as const
/** What a server may ask us to wait: more is cut to the upper bound, less raised to the lower. */
export const serverDelay = {minMs: second, maxMs: 2 * minute} as const
/** How long all pauses of one request may take together, unless the caller has less time. */
const defaultBudgetMs = 5 * minute

/** As often as the `attempts` input allows. */
const many = Number.POSITIVE_INFINITY
/** How often an answer may be tried in all, whatever `attempts` says beyond that, by the first row that fits; no row: once. */
const statusTries: readonly {
  readonly statuses: readonly number[]
  readonly only?: (answer: StatusFailure) => boolean
  readonly tries: number
}[] = [
  {statuses: [408, 425, 429, 500, 502, 503, 504], tries: many},
  // Of content delivery networks, whose origin failed.
  {statuses: [520, 521, 522, 523, 524, 525, 526, 527, 528, 529, 530], tries: many},
  {statuses: [409], only: ({lock}) => lock, tries: many},
  // Signed addresses expire: S3 says 400 or 403, others 401 or 403.
  {statuses: [400, 401, 403], only: ({store}) => store, tries: 3},
  {statuses: [403, 404], only: ({html}) => html, tries: 3},
]
/** The same of connections that failed, by their codes. */
const codeTries: Readonly<Record<string, number>> = {
  __proto__: null as never,
  ECONNRESET: many,
  ECONNREFUSED: many,
  EPIPE: many,
  ETIMEDOUT: many,
  EAI_AGAIN: many,
  ENOTFOUND: 3,
  ENETDOWN: many,
  ENETUNREACH: many,
  EHOSTDOWN: many,
  EHOSTUNREACH: many,
  UND_ERR_SOCKET: many,
  UND_ERR_CONNECT_TIMEOUT: many,
  UND_ERR_HEADERS_TIMEOUT: many,
  UND_ERR_BODY_TIMEOUT: many,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: many,
  UND_ERR_HEADERS_OVERFLOW: 2,
  PROXY_FAILED: many,
  TOO_SLOW: many,
  EMFILE: many,
  ENFILE: many,
}

/** The whole retry policy for requests that change nothing: whether to try again, and when. */
export function decide(failure: Failure, progress: Progress): Verdict {
  const tries = triesFor(failure)
  if (tries <= 1) return {again: false, because: 'final'}
  if (progress.attempt >= Math.min(tries, progress.attempts)) return {again: false, because: 'tries'}
  const afterMs = Math.round(delayMs(failure, progress))
  return progress.sleptMs + afterMs > progress.budgetMs ? {again: false, because: 'budget'} : {again: true, afterMs}
}

/** True if the same request may well succeed later. */
export function isTransient(failure: Failure): boolean {
  return triesFor(failure) > 1
}

function triesFor(failure: Failure): number {
  if (failure.kind === 'content') return many
  if (failure.kind === 'early') return 2
  if (failure.kind === 'network') return codeTries[failure.code] ?? (failure.code.startsWith('HPE_') ? 2 : 1)
  return (
    statusTries.find(({statuses, only}) => statuses.includes(failure.status) && only?.(failure) !== false)?.tries ?? 1
  )
}

function delayMs(failure: Failure, {attempt, date, random}: Progress): number {
  const asked = failure.kind === 'status' ? askedMs(failure.status, failure.headers, date) : undefined
  if (asked !== undefined) {
    // Never earlier than asked, and not all clients at the same moment.
    return Math.min(Math.max(asked, serverDelay.minMs), serverDelay.maxMs) * (1 + random / 5)
  }
  const base = failure.kind === 'status' && failure.status === 429 ? backoff.rateLimitedMs : backoff.baseMs
  return Math.min(base * 2 ** (attempt - 1), backoff.capMs) * (0.5 + random / 2)
}

/** How long the server asks us to wait, by its own clock where it tells the time. */
export function askedMs(status: number, headers: Headers, date: Date): number | undefined {
  const sent = Date.parse(headers['date'] ?? '')
  const serverNow = Number.isNaN(sent) ? date.getTime() : sent
  const after = headers['retry-after']?.trim() ?? ''
  // A header sent twice arrives as a list: the longer wait is the safe one.
  if (/^\d{1,12}(?:\s*,\s*\d{1,12})*$/.test(after)) return Math.max(...after.split(',').map(Number)) * second
  if (/[a-z]{3}/i.test(after)) {
    const until = Date.parse(after)
    if (!Number.isNaN(until)) return until - serverNow
  }
  if (status !== 429) return undefined
  const reset = headers['ratelimit-reset'] ?? ''
  const resetMs = /^\d{9,11}$/.test(reset)
    ? Number(reset) * second - serverNow
    : Date.parse(headers['ratelimit-resettime'] ?? '') - serverNow
  // No window of GitLab's lasts longer: a clock is wrong, and nothing is known.
  return Number.isNaN(resetMs) || resetMs > 24 * 60 * minute ? undefined : resetMs
}

/** A try that failed: what the retry policy needs to know, and the error to show if it does not try again. */
export class Setback extends Error {
  override readonly name = 'Setback'
  readonly failure: Failure
  readonly error: ActionError

  constructor(failure: Failure, error: ActionError) {
    super(error.message, {cause: error})
    this.failure = failure
    this.error = error
  }
}

export interface Trying {
  /** What is tried, for people: `GET /projects/7/jobs`. */
  readonly about: string
  readonly attempts: number
  /** How long all pauses may take together. */
  readonly budgetMs?: number | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: {info(text: string): void}
}

/** Tries until something comes back or the policy says no. Rejects with an ActionError, or the signal's reason. */
export async function persist<T>(trying: Trying, once: (attempt: number) => Promise<T>): Promise<T> {
  const {about, attempts, clock, signal, log, budgetMs = defaultBudgetMs} = trying
  let sleptMs = 0
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await once(attempt)
    } catch (error) {
      const setback = toSetback(error, about)
      const progress = {attempt, attempts, sleptMs, budgetMs, date: clock.date(), random: clock.random()}
      const verdict = decide(setback.failure, progress)
      if (!verdict.again) throw giveUp(setback.error, attempt, verdict.because)
      const seconds = (verdict.afterMs / 1000).toFixed(1)
      log.info(`${setback.error.message} Trying again in ${seconds} s (try ${attempt + 1} of ${attempts}).`)
      await clock.sleep(verdict.afterMs, signal)
      sleptMs += verdict.afterMs
    }
  }
}

/** Network errors become setbacks; anything else that is not one is final and passes. */
export function toSetback(error: unknown, about: string): Setback {
  if (error instanceof Setback) return error
  if (!(error instanceof NetworkError)) throw error
  const {code, host, hint} = error
  const kind = code === 'METADATA_ADDRESS' ? 'untrusted' : 'unreachable'
  const failed = new ActionError(kind, `${about} → ${host ?? 'GitLab'}: ${error.message}.`, {hint, cause: error})
  return new Setback({kind: 'network', code}, failed)
}

function giveUp(error: ActionError, attempt: number, because: 'final' | 'tries' | 'budget'): ActionError {
  if (because === 'final' || (because === 'tries' && attempt === 1)) return error
  const tried = attempt === 1 ? '' : ` Tried ${attempt} times.`
  const late = because === 'budget' ? ' The next try would come too late.' : ''
  return new ActionError(error.kind, `${error.message}${tried}${late}`, error)
}
