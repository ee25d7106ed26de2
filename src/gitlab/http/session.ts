import {clean} from '../../base/clean.ts'
import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import {chooseCredential, mayBeTooOld} from '../api/access.ts'
import type {AccessFacts, Choice, Credential, RouteName} from '../api/access.ts'
import type {Connection} from './connection.ts'
import type {Endpoint} from '../api/endpoints.ts'
import type {Learner} from './facts.ts'
import {NetworkError} from './network.ts'
import {problemOf} from './problem.ts'
import {isRedirect, nextPlace} from './redirect.ts'
import type {Place, Redirectable} from './redirect.ts'
import {cannotCall} from '../api/refusal.ts'
import {Setback} from './retry.ts'
import type {Hop, Reply, Transport} from './transport.ts'

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
  /** One try with the right credential, redirects followed; an answer whose status is not accepted becomes a Setback. */
  ask(endpoint: Endpoint<unknown>, request: Request): Promise<Reply>
}

interface Request {
  readonly headers: Readonly<Record<string, string>>
  readonly redirects: Redirectable['redirects']
  readonly accepts: (status: number) => boolean
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

/** Sends each request with the credential that its route takes, and learns from the answers. */
export function createSession(deps: Deps): Session {
  const {connection, learner} = deps
  const {facts} = learner
  /** Projects that the job token has opened, as they stand in paths. */
  const open = new Set(ownProjects(connection))
  const choose = (route: RouteName): Choice => chooseCredential(route, connection, facts)
  return {
    api: connection.api,
    requestTimeoutMs: connection.requestTimeoutMs,
    choose,
    async ask(endpoint, request) {
      const {method, route, path} = endpoint
      const project = projectIn(path)
      for (;;) {
        const credential = choose(route)
        if (credential.kind === 'refused') throw cannotCall(route, credential.reason, facts)
        const reply = await exchange(endpoint, credential, request, deps)
        if (request.accepts(reply.status)) {
          if (credential.kind === 'job-token') open.add(project)
          return reply
        }
        if (credential.kind === 'job-token' && hasOtherWay(route, reply.status, connection, facts)) {
          reply.discard()
          learner.closed(route)
          continue
        }
        const setback = await problemOf(reply, {
          about: `${method} ${path}`,
          api: connection.api,
          route,
          credential: credential.kind,
          facts,
          hasJobToken: connection.jobToken !== undefined,
          projectIsOpen: open.has(project),
        })
        const isEarly = route === 'own-job' && request.attempt === 1 && isTooEarly(reply.status, deps)
        throw isEarly ? new Setback({kind: 'early'}, setback.error) : setback
      }
    },
  }
}

/** A GitLab too old to look at job tokens here treated us as nobody: only another credential can get further. */
function hasOtherWay(route: RouteName, status: number, connection: Connection, facts: AccessFacts): boolean {
  if (!mayBeTooOld(route, status, facts)) return false
  const without = {...facts, closedToJobToken: new Set([...facts.closedToJobToken, route])}
  const next = chooseCredential(route, connection, without)
  return next.kind === 'token' || (next.kind === 'anonymous' && status === 401)
}

/** A new job is not known to every replica of GitLab's database at once. */
const replicaLagMs = 10_000

function isTooEarly(status: number, {connection, clock}: Deps): boolean {
  const started = connection.jobStartedAt?.getTime()
  if ((status !== 401 && status !== 404) || started === undefined) return false
  return Math.abs(clock.date().getTime() - started) < replicaLagMs
}

/** One try, told in debug lines and learned from. */
async function exchange(
  endpoint: Endpoint<unknown>,
  credential: Credential,
  request: Request,
  deps: Deps,
): Promise<Reply> {
  const {clock, log, learner} = deps
  const {method, path} = endpoint
  const started = clock.now()
  learner.sent()
  const reply = await follow(endpoint, credential, request, deps).catch((error: unknown) => {
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

const maxHops = 5

/** Sends a request and follows its redirects. Rejects with a NetworkError, or an ActionError that is final. */
async function follow(
  endpoint: Endpoint<unknown>,
  credential: Credential,
  {headers, redirects, signal}: Request,
  {connection, transport}: Deps,
): Promise<Reply> {
  const {method} = endpoint
  const home = connection.api
  const body = bodyOf(endpoint, credential, connection)
  const open = {
    'user-agent': 'jobside',
    ...headers,
    ...(body === undefined ? {} : {'content-type': 'application/json'}),
  }
  // Sent to the API alone, and never again once a redirect has left it.
  const secret = endpoint.route === 'trigger' ? {} : credentialHeader(credential, connection)
  const redirectable = {method, redirects, secrets: secretsOf(connection)}
  let place: Place = {url: urlOf(home, endpoint), isHome: true}
  for (let hops = 0; ; hops++) {
    const {url, isHome} = place
    const hop: Hop = {method, url, headers: isHome ? {...open, ...secret} : open, body, signal}
    const answer = await transport.send(hop).catch((error: unknown) => {
      if (error instanceof NetworkError) error.host = url.host
      throw error
    })
    if (!isRedirect(answer.status)) return {...answer, url, isStore: !isHome}
    answer.discard()
    place = nextPlace(place, answer.headers['location'], home, redirectable)
    if (hops === maxHops) throw new ActionError('untrusted', `More than ${maxHops} redirects in a row.`)
  }
}

function secretsOf({jobToken, token, triggerToken}: Connection): readonly string[] {
  return [jobToken, token, triggerToken].filter((secret) => secret !== undefined)
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
function bodyOf(
  {route, body}: Endpoint<unknown>,
  {kind}: Credential,
  {jobToken, triggerToken}: Connection,
): string | undefined {
  if (route === 'trigger')
    return JSON.stringify({...(body as object), token: kind === 'trigger-token' ? triggerToken : jobToken})
  return body === undefined ? undefined : JSON.stringify(body)
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
