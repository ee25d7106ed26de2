import type {Job, Pipeline} from './model.ts'
import {isProtected} from './refs.ts'
import type {World} from './world.ts'

type Environment = Readonly<Record<string, string | undefined>>

const defaultTimeoutMs = 3_600_000

/**
 * The variables that GitLab predefines for a job, as far as its world says them. A process lives in real time, so the
 * job's start is told as long before `now` as it is on the sandbox's clock. Both are milliseconds.
 * https://docs.gitlab.com/ci/variables/predefined_variables/
 */
export function jobEnvironment(world: World, job: Job, url: string, now: number): Readonly<Record<string, string>> {
  const variables: Environment = {
    ...serverVariables(world, url),
    ...projectVariables(job, url),
    ...pipelineVariables(job.pipeline, url),
    ...commitVariables(job.pipeline),
    ...mergeRequestVariables(job.pipeline),
    ...upstreamVariables(job.pipeline),
    ...ownVariables(job, url, now - (world.clock.now() - (job.startedAt ?? world.clock.now()))),
    ...Object.fromEntries([...job.pipeline.variables, ...job.variables].map(({key, value}) => [key, value])),
  }
  const isSet = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined
  return Object.fromEntries(Object.entries(variables).filter(isSet))
}

export function serverVariables(world: World, url: string): Readonly<Record<string, string>> {
  const {version, edition} = world.settings
  const {protocol, hostname, port} = new URL(url)
  const [major = '', minor = ''] = version.split('.')
  return {
    CI_API_V4_URL: `${url}/api/v4`,
    CI_SERVER_URL: url,
    CI_SERVER_PROTOCOL: protocol.slice(0, -1),
    CI_SERVER_HOST: hostname,
    CI_SERVER_PORT: port || (protocol === 'https:' ? '443' : '80'),
    CI_SERVER_NAME: 'GitLab',
    CI_SERVER_VERSION: `${version}.0${edition === 'ee' ? '-ee' : ''}`,
    CI_SERVER_VERSION_MAJOR: major,
    CI_SERVER_VERSION_MINOR: minor,
    CI_SERVER_VERSION_PATCH: '0',
    CI_SERVER_REVISION: '5a11db0c5',
  }
}

function projectVariables({project}: Job, url: string): Environment {
  const names = project.path.split('/')
  return {
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_PATH: project.path,
    CI_PROJECT_PATH_SLUG: slug(project.path),
    CI_PROJECT_NAME: names.at(-1),
    CI_PROJECT_TITLE: names.at(-1),
    CI_PROJECT_NAMESPACE: names.slice(0, -1).join('/'),
    CI_PROJECT_ROOT_NAMESPACE: names[0],
    CI_PROJECT_URL: `${url}/${project.path}`,
    CI_PROJECT_VISIBILITY: project.visibility,
    CI_DEFAULT_BRANCH: project.defaultBranch,
  }
}

function pipelineVariables(pipeline: Pipeline, url: string): Environment {
  return {
    CI_PIPELINE_ID: String(pipeline.id),
    CI_PIPELINE_IID: String(pipeline.iid),
    CI_PIPELINE_SOURCE: pipeline.source,
    CI_PIPELINE_URL: `${url}/${pipeline.project.path}/-/pipelines/${pipeline.id}`,
    CI_PIPELINE_CREATED_AT: seconds(pipeline.createdAt),
    CI_PIPELINE_TRIGGERED: pipeline.source === 'trigger' ? 'true' : undefined,
  }
}

