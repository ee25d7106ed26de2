import {createServer as createHttpServer} from 'node:http'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {createServer as createTcpServer} from 'node:net'
import type {AddressInfo, Server, Socket} from 'node:net'

const open: {server: Server; sockets: Set<Socket>}[] = []

/** An HTTP server on a free port of loopback; gives its origin. */
export async function serveHttp(
  handler: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<string> {
  let count = 0
  const server = createHttpServer({maxHeaderSize: 1 << 20}, (request, response) => handler(request, response, ++count))
  return `http://127.0.0.1:${await listen(server)}`
}

/** A TCP server that speaks whatever bytes a test wants; `head` is the request's first part, up to its empty line. */
export async function serveTcp(handler: (socket: Socket, head: string, count: number) => void): Promise<string> {
  let count = 0
  const server = createTcpServer((socket) => {
    let buffer = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1')
      for (let end = buffer.indexOf('\r\n\r\n'); end >= 0; end = buffer.indexOf('\r\n\r\n')) {
        const head = buffer.slice(0, end + 4)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (buffer.length < end + 4 + length) return
        buffer = buffer.slice(end + 4 + length)
        handler(socket, head, ++count)
      }
    })
  })
  return `http://127.0.0.1:${await listen(server)}`
}

export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  open.push({server, sockets})
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return (server.address() as AddressInfo).port
}

/** A port that refuses connections. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** For afterEach. */
export async function closeServers(): Promise<void> {
  await Promise.all(
    open.splice(0).map(({server, sockets}) => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    }),
  )
}

/** A whole HTTP answer with a JSON body. */
export function jsonAnswer(value: unknown, extra = ''): string {
  const body = JSON.stringify(value)
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`
}
