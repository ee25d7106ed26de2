import {apiUrlProblem, network, projectOf} from '../api/addresses.ts'
import {credentialProblem, isOauth} from '../api/credentials.ts'
import {ownServer, type OwnServer} from './own-server.ts'
import {proxyFor, proxyProblems} from './proxies.ts'
import type {Proxy} from './proxies.ts'
import {readInput, readTlsFiles, type TlsFiles} from './tls-files.ts'

/** The inputs that every command takes and that say how to reach GitLab. */
export interface ConnectionInputs {
  readonly apiUrl: string | undefined
  readonly project: string | undefined
  readonly jobToken: string | undefined
  readonly token: string | undefined
  readonly triggerToken?: string | undefined
  readonly tokenFile: string | undefined
  readonly oauth: boolean
  readonly auth: 'auto' | 'job-token' | 'token' | 'anonymous'
  /** The host that the credentials are meant for although it is not the server of this job. */
  readonly sendTokenTo: string | undefined
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** Milliseconds. */
  readonly requestTimeout: number
  readonly attempts: number
  readonly allowHttp: boolean
}

/** What there is beside the inputs. Nothing here reads the environment itself. */
export interface Surroundings {
  /** For the proxy variables, the address of the job's server and NODE_EXTRA_CA_CERTS. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths start from. */
  readonly cwd: string
  readonly own?: OwnFacts | undefined
  /** Where the credentials came from, for messages. */
  readonly given?: {readonly jobToken?: string | undefined; readonly token?: string | undefined} | undefined
}

interface OwnFacts {
  readonly projectId?: number | undefined
  readonly projectPath?: string | undefined
  readonly startedAt?: Date | undefined
  readonly serverVersion?: string | undefined
}

/** All that a client needs to know to reach GitLab. Holds secrets: never shown. */
export interface Connection {
  /** Without a slash at its end, user name, query or fragment. */
  readonly api: URL
  readonly project: string | undefined
  readonly jobToken: string | undefined
  readonly token: string | undefined
  /** Sent as Bearer. */
  readonly isOauth: boolean
  readonly triggerToken: string | undefined
  readonly auth: ConnectionInputs['auth']
  readonly tls: TlsFiles
  readonly proxyFor: (url: URL) => Proxy | undefined
  readonly requestTimeoutMs: number
  readonly attempts: number
  readonly serverVersion: string | undefined
  /** The server of the job we run in, and whether the API is on it; both undefined where CI names none. */
  readonly serverHost: string | undefined
  readonly isOwnServer: boolean | undefined
  readonly ownProject: {readonly id?: number | undefined; readonly path?: string | undefined}
  readonly jobStartedAt: Date | undefined
  /** What the user should hear about before the first request. */
  readonly warnings: readonly string[]
}

/** What came of reading the inputs that lead to GitLab. */
export interface Reading {
  /** Good for masking its secrets in any case, for use only without problems. */
  readonly connection: Connection
  readonly problems: readonly string[]
}

