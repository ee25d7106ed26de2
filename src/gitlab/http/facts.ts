import type {AccessFacts, RouteName} from '../api/access.ts'

/** What the answers so far have told. */
export interface Facts extends AccessFacts {
  /** Requests left in the current window and when it ends by our own clock, where GitLab tells. */
  readonly rateLimit: {readonly limit?: number; readonly remaining?: number; readonly resetAt?: Date} | undefined
  /** GitLab's clock minus ours, in milliseconds, by the last Date header; precise to a second. */
  readonly clockSkewMs: number | undefined
  /** How many requests were sent. */
  readonly requests: number
}

/** What a client learns as it goes. */
export interface Learner {
  readonly facts: Facts
  answered(headers: Readonly<Record<string, string>>, now: Date): void
  sent(): void
  closed(route: RouteName): void
  /** GitLab's version, by its own word. */
  reported(version: string): void
}

/** Starts from the version that CI_SERVER_VERSION told, if it did. */
export function createLearner(serverVersion: string | undefined): Learner {
  const closedToJobToken = new Set<RouteName>()
  const state = {
    serverVersion,
    requests: 0,
    rateLimit: undefined as Facts['rateLimit'],
    clockSkewMs: undefined as number | undefined,
  }
  return {
    facts: {
      get serverVersion() {
        return state.serverVersion
      },
      closedToJobToken,
      get requests() {
        return state.requests
      },
      get rateLimit() {
        return state.rateLimit
      },
      get clockSkewMs() {
        return state.clockSkewMs
      },
    },
    sent: () => void state.requests++,
    closed: (route) => void closedToJobToken.add(route),
    reported: (version) => void (state.serverVersion ??= /^\d+\.\d+(?:\.\d+)?/.exec(version)?.[0]),
    answered(headers, now) {
      const server = Date.parse(headers['date'] ?? '')
      if (!Number.isNaN(server)) state.clockSkewMs = server - now.getTime()
      const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
        whole(headers[`ratelimit-${name}`]),
      )
      if (limit === undefined && remaining === undefined) return
      state.rateLimit = {
        ...(limit === undefined ? {} : {limit}),
        ...(remaining === undefined ? {} : {remaining}),
        ...(reset === undefined ? {} : resetAt(reset, Number.isNaN(server) ? now.getTime() : server, now)),
      }
    },
  }
}

/** No window of GitLab's is longer. */
const longestWindowMs = 24 * 3_600_000

/** When a window ends by our own clock: what counts is how long the server says that it still lasts. Some tell that alone. */
function resetAt(reset: number, serverNowMs: number, now: Date): {readonly resetAt?: Date} {
  const leftMs = reset < 1e9 ? reset * 1000 : reset * 1000 - serverNowMs
  return leftMs < 0 || leftMs > longestWindowMs ? {} : {resetAt: new Date(now.getTime() + leftMs)}
}

function whole(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,11}$/.test(header) ? Number(header) : undefined
}
