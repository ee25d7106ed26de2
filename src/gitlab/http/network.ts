/** How far a request had come when it broke. Before `sent` the server has not seen a byte of it. */
export type Phase = 'connect' | 'sent' | 'body'

/** A request that got no whole answer. Its message is made here: no text from the other side, no URL. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  /** Node's, undici's or OpenSSL's code, or one of ours (`PROXY_407`, `METADATA_ADDRESS`). */
  readonly code: string
  readonly phase: Phase
  readonly hint: string | undefined
  /** The host that was asked, once known. */
  host: string | undefined

  constructor(
    code: string,
    phase: Phase,
    details: {readonly cause?: unknown; readonly hint?: string | undefined} = {},
  ) {
    super(explanations[code] ?? fallback(code), {cause: details.cause})
    this.code = code
    this.phase = phase
    this.hint = details.hint ?? hintFor(code)
  }
}

/** What helps where the server asks for a client certificate. */
export const certificateHint =
  'The server asked for a client certificate, and there is none: name its PEM files in CI_SERVER_TLS_CERT_FILE and CI_SERVER_TLS_KEY_FILE, or --cert-file and --key-file.'

/** The same failure of a server that had asked for a client certificate and got none. */
export function withoutCertificate({code, phase, cause}: NetworkError): NetworkError {
  return new NetworkError(code, phase, {cause, hint: certificateHint})
}

/** Whatever the network layer threw, as a NetworkError; an abort and our own errors pass through as they are. */
export function networkError(error: unknown, phase: Phase): unknown {
  if (error instanceof NetworkError || !isCoded(error)) return error
  if (error.name === 'AbortError') return error
  // A parser's error carries the bytes it stumbled over, which may be anything, an echoed token included.
  const cause = 'data' in error ? new Error(String(error.message)) : error
  return new NetworkError(error.code, phase, {cause})
}

/** By its looks: the errors of Node's own modules need not be of our realm's Error class. */
export function isCoded(
  error: unknown,
): error is {readonly code: string; readonly name?: string; readonly message?: string} {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
}

const explanations: Readonly<Record<string, string>> = {
  __proto__: null as never,
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no connection in time',
  EAI_AGAIN: 'the name could not be resolved for now',
  ENOTFOUND: 'there is no host of this name',
  ENETDOWN: 'the network is down',
  ENETUNREACH: 'the network is unreachable',
  EHOSTDOWN: 'the host is down',
  EHOSTUNREACH: 'the host is unreachable',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped coming',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is shorter or longer than announced',
  TOO_SLOW: 'the answer did not come whole in time',
  EMFILE: 'this process has too many open files',
  ENFILE: 'this machine has too many open files',
  PROXY_407: 'the proxy asks for a user and password',
  PROXY_REFUSED: 'the proxy refused the connection',
  PROXY_FAILED: 'the proxy could not connect',
  METADATA_ADDRESS: 'the name leads to a cloud metadata address, which is never asked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server demands a client certificate',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'the server broke the TLS handshake off',
  CERT_HAS_EXPIRED: 'the certificate has expired',
}

function fallback(code: string): string {
  if (code.startsWith('HPE_')) return 'the answer is not valid HTTP'
  if (isCertificateProblem(code)) return 'the certificate is not trusted'
  return 'the connection failed'
}

/** Verification failures are never cured by trying again. */
export function isCertificateProblem(code: string): boolean {
  return /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/.test(
    code,
  )
}

function hintFor(code: string): string | undefined {
  if (code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') return certificateHint
  if (isCertificateProblem(code)) {
    return 'Name the PEM file of your certificate authority in CI_SERVER_TLS_CA_FILE or --ca-file.'
  }
  if (code === 'ENOTFOUND' || code === 'ECONNREFUSED') return 'Check the address in CI_API_V4_URL or --api-url.'
  if (code === 'EMFILE' || code === 'ENFILE') return 'Raise the limit of open files (ulimit -n) where this job runs.'
  if (code === 'TOO_SLOW') return 'Raise --request-timeout if the server or the way to it is slow.'
  return undefined
}
