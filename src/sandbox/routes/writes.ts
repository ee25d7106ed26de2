import {because, conflict, empty, forbidden, json, noRecord, notFound, type Answer} from '../http/answers.ts'
import {bridgeAsJobEntity, bridgeEntity} from '../world/entities.ts'
import {cancel, erase, expireNow, forceCancel, keep, play, retry} from './job-acts.ts'
import {isLocked} from '../world/lifecycle.ts'
import type {Bridge, Job, Pipeline, Project, User} from '../world/model.ts'
import {canWriteRef, demandReadBuilds, demandRole, findProject, hasRole} from '../http/permissions.ts'
import {countChange} from '../http/rate-limit.ts'
import type {Call, Caller, Route} from '../http/route.ts'
import {has} from '../world/versions.ts'
import {isProtected} from '../world/refs.ts'
import type {Variable} from '../world/world-types.ts'
import {jobAnswer} from './job-lists.ts'
import {findJob} from './single-job.ts'

const write = {method: 'POST', login: 'required'} as const
const jobId = {job_id: {type: 'integer'}} as const

/** https://docs.gitlab.com/api/jobs/#cancel-a-job and its neighbours: nothing here takes a job token. */
export const writeRoutes: readonly Route[] = [
  {
    ...write,
    path: '/projects/:id/jobs/:job_id/cancel',
    params: {...jobId, force: {type: 'boolean', default: false, since: 'forceCancel'}},
    handle: cancelJob,
  },
  {
    ...write,
    path: '/projects/:id/jobs/:job_id/retry',
    params: {...jobId, inputs: {type: 'object', since: 'jobInputs'}},
    handle: retryJob,
  },
  {...write, path: '/projects/:id/jobs/:job_id/erase', params: jobId, handle: eraseJob},
  {
    ...write,
    path: '/projects/:id/jobs/:job_id/play',
    params: {
      ...jobId,
      job_variables_attributes: {type: 'variables', since: 'playVariables'},
      job_inputs: {type: 'object', since: 'jobInputs'},
    },
    handle: playJob,
  },
  {...write, path: '/projects/:id/jobs/:job_id/artifacts/keep', params: jobId, handle: keepArtifacts},
  {...write, method: 'DELETE', path: '/projects/:id/jobs/:job_id/artifacts', params: jobId, handle: deleteArtifacts},
  {
    ...write,
    method: 'DELETE',
    path: '/projects/:id/artifacts',
    since: 'deleteProjectArtifacts',
    handle: deleteProjectArtifacts,
  },
]

async function cancelJob(call: Call): Promise<Answer> {
  const project = developedProject(call)
  const job = findJob(call, project)
  demandRefAccess(call, job.pipeline)
  if (!has(call.world.settings.version, 'archivedJobsEnd')) refuseArchived(job)
  if (call.params['force'] === true) {
    demandRole(call, project, 'maintainer')
    forceCancel(call.world, job)
  } else cancel(call.world, job)
  return jobAnswer(call.world, job, 201)
}

async function retryJob(call: Call): Promise<Answer> {
  countChange(call, 'retry')
  const isAny = has(call.world.settings.version, 'retryBridges')
  const job = jobBeforeRights<Job | Bridge>(call, isAny ? findJobOrBridge : findJob)
  demandChange(call, job)
  const inputs = call.params['inputs'] as object | undefined
  const next = retry<Job | Bridge>(call.world, job, userOf(call.caller), inputs)
  // GitLab presents a bridge as a job here.
  return next.kind === 'job' ? jobAnswer(call.world, next, 201) : json(201, bridgeAsJobEntity(call.world, next))
}

/** Since 18.0 the job is looked for before the caller's role is: an unknown one is 404 to reporters too. */
function jobBeforeRights<T>(call: Call, find: (call: Call, project: Project) => T): T {
  const project = findProject(call, String(call.params['id']))
  if (!has(call.world.settings.version, 'jobBeforeRole')) demandRole(call, project, 'developer')
  return find(call, project)
}

/** The rights to play, retry and keep, which are looked at before the job's state: each refusal is the same bare 403. */
function demandChange(call: Call, job: Job | Bridge): void {
  demandRole(call, job.project, 'developer')
  demandRefAccess(call, job.pipeline)
  refuseArchived(job)
}

