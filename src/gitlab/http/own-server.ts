import {network} from '../api/addresses.ts'
import {portOf} from './proxies.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The server that CI names as that of this job. */
export interface OwnServer {
  /** Its host, with its port where it has one of its own: for people. */
  readonly host: string
  /** Whether an address belongs to it. */
  readonly has: (url: URL) => boolean
}

/** Undefined outside of CI jobs: there is nothing to compare with. https://docs.gitlab.com/ci/variables/predefined_variables/ */
export function ownServer(env: Environment): OwnServer | undefined {
  const given = parse(env['CI_SERVER_URL']) ?? parse(withScheme(env['CI_SERVER_FQDN'], env))
  if (given !== undefined) return {host: given.host, has: (url) => isSame(url, given)}
  const host = env['CI_SERVER_HOST'] || undefined
  if (host === undefined) return undefined
  const port = network(host) === 'loopback' ? undefined : env['CI_SERVER_PORT'] || undefined
  return {
    host,
    has: (url) => host.toLowerCase() === url.hostname && (port === undefined || port === String(portOf(url))),
  }
}

/**
 * Another port is another server, except on this very machine, where servers for trying things out come and go. The usual ports of http and
 * https are one: whoever asks for https gets no less.
 */
function isSame(url: URL, own: URL): boolean {
  if (url.hostname !== own.hostname) return false
  if (network(own.hostname) === 'loopback') return true
  const isUpgrade = own.protocol === 'http:' && url.protocol === 'https:' && own.port === '' && url.port === ''
  return isUpgrade || portOf(url) === portOf(own)
}

function withScheme(name: string | undefined, env: Environment): string | undefined {
  return name ? `${env['CI_SERVER_PROTOCOL'] || 'https'}://${name}` : undefined
}

function parse(text: string | undefined): URL | undefined {
  const url = text && URL.canParse(text) ? new URL(text) : undefined
  return url && url.hostname !== '' ? url : undefined
}
