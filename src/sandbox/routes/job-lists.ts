import {forbidden, json, jsonText, noRecord} from '../http/answers.ts'
import {bridgeEntity, jobEntity} from '../world/entities.ts'
import {jobText} from '../world/job-text.ts'
import type {AnyJob, Job, Pipeline, Project} from '../world/model.ts'
import {filled} from '../http/params.ts'
import {keysetPage, newestFirst, offsetPage} from '../http/paging.ts'
import {canReadBuilds, canReadPipelines, demandReadBuilds, findProject} from '../http/permissions.ts'
import {countRequest} from '../http/rate-limit.ts'
import type {Call, Route} from '../http/route.ts'
import {has} from '../world/versions.ts'
import type {World} from '../world/world.ts'

const bridgeList = {
  method: 'GET',
  jobToken: 'jobTokenPipelines',
  policy: 'read_pipelines',
  openToPublic: true,
  login: 'optional',
  isList: true,
  params: {pipeline_id: {type: 'integer'}, scope: {type: 'scope'}},
  handle: listBridges,
} as const

/** https://docs.gitlab.com/api/jobs/#list-all-jobs-for-a-project and the lists of a pipeline. */
export const jobListRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/projects/:id/jobs',
    jobToken: 'jobTokenLists',
    policy: 'read_jobs',
    login: 'required',
    isList: true,
    params: {scope: {type: 'scope'}, ref: {type: 'string', since: 'jobsByRef'}},
    handle: listProjectJobs,
  },
  {
    method: 'GET',
    path: '/projects/:id/pipelines/:pipeline_id/jobs',
    jobToken: 'jobTokenLists',
    policy: 'read_jobs',
    openToPublic: true,
    login: 'optional',
    isList: true,
    params: {
      pipeline_id: {type: 'integer'},
      include_retried: {type: 'boolean', default: false, since: 'includeRetried'},
      scope: {type: 'scope'},
    },
    handle: listPipelineJobs,
  },
  {...bridgeList, path: '/projects/:id/pipelines/:pipeline_id/bridges'},
  {...bridgeList, path: '/projects/:id/pipelines/:pipeline_id/trigger_jobs', since: 'triggerJobs'},
]

async function listProjectJobs(call: Call) {
  const {world, params} = call
  countRequest(call)
  const project = findProject(call, String(params['id']))
  demandReadBuilds(call, project)
  const ref = has(world.settings.version, 'jobsByRef') ? filled(params)['ref'] : undefined
  const inScope = scoped(world, project.jobs, params['scope'])
  const rows = newestFirst(ref === undefined ? inScope : inScope.filter((job) => job.pipeline.ref === ref))
  const present = presentJobs(world)
  const {version} = world.settings
  return params['pagination'] === 'keyset' && has(version, 'keysetJobs')
    ? keysetPage(call, rows, present)
    : offsetPage(call, rows, present, {isCounted: !has(version, 'uncountedJobs')})
}

async function listPipelineJobs(call: Call) {
  const {world, params} = call
  const project = findProject(call, String(params['id']))
  if (!canReadPipelines(call, project)) throw forbidden()
  const pipeline = findPipeline(world, project, params['pipeline_id'])
  const {version} = world.settings
  const isWhole = params['include_retried'] === true || !has(version, 'newestJobsOnly')
  const jobs = scoped(world, isWhole ? pipeline.jobs : pipeline.currentJobs, params['scope'])
  if (!canReadBuilds(call, project)) return offsetPage(call, [], presentJobs(world))
  const rows = has(version, 'newestJobsOnly') ? newestFirst(jobs) : jobs
  return offsetPage(call, rows, presentJobs(world))
}

async function listBridges(call: Call) {
  const {world, params} = call
  const project = findProject(call, String(params['id']))
  demandReadBuilds(call, project)
  const pipeline = findPipeline(world, project, params['pipeline_id'])
  const latest = pipeline.bridges.filter((bridge) => bridge.retriedBy === null)
  return offsetPage(call, newestFirst(scoped(world, latest, params['scope'])), async (bridges) =>
    bridges.map((bridge) => JSON.stringify(bridgeEntity(world, bridge))),
  )
}

export function findPipeline(world: World, project: Project, id: unknown): Pipeline {
  const pipeline = world.pipeline(Number(id))
  if (pipeline?.project !== project) throw noRecord()
  return pipeline
}

function presentJobs(world: World) {
  return async (jobs: readonly Job[]) => {
    await Promise.all(jobs.map(readyArchive))
    return jobs.map((job) => jobText(world, job))
  }
}

/** One job as an answer. */
export async function jobAnswer(world: World, job: Job, status = 200, more: object = {}) {
  await readyArchive(job)
  if (Object.keys(more).length > 0) return json(status, {...jobEntity(world, job), ...more})
  return jsonText(status, jobText(world, job))
}

async function readyArchive(job: Job): Promise<void> {
  await job.artifacts?.archive?.ready()
}

interface Kept {
  readonly revision: number
  readonly byScope: Map<string, readonly AnyJob[]>
}

const kept = new WeakMap<readonly AnyJob[], Kept>()

/**
 * The jobs whose status is in the scope. Without the memory of the last answer, each page of a list of 20,000 jobs
 * would look at all of them.
 */
function scoped<T extends AnyJob>(world: World, jobs: readonly T[], scope: unknown): readonly T[] {
  if (!Array.isArray(scope) || scope.length === 0) return jobs
  const statuses = new Set<unknown>(scope)
  const last = kept.get(jobs)
  const current = last?.revision === world.revision ? last : {revision: world.revision, byScope: new Map()}
  kept.set(jobs, current)
  const key = [...statuses].join()
  const found = current.byScope.get(key) ?? jobs.filter((job) => statuses.has(job.status))
  current.byScope.set(key, found)
  return found as readonly T[]
}
