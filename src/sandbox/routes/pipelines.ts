import {error, forbidden, json, noRecord, type Answer} from '../http/answers.ts'
import {newestFirst, offsetPage} from '../http/paging.ts'
import {filled, textOf} from '../http/params.ts'
import {canReadBuilds, canReadPipelines, demandReadBuilds, findProject, hasRole} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'
import {iso, pipelineEntity, publicUser} from '../world/entities.ts'
import type {Pipeline, Project} from '../world/model.ts'
import {isComplete, jobStatuses} from '../world/status.ts'
import {testReport} from '../world/test-report.ts'
import {has} from '../world/versions.ts'
import {statusOf, type World} from '../world/world.ts'
import {findPipeline} from './job-lists.ts'

const read = {method: 'GET', login: 'optional'} as const
const byToken = {jobToken: 'jobTokenPipelines', policy: 'read_pipelines', openToPublic: true} as const
const pipelineId = {pipeline_id: {type: 'integer'}} as const

/** https://docs.gitlab.com/api/pipelines/: what is read of them. */
export const pipelineRoutes: readonly Route[] = [
  {
    ...read,
    ...byToken,
    path: '/projects/:id/pipelines',
    isList: true,
    params: {
      ref: {type: 'string'},
      sha: {type: 'string'},
      status: {type: 'string'},
      source: {type: 'string', since: 'pipelineSourceFilter'},
    },
    handle: listPipelines,
  },
  {...read, path: '/projects/:id/pipelines/latest', params: {ref: {type: 'string'}}, handle: latestPipeline},
  {
    ...read,
    ...byToken,
    path: '/projects/:id/pipelines/:pipeline_id',
    params: pipelineId,
    handle: singlePipeline,
  },
  {...read, path: '/projects/:id/pipelines/:pipeline_id/variables', params: pipelineId, handle: variables},
  {...read, path: '/projects/:id/pipelines/:pipeline_id/test_report', params: pipelineId, handle: report},
]

async function listPipelines(call: Call): Promise<Answer> {
  const {ref, sha, status, source} = filled(call.params)
  if (status !== undefined && !jobStatuses.includes(textOf(status)))
    throw error(400, 'status does not have a valid value')
  const found = readableProject(call)
  demandReadBuilds(call, found)
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
  const ref = filled(call.params)['ref'] ?? found.defaultBranch
  const newest = found.pipelines.findLast((pipeline) => pipeline.ref === ref && pipeline.parent === null)
  // The newest commit of the ref decides; a world has no commits but those of its pipelines.
  if (!newest) throw noRecord()
  return json(200, detailed(call.world, newest))
}

function singlePipeline(call: Call): Answer {
  const found = readableProject(call)
  return json(200, detailed(call.world, findPipeline(call.world, found, call.params['pipeline_id'])))
}

/** For maintainers, and for developers who started the pipeline themselves. */
function variables(call: Call): Answer {
  const found = findProject(call, String(call.params['id']))
  if (!canReadPipelines(call, found)) throw forbidden()
  const pipeline = findPipeline(call.world, found, call.params['pipeline_id'])
  const isOwn = call.caller.kind !== 'anonymous' && call.caller.user === pipeline.user
  if (!hasRole(call, found, isOwn ? 'developer' : 'maintainer')) throw forbidden()
  return json(
    200,
    pipeline.variables.map(({key, value, variable_type = 'env_var'}) => ({variable_type, key, value, raw: false})),
  )
}

function report(call: Call): Answer {
  const found = findProject(call, String(call.params['id']))
  if (!canReadBuilds(call, found)) throw forbidden()
  return json(200, testReport(findPipeline(call.world, found, call.params['pipeline_id'])))
}

function readableProject(call: Call): Project {
  const found = findProject(call, String(call.params['id']))
  if (!canReadPipelines(call, found)) throw forbidden()
  return found
}

/** A pipeline as the routes for a single one present it. */
export function detailed(world: World, pipeline: Pipeline): object {
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
    ...(has(world.settings.version, 'queuedDuration') && {
      queued_duration: startedAt === null ? null : Math.round((startedAt - pipeline.createdAt) / 1000),
    }),
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
