import {atLeast} from './version.ts'

/** What GitLab asks of who calls a route. Sources: GitLab's own route settings, where its prose differs from them. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As GitLab's documentation spells it. */
  readonly path: string
  /** The GitLab version that brought the route; undefined if every version we know has it. */
  readonly since: string | undefined
  readonly jobToken: false | JobTokenAccess
  /** Whether a public project can be read here without any credential. */
  readonly anonymous: boolean
  /** The lowest role in a private project, or what else is asked of the caller. */
  readonly role: string
  /** The scope an access token needs; `read_api` also means `api`. */
  readonly scope: 'api' | 'read_api' | 'any'
  readonly docs: string
}

export interface JobTokenAccess {
  readonly since: string | undefined
  /** Before this version the route is surely closed to job tokens; between it and `since` trying costs one request. */
  readonly triedFrom?: string
  /** The fine-grained permission that the target project's allowlist must grant, where it uses them. */
  readonly permission: 'read_jobs' | 'read_pipelines' | 'read_repositories' | null
  /** On GitLab with a licence system, needs Premium even for the job's own project. */
  readonly premium?: true
}

const jobs = 'https://docs.gitlab.com/api/jobs/'
const archives = 'https://docs.gitlab.com/api/job_artifacts/'
const pipelines = 'https://docs.gitlab.com/api/pipelines/'

const lists: JobTokenAccess = {since: '18.0', triedFrom: '17.10', permission: 'read_jobs'}
const newLists: JobTokenAccess = {since: '19.1', triedFrom: '19.0', permission: 'read_pipelines'}
const repositories: JobTokenAccess = {since: '19.1', triedFrom: '19.0', permission: 'read_repositories'}
const downloads: JobTokenAccess = {since: undefined, permission: 'read_jobs', premium: true}
const own: JobTokenAccess = {since: undefined, permission: null}

const project = '/projects/:id'
const oneJob = `${project}/jobs/:job_id`
const onePipeline = `${project}/pipelines/:pipeline_id`
const byRef = `${project}/jobs/artifacts/:ref_name`

/** Every route we can call. The README's table, `--explain` and the choice of the credential come from here. */
export const routes = {
  'own-job': {...read('/job', own, 'a running job', jobs), since: '13.10'},
  // gitlab merge request 56700.
  'allowed-agents': {...read('/job/allowed_agents', own, 'a running job', jobs), since: '13.11'},
  'project-jobs': read(`${project}/jobs`, lists, 'Reporter', jobs),
  'pipeline-jobs': open(`${onePipeline}/jobs`, lists, 'Reporter', jobs),
  bridges: open(`${onePipeline}/bridges`, newLists, 'Reporter', jobs),
  'trigger-jobs': {...open(`${onePipeline}/trigger_jobs`, newLists, 'Reporter', jobs), since: '19.2'},
  job: read(oneJob, false, 'Reporter', jobs),
  trace: read(`${oneJob}/trace`, false, 'Reporter', jobs),
  cancel: write('POST', `${oneJob}/cancel`, 'Developer', jobs),
  retry: write('POST', `${oneJob}/retry`, 'Developer', jobs),
  erase: write('POST', `${oneJob}/erase`, 'Maintainer', jobs),
  play: write('POST', `${oneJob}/play`, 'Developer', jobs),
  artifacts: open(`${oneJob}/artifacts`, downloads, 'Reporter', archives),
  'artifacts-tree': {...open(`${oneJob}/artifacts/tree`, downloads, 'Reporter', archives), since: '18.8'},
  'artifact-file': open(`${oneJob}/artifacts/*artifact_path`, downloads, 'Reporter', archives),
  'artifacts-by-ref': open(`${byRef}/download`, downloads, 'Reporter', archives),
  'artifact-file-by-ref': open(`${byRef}/raw/*artifact_path`, downloads, 'Reporter', archives),
  keep: write('POST', `${oneJob}/artifacts/keep`, 'Developer', archives),
  'delete-artifacts': write('DELETE', `${oneJob}/artifacts`, 'Maintainer', archives),
  'delete-project-artifacts': {...write('DELETE', `${project}/artifacts`, 'Maintainer', archives), since: '14.7'},
  pipeline: open(onePipeline, newLists, 'Reporter', pipelines),
  trigger: {
    ...write('POST', `${project}/trigger/pipeline`, 'Developer', 'https://docs.gitlab.com/api/pipeline_triggers/'),
    jobToken: own,
  },
  'create-pipeline': write('POST', `${project}/pipeline`, 'Developer', pipelines),
  'cancel-pipeline': write('POST', `${onePipeline}/cancel`, 'Developer', pipelines),
  version: read('/version', false, 'a user', 'https://docs.gitlab.com/api/version/'),
  user: read('/user', false, 'a user', 'https://docs.gitlab.com/api/users/'),
  project: open(project, false, 'Guest', 'https://docs.gitlab.com/api/projects/'),
  branch: read(`${project}/repository/branches/:branch`, false, 'Reporter', 'https://docs.gitlab.com/api/branches/'),
  tag: read(`${project}/repository/tags/:tag_name`, false, 'Reporter', 'https://docs.gitlab.com/api/tags/'),
  commit: open(`${project}/repository/commits/:sha`, repositories, 'Reporter', 'https://docs.gitlab.com/api/commits/'),
  pipelines: open(`${project}/pipelines`, newLists, 'Reporter', pipelines),
  'token-self': {
    ...read('/personal_access_tokens/self', false, 'a user', 'https://docs.gitlab.com/api/personal_access_tokens/'),
    scope: 'any' as const,
    since: '15.5',
  },
} as const satisfies Readonly<Record<string, Route>>

