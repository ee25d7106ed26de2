import {clean} from '../../base/clean.ts'
import type {Clock} from '../../base/clock.ts'
import {chooseCredential, mayBeTooOld} from '../api/access.ts'
import type {Choice, Credential, RouteName} from '../api/access.ts'
import {Setback} from './attempts.ts'
import type {Connection} from './connection.ts'
import type {Endpoint} from '../api/endpoints.ts'
import {exchange} from './exchange.ts'
import type {Ask, Reply} from './exchange.ts'
import type {Learner} from './facts.ts'
import {problemOf} from './problem.ts'
import type {Asked} from './problem.ts'
import {cannotCall} from '../api/refusal.ts'
import type {Transport} from './transport.ts'

export interface ClientLog {
  debug(text: string): void
  info(text: string): void
  warn(text: string): void
}

export interface Session {
  /** The root of the API. */
  readonly api: URL
  readonly requestTimeoutMs: number
  choose(route: RouteName): Choice
  /** One try with the right credential; an answer that `wanted` does not accept becomes a Setback. */
  ask(endpoint: Endpoint<unknown>, request: Request): Promise<Reply>
}

export interface Request {
  readonly headers: Readonly<Record<string, string>>
  readonly redirects: Ask['redirects']
  readonly wanted: (status: number) => boolean
  readonly attempt: number
  readonly signal: AbortSignal
}

interface Deps {
  readonly connection: Connection
  readonly transport: Transport
  readonly clock: Clock
  readonly log: ClientLog
  readonly learner: Learner
}

/** A new job is not known to every replica of GitLab's database at once. */
const replicaLagMs = 10_000

export function createSession({connection, transport, clock, log, learner}: Deps): Session {
  const {facts} = learner
  const home = connection.api
  const secrets = [connection.jobToken, connection.token, connection.triggerToken].filter(
    (secret) => secret !== undefined,
  )
  const open = new Set(ownProjects(connection))
  const choose = (route: RouteName): Choice => chooseCredential(route, connection, facts)

  const exchangeOnce = async (
    endpoint: Endpoint<unknown>,
    credential: Credential,
    request: Request,
  ): Promise<Reply> => {
    const {method, path} = endpoint
    const body = bodyOf(endpoint, credential, connection)
    const started = clock.now()
    learner.sent()
    const ask: Ask = {
      method,
      url: urlOf(home, endpoint),
      headers: {
        'user-agent': 'jobside',
        ...request.headers,
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
      },
      credential: endpoint.route === 'trigger' ? {} : credentialHeader(credential, connection),
      secrets,
      body: body === undefined ? undefined : JSON.stringify(body),
      redirects: request.redirects,
      signal: request.signal,
    }
    const reply = await exchange(transport, home, ask).catch((error: unknown) => {
      log.debug(`${method} ${path} failed after ${Math.round(clock.now() - started)} ms`)
      throw error
    })
    const id = reply.headers['x-request-id']
    const from = reply.isStore ? ` from ${reply.url.host}` : ''
    const time = Math.round(clock.now() - started)
    log.debug(`${method} ${path} → ${reply.status}${from} in ${time} ms${id ? `, request ${clean(id, 80)}` : ''}`)
    if (!reply.isStore) learner.answered(reply.headers, clock.date())
    return reply
  }

  return {
    api: home,
    requestTimeoutMs: connection.requestTimeoutMs,
    choose,
    async ask(endpoint, request) {
      const {route, path} = endpoint
      for (;;) {
        const choice = choose(route)
        if (choice.kind === 'refused') throw cannotCall(route, choice.reason, facts)
        const reply = await exchangeOnce(endpoint, choice, request)
        if (request.wanted(reply.status)) {
          if (choice.kind === 'job-token') open.add(projectIn(path))
          return reply
        }
        if (choice.kind === 'job-token' && hasOtherWay(route, reply.status)) {
          reply.discard()
          learner.closed(route)
          continue
        }
        const asked: Asked = {
          about: `${endpoint.method} ${path}`,
          api: connection.api,
          route,
          credential: choice.kind,
          facts,
          hasJobToken: connection.jobToken !== undefined,
          projectIsOpen: open.has(projectIn(path)),
        }
        const setback = await problemOf(reply, asked)
        throw isTooEarly(route, reply.status, request.attempt) ? new Setback({kind: 'early'}, setback.error) : setback
      }
    },
  }

  /** A GitLab too old to look at job tokens here treated us as nobody: only another credential can get further. */
  function hasOtherWay(route: RouteName, status: number): boolean {
    if (!mayBeTooOld(route, status, facts)) return false
    const without = {...facts, closedToJobToken: new Set([...facts.closedToJobToken, route])}
    const next = chooseCredential(route, connection, without)
    return next.kind === 'token' || (next.kind === 'anonymous' && status === 401)
  }

  function isTooEarly(route: RouteName, status: number, attempt: number): boolean {
    const started = connection.jobStartedAt?.getTime()
    if (route !== 'own-job' || attempt > 1 || (status !== 401 && status !== 404) || started === undefined) return false
    return Math.abs(clock.date().getTime() - started) < replicaLagMs
  }
}

/** https://docs.gitlab.com/api/rest/authentication/ */
function credentialHeader(
  {kind}: Credential,
  {jobToken, token, isOauth}: Connection,
): Readonly<Record<string, string>> {
  if (kind === 'job-token' && jobToken !== undefined) return {'job-token': jobToken}
  if (kind !== 'token' || token === undefined) return {}
  return isOauth ? {authorization: `Bearer ${token}`} : {'private-token': token}
}

/** The trigger route alone takes its token in the body, and looks at no header. */
function bodyOf({route, body}: Endpoint<unknown>, {kind}: Credential, {jobToken, triggerToken}: Connection): unknown {
  if (route !== 'trigger') return body
  return {...(body as object), token: kind === 'trigger-token' ? triggerToken : jobToken}
}

function urlOf(api: URL, {path, query}: Endpoint<unknown>): URL {
  const search = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
  return new URL(`${api.href.replace(/\/$/, '')}${path}${search === '' ? '' : `?${search}`}`)
}

function projectIn(path: string): string {
  return /^\/projects\/([^/]+)/.exec(path)?.[1] ?? ''
}

function ownProjects({ownProject}: Connection): readonly string[] {
  const {id, path} = ownProject
  return [...(id === undefined ? [] : [String(id)]), ...(path === undefined ? [] : [encodeURIComponent(path)])]
}
