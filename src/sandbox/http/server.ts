import {hash} from 'node:crypto'
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {adminPrefix, serveAdmin} from './admin.ts'
import {error, textOfRefusal, type Answer, type ApiAnswer} from './answers.ts'
import {conditional} from './byte-range.ts'
import {duration} from '../world/duration.ts'
import {retagged, standInAnswer} from './fault-answers.ts'
import {isInstead, nextFault, tricksOf, type Origin} from './faults.ts'
import {bodyOf, parseBody, parseForm} from './params.ts'
import {record, type RequestRecord} from '../world/record.ts'
import type {ApiRequest, Tricks} from './route.ts'
import {send, sendBroken, type Sent} from './sending.ts'
import {storageAnswer} from './storage.ts'
import type {Fault} from '../world/world-types.ts'
import type {World} from '../world/world.ts'

export interface RunningServers {
  readonly url: string
  readonly storage: string
  close(): Promise<void>
}

/** Answers a request below `/api/v4`. */
export type AnswerApi = (world: World, request: ApiRequest, tricks: Tricks, storageUrl: string) => Promise<ApiAnswer>

/** Answers what a browser reads outside of `/api/v4`, and says whether it did. Never rejects. */
export type ServePage = (world: World, request: IncomingMessage, response: ServerResponse) => Promise<boolean>

const prefix = '/api/v4'

/** Listens on loopback, on two ports: GitLab and its object store. Rejects when the port is taken. */
export async function listen(
  world: World,
  answerApi: AnswerApi,
  servePage: ServePage,
  port: number,
  onRequest?: (entry: RequestRecord) => void,
): Promise<RunningServers> {
  let storageUrl = ''
  const serveAndTell = async (...args: Parameters<typeof serve>) => {
    const entry = await serve(...args)
    onRequest?.(entry)
  }
  const storage = createServer((request, response) => {
    void serveAndTell(world, 'storage', request, response, async (_, tricks) =>
      storageAnswer(
        world,
        {method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers},
        tricks,
      ),
    )
  })
  const api = createServer((request, response) => {
    const {method, url = '/'} = request
    const serveApi = async () =>
      serveAndTell(world, 'api', request, response, async (body, tricks) =>
        gitlabAnswer(world, answerApi, request, body, tricks, storageUrl),
      )
    if (url.startsWith(adminPrefix)) void serveAdmin(world, request, response)
    else if (url.startsWith(`${prefix}/`) || (method !== 'GET' && method !== 'HEAD')) void serveApi()
    else void servePage(world, request, response).then(async (isServed) => (isServed ? undefined : serveApi()))
  })
  for (const server of [storage, api]) {
    server.requestTimeout = 0
    server.keepAliveTimeout = 60_000
  }
  const url = await open(api, port)
  storageUrl = await open(storage, 0)
  return {url, storage: storageUrl, close: async () => void (await Promise.all([shut(api), shut(storage)]))}
}

async function gitlabAnswer(
  world: World,
  answerApi: AnswerApi,
  request: IncomingMessage,
  body: Buffer,
  tricks: Tricks,
  storageUrl: string,
): Promise<ApiAnswer> {
  const {method = 'GET', url = '/', headers} = request
  const at = url.indexOf('?')
  const path = at < 0 ? url : url.slice(0, at)
  if (!path.startsWith(`${prefix}/`))
    return {...error(501, `501 Not Implemented: the sandbox serves ${prefix} only`).answer, isUnknown: true}
  const form = parseBody(headers['content-type'] ?? '', body)
  if (!form) return error(400, 'message body does not match declared format').answer
  const params = {...(at < 0 ? {} : parseForm(url.slice(at + 1))), ...form}
  if (method !== 'GET' && method !== 'HEAD') world.revision++
  return tagged(
    await answerApi(world, {method, path: path.slice(prefix.length), headers, params, body}, tricks, storageUrl),
  )
}

/** Rack tags every JSON and text answer that has no tag of its own. */
function tagged(answer: ApiAnswer): ApiAnswer {
  const {status, headers, body} = answer
  if ((status !== 200 && status !== 201) || headers['etag'] !== undefined || body.length === 0) return answer
  const etag = `W/"${hash('sha256', body).slice(0, 32)}"`
  return {...answer, headers: {...headers, etag}}
}