function commitVariables(pipeline: Pipeline): Environment {
  const {ref, sha, tag, user, createdAt} = pipeline
  const request = mergeRequestOf(pipeline)
  const name = request?.source ?? ref
  return {
    CI_COMMIT_SHA: sha,
    CI_COMMIT_SHORT_SHA: sha.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: '0'.repeat(40),
    CI_COMMIT_REF_NAME: name,
    CI_COMMIT_REF_SLUG: slug(name),
    CI_COMMIT_REF_PROTECTED: String(isProtected(pipeline)),
    CI_COMMIT_BRANCH: tag || request ? undefined : ref,
    CI_COMMIT_TAG: tag ? ref : undefined,
    CI_COMMIT_TITLE: `Commit ${sha.slice(0, 8)}`,
    CI_COMMIT_MESSAGE: `Commit ${sha.slice(0, 8)}`,
    CI_COMMIT_TIMESTAMP: seconds(createdAt),
    CI_COMMIT_AUTHOR: user ? `${user.name} <${user.username}@example.com>` : undefined,
  }
}

/** Only pipelines of merge requests have them. */
function mergeRequestVariables(pipeline: Pipeline): Environment {
  const request = mergeRequestOf(pipeline)
  if (!request) return {}
  const {project} = pipeline
  return {
    CI_MERGE_REQUEST_ID: String(project.id * 1000 + request.iid),
    CI_MERGE_REQUEST_IID: String(request.iid),
    CI_MERGE_REQUEST_REF_PATH: pipeline.ref,
    CI_MERGE_REQUEST_EVENT_TYPE: pipeline.ref.endsWith('/merge') ? 'merged_result' : 'detached',
    CI_MERGE_REQUEST_PROJECT_ID: String(project.id),
    CI_MERGE_REQUEST_PROJECT_PATH: project.path,
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: request.source,
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: String(project.id),
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: project.path,
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: request.target,
  }
}

function mergeRequestOf({ref, project, mergeRequest}: Pipeline) {
  const iid = /^refs\/merge-requests\/(\d+)\/(?:head|merge|train)$/.exec(ref)?.[1]
  if (iid === undefined) return undefined
  const {source_branch: source = `merge-request-${iid}`, target_branch: target = project.defaultBranch} = mergeRequest
  return {iid: Number(iid), source, target}
}

/** What started this pipeline: its parent's trigger job, another project's, or a job that called the trigger API. */
function upstreamVariables(pipeline: Pipeline): Environment {
  const {upstream, parent} = pipeline
  const source = upstream?.pipeline ?? parent
  if (!source) return {}
  return {
    CI_UPSTREAM_PROJECT_ID: String(source.project.id),
    CI_UPSTREAM_PIPELINE_ID: String(source.id),
    CI_UPSTREAM_JOB_ID: upstream && String(upstream.id),
  }
}

function ownVariables(job: Job, url: string, startedAt: number): Environment {
  const {environment, user} = job
  const [, index, total] = / (\d+)\/(\d+)$/.exec(job.name) ?? []
  return {
    CI_JOB_ID: String(job.id),
    CI_JOB_NAME: job.name,
    CI_JOB_NAME_SLUG: slug(job.name),
    CI_JOB_STAGE: job.stage,
    CI_JOB_STATUS: 'running',
    CI_JOB_STARTED_AT: seconds(startedAt),
    CI_JOB_TIMEOUT: String(Math.round((job.timeoutMs ?? defaultTimeoutMs) / 1000)),
    CI_JOB_URL: `${url}/${job.project.path}/-/jobs/${job.id}`,
    CI_JOB_TOKEN: job.token,
    CI_JOB_MANUAL: job.when === 'manual' ? 'true' : undefined,
    CI_NODE_INDEX: index,
    CI_NODE_TOTAL: total ?? '1',
    CI_ENVIRONMENT_NAME: environment?.name,
    CI_ENVIRONMENT_SLUG: environment?.slug,
    CI_ENVIRONMENT_TIER: environment?.tier ?? undefined,
    CI_RUNNER_TAGS: JSON.stringify(job.tags),
    GITLAB_USER_ID: user ? String(user.id) : undefined,
    GITLAB_USER_LOGIN: user?.username,
    GITLAB_USER_NAME: user?.name,
  }
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
}

const seconds = (time: number) => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
