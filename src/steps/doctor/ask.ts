import type {Context} from '../../command/action.ts'
import {ActionError} from '../../base/errors.ts'
import type {Credential, RefusalReason, RouteName} from '../../gitlab/api/access.ts'
import type {Endpoint} from '../../gitlab/api/endpoints.ts'
import {cannotCall} from '../../gitlab/api/refusal.ts'

/** What came of one question to GitLab: its answer, or why there is none. */
export type Answer<T> =
  {readonly value: T; readonly error?: undefined} | {readonly value?: undefined; readonly error: ActionError}

/** Which credential a route would be called with, or why it cannot be called. */
type Way =
  | {readonly credential: Credential['kind']; readonly reason?: undefined; readonly error?: undefined}
  | {readonly credential?: undefined; readonly reason: RefusalReason; readonly error: ActionError}

/** Asks GitLab what a diagnosis needs to know, and never throws for what comes back. */
export interface Asker {
  wayTo(route: RouteName): Way
  ask<T>(endpoint: Endpoint<T>): Promise<Answer<T>>
  /** Opens a file and lets go of it at once. */
  open(endpoint: Endpoint<unknown>): Promise<Answer<unknown>>
  /** Whether GitLab has said anything, be it no. */
  readonly isReached: () => boolean
  /** Why GitLab cannot be talked to at all. Once known, nothing more is asked. */
  readonly outage: () => ActionError | undefined
}

/** Two tries: a diagnosis that waits minutes for a closed port is none. */
const mostAttempts = 2

type Asking = Pick<Context<{readonly attempts: number}>, 'inputs' | 'gitlab' | 'signal'>

/** Asks with the client of a command. */
export function createAsker({inputs, gitlab, signal}: Asking): Asker {
  let isReached = false
  let outage: ActionError | undefined
  const attempts = Math.min(inputs.attempts, mostAttempts)

  const wayTo = (route: RouteName): Way => {
    const choice = gitlab.choose(route)
    if (choice.kind !== 'refused') return {credential: choice.kind}
    return {reason: choice.reason, error: cannotCall(route, choice.reason, gitlab.facts)}
  }
  const guarded = async <T>({route}: Endpoint<unknown>, work: () => Promise<T>): Promise<Answer<T>> => {
    const error = wayTo(route).error ?? outage
    if (error) return {error}
    try {
      const value = await work()
      isReached = true
      return {value}
    } catch (failure) {
      if (signal.aborted || !(failure instanceof ActionError)) throw failure
      if (!isReached) outage = asOutage(failure, route)
      isReached ||= outage === undefined && !mayBeOlder(failure, route)
      return {error: outage ?? failure}
    }
  }
  return {
    wayTo,
    isReached: () => isReached,
    outage: () => outage,
    ask: (endpoint) => guarded(endpoint, () => gitlab.call(endpoint, {attempts, quiet: true})),
    open: (endpoint) =>
      guarded(endpoint, async () => {
        const body = await gitlab.openOnce(endpoint)({range: {start: 0, end: 0}, signal})
        body.discard()
      }),
  }
}

/** What GitLab says of a route that it does not have; of a project, a job or a file it says what is not found. */
const unknownRoute = /GitLab says: 404 Not Found\.$/

/** A GitLab before 13.10 does not know its own job: the next question tells whether it is one at all. */
export function mayBeOlder({kind, message}: ActionError, route: RouteName): boolean {
  return kind === 'notFound' && route === 'own-job' && unknownRoute.test(message)
}

/** GitLab knows these routes to whoever is sent there: "not found" comes from something else. */
function isNoGitLab({kind, message}: ActionError, route: RouteName): boolean {
  if (kind !== 'notFound') return false
  if (route === 'own-job') return !unknownRoute.test(message)
  return route === 'user' || (['project', 'project-jobs', 'pipelines'].includes(route) && unknownRoute.test(message))
}

/** A first answer that no GitLab gives, as the end of all asking; undefined for what GitLab may well say. */
function asOutage(error: ActionError, route: RouteName): ActionError | undefined {
  const {kind, message, hint, status, cause} = error
  if (kind === 'unreachable') return error
  if (kind !== 'untrusted' && !isNoGitLab(error, route)) return undefined
  const address = 'This is not the root of GitLab’s API: check the address in CI_API_V4_URL or --api-url.'
  return new ActionError('untrusted', message, {hint: kind === 'notFound' ? address : (hint ?? address), status, cause})
}
