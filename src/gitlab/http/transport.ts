import type {Socket} from 'node:net'
import {callbackify} from 'node:util'
import request from 'undici/lib/api/api-request.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import {createDial, ofProxy, proxyCredentials} from './dial.ts'
import type {Dialing, TlsFacts} from './dial.ts'
import {NetworkError, networkError, withoutCertificate} from './network.ts'
import type {Proxy} from './proxies.ts'

/** One request to one server. */
export interface Hop {
  readonly url: URL
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
}

/** What that server answers, once its headers are there. */
export interface HopAnswer {
  readonly status: number
  /** Lower-case names; a header sent several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  /** As sent. Rejects with a NetworkError if it breaks off. */
  readonly body: AsyncIterable<Uint8Array>
  /** Lets go of what has not been read. */
  discard(): void
}

/** The answer at the end of all redirects. */
export interface Reply extends HopAnswer {
  readonly url: URL
  /** It came from elsewhere than the API. */
  readonly isStore: boolean
}

/** One request, one answer: no redirects, no retries, nothing decoded. Rejects with a NetworkError. */
export interface Transport {
  send(hop: Hop): Promise<HopAnswer>
  /** Of the newest TLS connection to the API. */
  readonly tls?: TlsFacts | undefined
  close(): Promise<void>
}

/** How to reach servers, and how long to bear their silence. */
export interface TransportOptions extends Omit<Dialing, 'connectTimeoutMs' | 'open' | 'onTls'> {
  /** Silence allowed before the headers, and between two pieces of the body. */
  readonly requestTimeoutMs: number
  /** 10 seconds unless told otherwise. */
  readonly connectTimeoutMs?: number | undefined
}

const maxHeaderBytes = 65_536

/** Keeps connections for reading; what changes something has one of its own. */
export function createTransport(options: TransportOptions): Transport {
  let tls: TlsFacts | undefined
  const onTls = (facts: TlsFacts): void => void (tls = facts)
  const open = new Set<Socket>()
  const dial = createDial({...options, connectTimeoutMs: options.connectTimeoutMs ?? 10_000, open, onTls})
  const shared = {
    connect: connector(dial),
    headersTimeout: options.requestTimeoutMs,
    bodyTimeout: options.requestTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
    pipelining: 1,
  }
  const [pool, single] = [new Agent(shared), new Agent({...shared, keepAliveTimeout: 1, keepAliveMaxTimeout: 1})]
  const answered = new Set<string>()

  const sendOnce = async (hop: Hop): Promise<HopAnswer> => {
    const proxy = hop.url.protocol === 'http:' ? options.proxyFor(hop.url) : undefined
    hop.signal.throwIfAborted()
    try {
      // What must not be repeated must not meet a connection that died idle.
      const answer = await unlessStopped(request.call(hop.method === 'GET' ? pool : single, requestOf(hop, proxy)), hop)
      answered.add(hop.url.origin)
      return answerOf(answer, proxy, hop.signal)
    } catch (error) {
      hop.signal.throwIfAborted()
      const failure = networkError(error, 'sent')
      if (lacksCertificate(hop.url, tls, options) && failure instanceof NetworkError && failure.phase === 'sent') {
        throw withoutCertificate(failure)
      }
      throw ofProxy(failure, proxy)
    }
  }
  return {
    get tls() {
      return tls
    },
    async close() {
      await Promise.all([pool.destroy(), single.destroy()])
      // undici forgets a connection that is still being made.
      for (const socket of open) socket.destroy()
    },
    async send(hop) {
      const mayBeIdle = hop.method === 'GET' && answered.has(hop.url.origin)
      try {
        return await sendOnce(hop)
      } catch (error) {
        // A kept connection that the server closed meanwhile says nothing about the server: try a new one at once.
        if (mayBeIdle && error instanceof NetworkError && diedIdle(error)) return sendOnce(hop)
        throw error
      }
    },
  }
}

/** A request in undici's words. */
function requestOf({url, method, headers, body, signal}: Hop, proxy: Proxy | undefined) {
  const authorization = proxy && proxyCredentials(proxy.url)
  const path = url.pathname + url.search
  return {
    method,
    // Plain http goes to a proxy whole, as RFC 9112 section 3.2.2 asks; https goes through a tunnel (see dial).
    origin: proxy?.url.origin ?? url.origin,
    path: proxy ? url.origin + path : path,
    headers: {
      ...headers,
      host: url.host,
      ...(authorization === undefined ? {} : {'proxy-authorization': authorization}),
    },
    body: body ?? null,
    signal,
    reset: method !== 'GET',
  }
}

function answerOf(
  {statusCode, headers, body}: Awaited<ReturnType<typeof request>>,
  proxy: Proxy | undefined,
  signal: AbortSignal,
): HopAnswer {
  body.on('error', () => {})
  if (proxy && statusCode === 407) {
    body.destroy()
    throw new NetworkError('PROXY_407', 'connect', {hint: `The proxy comes from ${proxy.variable}.`})
  }
  return {
    status: statusCode,
    headers: flat(headers),
    body: pieces(body, signal),
    discard: () => void body.destroy(),
  }
}

/** Whether the API has asked for a certificate of ours and there is none to show. */
function lacksCertificate(url: URL, tls: TlsFacts | undefined, options: TransportOptions): boolean {
  return tls?.asksForCertificate === true && options.tls.cert === undefined && url.host === options.api.host
}

function diedIdle({code, phase}: NetworkError): boolean {
  return phase === 'sent' && ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code)
}

async function* pieces(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body
  } catch (error) {
    signal.throwIfAborted()
    throw networkError(error, 'body')
  }
}

type Connector = Extract<NonNullable<Agent.Options['connect']>, (...args: never[]) => void>

function connector(dial: ReturnType<typeof createDial>): Connector {
  const dialBack = callbackify(dial)
  return ({protocol, hostname, port}, callback) => {
    const host = hostname.includes(':') ? `[${hostname}]` : hostname
    dialBack(new URL(`${protocol}//${host}${port === '' ? '' : `:${port}`}`), (error, socket) =>
      error ? callback(error, null) : callback(null, heardToTheEnd(socket)),
    )
  }
}

/** undici hears of a stop only once it has a connection for the request. */
async function unlessStopped<T>(answer: Promise<T>, {signal}: Hop): Promise<T> {
  let stop: (() => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([answer, stopped])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}

const lookForListenerMs = 5
const longestCompilationMs = 30_000

/** undici listens to its first connections only when its parser is compiled. The end of one that came before is told again, else nobody ever hears of it. */
function heardToTheEnd(socket: Socket): Socket {
  const before = socket.listenerCount('close')
  socket.once('close', (hadError) => {
    const endMs = performance.now() + longestCompilationMs
    const look = (): void => {
      if (socket.listenerCount('close') > before) socket.emit('close', hadError)
      else if (performance.now() < endMs) setTimeout(look, lookForListenerMs).unref()
    }
    if (socket.listenerCount('close') <= before) look()
  })
  return socket
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  // fromEntries, unlike assignment, keeps a header named __proto__ harmless.
  return Object.fromEntries(entries) as Record<string, string>
}
