import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {secretProblem} from '../../base/secret.ts'
import {apiUrlProblem, network, projectOf} from '../api/addresses.ts'
import type {TlsFiles} from './dial.ts'
import {isCoded} from './network.ts'
import {proxyFor, proxyProblems} from './proxies.ts'
import type {Proxy} from './proxies.ts'

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

/** What there is beside the inputs. Nothing here reads the environment itself. */
export interface Surroundings {
  /** For the proxy variables, CI_SERVER_URL and CI_SERVER_HOST. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths start from. */
  readonly cwd: string
  readonly own?: OwnFacts | undefined
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
  readonly auth: ConnectionInputs['auth']
  readonly tls: TlsFiles
  readonly proxyFor: (url: URL) => Proxy | undefined
  readonly requestTimeoutMs: number
  readonly attempts: number
  readonly serverVersion: string | undefined
  /** The host that CI names as its server. */
  readonly serverHost: string | undefined
  readonly ownProject: {readonly id?: number | undefined; readonly path?: string | undefined}
  readonly jobStartedAt: Date | undefined
  /** What the user should hear about before the first request. */
  readonly warnings: readonly string[]
}

export interface Reading {
  /** Good for masking its secrets in any case, for use only without problems. */
  readonly connection: Connection
  readonly problems: readonly string[]
}

/** Checks everything that leads to GitLab and reads the files named. Collects all problems; shows no secret in any. */
export async function readConnection(inputs: ConnectionInputs, {env, cwd, own = {}}: Surroundings): Promise<Reading> {
  const problems: string[] = [...proxyProblems(env)]
  const file = async (name: string, path: string | undefined): Promise<string | undefined> => {
    if (path === undefined) return undefined
    try {
      return await readFile(resolve(cwd, path), 'utf8')
    } catch (error) {
      problems.push(`${name} cannot be read (${isCoded(error) ? error.code : 'unknown reason'})`)
      return undefined
    }
  }
  const urlProblem = apiUrlProblem(inputs.apiUrl, inputs.allowHttp)
  if (urlProblem !== undefined) problems.push(urlProblem)
  const token = inputs.token ?? (await file('token-file', inputs.tokenFile))?.replace(/\r?\n$/, '')
  problems.push(
    ...tokenProblem('CI_JOB_TOKEN', inputs.jobToken),
    ...tokenProblem(inputs.token === undefined ? 'token-file' : 'GITLAB_TOKEN', token),
  )
  const project = inputs.project === undefined ? undefined : projectOf(inputs.project)
  if (inputs.project !== undefined && project === undefined) {
    problems.push('project must be a project id or a full path such as group/app')
  }
  const tls = {
    ca: await file('ca-file', inputs.caFile),
    cert: await file('cert-file', inputs.certFile),
    key: await file('key-file', inputs.keyFile),
  }
  problems.push(...pemProblems(tls, inputs))

  const api = new URL(
    urlProblem === undefined && inputs.apiUrl !== undefined ? inputs.apiUrl.replace(/\/+$/, '') : nowhere,
  )
  const isOwnServer = sameHost(api, env)
  const connection: Connection = {
    api,
    project,
    jobToken: isOwnServer ? inputs.jobToken : undefined,
    token,
    auth: inputs.auth,
    tls,
    proxyFor: (url) => proxyFor(url, env),
    requestTimeoutMs: inputs.requestTimeout,
    attempts: inputs.attempts,
    serverVersion: isOwnServer ? own.serverVersion : undefined,
    serverHost: ownHost(env),
    ownProject: isOwnServer ? {id: own.projectId, path: own.projectPath} : {},
    jobStartedAt: own.startedAt,
    warnings: warningsFor(api, {isOwnServer, hasJobToken: inputs.jobToken !== undefined, env}),
  }
  return {connection, problems}
}

/** Stands for an address that cannot be used. */
const nowhere = 'https://nowhere.invalid'

function warningsFor(
  api: URL,
  {isOwnServer, hasJobToken, env}: {isOwnServer: boolean; hasJobToken: boolean; env: Surroundings['env']},
): readonly string[] {
  const clear = api.protocol === 'http:' && network(api.hostname) !== 'loopback'
  return [
    ...(clear
      ? [
          `${api.origin} is asked over plain http: whoever is on the way can read the credentials and change the answers.`,
        ]
      : []),
    ...(hasJobToken && !isOwnServer
      ? [`The job token belongs to ${ownHost(env)} and is not sent to ${api.host}.`]
      : []),
  ]
}

function pemProblems(tls: TlsFiles, {certFile, keyFile}: ConnectionInputs): readonly string[] {
  const files = [
    ['ca-file', tls.ca],
    ['cert-file', tls.cert],
    ['key-file', tls.key],
  ] as const
  return [
    ...files
      .filter(([, pem]) => pem !== undefined && !pem.includes('-----BEGIN '))
      .map(([name]) => `${name} does not hold PEM`),
    ...((certFile === undefined) === (keyFile === undefined) ? [] : ['cert-file and key-file only work together']),
  ]
}

function tokenProblem(name: string, token: string | undefined): readonly string[] {
  const problem = token === undefined ? undefined : secretProblem(token)
  return problem === undefined ? [] : [`${name} is not a token: it ${problem}`]
}

/** Without CI's word on its own server there is nothing to compare. */
function sameHost(api: URL, env: Surroundings['env']): boolean {
  const host = ownHost(env)
  return host === undefined || host.toLowerCase() === api.hostname
}

function ownHost(env: Surroundings['env']): string | undefined {
  const url = env['CI_SERVER_URL'] ?? ''
  return URL.canParse(url) ? new URL(url).hostname : env['CI_SERVER_HOST'] || undefined
}
