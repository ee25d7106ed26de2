import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import type {Choice, RouteName} from '../api/access.ts'
import type {Connection} from './connection.ts'
import type {TlsFacts} from './dial.ts'
import type {Endpoint} from '../api/endpoints.ts'
import {fileOpener} from './file.ts'
import {createLearner, type Facts} from './facts.ts'
import {readShape, readValue, type Arrived} from './answer.ts'
import {inTime} from './in-time.ts'
import {jsonHeaders, jsonReader, type CallOptions} from './json.ts'
import {NetworkError} from './network.ts'
import {readWhole, walk, type Page, type Walk} from './pages.ts'
import {keepRecent} from './remembered.ts'
import {persist, Setback, toSetback, type Trying} from './retry.ts'
import {createSession} from './session.ts'
import type {ClientLog, Session} from './session.ts'
import {createTransport} from './transport.ts'
import type {Transport} from './transport.ts'
import type {ServerVersion} from '../api/shapes.ts'
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
   * The pages of a list, newest first, a few of which are held at most. Numbered pages may
   * repeat or miss what moved meanwhile: for a conclusion from a list there is `list`.
   */
  pages<T>(endpoint: Endpoint<readonly T[]>, options?: PagesOptions): AsyncGenerator<readonly T[], void, void>
  /**
   * All of a list, newest first, for whoever draws a conclusion from what is in it and what is not. Rejects with `untrusted`
   * if it never held still while its pages were read, or if GitLab counts other than we do.
   */
  list<T extends {readonly id: number}>(endpoint: Endpoint<readonly T[]>, options?: CallOptions): Promise<readonly T[]>
  /**
   * A list too long to keep, for a conclusion all the same: a page at a time where GitLab pages by cursors, and as one page, read as `list` does, where
   * its pages are numbered.
   */
  wholePages<T extends {readonly id: number}>(
    endpoint: Endpoint<readonly T[]>,
    options?: CallOptions,
  ): AsyncGenerator<readonly T[], void, void>
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

/** How GitLab is reached, for telling people. Nothing in it is secret. */
interface Link {
  /** The host that CI names as its server, and whether the API is on it; undefined where CI names none. */
  readonly serverHost: string | undefined
  readonly isOwnServer: boolean | undefined
  /** The proxy on the way to the API, without its credentials, and the variable it comes from. */
  readonly proxy: {readonly origin: string; readonly variable: string} | undefined
  /** Of the newest connection to the API; undefined before the first, and for plain http. */
  readonly tls: TlsFacts | undefined
}

/** Without a limit, 100 numbered pages; keyset paging has none. */
type PagesOptions = CallOptions & Walk

export interface ClientDeps {
  readonly connection: Connection
  /** Made from the connection unless given. */
  readonly transport?: Transport | undefined
  readonly clock: Clock
  readonly log: ClientLog
  readonly signal: AbortSignal
}

/** The client of one run: session, retries, pages and files over one transport. */
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
    walk(endpoint.query, options, (query, {signal: given, heard}) =>
      fetchJson({...endpoint, query}, {...options, signal: either(given, options.signal), heard}),
    )
  const marks = keepRecent<string>()
  const list: GitLab['list'] = async (endpoint, options = {}) => {
    const key = JSON.stringify([session.choose(endpoint.route), endpoint.path, endpoint.query])
    const whole = await readWhole(() => walkPages(endpoint, {...options, ahead: 'all'}), marks.get(key))
    if (whole === undefined) throw moved(endpoint)
    marks.set(key, whole.mark)
    return whole.items
  }
  const opener = fileOpener(session, trying)
  return {
    api: connection.api.href,
    project: connection.project,
    close: () => transport.close(),
    limits: {attempts: connection.attempts, requestTimeoutMs: connection.requestTimeoutMs},
    facts: learner.facts,
    link: linkOf(connection, transport),
    choose: (route) => session.choose(route),
    call: async (endpoint, options = {}) => {
      const {value} = await fetchJson(endpoint, options)
      if (endpoint.route === 'version') learner.reported((value as ServerVersion).version)
      return value
    },
    pages: async function* (endpoint, options = {}) {
      for await (const {items} of walkPages(endpoint, options)) yield items
    },
    list,
    wholePages: async function* (endpoint, options = {}) {
      let [count, last] = [0, Infinity]
      for await (const {items, headers, next} of walkPages(endpoint, {...options, ahead: 'keyset'})) {
        const mayMove = next !== undefined && !next.isKeyset
        if (mayMove && count === 0) return yield await list(endpoint, options)
        count += items.length
        const total = next === undefined ? headers['x-total'] : undefined
        const isLying = (items[0]?.id ?? 0) >= last || (total !== undefined && total !== String(count))
        // What was given out before cannot be taken back.
        if (mayMove || isLying) throw moved(endpoint)
        last = items.at(-1)?.id ?? last
        yield items
      }
    },
    open: (endpoint) => opener(endpoint, connection.attempts),
    openOnce: (endpoint) => opener(endpoint, 1),
    send: (endpoint, options = {}) => sendOnce(session, endpoint, trying(endpoint, options)),
  }
}

/** The same client, for work that a further signal ends. */
export function endingWith(signal: AbortSignal, gitlab: GitLab): GitLab {
  const within = <T extends CallOptions>(options: T | undefined): T =>
    ({...options, signal: options?.isAfterAbort ? options.signal : either(signal, options?.signal)}) as T
  const opening =
    (open: OpenFile): OpenFile =>
    (request) =>
      open({...request, signal: either(signal, request.signal)})
  return {
    ...gitlab,
    call: (endpoint, options) => gitlab.call(endpoint, within(options)),
    pages: (endpoint, options) => gitlab.pages(endpoint, within(options)),
    list: (endpoint, options) => gitlab.list(endpoint, within(options)),
    wholePages: (endpoint, options) => gitlab.wholePages(endpoint, within(options)),
    send: (endpoint, options) => gitlab.send(endpoint, within(options)),
    open: (endpoint) => opening(gitlab.open(endpoint)),
    openOnce: (endpoint) => opening(gitlab.openOnce(endpoint)),
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
      const accepts = (status: number) => status >= 200 && status < 300
      const reply = await session.ask(endpoint, {
        headers: jsonHeaders,
        redirects: 'none',
        accepts,
        attempt,
        signal,
      })
      const reading = {about: how.about, api: session.api, arrived}
      const value =
        reply.status === 204
          ? readShape(endpoint, undefined, reply, how.about)
          : await readValue(endpoint, reply, reading)
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

function linkOf({api, serverHost, isOwnServer, proxyFor}: Connection, transport: Transport): Link {
  const proxy = proxyFor(api)
  return {
    serverHost,
    isOwnServer,
    proxy: proxy && {origin: proxy.url.origin, variable: proxy.variable},
    get tls() {
      return transport.tls
    },
  }
}