export type RouteName = keyof typeof routes

/** What is known of a route: its method and path, and who may call it since when. */
export function routeOf(name: RouteName): Route {
  return routes[name]
}

/** Which credentials there are and what the `auth` input allows. */
export interface Credentials {
  readonly jobToken: string | undefined
  readonly token: string | undefined
  /** A token of a pipeline trigger, good for that one route. */
  readonly triggerToken?: string | undefined
  readonly auth: 'auto' | 'job-token' | 'token' | 'anonymous'
}

/** What is known about the server that bears on the choice. */
export interface AccessFacts {
  /** GitLab's version, such as `18.4.1-ee`, if it is known. */
  readonly serverVersion: string | undefined
  /** Routes that turned the job token away in this run as older GitLab versions do. */
  readonly closedToJobToken: ReadonlySet<RouteName>
}

export type Credential = {readonly kind: 'job-token' | 'token' | 'trigger-token' | 'anonymous'}

/**
 * Why a credential cannot serve, or did not. `absent`: this GitLab does not have the route; `none`: there is no credential for it; `job`: only a job
 * token will do and there is none; `auth`: the `auth` input forbids the ones there are.
 */
export type RefusalReason =
  | 'absent'
  | 'never'
  | 'version'
  | 'allowlist'
  | 'permission'
  | 'premium'
  | 'ended'
  | 'scope'
  | 'expired'
  | 'role'
  | 'none'
  | 'job'
  | 'auth'

export type Choice = Credential | {readonly kind: 'refused'; readonly reason: RefusalReason}

/**
 * The least powerful credential that the route accepts: the job token wherever it may serve, the access token only where it
 * may not or is not there, and none on routes that public projects answer to anybody.
 */
