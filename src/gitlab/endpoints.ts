import type {RouteName} from './access.ts'

/** One request to the API, as a value: what to send and how to read the answer. */
export interface Endpoint<T> {
  readonly route: RouteName
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the API's root; every segment is encoded. */
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  /** Sent as JSON. */
  readonly body?: unknown
  /** Checks the shape of the answer. */
  readonly read: (value: unknown) => T
}
