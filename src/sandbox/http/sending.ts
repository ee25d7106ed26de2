import {STATUS_CODES, type ServerResponse} from 'node:http'
import type {Answer} from './answers.ts'
import type {SandboxClock} from '../world/clock.ts'
import {duration} from '../world/duration.ts'
import type {Fault} from '../world/world-types.ts'

/** How much was sent; the status is 0 when nothing was. */
export interface Sent {
  readonly status: number
  readonly bytes: number
}

/** Sends an answer as HTTP would have it. */
export function send(response: ServerResponse, answer: Answer, isHead: boolean): Sent {
  const {status, headers, body} = answer
  const hasBody = status !== 204 && status !== 304
  response.writeHead(status, hasBody ? {...headers, 'content-length': String(body.length)} : headers)
  response.end(isHead || !hasBody ? undefined : body)
  return {status, bytes: isHead || !hasBody ? 0 : body.length}
}

/** Sends an answer the way a fault wants it. */
export async function sendBroken(
  response: ServerResponse,
  answer: Answer,
  fault: Fault,
  isHead: boolean,
  clock: SandboxClock,
): Promise<Sent> {
  const ended = new AbortController()
  response.on('close', () => ended.abort())
  if (fault.reset !== undefined) return reset(response, answer, fault.reset)
  if (fault.cut) return raw(response, answer, answer.body.length, answer.body.subarray(0, fault.cut.bytes))
  if (fault.longer) {
    return raw(
      response,
      answer,
      answer.body.length,
      Buffer.concat([answer.body, Buffer.alloc(fault.longer.bytes, '!')]),
    )
  }
  if (fault.close_delimited)
    return raw(response, answer, undefined, answer.body.subarray(0, fault.close_delimited.bytes))
  if (fault.stall && !isHead) return stall(response, answer, fault.stall, clock, ended.signal)
  if (fault.drip && !isHead) return drip(response, answer, fault.drip.bytes_per_second, clock, ended.signal)
  return send(response, answer, isHead)
}

function reset(response: ServerResponse, answer: Answer, where: NonNullable<Fault['reset']>): Sent {
  const {socket} = response
  if (where === 'before') {
    socket?.resetAndDestroy()
    return {status: 0, bytes: 0}
  }
  const part = answer.body.subarray(0, where === 'headers' ? 0 : where.bytes)
  socket?.write(Buffer.concat([head(answer, answer.body.length), part]), () => socket.resetAndDestroy())
  return {status: answer.status, bytes: part.length}
}

/** Writes past Node, which would not send a wrong Content-Length. */
function raw(response: ServerResponse, answer: Answer, length: number | undefined, body: Buffer): Sent {
  response.socket?.end(Buffer.concat([head(answer, length), body]))
  return {status: answer.status, bytes: body.length}
}

function head({status, headers}: Answer, length: number | undefined): Buffer {
  const lines = Object.entries({
    ...headers,
    ...(length !== undefined && {'content-length': String(length)}),
    connection: 'close',
  })
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${text}\r\n`, 'latin1')
}

async function stall(
  response: ServerResponse,
  {status, headers, body}: Answer,
  {bytes, for: pause}: NonNullable<Fault['stall']>,
  clock: SandboxClock,
  signal: AbortSignal,
): Promise<Sent> {
  response.writeHead(status, {...headers, 'content-length': String(body.length)})
  response.flushHeaders()
  response.write(body.subarray(0, bytes))
  await clock.wait(duration(pause), signal)
  response.end(body.subarray(bytes))
  return {status, bytes: body.length}
}

async function drip(
  response: ServerResponse,
  {status, headers, body}: Answer,
  bytesPerSecond: number,
  clock: SandboxClock,
  signal: AbortSignal,
): Promise<Sent> {
  response.writeHead(status, {...headers, 'content-length': String(body.length)})
  response.flushHeaders()
  const step = Math.max(1, Math.floor(bytesPerSecond / 10))
  for (let at = 0; at < body.length && !signal.aborted; at += step) {
    response.write(body.subarray(at, at + step))
    await clock.wait((step / bytesPerSecond) * 1000, signal)
  }
  response.end()
  return {status, bytes: body.length}
}