function refuseArchived(job: Job | Bridge): void {
  if (job.project.archived || (job.kind === 'job' && job.archived)) throw forbidden()
}

/** Changes on a protected branch or tag are for those who may push or merge there. */
export function demandRefAccess({world, caller}: Call, {project, ref, tag}: Pipeline): void {
  if (!canWriteRef(world, caller, project, ref, tag ? 'tag' : 'branch')) throw forbidden()
}

/** A maintainer, or the developer who caused the job, on a ref that is not protected. */
async function eraseJob(call: Call): Promise<Answer> {
  countChange(call, 'erase')
  const job = jobBeforeRights(call, findJob)
  const {project} = job
  demandRole(call, project, 'developer')
  demandRefAccess(call, job.pipeline)
  if (project.archived) throw forbidden()
  if (!has(call.world.settings.version, 'archivedJobsEnd')) refuseArchived(job)
  const isOwn = job.user === userOf(call.caller) && !isProtected(job.pipeline)
  if (!isOwn) demandRole(call, project, 'maintainer')
  refuseDuringRefresh(project)
  erase(call.world, job)
  return jobAnswer(call.world, job, 201, downloadUrl(call))
}

async function playJob(call: Call): Promise<Answer> {
  const {world, params} = call
  const project = findProject(call, String(params['id']))
  countChange(call, 'play')
  demandReadBuilds(call, project)
  const job = has(world.settings.version, 'playBridges') ? findJobOrBridge(call, project) : findJob(call, project)
  demandChange(call, job)
  const played = play<Job | Bridge>(world, job, userOf(call.caller), {
    variables: params['job_variables_attributes'] as readonly Variable[] | undefined,
    inputs: params['job_inputs'] as object | undefined,
    mayGiveVariables: () => mayGiveVariables(call, project),
  })
  return played.kind === 'job' ? jobAnswer(world, played) : json(200, bridgeEntity(world, played))
}

async function keepArtifacts(call: Call): Promise<Answer> {
  const job = jobBeforeRights(call, findJob)
  demandChange(call, job)
  if (!keep(call.world, job)) throw notFound('#<Ci::Build:0x00007f5a5a5a5a5a>')
  return jobAnswer(call.world, job, 200, downloadUrl(call))
}

/** A key that GitLab's pages show in these answers, always empty. */
function downloadUrl({world}: Call): object {
  return has(world.settings.version, 'noDownloadUrl') ? {} : {download_url: null}
}

function deleteArtifacts(call: Call): Answer {
  const project = findProject(call, String(call.params['id']))
  demandRole(call, project, 'maintainer')
  const job = findJob(call, project)
  refuseDuringRefresh(project)
  job.artifacts = null
  return empty(204)
}

function deleteProjectArtifacts(call: Call): Answer {
  const project = findProject(call, String(call.params['id']))
  demandRole(call, project, 'maintainer')
  refuseDuringRefresh(project)
  for (const job of project.jobs) if (job.artifacts && !isLocked(job)) expireNow(call.world, job)
  return json(202, {message: '202 Accepted'})
}

function developedProject(call: Call): Project {
  const project = findProject(call, String(call.params['id']))
  demandRole(call, project, 'developer')
  return project
}

function findJobOrBridge(call: Call, project: Project): Job | Bridge {
  const id = Number(call.params['job_id'])
  const job = call.world.job(id) ?? call.world.bridge(id)
  if (job?.project !== project) throw because(`${project.path} has no job ${id}`, noRecord())
  return job
}

function mayGiveVariables(call: Call, project: Project): boolean {
  const role = project.file.pipeline_variables_role ?? 'developer'
  return role !== 'no_one_allowed' && hasRole(call, project, role)
}

export function refuseDuringRefresh({file}: Project): void {
  if (!file.stats_refresh) return
  throw conflict('Action temporarily disabled. The project this pipeline belongs to is undergoing stats refresh.')
}

export function userOf(caller: Caller): User {
  if (caller.kind === 'anonymous') throw new TypeError('This route demands a user')
  return caller.user
}
