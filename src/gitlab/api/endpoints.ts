import {routeOf} from './access.ts'
import type {RouteName} from './access.ts'
import {jobAsked, newestFirst, page, pipelineAsked} from './checks.ts'
import {filePath, jobPath, pipelinePath, project, refPath, wellFormed, segment} from './paths.ts'
import type {ByRef, InProject, OfJob, OfPipeline} from './paths.ts'
import {nothing} from './responses.ts'
import type {Shape} from './responses.ts'
import * as shapes from './shapes.ts'
import type {AllowedAgents, Bridge, Job, PipelineRef, TreeEntry} from './types.ts'

/** One request to the API, as a value: what to send and how to read the answer. */
export interface Endpoint<T> {
  readonly route: RouteName
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the API's root; every segment is encoded. */
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  /** Sent as JSON. */
  readonly body?: unknown
  /** Checks the shape of the answer, and that it is about what was asked. */
  readonly read: Shape<T>
  /** Whether the answer is a list, whose end must be seen. */
  readonly isList?: boolean | undefined
}

const perPage = ['per_page', '100'] as const

/** https://docs.gitlab.com/api/jobs/#get-job-tokens-job */
export const ownJob = (): Endpoint<Job> => endpoint('own-job', '/job', jobAsked(shapes.jobShape, {}))

/** https://docs.gitlab.com/api/jobs/#get-gitlab-agent-by-ci_job_token */
export const allowedAgents = (): Endpoint<AllowedAgents> =>
  endpoint('allowed-agents', '/job/allowed_agents', shapes.allowedAgentsShape)

/** Newest first, retried jobs and jobs of child pipelines included. https://docs.gitlab.com/api/jobs/#list-project-jobs */
export const projectJobs = (
  target: InProject & {readonly statuses?: readonly string[] | undefined; readonly ref?: string | undefined},
): Endpoint<readonly Job[]> =>
  list('project-jobs', `${project(target)}/jobs`, jobAsked(shapes.jobShape, target), [
    ['pagination', 'keyset'],
    perPage,
    ...scope(target.statuses),
    // Older servers ignore it: who asks must look at each job's ref all the same.
    ...(target.ref === undefined ? [] : [['ref', wellFormed(target.ref, 'ref')] as const]),
  ])

/** Newest first. https://docs.gitlab.com/api/jobs/#list-pipeline-jobs */
export const pipelineJobs = (
  target: OfPipeline & {
    readonly includeRetried?: boolean | undefined
    readonly statuses?: readonly string[] | undefined
  },
): Endpoint<readonly Job[]> =>
  list('pipeline-jobs', `${pipelinePath(target)}/jobs`, jobAsked(shapes.jobShape, target), [
    perPage,
    ...(target.includeRetried ? [['include_retried', 'true'] as const] : []),
    ...scope(target.statuses),
  ])

/** https://docs.gitlab.com/api/jobs/#list-pipeline-trigger-jobs */
export const bridges = (target: OfPipeline): Endpoint<readonly Bridge[]> =>
  list('bridges', `${pipelinePath(target)}/bridges`, jobAsked(shapes.bridgeShape, target), [perPage])

/** The newer name of `bridges`, since GitLab 19.2. */
export const triggerJobs = (target: OfPipeline): Endpoint<readonly Bridge[]> =>
  list('trigger-jobs', `${pipelinePath(target)}/trigger_jobs`, jobAsked(shapes.bridgeShape, target), [perPage])

/** https://docs.gitlab.com/api/jobs/#get-a-single-job */
export const job = (target: OfJob): Endpoint<Job> => endpoint('job', jobPath(target), jobAsked(shapes.jobShape, target))

/** The raw log; offsets count bytes and are ignored by servers older than 19. https://docs.gitlab.com/api/jobs/#get-a-log-file */
export const trace = (
  target: OfJob & {readonly offset?: number | undefined; readonly limit?: number | undefined},
): Endpoint<unknown> =>
  endpoint('trace', `${jobPath(target)}/trace`, nothing, [
    ...(target.offset === undefined ? [] : [['byte_offset', String(target.offset)] as const]),
    ...(target.limit === undefined ? [] : [['byte_limit', String(target.limit)] as const]),
  ])

