import type {Endpoint} from '../api/endpoints.ts'
import {readValue, type Arrived} from './answer.ts'
import {inTime} from './in-time.ts'
import {keepRecent, usableEtag} from './remembered.ts'
import {persist, type Trying} from './retry.ts'
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
  /** Called with the headers of an answer before its body is read. */
  readonly heard?: ((headers: Readonly<Record<string, string>>) => void) | undefined
}

/** The last answer to a question that is asked again and again, with the ETag that asks whether it still holds. */
interface Remembered {
  readonly etag: string
  readonly value: unknown
  readonly headers: Readonly<Record<string, string>>
}

type JsonReader = <T>(
  endpoint: Endpoint<T>,
  options: CallOptions,
) => Promise<{readonly value: T; readonly headers: Readonly<Record<string, string>>}>

export const jsonHeaders = {accept: 'application/json', 'accept-encoding': 'gzip'} as const

/** Reads JSON by the retry policy; what is asked again and again is remembered by its ETag. */
export function jsonReader(
  session: Session,
  trying: (endpoint: Endpoint<unknown>, options: CallOptions) => Trying,
): JsonReader {
  const memory = keepRecent<Remembered>()
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
        accepts: (status) => (status >= 200 && status < 300) || (status === 304 && known !== undefined),
        attempt,
        signal,
      })
      if (reply.status === 304 && known) {
        reply.discard()
        options.heard?.(known.headers)
        return {value: known.value as T, headers: known.headers}
      }
      options.heard?.(reply.headers)
      const value = await readValue(endpoint, reply, {about: how.about, api: session.api, arrived})
      const etag = usableEtag(reply.headers['etag'])
      if (key !== undefined && etag !== undefined) memory.set(key, {etag, value, headers: reply.headers})
      return {value, headers: reply.headers}
    }
    return persist(how, (attempt) =>
      inTime(session.requestTimeoutMs, how.signal, (signal, arrived) => once(attempt, signal, arrived)),
    )
  }
}
