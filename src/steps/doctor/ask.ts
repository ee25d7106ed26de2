import type {Context} from '../../command/action.ts'
import {ActionError} from '../../base/errors.ts'
import type {RouteName} from '../../gitlab/api/access.ts'
import type {Endpoint} from '../../gitlab/api/endpoints.ts'
import {cannotCall} from '../../gitlab/api/refusal.ts'

/** What came of one question to GitLab: its answer, or why there is none. */
export type Told<T> =
  {readonly value: T; readonly error?: undefined} | {readonly value?: undefined; readonly error: ActionError}

/** Asks GitLab what a diagnosis needs to know, and never throws for what comes back. */
export interface Asker {
  ask<T>(endpoint: Endpoint<T>): Promise<Told<T>>
  /** Opens a file and lets go of it at once. */
  open(endpoint: Endpoint<unknown>): Promise<Told<unknown>>
  /** Whether GitLab has said anything, be it no. */
  readonly isReached: () => boolean
  /** Why GitLab cannot be talked to at all. Once known, nothing more is asked. */
  readonly outage: () => ActionError | undefined
}

/** Two tries: a diagnosis that waits minutes for a closed port is none. */
const mostAttempts = 2

type Asking = Pick<Context<{readonly attempts: number}>, 'inputs' | 'gitlab' | 'signal'>

export function createAsker({inputs, gitlab, signal}: Asking): Asker {
  let isReached = false
  let outage: ActionError | undefined
  const attempts = Math.min(inputs.attempts, mostAttempts)

  const guarded = async <T>({route}: Endpoint<unknown>, work: () => Promise<T>): Promise<Told<T>> => {
    const choice = gitlab.choose(route)
    if (choice.kind === 'refused') return {error: cannotCall(route, choice.reason, gitlab.facts)}
    if (outage) return {error: outage}
    try {
      const value = await work()
      isReached = true
      return {value}
    } catch (error) {
      if (signal.aborted || !(error instanceof ActionError)) throw error
      if (!isReached) outage = asOutage(error, route)
      isReached ||= outage === undefined
      return {error: outage ?? error}
    }
  }
  return {
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

/** GitLab knows these routes to whoever is sent there: "not found" comes from something else. */
const alwaysThere: ReadonlySet<RouteName> = new Set(['own-job', 'user'])

/** A first answer that no GitLab gives, as the end of all asking; undefined for what GitLab may well say. */
function asOutage(error: ActionError, route: RouteName): ActionError | undefined {
  const {kind, message, hint, status, cause} = error
  if (kind === 'unreachable') return error
  if (kind !== 'untrusted' && !(kind === 'notFound' && alwaysThere.has(route))) return undefined
  const address = 'This is not the root of GitLab’s API: check the address in CI_API_V4_URL or --api-url.'
  return new ActionError('untrusted', message, {hint: hint ?? address, status, cause})
}

/** The same list, one row of it. */
export function firstOf<T>(endpoint: Endpoint<readonly T[]>): Endpoint<readonly T[]> {
  return {...endpoint, query: [['per_page', '1']]}
}