/** https://docs.gitlab.com/api/jobs/#cancel-a-job */
export const cancelJob = (target: OfJob & {readonly force?: boolean | undefined}): Endpoint<Job> =>
  endpoint(
    'cancel',
    `${jobPath(target)}/cancel`,
    jobAsked(shapes.jobShape, target),
    target.force ? [['force', 'true']] : [],
  )

/** Answers the new job. https://docs.gitlab.com/api/jobs/#retry-a-job */
export const retryJob = (
  target: OfJob & {readonly inputs?: ReadonlyMap<string, unknown> | undefined},
): Endpoint<Job> => ({
  ...endpoint('retry', `${jobPath(target)}/retry`, jobAsked(shapes.jobShape, {project: target.project})),
  ...(target.inputs?.size ? {body: {inputs: Object.fromEntries(target.inputs)}} : {}),
})

/** https://docs.gitlab.com/api/jobs/#erase-a-job */
export const eraseJob = (target: OfJob): Endpoint<Job> =>
  endpoint('erase', `${jobPath(target)}/erase`, jobAsked(shapes.jobShape, target))

/** https://docs.gitlab.com/api/jobs/#run-a-job */
export const playJob = (
  target: OfJob & {
    readonly variables?: ReadonlyMap<string, string> | undefined
    readonly inputs?: ReadonlyMap<string, unknown> | undefined
  },
): Endpoint<Job | Bridge> => {
  const variables = [...(target.variables ?? [])].map(([key, value]) => ({key, value}))
  const body = {
    ...(variables.length > 0 ? {job_variables_attributes: variables} : {}),
    ...(target.inputs?.size ? {job_inputs: Object.fromEntries(target.inputs)} : {}),
  }
  return {
    ...endpoint('play', `${jobPath(target)}/play`, jobAsked(shapes.jobOrBridgeShape, {project: target.project})),
    ...(Object.keys(body).length > 0 ? {body} : {}),
  }
}

/** https://docs.gitlab.com/api/job_artifacts/#download-job-artifacts-by-job-id */
export const artifacts = (target: OfJob): Endpoint<unknown> =>
  endpoint('artifacts', `${jobPath(target)}/artifacts`, nothing)

/** https://docs.gitlab.com/api/job_artifacts/#list-files-in-a-job-artifacts-archive */
export const artifactsTree = (
  target: OfJob & {readonly path?: string | undefined; readonly recursive?: boolean | undefined},
): Endpoint<readonly TreeEntry[]> => ({
  ...endpoint('artifacts-tree', `${jobPath(target)}/artifacts/tree`, shapes.treeShape, [
    perPage,
    ...(target.path ? [['path', wellFormed(target.path, 'path')] as const] : []),
    ...(target.recursive ? [['recursive', 'true'] as const] : []),
  ]),
  isList: true,
})

/** https://docs.gitlab.com/api/job_artifacts/#download-a-single-artifact-file-by-job-id */
export const artifactFile = (target: OfJob & {readonly path: string}): Endpoint<unknown> =>
  endpoint('artifact-file', `${jobPath(target)}/artifacts/${filePath(target.path)}`, nothing)

/** https://docs.gitlab.com/api/job_artifacts/#download-job-artifacts-by-reference-name */
export const artifactsByRef = (target: ByRef): Endpoint<unknown> =>
  endpoint('artifacts-by-ref', `${refPath(target)}/download`, nothing, byRefQuery(target))

/** https://docs.gitlab.com/api/job_artifacts/#download-a-single-artifact-file-by-reference-name */
export const artifactFileByRef = (target: ByRef & {readonly path: string}): Endpoint<unknown> =>
  endpoint('artifact-file-by-ref', `${refPath(target)}/raw/${filePath(target.path)}`, nothing, byRefQuery(target))

/** https://docs.gitlab.com/api/job_artifacts/#keep-job-artifacts */
export const keepArtifacts = (target: OfJob): Endpoint<Job> =>
  endpoint('keep', `${jobPath(target)}/artifacts/keep`, jobAsked(shapes.jobShape, target))

