import {ActionError} from '../../base/errors.ts'
import {isMetadataAddress, network} from '../api/addresses.ts'

export const maxHops = 5
const maxLocationLength = 8192

/** Where the API lives: its origin, and the path all its routes begin with. */
export interface Home {
  readonly origin: string
  readonly pathname: string
  readonly hostname: string
}

/** The statuses that lead elsewhere with the same GET. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

/**
 * The next address of a redirect, resolved as browsers do. Refuses what no GitLab has reason to send: other schemes, https
 * to http, a user name, metadata addresses, and plain http from one kind of network into another.
 */
export function nextAddress(from: URL, location: string | undefined, home: Home): URL {
  if (location === undefined || location === '') throw bad('names no address to go to')
  if (location.length > maxLocationLength) throw bad(`names an address longer than ${maxLocationLength} characters`)
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (next === undefined) throw bad('names something that is not an address')
  if (next.protocol !== 'https:' && next.protocol !== 'http:') throw bad('leads to something other than http or https')
  if (from.protocol === 'https:' && next.protocol === 'http:') throw bad('leads from https to http')
  if (next.username !== '' || next.password !== '') throw bad('leads to an address with a user name')
  if (isMetadataAddress(next.hostname)) throw bad('leads to a cloud metadata address')
  if (next.protocol === 'http:' && next.origin !== home.origin && network(next.hostname) !== network(home.hostname)) {
    throw bad('leads by plain http into another kind of network')
  }
  next.hash = ''
  return next
}

/** True only below the API's root: the one place that credentials are for. */
export function isHome(url: URL, home: Home): boolean {
  return url.origin === home.origin && url.pathname.startsWith(`${home.pathname.replace(/\/$/, '')}/`)
}

/** True for a page of the same server where people sign in: no answer of the API, and no file. */
export function isSignIn(url: URL, home: Home): boolean {
  if (url.origin !== home.origin) return false
  // Where the address of the API lacks its path, everything on the server is below it.
  if (isHome(url, home)) return /^\/users\/(?:sign_in|auth)\b/.test(url.pathname)
  return /\/(?:users\/sign_in|users\/auth|sign[_-]?in|log[_-]?in|sso|saml|oauth2?\/(?:start|authorize|sign_in))(?:[/.]|$)/i.test(
    url.pathname,
  )
}

function bad(what: string): ActionError {
  return new ActionError('untrusted', `The server sent a redirect that ${what}.`)
}
