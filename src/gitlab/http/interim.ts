import type {Socket} from 'node:net'

const mostHeadBytes = 16_384

/**
 * Takes each `100 Continue` out of what comes before an answer, as RFC 9110 section 15.2 asks of clients that did not ask for one. undici would
 * end the connection on it; it passes over the other interim answers itself.
 */
export function passOverContinue(socket: Socket): Socket {
  const [read, write] = [socket.read.bind(socket), socket.write.bind(socket) as (...given: unknown[]) => boolean]
  let isAnswerDue = false
  let held: Buffer = Buffer.alloc(0)
  socket.write = (...given: unknown[]) => {
    // Only the head of a request makes an answer due: whatever comes while a body is sent may be within one.
    if (/^(?:GET|POST|DELETE) /.test(String(given[0]).slice(0, 8))) isAnswerDue = true
    return write(...given)
  }
  socket.read = (size?: number) => {
    for (;;) {
      const chunk = read(size) as Buffer | null
      if (chunk === null || !isAnswerDue) return chunk
      held = withoutContinue(Buffer.concat([held, chunk]))
      if (mayBeContinue(held)) continue
      isAnswerDue = false
      const answer = held
      held = Buffer.alloc(0)
      return answer
    }
  }
  return socket
}

function withoutContinue(bytes: Buffer): Buffer {
  let rest = bytes
  while (isContinue(rest)) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) break
    rest = rest.subarray(end + 4)
  }
  return rest
}

const start = 'HTTP/1.1 100 '

function isContinue(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, start.length) === start
}

/** More must come before anything can be said. */
function mayBeContinue(bytes: Buffer): boolean {
  if (bytes.length >= start.length) return isContinue(bytes) && bytes.length < mostHeadBytes
  return start.startsWith(bytes.toString('latin1'))
}
