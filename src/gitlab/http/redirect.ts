import {ActionError} from '../../base/errors.ts'
import {carriesSecret} from '../../base/secret.ts'
import {isMetadataAddress, isRootOfApi, network} from '../api/addresses.ts'

const maxLocationLength = 8192

/** Where the API lives: its origin, and the path all its routes begin with. */
export interface Home {
  readonly origin: string
  readonly pathname: string
  readonly hostname: string
}

/** How a request lets itself be redirected. */
export interface Redirectable {
  readonly method: string
  /** `store`: redirects may leave the API, as those of downloads do. */
  readonly redirects: 'store' | 'home' | 'none'
  /** All that we hold, sent or not: no address with one of them in it is ever asked. */
  readonly secrets: readonly string[]
}

/** A place on the way of a request. */
export interface Place {
  readonly url: URL
  /** The API, and nothing but the API on the way here: credentials may be sent. */
  readonly isHome: boolean
}

/** The statuses that lead elsewhere with the same GET. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

/** Where a redirect leads. Throws an ActionError, which is final, for what is not followed. */
export function nextPlace(from: Place, location: string | undefined, home: Home, request: Redirectable): Place {
  const url = nextAddress(from.url, location, home)
  if (carriesSecret(`${location}\n${url.href}`, request.secrets)) throw carried(request)
  const next = {url, isHome: from.isHome && isHome(url, home)}
  if (isSignIn(url, home)) throw toSignIn(request, home)
  if (request.redirects === 'none' || (request.redirects === 'home' && !next.isHome)) throw moved(request, url, home)
  return next
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
function isSignIn(url: URL, home: Home): boolean {
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

function carried({method}: Redirectable): ActionError {
  const text = `The server redirects this ${method} request to an address that holds one of our own credentials, and it was not followed.`
  return new ActionError('untrusted', text, {
    hint: 'GitLab never does that: whoever did can read the credential. Revoke it, and look at what stands in front of GitLab.',
  })
}

function toSignIn({method, redirects}: Redirectable, home: Home): ActionError {
  const what = redirects === 'store' ? 'the file' : 'an answer'
  return new ActionError('refused', `The server sends this ${method} request to a sign-in page in place of ${what}.`, {
    fault: 'page',
    hint: `${isRootOfApi(home)} If so, the credential was not taken, or something in front of GitLab asks people to sign in: let the API and its downloads pass there.`,
  })
}

function moved({method}: Redirectable, next: URL, home: Home): ActionError {
  const isPage = next.origin === home.origin && !isHome(next, home)
  const where = isPage ? 'to a page outside of the API' : `to ${next.origin}`
  return new ActionError(
    'untrusted',
    `The server redirects this ${method} request ${where}, and it was not followed.`,
    {
      fault: isPage ? 'page' : undefined,
      hint: isPage
        ? isRootOfApi(home)
        : `If GitLab has moved there, set --api-url to ${next.origin}${home.pathname}. A project that was renamed is best given by its id.`,
    },
  )
}
