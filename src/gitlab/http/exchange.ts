import {ActionError} from '../../base/errors.ts'
import {carriesSecret} from '../../base/secret.ts'
import {NetworkError} from './network.ts'
import {isRootOfApi} from '../api/addresses.ts'
import {isHome, isRedirect, isSignIn, maxHops, nextAddress} from './redirect.ts'
import type {Home} from './redirect.ts'
import type {HopAnswer, Transport} from './transport.ts'

export interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  /** Sent on every hop: nothing secret. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent to the API alone, and never again once a redirect has left it. */
  readonly credential: Readonly<Record<string, string>>
  /** All that we hold, sent or not: no address with one of them in it is ever asked. */
  readonly secrets: readonly string[]
  readonly body?: string | undefined
  /** `store`: redirects may leave the API, as those of downloads do. */
  readonly redirects: 'store' | 'home' | 'none'
  readonly signal: AbortSignal
}

export interface Reply extends HopAnswer {
  readonly url: URL
  /** The answer came from elsewhere than the API. */
  readonly isStore: boolean
}

/** One try: sends a request and follows its redirects. Rejects with a NetworkError, or an ActionError that is final. */
export async function exchange(transport: Transport, home: Home, ask: Ask): Promise<Reply> {
  let url = ask.url
  let atHome = true
  for (let hops = 0; ; hops++) {
    const answer = await sendOnce(transport, ask, url, atHome).catch((error: unknown) => {
      if (error instanceof NetworkError) error.host = url.host
      throw error
    })
    if (!isRedirect(answer.status)) return {...answer, url, isStore: !atHome}
    answer.discard()
    const next = nextAddress(url, answer.headers['location'], home)
    if (carriesSecret(`${answer.headers['location']}\n${next.href}`, ask.secrets)) throw carried(ask)
    atHome &&= isHome(next, home)
    if (isSignIn(next, home)) throw toSignIn(ask, home)
    if (ask.redirects === 'none' || (ask.redirects === 'home' && !atHome)) throw moved(ask, next, home)
    if (hops === maxHops) throw new ActionError('untrusted', `More than ${maxHops} redirects in a row.`)
    url = next
  }
}

async function sendOnce(transport: Transport, ask: Ask, url: URL, atHome: boolean): Promise<HopAnswer> {
  const {method, body, signal} = ask
  const headers = atHome ? {...ask.headers, ...ask.credential} : ask.headers
  const hop = {method, url, headers, body, signal, alone: method !== 'GET'}
  const mayBeIdle = method === 'GET' && transport.hasAnswered(url.origin)
  try {
    return await transport.send(hop)
  } catch (error) {
    // A kept connection that the server closed meanwhile says nothing about the server: try a new one at once.
    if (mayBeIdle && error instanceof NetworkError && diedIdle(error)) return transport.send(hop)
    throw error
  }
}

function diedIdle({code, phase}: NetworkError): boolean {
  return phase === 'sent' && ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code)
}

function carried({method}: Ask): ActionError {
  const text = `The server redirects this ${method} request to an address that holds one of our own credentials, and it was not followed.`
  return new ActionError('untrusted', text, {
    hint: 'GitLab never does that: whoever did can read the credential. Revoke it, and look at what stands in front of GitLab.',
  })
}

function toSignIn({method, redirects}: Ask, home: Home): ActionError {
  const what = redirects === 'store' ? 'the file' : 'an answer'
  return new ActionError('refused', `The server sends this ${method} request to a sign-in page in place of ${what}.`, {
    fault: 'page',
    hint: `${isRootOfApi(home)} If so, the credential was not taken, or something in front of GitLab asks people to sign in: let the API and its downloads pass there.`,
  })
}

function moved({method}: Ask, next: URL, home: Home): ActionError {
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
