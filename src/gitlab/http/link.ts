import type {Connection} from './connection.ts'
import type {TlsFacts} from './tls-facts.ts'
import type {Transport} from './transport.ts'

/** How GitLab is reached, for telling people. Nothing in it is secret. */
export interface Link {
  /** The host that CI names as its server, and whether the API is on it; undefined where CI names none. */
  readonly serverHost: string | undefined
  readonly isOwnServer: boolean | undefined
  /** The proxy on the way to the API, without its credentials, and the variable it comes from. */
  readonly proxy: {readonly origin: string; readonly variable: string} | undefined
  /** Of the newest connection to the API; undefined before the first, and for plain http. */
  readonly tls: TlsFacts | undefined
}

export function linkOf({api, serverHost, isOwnServer, proxyFor}: Connection, transport: Transport): Link {
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
