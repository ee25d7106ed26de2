import {closeSync, openSync} from 'node:fs'
import {connect as connectTcp, isIP} from 'node:net'
import type {Socket} from 'node:net'
import {devNull} from 'node:os'
import tls, {connect as connectTls, createSecureContext, TLSSocket} from 'node:tls'
import type {SecureContext} from 'node:tls'
import {passOverContinue} from './interim.ts'
import {isCertificateProblem, isCoded, NetworkError, networkError, withoutCertificate} from './network.ts'
import {portOf} from './proxies.ts'
import type {Proxy} from './proxies.ts'
import type {TlsFiles} from './tls-files.ts'
import {isMetadataAddress} from '../api/addresses.ts'

export interface Dialing {
  readonly api: URL
  readonly tls: TlsFiles
  readonly proxyFor: (url: URL) => Proxy | undefined
  /** For the whole way: name, connection, proxy and TLS. */
  readonly connectTimeoutMs: number
  /** Given every socket for as long as it is open. */
  readonly open: Set<Socket>
  /** Told of every TLS connection to the API's host. */
  readonly onTls?: ((facts: TlsFacts) => void) | undefined
}

export interface TlsFacts {
  readonly protocol: string
  /** As the certificate says, not cleaned. */
  readonly issuer: string
  readonly validTo: Date
  /** The server asked for a client certificate, which it may demand or not. */
  readonly asksForCertificate: boolean
}

/** How long one address is tried before the next of the same name is tried beside it. Node's 250 ms fails on slow links. */
const nextAddressAfterMs = 1000
const maxProxyAnswer = 16_384

/** Opens a connection for undici to an origin, through a proxy where one is set. Rejects with a NetworkError. */
export function createDial(dialing: Dialing): (origin: URL) => Promise<Socket> {
  const contexts = new Map<string, SecureContext>()
  const contextFor = (url: URL): SecureContext => {
    const isApi = url.host === dialing.api.host
    const key = String(isApi)
    const context = contexts.get(key) ?? secureContext(dialing.tls, isApi)
    contexts.set(key, context)
    return context
  }
  return async (origin) => {
    let socket: Socket | undefined
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new NetworkError('UND_ERR_CONNECT_TIMEOUT', 'connect')), dialing.connectTimeoutMs)
    })
    const keep = (opened: Socket): Socket => {
      // Without a listener, an error after the race is lost would end the process.
      opened.on('error', () => {})
      dialing.open.add(opened)
      opened.on('close', () => dialing.open.delete(opened))
      return (socket = opened)
    }
    try {
      const opened = await Promise.race([late, reach(origin, dialing, contextFor, keep)])
      if (opened.destroyed) throw new NetworkError('ECONNRESET', 'connect')
      // By the protocol first: plain http never loads what TLS is made of.
      const isSecureApi = origin.protocol === 'https:' && origin.host === dialing.api.host
      if (isSecureApi && opened instanceof TLSSocket) dialing.onTls?.(tlsFacts(opened))
      return passOverContinue(opened)
    } catch (error) {
      const failure = networkError(lackOfFiles(error) ?? error, 'connect')
      const lacksCertificate =
        failure instanceof NetworkError &&
        socket instanceof TLSSocket &&
        origin.host === dialing.api.host &&
        dialing.tls.cert === undefined &&
        !isCertificateProblem(failure.code.replace(/^ERR_SSL_/, '')) &&
        asksForCertificate(socket)
      socket?.destroy()
      throw lacksCertificate ? withoutCertificate(failure) : ofProxy(failure, tunnelFor(origin, dialing))
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A resolver that may open no more files calls every name unknown. */
function lackOfFiles(error: unknown): unknown {
  if (!isCoded(error) || error.code !== 'ENOTFOUND') return undefined
  try {
    closeSync(openSync(devNull, 'r'))
    return undefined
  } catch (lack) {
    return isCoded(lack) && (lack.code === 'EMFILE' || lack.code === 'ENFILE') ? lack : undefined
  }
}

type Keep = (socket: Socket) => Socket

async function reach(origin: URL, dialing: Dialing, context: (url: URL) => SecureContext, keep: Keep): Promise<Socket> {
  const proxy = tunnelFor(origin, dialing)
  const first = await openTcp(proxy?.url ?? origin, keep)
  if (proxy === undefined) return origin.protocol === 'https:' ? openTls(origin, first, context(origin), keep) : first
  const toProxy = proxy.url.protocol === 'https:' ? await openTls(proxy.url, first, context(proxy.url), keep) : first
  await openTunnel(toProxy, origin, proxy)
  return openTls(origin, toProxy, context(origin), keep)
}

function tunnelFor(origin: URL, {proxyFor}: Dialing): Proxy | undefined {
  return origin.protocol === 'https:' ? proxyFor(origin) : undefined
}

/** A proxy that cannot be reached must not look like a GitLab that cannot. What tells of itself passes unchanged. */
export function ofProxy(failure: unknown, proxy: Proxy | undefined): unknown {
  if (!proxy || !(failure instanceof NetworkError) || failure.phase !== 'connect') return failure
  const {code, cause} = failure
  if (code.startsWith('PROXY_') || isCertificateProblem(code)) return failure
  const hint = `It goes through the proxy ${proxy.url.host}, which comes from ${proxy.variable}.`
  return new NetworkError(code, 'connect', {hint, cause})
}

async function openTcp(url: URL, keep: Keep): Promise<Socket> {
  const socket = keep(
    connectTcp({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(url),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    }),
  )
  await event(socket, 'connect')
  // Names may lead anywhere; nothing has been sent yet.
  if (isMetadataAddress(socket.remoteAddress ?? '')) throw new NetworkError('METADATA_ADDRESS', 'connect')
  return socket
}

async function openTls(url: URL, socket: Socket, secureContext: SecureContext, keep: Keep): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = keep(
    connectTls({
      socket,
      secureContext,
      host,
      ...(isIP(host) === 0 ? {servername: host} : {}),
      ALPNProtocols: ['http/1.1'],
      // Said, not left to its default: NODE_TLS_REJECT_UNAUTHORIZED=0, which a CI variable can set, would switch it off.
      rejectUnauthorized: true,
    }),
  )
  await event(secure, 'secureConnect')
  return secure
}

