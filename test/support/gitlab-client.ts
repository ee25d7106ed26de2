import {createClient} from '../../src/gitlab/http/client.ts'
import type {GitLab} from '../../src/gitlab/http/client.ts'
import {readConnection} from '../../src/gitlab/http/connection.ts'
import type {Connection, ConnectionInputs} from '../../src/gitlab/http/connection.ts'
import {createTransport} from '../../src/gitlab/http/transport.ts'
import {createClock} from './clock.ts'
import type {ManualClock} from './clock.ts'

export interface ClientOptions extends Partial<ConnectionInputs> {
  readonly env?: Readonly<Record<string, string>>
  readonly own?: {
    readonly projectId?: number
    readonly projectPath?: string
    readonly startedAt?: Date
    readonly serverVersion?: string
  }
  readonly clock?: ManualClock
  readonly signal?: AbortSignal
  readonly connectTimeoutMs?: number
}

export interface TestClient {
  readonly gitlab: GitLab
  readonly clock: ManualClock
  /** Everything logged, debug lines included. */
  readonly lines: readonly string[]
}

const clients: GitLab[] = []

/** A real client for a server on loopback, whose pauses between tries take no time. */
export async function clientFor(api: string, options: ClientOptions = {}): Promise<TestClient> {
  const clock = options.clock ?? createClock({auto: true})
  const connection = await connectionFor(api, options)
  const {connectTimeoutMs} = options
  const lines: string[] = []
  const add = (line: string): void => void lines.push(line)
  const gitlab = createClient({
    connection,
    transport: createTransport({...connection, connectTimeoutMs}),
    clock,
    log: {debug: add, info: add, warn: add},
    signal: options.signal ?? new AbortController().signal,
  })
  clients.push(gitlab)
  return {gitlab, clock, lines}
}

/** How a client reaches that address. */
export async function connectionFor(api: string, options: ClientOptions = {}): Promise<Connection> {
  const {env = {}, own = {}, clock: _clock, signal: _signal, connectTimeoutMs: _timeout, ...inputs} = options
  const {connection, problems} = await readConnection({...defaults, apiUrl: api, ...inputs}, {env, own, cwd: '/'})
  if (problems.length > 0) throw new Error(problems.join('; '))
  return connection
}

export const defaults: ConnectionInputs = {
  apiUrl: undefined,
  project: '7',
  jobToken: 'job-token-canary',
  token: undefined,
  tokenFile: undefined,
  oauth: false,
  auth: 'auto',
  sendTokenTo: undefined,
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
  requestTimeout: 30_000,
  attempts: 6,
  allowHttp: false,
}

/** For afterEach. */
export async function closeClients(): Promise<void> {
  await Promise.all(clients.splice(0).map((gitlab) => gitlab.close()))
}
