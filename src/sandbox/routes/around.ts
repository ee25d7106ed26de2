import {error, forbidden, json, noRecord, notFound, unauthorized, type Answer} from '../http/answers.ts'
import {header} from '../http/credentials.ts'
import {iso, pipelineEntity, projectUrl, publicUser} from '../world/entities.ts'
import type {Pipeline, Project} from '../world/model.ts'
import {textOf} from '../http/params.ts'
import {newestFirst, offsetPage} from '../http/paging.ts'
import {canReadPipelines, findProject, hasRole, levelOf} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'
import {isComplete, jobStatuses} from '../world/status.ts'
import {statusOf, type World} from '../world/world.ts'
import {findPipeline} from './job-lists.ts'

const pipelines = {method: 'GET', login: 'optional'} as const
const byToken = {jobToken: 'jobTokenPipelines', policy: 'read_pipelines', openToPublic: true} as const

/** What clients ask for around jobs: the server, the user, the project and its pipelines. */
export const aroundRoutes: readonly Route[] = [
  {method: 'GET', path: '/version', login: 'required', handle: version},
  {method: 'GET', path: '/user', login: 'required', handle: currentUser},
  {method: 'GET', path: '/personal_access_tokens/self', login: 'required', handle: ownToken},
  {method: 'GET', path: '/projects/:id', login: 'optional', handle: project},
  {
    ...pipelines,
    ...byToken,
    path: '/projects/:id/pipelines',
    isList: true,
    params: {ref: {type: 'string'}, sha: {type: 'string'}, status: {type: 'string'}, source: {type: 'string'}},
    handle: listPipelines,
  },
  {...pipelines, path: '/projects/:id/pipelines/latest', params: {ref: {type: 'string'}}, handle: latestPipeline},
  {
    ...pipelines,
    ...byToken,
    path: '/projects/:id/pipelines/:pipeline_id',
    params: {pipeline_id: {type: 'integer'}},
    handle: singlePipeline,
  },
]

function version({world}: Call): Answer {
  const {version, edition} = world.settings
  return json(200, {version: `${version}.0${edition === 'ee' ? '-ee' : ''}`, revision: '5a11db0c5'})
}

function currentUser({world, caller}: Call): Answer {
  if (caller.kind === 'anonymous') throw notFound()
  const {username} = caller.user
  return json(200, {
    ...publicUser(world, caller.user),
    email: `${username}@example.com`,
    commit_email: `${username}@example.com`,
    two_factor_enabled: false,
    external: false,
    private_profile: false,
    can_create_group: true,
    can_create_project: true,
  })
}

/** The token that asks. GitLab answers it to any scope; here it needs one that may read. */
function ownToken({world, request, caller}: Call): Answer {
  const found = world.personalToken(header(request, 'private-token') ?? '')
  if (!found || caller.kind !== 'user') throw unauthorized()
  const {scopes = ['api']} = found.token
  return json(200, {
    id: 1000 + found.user.id,
    name: 'sandbox',
    revoked: false,
    created_at: '2024-01-01T00:00:00.000Z',
    description: null,
    scopes,
    user_id: found.user.id,
    last_used_at: null,
    active: true,
    expires_at: '2030-01-01',
  })
}

function project(call: Call): Answer {
  const {world, params, caller} = call
  const found = findProject(call, String(params['id']))
  const names = found.path.split('/')
  return json(200, {
    id: found.id,
    description: null,
    name: names.at(-1),
    name_with_namespace: names.join(' / '),
    path: names.at(-1),
    path_with_namespace: found.path,
    created_at: '2024-01-01T00:00:00.000Z',
    default_branch: found.defaultBranch,
    visibility: found.visibility,
    web_url: projectUrl(world, found),
    http_url_to_repo: `${projectUrl(world, found)}.git`,
    namespace: {path: names.at(-2), full_path: names.slice(0, -1).join('/'), kind: 'group'},
    archived: false,
    // Strangers are not told how a project's pipelines are set up.
    ...(hasRole(call, found, 'guest') && {
      public_jobs: found.publicPipelines,
      builds_access_level: found.ciForMembersOnly ? 'private' : 'enabled',
      keep_latest_artifact: found.file.keep_latest_artifact ?? true,
      ci_job_token_scope_enabled: false,
    }),
    ...(caller.kind === 'user' && {permissions: permissions(levelOf(world, caller, found))}),
  })
}

function permissions(level: number): object {
  return {project_access: level > 0 ? {access_level: level, notification_level: 3} : null, group_access: null}
}

async function listPipelines(call: Call): Promise<Answer> {
  const {ref, sha, status, source} = call.params
  if (status !== undefined && !jobStatuses.includes(textOf(status)))
    throw error(400, 'status does not have a valid value')
  const found = readableProject(call)
  const rows = found.pipelines.filter((pipeline) => {
    if (ref !== undefined && pipeline.ref !== ref) return false
    if (sha !== undefined && pipeline.sha !== sha) return false
    if (source !== undefined ? pipeline.source !== source : pipeline.parent !== null) return false
    return status === undefined || statusOf(pipeline) === status
  })
  return offsetPage(call, newestFirst(rows), async (page) =>
    page.map((pipeline) => JSON.stringify(pipelineEntity(call.world, pipeline))),
  )
}

function latestPipeline(call: Call): Answer {
  const found = readableProject(call)
  const ref = call.params['ref'] ?? found.defaultBranch
  const newest = found.pipelines.findLast((pipeline) => pipeline.ref === ref && pipeline.parent === null)
  // The newest commit of the ref decides; a world has no commits but those of its pipelines.
  if (!newest) throw noRecord()
  return json(200, detailed(call.world, newest))
}

function singlePipeline(call: Call): Answer {
  const found = readableProject(call)
  return json(200, detailed(call.world, findPipeline(call.world, found, call.params['pipeline_id'])))
}

function readableProject(call: Call): Project {
  const found = findProject(call, String(call.params['id']))
  if (!canReadPipelines(call, found)) throw forbidden()
  return found
}

function detailed(world: World, pipeline: Pipeline): object {
  const ends = pipeline.currentJobs.flatMap(({finishedAt}) => (finishedAt === null ? [] : [finishedAt]))
  const starts = pipeline.currentJobs.flatMap(({startedAt}) => (startedAt === null ? [] : [startedAt]))
  const startedAt = starts.length > 0 ? Math.min(...starts) : null
  const finishedAt = isComplete(statusOf(pipeline)) && ends.length > 0 ? Math.max(...ends) : null
  return {
    ...pipelineEntity(world, pipeline),
    before_sha: '0'.repeat(40),
    tag: pipeline.tag,
    yaml_errors: null,
    user: pipeline.user && publicUser(world, pipeline.user),
    started_at: iso(startedAt),
    finished_at: iso(finishedAt),
    committed_at: null,
    duration: startedAt !== null && finishedAt !== null ? Math.round((finishedAt - startedAt) / 1000) : null,
    queued_duration: startedAt === null ? null : Math.round((startedAt - pipeline.createdAt) / 1000),
    coverage: null,
    detailed_status: detailedStatus(world, pipeline),
  }
}

function detailedStatus(world: World, pipeline: Pipeline): object {
  const status = statusOf(pipeline)
  return {
    icon: `status_${status}`,
    text: status,
    label: status,
    group: status,
    tooltip: status,
    has_details: true,
    details_path: `/${pipeline.project.path}/-/pipelines/${pipeline.id}`,
    illustration: null,
    favicon: `${world.settings.externalUrl}/favicon_status_${status}.png`,
  }
}
