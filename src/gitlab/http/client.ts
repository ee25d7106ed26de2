import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import type {Choice, RouteName} from '../api/access.ts'
import {persist, Setback, toSetback, type Trying} from './attempts.ts'
import type {Connection} from './connection.ts'
import type {Endpoint} from '../api/endpoints.ts'
import {fileHeaders, refuseCoding} from './file-request.ts'
import {createLearner, type Facts} from './facts.ts'
import type {Arrived} from './answer.ts'
import {inTime} from './in-time.ts'
import {jsonHeaders, jsonReader, readValue, type CallOptions} from './json.ts'
import {linkOf, type Link} from './link.ts'
import {NetworkError} from './network.ts'
import {readWhole, walk, type Page} from './pages.ts'
import {createMemory} from './remembered.ts'
import {createSession} from './session.ts'
import type {ClientLog, Session} from './session.ts'
import {createTransport} from './transport.ts'
import type {Transport} from './transport.ts'
import type {OpenFile, Sent} from '../api/types.ts'

export type {CallOptions} from './json.ts'

/** GitLab as a command sees it. Every failure is an ActionError that holds no token, header, query or body. */
export interface GitLab {
  /** The API's root, without anything secret. */
  readonly api: string
  /** The project that commands work on unless told otherwise: an id or a full path. */
  readonly project: string | undefined
  /** Asks once, by the retry policy, and gives the checked answer. For GET. */
  call<T>(endpoint: Endpoint<T>, options?: CallOptions): Promise<T>
  /**
   * The pages of a list, one at a time, newest first; nothing of a page is kept once the next is asked for. Numbered pages may
   * repeat or miss what moved meanwhile: for a conclusion from a list there is `list`.
   */
  pages<T>(endpoint: Endpoint<readonly T[]>, options?: PagesOptions): AsyncGenerator<readonly T[], void, void>
  /**
   * All of a list, newest first, for whoever draws a conclusion from what is in it and what is not. Rejects with `untrusted`
   * if it never held still while its pages were read, or if GitLab counts other than we do.
   */
  list<T extends {readonly id: number}>(endpoint: Endpoint<readonly T[]>, options?: CallOptions): Promise<readonly T[]>
  /** Opens a file. The opening is retried by the policy; what breaks while the body is read is the reader's to resume. */
  open(endpoint: Endpoint<unknown>): OpenFile
  /** Opens a file with one try (redirects followed); the error's kind `unreachable` says that another try may help. */
  openOnce(endpoint: Endpoint<unknown>): OpenFile
  /**
   * Changes something: sent once, and again only on proof that nothing was done: no connection, or 429. `ambiguous` means that nobody can tell whether GitLab has
   * done it: the connection was lost, time ran out, or something between us answered.
   */
  send<T>(endpoint: Endpoint<T>, options?: CallOptions): Promise<Sent<T>>
  /** The credential that a route would be called with now, or why there is none. Calls nothing. */
  choose(route: RouteName): Choice
  readonly facts: Facts
  readonly link: Link
  /** How often a request is tried in all, and how many milliseconds a server may stay silent: as the inputs say. */
  readonly limits: {readonly attempts: number; readonly requestTimeoutMs: number}
  /** Ends all connections. */
  close(): Promise<void>
}

export interface PagesOptions extends CallOptions {
  /** At most this many pages; by default 100 for numbered pages, no limit for keyset paging. */
  readonly limit?: number | undefined
}

export interface ClientDeps {
  readonly connection: Connection
  /** Made from the connection unless given. */
  readonly transport?: Transport | undefined
  readonly clock: Clock
  readonly log: ClientLog
  readonly signal: AbortSignal
}

