import {ActionError} from '../../base/errors.ts'
import {Contradiction} from '../api/checks.ts'
import type {Endpoint} from '../api/endpoints.ts'
import {ShapeError} from '../api/responses.ts'
import {readJson, type Arrived} from './answer.ts'
import {persist, Setback, type Trying} from './attempts.ts'
import type {Reply} from './exchange.ts'
import {inTime} from './in-time.ts'
import {unreadable} from './problem.ts'
import {createMemory, usableEtag, type Remembered} from './remembered.ts'
import type {Session} from './session.ts'

export interface CallOptions {
  /** Also aborts this call; the client's own signal always does. */
  readonly signal?: AbortSignal | undefined
  /** Sent although the client's own signal has aborted: `signal` alone stops it. */
  readonly isAfterAbort?: boolean | undefined
  /** Fewer or more tries than the `attempts` input says. */
  readonly attempts?: number | undefined
  /** How long all pauses between tries may take together, in milliseconds: what is left of a deadline. 5 minutes if not said. */
  readonly budgetMs?: number | undefined
  /** The same will be asked again: the answer is remembered, and GitLab is asked only whether it has changed. */
  readonly again?: boolean | undefined
  /** Failed tries are told in debug lines alone: whoever asks again and again has words of his own for an outage. */
  readonly quiet?: boolean | undefined
}

export type JsonReader = <T>(
  endpoint: Endpoint<T>,
  options: CallOptions,
) => Promise<{readonly value: T; readonly headers: Readonly<Record<string, string>>}>

export const jsonHeaders = {accept: 'application/json', 'accept-encoding': 'gzip'} as const

/** Reads JSON by the retry policy; what is asked again and again is remembered by its ETag. */
export function jsonReader(
  session: Session,
  trying: (endpoint: Endpoint<unknown>, options: CallOptions) => Trying,
): JsonReader {
  const memory = createMemory<Remembered>()
  return <T>(endpoint: Endpoint<T>, options: CallOptions) => {
    const how = trying(endpoint, options)
    const once = async (attempt: number, signal: AbortSignal, arrived: Arrived) => {
      const key = options.again
        ? JSON.stringify([session.choose(endpoint.route), endpoint.path, endpoint.query])
        : undefined
      const known = key === undefined ? undefined : memory.get(key)
      const reply = await session.ask(endpoint, {
        headers: {...jsonHeaders, ...(known ? {'if-none-match': known.etag} : {})},
        redirects: 'home',
        wanted: (status) => (status >= 200 && status < 300) || (status === 304 && known !== undefined),
        attempt,
        signal,
      })
      if (reply.status === 304 && known) {
        reply.discard()
        return {value: known.value as T, headers: known.headers}
      }
      const value = await readValue(endpoint, reply, {about: how.about, api: session.api, arrived})
      if (endpoint.isList && !isWhole(reply, value)) throw notWhole(how.about, reply.status)
      const etag = usableEtag(reply.headers['etag'])
      if (key !== undefined && etag !== undefined) memory.set(key, {etag, value, headers: reply.headers})
      return {value, headers: reply.headers}
    }
    return persist(how, (attempt) =>
      inTime(session.requestTimeoutMs, how.signal, (signal, arrived) => once(attempt, signal, arrived)),
    )
  }
}

/** A part, and a body that nothing but the end of the connection closes, may be cut where it is still JSON. */
function isWhole({status, headers}: Reply, value: unknown): boolean {
  if (status !== 200) return false
  const hasEnd = headers['content-length'] !== undefined || /\bchunked\b/i.test(headers['transfer-encoding'] ?? '')
  return hasEnd || (Array.isArray(value) && headers['x-total'] === String(value.length))
}

function notWhole(about: string, status: number): Setback {
  const text = `${about} → ${status}, but nothing shows that the list is whole.`
  return new Setback({kind: 'content'}, new ActionError('untrusted', text, {status, fault: 'part'}))
}

interface Reading {
  readonly about: string
  readonly api: URL
  readonly arrived: Arrived
}

/** What an endpoint makes of an answer. Rejects with a Setback for what is no JSON, and `untrusted` for what is not GitLab's. */
export async function readValue<T>(endpoint: Endpoint<T>, reply: Reply, reading: Reading): Promise<T> {
  const {about} = reading
  const body = await readJson(reply, reading.arrived)
  if (body.kind !== 'json') throw unreadable(reply, body, reading)
  try {
    return endpoint.read(body.value, '')
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    throw new ActionError('untrusted', `${about} → ${reply.status}, but ${error.message}.`, {
      cause: error,
      status: reply.status,
      fault: error instanceof Contradiction ? 'contradiction' : undefined,
      hint: 'Either this is not GitLab, or its answers have changed. Please report it with the version of GitLab.',
    })
  }
}
