/** What went wrong with one try, as far as trying again depends on it. */
export type Failure =
  | {
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
export const backoff = {baseMs: second / 2, rateLimitedMs: 5 * second, capMs: 30 * second} as const
/** What a server may ask us to wait: more is cut to the upper bound, less raised to the lower. */
export const serverDelay = {minMs: second, maxMs: 2 * minute} as const
/** How long all pauses of one request may take together, unless the caller has less time. */
export const defaultBudgetMs = 5 * minute

/** As often as the `attempts` input allows. */
const many = Number.POSITIVE_INFINITY
/** How often a failure may be tried in all, whatever `attempts` says beyond that: 1 is final at once. */
const statusTries: Readonly<Record<number, number>> = {
  408: many,
  425: many,
  429: many,
  500: many,
  502: many,
  503: many,
  504: many,
}
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
  const {status, html, lock, store} = failure
  if (status === 409) return lock ? many : 1
  if (status >= 520 && status <= 530) return many
  // Signed addresses expire: S3 says 400 or 403, others 401 or 403.
  if (store && (status === 400 || status === 401 || status === 403)) return 3
  if (html && (status === 403 || status === 404)) return 3
  return statusTries[status] ?? 1
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
