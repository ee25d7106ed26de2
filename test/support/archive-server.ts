import {ActionError} from '../../src/base/errors.ts'
import type {ByteRange, OpenBody, OpenFile} from '../../src/gitlab/api/types.ts'

export interface ArchiveServer {
  readonly open: OpenFile
  readonly requests: {readonly range: ByteRange | undefined; readonly ifRange: string | undefined}[]
  /** Bytes of bodies taken. */
  sent(): number
}

/** What to do with one answer: each may change it. `index` counts requests from 0. */
export interface Behaviour {
  readonly ranges?: boolean
  readonly etag?: string | ((index: number) => string | undefined)
  readonly lengths?: boolean
  /** The bytes served to this request. */
  readonly content?: (index: number) => Buffer
  /** How many bytes of the body come before the connection breaks; undefined for all. `quiet`: it just ends. */
  readonly cutAt?: (index: number, length: number) => number | undefined
  readonly quietCut?: boolean
  readonly extra?: (index: number) => Buffer | undefined
  readonly headers?: (index: number, headers: Record<string, string>) => Record<string, string>
  readonly status?: (index: number) => number | undefined
  readonly pieceBytes?: number
}

/** Serves bytes the way a store does, with the faults asked for, as the client would hand them on. */
export function serveArchive(bytes: Buffer, behaviour: Behaviour = {}): ArchiveServer {
  const requests: {readonly range: ByteRange | undefined; readonly ifRange: string | undefined}[] = []
  let sent = 0
  const tagOf = (index: number): string | undefined =>
    typeof behaviour.etag === 'function' ? behaviour.etag(index) : behaviour.etag
  const open: OpenFile = async ({range, ifRange, signal}) => {
    signal.throwIfAborted()
    const index = requests.push({range, ifRange}) - 1
    const content = behaviour.content?.(index) ?? bytes
    const tag = tagOf(index)
    const isPart = behaviour.ranges !== false && range !== undefined && (ifRange === undefined || ifRange === tag)
    const end = isPart ? Math.min(range.end ?? content.length - 1, content.length - 1) + 1 : content.length
    const start = isPart ? range.start : 0
    if (isPart && start >= content.length) throw new ActionError('untrusted', 'GET → 416', {status: 416})
    const body = content.subarray(start, end)
    const headers: Record<string, string> = tag === undefined ? {} : {etag: tag}
    if (behaviour.lengths !== false) headers['content-length'] = String(body.length)
    if (isPart) headers['content-range'] = `bytes ${start}-${end - 1}/${content.length}`
    const cut = behaviour.cutAt?.(index, body.length)
    const drop = {isAsked: false}
    async function* pieces(): AsyncGenerator<Uint8Array> {
      const whole = Buffer.concat([body.subarray(0, cut ?? body.length), behaviour.extra?.(index) ?? Buffer.alloc(0)])
      const step = behaviour.pieceBytes ?? 65_536
      for (let at = 0; at < whole.length && !drop.isAsked; at += step) {
        signal.throwIfAborted()
        const piece = Buffer.from(whole.subarray(at, at + step))
        sent += piece.length
        yield piece
        await Promise.resolve()
      }
      if (cut !== undefined && !behaviour.quietCut)
        throw Object.assign(new Error('terminated'), {code: 'UND_ERR_SOCKET'})
    }
    const answer: OpenBody = {
      status: behaviour.status?.(index) ?? (isPart ? 206 : 200),
      headers: behaviour.headers?.(index, headers) ?? headers,
      body: pieces(),
      discard: () => {
        drop.isAsked = true
      },
      origin: 'http://127.0.0.1',
    }
    return answer
  }
  return {open, requests, sent: () => sent}
}