type Respond = (body: Buffer, tricks: Tricks) => Promise<ApiAnswer>

async function serve(
  world: World,
  origin: Origin,
  request: IncomingMessage,
  response: ServerResponse,
  respond: Respond,
): Promise<RequestRecord> {
  const {method = 'GET', url = '/', headers} = request
  world.clock.settle()
  const entry = record(origin, world.clock.now(), method, url, headers)
  world.requests.push(entry)
  // Clients measure by this header how far their clock is off, so it must tell the time that the answers tell.
  response.setHeader('date', new Date(world.clock.now()).toUTCString())
  try {
    const body = method === 'GET' || method === 'HEAD' ? Buffer.alloc(0) : await bodyOf(request)
    const path = origin === 'api' && entry.path.startsWith(prefix) ? entry.path.slice(prefix.length) : entry.path
    const fault = nextFault(world.faults, origin, method, path)
    await answerWith(world, {origin, request, response, respond, entry, body}, fault)
  } catch (thrown) {
    // The client hung up while it was still sending: nothing of ours has failed.
    if (request.errored !== null) return entry
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    process.emitWarning(`The sandbox failed at ${method} ${entry.path}: ${text}`)
    if (!response.headersSent)
      note(entry, send(response, error(500, 'A bug of the sandbox: see its log').answer, false))
    else response.destroy()
  }
  return entry
}

interface Exchange {
  readonly origin: Origin
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly respond: Respond
  readonly entry: RequestRecord
  readonly body: Buffer
}

async function answerWith(world: World, exchange: Exchange, fault: Fault | undefined): Promise<void> {
  const {request, response, respond, entry, body} = exchange
  const isHead = request.method === 'HEAD'
  if (fault?.apply_then) {
    const taken = await respond(body, {})
    return answerWith(world, {...exchange, respond: async () => taken}, fault.apply_then)
  }
  if (fault?.delay !== undefined) await delay(world, fault.delay, response)
  if (fault && isInstead(fault)) {
    const answer = standInAnswer(fault)
    entry.reason = ruleText(fault)
    note(entry, await sendBroken(response, answer, fault, isHead, world.clock))
    return
  }
  const whole = retagged(await respond(body, tricksOf(fault)), fault?.etag)
  const {range: _, ...unranged} = request.headers
  const answer = framed(world, exchange, conditional(whole, fault?.ignore_range ? unranged : request.headers))
  explain(entry, whole, fault)
  note(entry, fault ? await sendBroken(response, answer, fault, isHead, world.clock) : send(response, answer, isHead))
}

/** Writes down what the answer does not say: who was recognised, and why it is a refusal. */
function explain(entry: RequestRecord, answer: ApiAnswer, fault: Fault | undefined): void {
  if (answer.isUnknown) entry.unknown = true
  if (answer.caller) entry.caller = answer.caller
  const broken = fault && ruleText(fault)
  const reason = answer.status < 400 ? broken : (answer.why ?? textOfRefusal(answer) ?? broken)
  if (reason !== undefined) entry.reason = reason
}

const ruleText = (fault: Fault): string => `a fault rule: ${Object.keys(fault).join(', ')}`

async function delay(world: World, text: string, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  await world.clock.wait(duration(text), gone.signal)
  world.clock.settle()
}

function note(entry: RequestRecord, {status, bytes}: Sent): void {
  entry.status = status
  entry.bytes = bytes
}

/** The headers that every answer of the API carries. */
function framed(world: World, {origin}: Exchange, answer: Answer): Answer {
  if (origin === 'storage') return answer
  const id = String(world.requests.length).padStart(26, '0')
  const headers = {
    'cache-control': 'max-age=0, private, must-revalidate',
    vary: 'Origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'x-gitlab-meta': `{"correlation_id":"${id}","version":"1"}`,
    'x-request-id': id,
    'x-runtime': '0.001000',
  }
  return {...answer, headers: {...headers, ...answer.headers}}
}

async function open(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function shut(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
