import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {apiUrlProblem, projectOf} from './addresses.ts'
import type {TlsFiles} from './dial.ts'
import {proxyFor, proxyProblems} from './proxies.ts'
import type {Proxy, ProxyVariables} from './proxies.ts'
import {network} from './redirect.ts'

/** The inputs that every command takes and that say how to reach GitLab. */
export interface ConnectionInputs {
  readonly apiUrl: string | undefined
  readonly project: string | undefined
  readonly jobToken: string | undefined
  readonly token: string | undefined
  readonly tokenFile: string | undefined
  readonly auth: 'auto' | 'job-token' | 'token' | 'anonymous'
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** Milliseconds. */
  readonly requestTimeout: number
  readonly attempts: number
  readonly allowHttp: boolean
}

/** What the environment says beside the inputs. Nothing here reads the environment itself. */
export interface Surroundings {
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY and their lower-case forms. */
  readonly proxies: ProxyVariables
  /** The folder that relative paths start from. */
  readonly cwd: string
  /** CI_SERVER_URL, or else CI_SERVER_HOST. */
  readonly serverUrl?: string | undefined
  readonly serverHost?: string | undefined
  /** CI_SERVER_VERSION. */
  readonly serverVersion?: string | undefined
  readonly projectId?: number | undefined
  readonly projectPath?: string | undefined
  readonly jobStartedAt?: Date | undefined
}

/** All that a client needs to know to reach GitLab. Holds secrets: never shown. */
export interface Connection {
  /** Without a slash at its end, user name, query or fragment. */
  readonly api: URL
  readonly project: string | undefined
  readonly jobToken: string | undefined
  readonly token: string | undefined
  readonly auth: ConnectionInputs['auth']
  readonly tls: TlsFiles
  readonly proxyFor: (url: URL) => Proxy | undefined
  readonly requestTimeoutMs: number
  readonly attempts: number
  readonly serverVersion: string | undefined
  readonly ownProject: {readonly id?: number | undefined; readonly path?: string | undefined}
  readonly jobStartedAt: Date | undefined
  /** What the user should hear about before the first request. */
  readonly warnings: readonly string[]
}

export interface Problems {
  readonly problems: readonly string[]
}

/** Checks everything that leads to GitLab and reads the files named. Collects all problems; shows no secret in any. */
export async function readConnection(inputs: ConnectionInputs, around: Surroundings): Promise<Connection | Problems> {
  const problems: string[] = [...proxyProblems(around.proxies)]
  const warnings: string[] = []
  const file = async (name: string, path: string | undefined): Promise<string | undefined> => {
    if (path === undefined) return undefined
    try {
      return await readFile(resolve(around.cwd, path), 'utf8')
    } catch (error) {
      problems.push(`${name} cannot be read (${errorCode(error)})`)
      return undefined
    }
  }
  const problem = apiUrlProblem(inputs.apiUrl, inputs.allowHttp)
  if (problem !== undefined) problems.push(problem)
  const fileToken = (await file('token-file', inputs.tokenFile))?.replace(/\r?\n$/, '')
  const token = inputs.token ?? fileToken
  if (inputs.jobToken !== undefined && !isToken(inputs.jobToken)) problems.push(badToken('CI_JOB_TOKEN'))
  if (token !== undefined && !isToken(token))
    problems.push(badToken(inputs.token === undefined ? 'token-file' : 'GITLAB_TOKEN'))
  const project = inputs.project === undefined ? undefined : projectOf(inputs.project)
  if (inputs.project !== undefined && project === undefined)
    problems.push('project must be a project id or a full path such as group/app')
  const [ca, cert, key] = [
    await file('ca-file', inputs.caFile),
    await file('cert-file', inputs.certFile),
    await file('key-file', inputs.keyFile),
  ]
  for (const [name, pem] of [
    ['ca-file', ca],
    ['cert-file', cert],
    ['key-file', key],
  ] as const) {
    if (pem !== undefined && !pem.includes('-----BEGIN ')) problems.push(`${name} does not hold PEM`)
  }
  if ((inputs.certFile === undefined) !== (inputs.keyFile === undefined))
    problems.push('cert-file and key-file only work together')
  if (problems.length > 0 || inputs.apiUrl === undefined) return {problems}

  const api = new URL(inputs.apiUrl.replace(/\/+$/, ''))
  if (api.protocol === 'http:' && network(api.hostname) !== 'loopback') {
    warnings.push(
      `${api.origin} is asked over plain http: whoever is on the way can read the credentials and change the answers.`,
    )
  }
  const isOwnServer = sameHost(api, around)
  if (!isOwnServer && inputs.jobToken !== undefined) {
    warnings.push(`The job token belongs to ${hostOf(around)} and is not sent to ${api.host}.`)
  }
  return {
    api,
    project,
    jobToken: isOwnServer ? inputs.jobToken : undefined,
    token,
    auth: inputs.auth,
    tls: {ca, cert, key},
    proxyFor: (url) => proxyFor(url, around.proxies),
    requestTimeoutMs: inputs.requestTimeout,
    attempts: inputs.attempts,
    serverVersion: isOwnServer ? around.serverVersion : undefined,
    ownProject: isOwnServer ? {id: around.projectId, path: around.projectPath} : {},
    jobStartedAt: around.jobStartedAt,
    warnings,
  }
}

/** Visible ASCII without quotes and backslash: anything else is a slip of a shell, and could break out of a header. */
function isToken(token: string): boolean {
  return /^[\x21\x23-\x26\x28-\x5b\x5d-\x5f\x61-\x7e]{1,16384}$/.test(token)
}

function badToken(name: string): string {
  return `${name} is not a token: it holds a blank, quote, control or non-ASCII character, or nothing`
}

/** Without CI's word on its own server there is nothing to compare. */
function sameHost(api: URL, around: Surroundings): boolean {
  const host = hostOf(around)
  return host === undefined || host.toLowerCase() === api.hostname
}

function hostOf({serverUrl, serverHost}: Surroundings): string | undefined {
  return serverUrl !== undefined && URL.canParse(serverUrl) ? new URL(serverUrl).hostname : serverHost || undefined
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