export function createClient({connection, clock, log, signal, ...deps}: ClientDeps): GitLab {
  const transport = deps.transport ?? createTransport(connection)
  for (const warning of connection.warnings) log.warn(warning)
  const learner = createLearner(connection.serverVersion)
  const session = createSession({connection, transport, clock, log, learner})
  const trying = (endpoint: Endpoint<unknown>, options: CallOptions) => ({
    about: `${endpoint.method} ${endpoint.path}`,
    attempts: options.attempts ?? connection.attempts,
    budgetMs: options.budgetMs,
    clock,
    log: options.quiet ? {info: (text: string) => log.debug(text)} : log,
    signal: options.isAfterAbort && options.signal ? options.signal : either(signal, options.signal),
  })
  const fetchJson = jsonReader(session, trying)
  const walkPages = <T>(endpoint: Endpoint<readonly T[]>, options: PagesOptions): AsyncGenerator<Page<T>, void, void> =>
    walk(endpoint.query, options.limit, (query) => fetchJson({...endpoint, query}, options))
  const marks = createMemory<string>()
  const opener =
    (endpoint: Endpoint<unknown>, attempts: number): OpenFile =>
    ({range, ifRange, signal: own, budget}) => {
      const how = trying(endpoint, {attempts: budget?.left() ?? attempts, signal: own})
      return persist(how, async (attempt) => {
        if (attempt > 1) budget?.spend()
        const headers = fileHeaders({range, ifRange})
        const wanted = (status: number) => status === 200 || (status === 206 && range !== undefined)
        const ask = (signal: AbortSignal) =>
          session.ask(endpoint, {headers, redirects: 'store', wanted, attempt, signal})
        const reply = await inTime(connection.requestTimeoutMs, how.signal, ask)
        refuseCoding(reply, how.about)
        return {
          status: reply.status,
          headers: reply.headers,
          body: reply.body,
          discard: () => reply.discard(),
          origin: reply.url.origin,
        }
      })
    }
  return {
    api: connection.api.href,
    project: connection.project,
    close: () => transport.close(),
    limits: {attempts: connection.attempts, requestTimeoutMs: connection.requestTimeoutMs},
    facts: learner.facts,
    link: linkOf(connection, transport),
    choose: (route) => session.choose(route),
    call: async (endpoint, options = {}) => (await fetchJson(endpoint, options)).value,
    pages: async function* (endpoint, options = {}) {
      for await (const {items} of walkPages(endpoint, options)) yield items
    },
    list: async (endpoint, options = {}) => {
      const key = JSON.stringify([session.choose(endpoint.route), endpoint.path, endpoint.query])
      const whole = await readWhole(() => walkPages(endpoint, options), marks.get(key))
      if (whole === undefined) throw moved(endpoint)
      marks.set(key, whole.mark)
      return whole.items
    },
    open: (endpoint) => opener(endpoint, connection.attempts),
    openOnce: (endpoint) => opener(endpoint, 1),
    send: (endpoint, options = {}) => sendOnce(session, endpoint, trying(endpoint, options)),
  }
}

function moved({method, path}: Endpoint<unknown>): ActionError {
  return new ActionError('untrusted', `${method} ${path}: the list changed each time while its pages were read.`, {
    fault: 'moved',
    hint: 'Jobs are being retried or deleted right now: run it again when they have settled.',
  })
}

async function sendOnce<T>(session: Session, endpoint: Endpoint<T>, how: Trying): Promise<Sent<T>> {
  const once = async (attempt: number, signal: AbortSignal, arrived: Arrived): Promise<Sent<T>> => {
    try {
      const wanted = (status: number) => status >= 200 && status < 300
      const reply = await session.ask(endpoint, {
        headers: jsonHeaders,
        redirects: 'none',
        wanted,
        attempt,
        signal,
      })
      const reading = {about: how.about, api: session.api, arrived}
      const value = reply.status === 204 ? endpoint.read(undefined, '') : await readValue(endpoint, reply, reading)
      return {kind: 'answered', status: reply.status, value}
    } catch (error) {
      // Nothing has been sent yet, so trying again cannot do anything twice.
      if (error instanceof NetworkError && error.phase === 'connect') throw error
      how.signal.throwIfAborted()
      // Whoever counts requests counts before doing anything: nothing was done, so it is asked again when GitLab says.
      if (error instanceof Setback && error.failure.kind === 'status' && error.failure.status === 429) throw error
      return notAnswered(error, how.about)
    }
  }
  try {
    return await persist(how, (attempt) =>
      inTime(session.requestTimeoutMs, how.signal, (signal, arrived) => once(attempt, signal, arrived)),
    )
  } catch (error) {
    if (error instanceof ActionError) return {kind: 'refused', error}
    throw error
  }
}

/** A clear no is `refused`. Everything else may have been done. */
function notAnswered(error: unknown, about: string): Sent<never> {
  // A redirect that was not followed, and an answer that cannot be read after GitLab said yes.
  if (error instanceof ActionError) return {kind: error.status === undefined ? 'refused' : 'ambiguous', error}
  const {failure, error: shown} = toSetback(error, about)
  if (failure.kind !== 'status' || failure.html) return {kind: 'ambiguous', error: shown}
  const isNo = failure.status >= 400 && failure.status < 500 && failure.status !== 408
  return {kind: isNo ? 'refused' : 'ambiguous', error: shown}
}

function either(first: AbortSignal, second: AbortSignal | undefined): AbortSignal {
  return second === undefined ? first : AbortSignal.any([first, second])
}