/** https://docs.gitlab.com/api/job_artifacts/#delete-job-artifacts */
export const deleteArtifacts = (target: OfJob): Endpoint<unknown> =>
  endpoint('delete-artifacts', `${jobPath(target)}/artifacts`, nothing)

/** Starts the deletion; it goes on after the answer. https://docs.gitlab.com/api/job_artifacts/#delete-all-job-artifacts-in-a-project */
export const deleteProjectArtifacts = (target: InProject): Endpoint<unknown> =>
  endpoint('delete-project-artifacts', `${project(target)}/artifacts`, nothing)

export const serverVersion = (): Endpoint<shapes.ServerVersion> => endpoint('version', '/version', shapes.versionShape)
export const currentUser = (): Endpoint<shapes.CurrentUser> => endpoint('user', '/user', shapes.userShape)
export const tokenSelf = (): Endpoint<shapes.TokenSelf> =>
  endpoint('token-self', '/personal_access_tokens/self', shapes.tokenSelfShape)
export const oneProject = (target: InProject): Endpoint<shapes.Project> =>
  endpoint('project', project(target), shapes.projectShape)

/** A branch, or a tag, with its protection. */
export const oneRef = (target: InProject & {readonly ref: string; readonly isTag: boolean}): Endpoint<shapes.Ref> =>
  target.isTag
    ? endpoint('tag', `${project(target)}/repository/tags/${segment(target.ref, 'ref')}`, shapes.refShape)
    : endpoint('branch', `${project(target)}/repository/branches/${segment(target.ref, 'ref')}`, shapes.refShape)

/** The newest commit of a branch, a tag or a merge request's ref. https://docs.gitlab.com/api/commits/#get-a-single-commit */
export const oneCommit = (target: InProject & {readonly ref: string}): Endpoint<{readonly id: string}> =>
  endpoint('commit', `${project(target)}/repository/commits/${segment(target.ref, 'ref')}`, shapes.commitShape, [
    ['stats', 'false'],
  ])

/** Newest first, child pipelines left out by GitLab. https://docs.gitlab.com/api/pipelines/#list-project-pipelines */
export const pipelines = (
  target: InProject & {
    readonly ref?: string | undefined
    readonly sha?: string | undefined
    readonly status?: string | undefined
    readonly source?: string | undefined
    /** How many a page, 100 at most. */
    readonly perPage?: number | undefined
  },
): Endpoint<readonly PipelineRef[]> =>
  list(
    'pipelines',
    `${project(target)}/pipelines`,
    pipelineAsked(shapes.pipelineShape, {...target, statuses: target.status === undefined ? [] : [target.status]}),
    [
      ...(target.ref === undefined ? [] : [['ref', wellFormed(target.ref, 'ref')] as const]),
      ...(target.sha === undefined ? [] : [['sha', wellFormed(target.sha, 'sha')] as const]),
      ...(target.status === undefined ? [] : [['status', target.status] as const]),
      ...(target.source === undefined ? [] : [['source', target.source] as const]),
      ['per_page', String(target.perPage ?? 100)],
    ],
  )

export function endpoint<T>(
  route: RouteName,
  path: string,
  read: Shape<T>,
  query: Endpoint<T>['query'] = [],
): Endpoint<T> {
  return {route, method: routeOf(route).method, path, query, read}
}

export function list<T extends {readonly id: number}>(
  route: RouteName,
  path: string,
  item: Shape<T>,
  query: Endpoint<unknown>['query'],
): Endpoint<readonly T[]> {
  const isSorted = route === 'project-jobs' || route === 'pipelines'
  return {...endpoint(route, path, isSorted ? newestFirst(item) : page(item), query), isList: true}
}

function byRefQuery({job, searchRecent}: ByRef): Endpoint<unknown>['query'] {
  const name = ['job', wellFormed(job, 'job name')] as const
  return searchRecent ? [name, ['search_recent_successful_pipelines', 'true']] : [name]
}

function scope(statuses: readonly string[] = []): Endpoint<unknown>['query'] {
  return statuses.map((status) => ['scope[]', status] as const)
}