export function chooseCredential(
  name: RouteName,
  {jobToken, token, triggerToken, auth}: Credentials,
  facts: AccessFacts,
): Choice {
  const {anonymous, since} = routeOf(name)
  if (isBefore(facts, since)) return {kind: 'refused', reason: 'absent'}
  if (auth === 'anonymous') return anonymous ? {kind: 'anonymous'} : {kind: 'refused', reason: 'auth'}
  if (name === 'trigger' && triggerToken && auth === 'auto') return {kind: 'trigger-token'}
  const may = jobTokenMay(name, facts)
  const none: Choice = {kind: 'refused', reason: needsJob(name) ? 'job' : 'none'}
  if (auth !== 'token' && jobToken && may === 'yes') return {kind: 'job-token'}
  if (auth !== 'job-token' && token && !needsJob(name)) return {kind: 'token'}
  if (auth === 'auto' && anonymous) return {kind: 'anonymous'}
  if (auth !== 'token' && jobToken && may !== 'yes') return {kind: 'refused', reason: may}
  return none
}

/** `never` and `version` are reasons of refusal. */
export function jobTokenMay(name: RouteName, facts: AccessFacts): 'yes' | 'never' | 'version' {
  const {jobToken} = routeOf(name)
  if (jobToken === false) return 'never'
  if (facts.closedToJobToken.has(name)) return 'version'
  return isBefore(facts, jobToken.triedFrom ?? jobToken.since) ? 'version' : 'yes'
}

/** Whether GitLab is known to be older than that. */
function isBefore({serverVersion}: AccessFacts, since: string | undefined): boolean {
  return since !== undefined && serverVersion !== undefined && !atLeast(serverVersion, since)
}

/** The oldest GitLab that the client is made for. */
export const oldestVersion = '13.3'

/** The first GitLab, from the oldest that we know on, whose route serves such a credential; undefined if none does. */
export function servesSince(name: RouteName, kind: 'job-token' | 'token'): string | undefined {
  const {since = oldestVersion, jobToken} = routeOf(name)
  if (kind === 'token') return needsJob(name) ? undefined : since
  if (jobToken === false) return undefined
  return jobToken.since === undefined || atLeast(since, jobToken.since) ? since : jobToken.since
}

/**
 * True if an answer of 401 or 404 to a job token may only mean that this GitLab is too old to look at job tokens here, so
 * that another credential is worth a try.
 */
export function mayBeTooOld(name: RouteName, status: number, facts: AccessFacts): boolean {
  const {jobToken} = routeOf(name)
  if (jobToken === false || jobToken.since === undefined || (status !== 401 && status !== 404)) return false
  return facts.serverVersion === undefined || !atLeast(facts.serverVersion, jobToken.since)
}

function needsJob(name: RouteName): boolean {
  return name === 'own-job' || name === 'allowed-agents' || name === 'trigger'
}

/** One row of the table of routes, for `--explain` and the README. */
export function routeRow(name: RouteName): readonly string[] {
  const {method, path, since, jobToken, role, scope} = routeOf(name)
  const job =
    jobToken === false
      ? 'no'
      : [
          jobToken.since === undefined ? 'yes' : `since ${jobToken.since}`,
          ...(jobToken.permission === null ? [] : [`permission ${jobToken.permission}`]),
          ...(jobToken.premium ? ['Premium'] : []),
        ].join(', ')
  const token =
    name === 'trigger'
      ? 'a trigger token, Developer'
      : needsJob(name)
        ? 'no'
        : scope === 'any'
          ? 'yes'
          : `scope ${scope}, ${role}`
  return [`${method} ${path}`, job, token, since ?? '']
}

export const routeHeader = ['Route', 'Job token', 'Access token', 'Since GitLab'] as const

function read(path: string, jobToken: Route['jobToken'], role: string, docs: string): Route {
  return {method: 'GET', path, since: undefined, jobToken, anonymous: false, role, scope: 'read_api', docs}
}

function open(path: string, jobToken: Route['jobToken'], role: string, docs: string): Route {
  return {...read(path, jobToken, role, docs), anonymous: true}
}

function write(method: 'POST' | 'DELETE', path: string, role: string, docs: string): Route {
  return {method, path, since: undefined, jobToken: false, anonymous: false, role, scope: 'api', docs}
}
