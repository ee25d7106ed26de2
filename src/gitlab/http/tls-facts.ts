import type {TLSSocket} from 'node:tls'

export interface TlsFacts {
  readonly protocol: string
  /** As the certificate says, not cleaned. */
  readonly issuer: string
  readonly validTo: Date
  /** The server asked for a client certificate, which it may demand or not. */
  readonly asksForCertificate: boolean
}

/** What an open connection tells about itself and the server's certificate. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
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
export function asksForCertificate(socket: TLSSocket): boolean {
  return socket.getSharedSigalgs().length > 0
}