/** Checks everything that leads to GitLab and reads the files named. Collects all problems; shows no secret in any. */
export async function readConnection(inputs: ConnectionInputs, surroundings: Surroundings): Promise<Reading> {
  const {env, cwd, own = {}} = surroundings
  const urlProblem = apiUrlProblem(inputs.apiUrl, inputs.allowHttp)
  const api = new URL(
    urlProblem === undefined && inputs.apiUrl !== undefined ? inputs.apiUrl.replace(/\/+$/, '') : nowhere,
  )
  const tokenFile = await readInput('token-file', inputs.token === undefined ? inputs.tokenFile : undefined, cwd)
  const token = inputs.token ?? tokenFile.text?.replace(/\r?\n$/, '')
  const tls = await readTlsFiles(inputs, surroundings)
  const server = ownServer(env)
  const isOwnServer = server?.has(api)
  const isKeptBack = isOwnServer === false && (inputs.sendTokenTo === undefined || inputs.auth !== 'job-token')
  const project = inputs.project === undefined ? undefined : projectOf(inputs.project)
  const problems = [
    ...proxyProblems(env),
    ...(urlProblem === undefined ? [] : [urlProblem]),
    ...tokenFile.problems,
    ...credentialProblems({...inputs, token}, surroundings),
    ...(urlProblem === undefined ? placeProblems({...inputs, token}, api, server) : []),
    ...(inputs.project !== undefined && project === undefined ? [projectProblem] : []),
    ...tls.problems,
  ]
  const connection: Connection = {
    api,
    project,
    jobToken: isKeptBack ? undefined : inputs.jobToken,
    token,
    isOauth: token !== undefined && isOauth(token, inputs.oauth),
    triggerToken: inputs.triggerToken,
    auth: inputs.auth,
    tls: tls.files,
    proxyFor: (url) => proxyFor(url, env),
    requestTimeoutMs: inputs.requestTimeout,
    attempts: inputs.attempts,
    serverVersion: isOwnServer === false ? undefined : own.serverVersion,
    serverHost: server?.host,
    isOwnServer,
    ownProject: isOwnServer === false ? {} : {id: own.projectId, path: own.projectPath},
    jobStartedAt: own.startedAt,
    warnings: [...plainHttpWarning(api), ...(isKeptBack ? keptBackWarning(api, server, inputs) : [])],
  }
  return {connection, problems}
}

const projectProblem = 'project must be a project id or a full path such as group/app'

/** Stands for an address that cannot be used. */
const nowhere = 'https://nowhere.invalid'

function plainHttpWarning(api: URL): readonly string[] {
  if (api.protocol !== 'http:' || network(api.hostname) === 'loopback') return []
  return [
    `${api.origin} is asked over plain http: whoever is on the way can read the credentials and change the answers.`,
  ]
}

function keptBackWarning(api: URL, server: OwnServer | undefined, {jobToken}: ConnectionInputs): readonly string[] {
  if (server === undefined || jobToken === undefined) return []
  return [`The job token belongs to ${server.host} and is not sent to ${api.host}.`]
}

type Credentials = Pick<ConnectionInputs, 'jobToken' | 'token' | 'triggerToken' | 'tokenFile' | 'auth' | 'sendTokenTo'>

/** Only of the credentials that may be used at all. */
function credentialProblems({jobToken, token, tokenFile, auth}: Credentials, {given}: Surroundings): readonly string[] {
  const problems: string[] = []
  const judge = (slot: 'job-token' | 'token', name: string, text: string | undefined): void => {
    const isUsed = auth === 'auto' || auth === slot
    const problem = text === undefined || !isUsed ? undefined : credentialProblem(slot, text, {jobToken})
    if (problem !== undefined) problems.push(`${name} ${problem}`)
  }
  judge('job-token', given?.jobToken ?? 'CI_JOB_TOKEN', jobToken)
  judge('token', given?.token ?? (tokenFile === undefined ? 'GITLAB_TOKEN' : 'token-file'), token)
  return problems
}

/** Whoever can set a variable of a job could otherwise have its credentials sent anywhere. */
function placeProblems(
  {token, triggerToken, auth, sendTokenTo}: Credentials,
  api: URL,
  server: OwnServer | undefined,
): readonly string[] {
  if (sendTokenTo !== undefined) {
    const isMeant =
      sendTokenTo
        .toLowerCase()
        .replace(/^https?:\/\//, '')
        .replace(/\/$/, '') === api.host
    return isMeant ? [] : [`send-token-to names another host than api-url, which leads to ${api.host}`]
  }
  const kept = token === undefined ? (triggerToken === undefined ? undefined : 'trigger') : 'access'
  if (server === undefined || server.has(api) || kept === undefined || auth === 'job-token' || auth === 'anonymous')
    return []
  return [
    `api-url leads to ${api.host}, and this job belongs to ${server.host}: the ${kept} token is not sent there. ` +
      `If it is meant for that server, say --send-token-to ${api.host}; to ask without it, --auth anonymous`,
  ]
}
