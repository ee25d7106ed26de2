import type {ActionError} from '../errors.ts'
import type {AccessFacts, Choice, RouteName} from './access.ts'
import type {Endpoint} from './endpoints.ts'
import type {OpenFile} from './types.ts'

/** GitLab as a command sees it. Every failure is an ActionError that holds no token, header, query or body. */
export interface GitLab {
  /** The API's root, without anything secret. */
  readonly api: string
  /** The project that commands work on unless told otherwise: an id or a full path. */
  readonly project: string | undefined
  /** Asks once, by the retry policy, and gives the checked answer. For GET. */
  call<T>(endpoint: Endpoint<T>, options?: CallOptions): Promise<T>
  /** The pages of a list, one at a time, newest first; nothing of a page is kept once the next is asked for. */
  pages<T>(endpoint: Endpoint<readonly T[]>, options?: PagesOptions): AsyncGenerator<readonly T[], void, void>
  /** Opens a file. The opening is retried by the policy; what breaks while the body is read is the reader's to resume. */
  open(endpoint: Endpoint<unknown>): OpenFile
  /** Opens a file with one try (redirects followed); the error's kind `unreachable` says that another try may help. */
  openOnce(endpoint: Endpoint<unknown>): OpenFile
  /**
   * Changes something: sent exactly once, never again on its own. `ambiguous` means that nobody can tell whether GitLab has
   * done it: the connection was lost, time ran out, or something between us answered.
   */
  send<T>(endpoint: Endpoint<T>, options?: CallOptions): Promise<Sent<T>>
  /** The credential that a route would be called with now, or why there is none. Calls nothing. */
  choose(route: RouteName): Choice
  readonly facts: Facts
}

export interface CallOptions {
  /** Also aborts this call; the client's own signal always does. */
  readonly signal?: AbortSignal | undefined
  /** Fewer or more tries than the `attempts` input says. */
  readonly attempts?: number | undefined
}

export interface PagesOptions extends CallOptions {
  /** At most this many pages; by default 100 for numbered pages, no limit for keyset paging. */
  readonly limit?: number | undefined
}

export type Sent<T> =
  | {readonly kind: 'answered'; readonly status: number; readonly value: T}
  | {readonly kind: 'refused'; readonly error: ActionError}
  | {readonly kind: 'ambiguous'; readonly error: ActionError}

/** What the answers so far have told. */
export interface Facts extends AccessFacts {
  /** Requests left in the current window and when it ends, where GitLab tells. */
  readonly rateLimit: {readonly limit?: number; readonly remaining?: number; readonly resetAt?: Date} | undefined
  /** GitLab's clock minus ours, in milliseconds, by the last Date header; precise to a second. */
  readonly clockSkewMs: number | undefined
  /** How many requests were sent. */
  readonly requests: number
}