/** CONNECT: the proxy sees the host and port, and nothing that is meant for GitLab. */
async function openTunnel(socket: Socket, target: URL, proxy: Proxy): Promise<void> {
  const host = `${target.hostname}:${portOf(target)}`
  socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${proxyAuthorization(proxy.url)}\r\n`)
  const answer = await readHead(socket)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0)
  if (status >= 200 && status < 300) return
  const hint = `The proxy comes from ${proxy.variable}.`
  const code = status === 407 ? 'PROXY_407' : status >= 500 ? 'PROXY_FAILED' : 'PROXY_REFUSED'
  throw new NetworkError(code, 'connect', {hint: code === 'PROXY_407' ? `${hint} It may hold user:password@.` : hint})
}

/** The header line, with its end, or nothing. */
function proxyAuthorization(url: URL): string {
  const value = proxyCredentials(url)
  return value === undefined ? '' : `Proxy-Authorization: ${value}\r\n`
}

/** The value of `Proxy-Authorization`, if the address of the proxy has a user or a password. */
export function proxyCredentials({username, password}: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

async function readHead(socket: Socket): Promise<string> {
  let head = ''
  while (!head.includes('\r\n\r\n')) {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed) throw new NetworkError('PROXY_FAILED', 'connect')
      await event(socket, 'readable')
      continue
    }
    head += chunk.toString('latin1')
    if (head.length > maxProxyAnswer) throw new NetworkError('PROXY_REFUSED', 'connect')
  }
  return head
}

function event(socket: Socket, name: 'connect' | 'secureConnect' | 'readable'): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => () => {
      socket.off(name, onEvent).off('error', onError).off('close', onClose)
      settle()
    }
    const onEvent = done(resolve)
    const onError = (error: Error) => done(() => reject(error))()
    const onClose = done(() => reject(new NetworkError('ECONNRESET', 'connect')))
    socket.on(name, onEvent).on('error', onError).on('close', onClose)
  })
}

function secureContext({ca, extraCa, cert, key}: TlsFiles, isApi: boolean): SecureContext {
  return createSecureContext({
    ...(ca === undefined ? {} : {ca: [...usualRoots(extraCa), ca]}),
    ...(isApi && cert !== undefined && key !== undefined ? {cert, key} : {}),
  })
}

/** What Node trusts by itself: since 22.15 it tells, the system's store included where it was told to use it. */
function usualRoots(extraCa: string | undefined): readonly string[] {
  const {getCACertificates} = tls as {readonly getCACertificates?: (kind: 'default') => readonly string[]}
  return getCACertificates?.('default') ?? [...tls.rootCertificates, ...(extraCa === undefined ? [] : [extraCa])]
}

/** What an open connection tells about itself and the server's certificate. */
function tlsFacts(socket: TLSSocket): TlsFacts {
  const {issuer, valid_to: validTo} = socket.getPeerCertificate()
  return {
    protocol: socket.getProtocol() ?? '',
    // Node types what a hostile certificate may leave out or say twice.
    issuer: [issuer?.CN, issuer?.O].flat().find((name) => name !== undefined) ?? '',
    validTo: new Date(validTo),
    asksForCertificate: asksForCertificate(socket),
  }
}

/** A server tells a client which signatures it knows in one message alone: the request for a certificate. */
function asksForCertificate(socket: TLSSocket): boolean {
  return socket.getSharedSigalgs().length > 0
}
