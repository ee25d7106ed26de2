import {badRequest, because, crash, forbidden, noRecord, notFound, plain, type Answer} from '../http/answers.ts'
import type {Archive} from '../world/archive.ts'
import {artifactTree} from '../world/artifact-tree.ts'
import {archiveAnswer, entryAnswer} from '../http/delivery.ts'
import {isArchiveShown, isAvailable} from '../world/entities.ts'
import type {Job, Project} from '../world/model.ts'
import {offsetPage} from '../http/paging.ts'
import {canReadArtifacts, canReadBuilds, canReadProject, demandReadBuilds, findProject} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'
import {jobWithArtifacts, newestSuccessful, recentSuccessful} from '../world/selection.ts'
import {has} from '../world/versions.ts'
import {findJob} from './single-job.ts'

const download = {method: 'GET', jobToken: true, policy: 'read_jobs', login: 'optional'} as const
const byRef = {
  job: {type: 'string', required: true},
  search_recent_successful_pipelines: {type: 'boolean', default: false, since: 'searchRecentPipelines'},
} as const

/** https://docs.gitlab.com/api/job_artifacts/. The order decides between paths that overlap. */
export const artifactReadRoutes: readonly Route[] = [
  {...download, path: '/projects/:id/jobs/artifacts/:ref_name+/download', params: byRef, handle: archiveByRef},
  {
    ...download,
    path: '/projects/:id/jobs/artifacts/:ref_name+/raw/:artifact_path+',
    openToPublic: true,
    params: byRef,
    handle: fileByRef,
  },
  {...download, path: '/projects/:id/jobs/:job_id/artifacts', params: {job_id: {type: 'integer'}}, handle: archiveById},
  {
    ...download,
    path: '/projects/:id/jobs/:job_id/artifacts/tree',
    since: 'artifactsTree',
    isList: true,
    params: {
      job_id: {type: 'integer'},
      path: {type: 'string', default: ''},
      recursive: {type: 'boolean', default: false},
    },
    handle: tree,
  },
  {
    ...download,
    path: '/projects/:id/jobs/:job_id/artifacts/:artifact_path+',
    params: {job_id: {type: 'integer'}},
    handle: fileById,
  },
  {
    method: 'GET',
    path: '/jobs/:job_id/artifacts',
    jobToken: true,
    policy: 'read_jobs',
    login: 'required',
    params: {job_id: {type: 'integer'}, direct_download: {type: 'boolean', default: false}},
    handle: archiveForRunner,
  },
]

async function archiveById(call: Call): Promise<Answer> {
  const job = findJob(call, downloadProject(call))
  return archiveAnswer(call, job, archiveOf(call, job))
}

/** Expiry is looked at here, unlike for the whole archive. */
async function fileById(call: Call): Promise<Answer> {
  const project = downloadProject(call)
  const path = checkedPath(call)
  const job = findJob(call, project)
  const archive = archiveOf(call, job)
  const isServed = has(call.world.settings.version, 'lockedFiles') ? isAvailable : isArchiveShown
  if (!isServed(call.world, job)) throw notFound()
  return fileAnswer(call, archive, path, false)
}

async function archiveByRef(call: Call): Promise<Answer> {
  const job = jobByRef(call, downloadProject(call))
  if (!job.artifacts?.archive && !has(call.world.settings.version, 'calmWithoutArchive')) throw crash()
  return archiveAnswer(call, job, archiveOf(call, job))
}

async function fileByRef(call: Call): Promise<Answer> {
  const project = downloadProject(call)
  const path = checkedPath(call)
  const job = jobByRef(call, project)
  demandArtifacts(call, job)
  // Here a job that has reports and no archive is more than GitLab bargained for, on any version.
  if (!job.artifacts?.archive) throw crash()
  return fileAnswer(call, job.artifacts.archive, path, true)
}

async function tree(call: Call): Promise<Answer> {
  const job = findJob(call, downloadProject(call))
  demandArtifacts(call, job)
  const {artifacts} = job
  if (!artifacts?.archive || !isAvailable(call.world, job)) throw notFound('Artifacts')
  if (!artifacts.hasMetadata) throw notFound('Artifacts metadata')
  await artifacts.archive.ready()
  const rows = artifactTree(
    await artifacts.archive.entries(),
    String(call.params['path']),
    call.params['recursive'] === true,
  )
  if (!rows) throw notFound('Path')
  return offsetPage(call, rows, async (entries) => entries.map((entry) => JSON.stringify(entry)))
}

/** The runner's own route: any job's archive that the job of the token may read. */
async function archiveForRunner(call: Call): Promise<Answer> {
  if (call.caller.kind !== 'job') throw forbidden()
  const job = call.world.job(Number(call.params['job_id']))
  // What may not be read is not told from what is not there.
  if (!job || !canReadProject(call.world, call.caller, job.project)) throw forbidden()
  findProject(call, String(job.project.id))
  if (!canReadBuilds(call, job.project)) throw forbidden()
  return archiveAnswer(call, job, archiveOf(call, job), call.params['direct_download'] === true)
}

/** With a job token, artifacts are a licensed feature of the edition that has licences. */
function downloadProject(call: Call): Project {
  const project = findProject(call, String(call.params['id']))
  demandReadBuilds(call, project)
  const {edition, licence} = call.world.settings
  if (call.caller.kind === 'job' && edition === 'ee' && licence === 'free')
    throw because('on a free licence of this edition a job token opens no artifacts', notFound('Project'))
  return project
}

function jobByRef(call: Call, project: Project): Job {
  const ref = String(call.params['ref_name'])
  const name = String(call.params['job'])
  const isSearching = call.params['search_recent_successful_pipelines'] === true
  if (isSearching) {
    for (const pipeline of recentSuccessful(project, ref)) {
      const job = jobWithArtifacts(pipeline, name)
      if (job) return job
    }
    throw because(`no successful pipeline of ${ref} has a job ${name} with artifacts`, notFound('Job'))
  }
  const pipeline = newestSuccessful(project, ref)
  const job = pipeline && jobWithArtifacts(pipeline, name)
  if (!job) throw because(`the newest successful pipeline of ${ref} has no job ${name} with artifacts`, noRecord())
  return job
}

function demandArtifacts(call: Call, {artifacts, project}: Job): void {
  if (artifacts && !canReadArtifacts(call, project, artifacts))
    throw because(
      `these artifacts are for ${artifacts.access === 'none' ? 'nobody' : `${artifacts.access}s and above`}`,
      forbidden(),
    )
}

function archiveOf(call: Call, job: Job): Archive {
  demandArtifacts(call, job)
  if (!job.artifacts?.archive) throw because(`job ${job.id} (${job.status}) has no archive`, notFound())
  return job.artifacts.archive
}

function checkedPath({params}: Call): string {
  const path = String(params['artifact_path'])
  if (path.includes('\0') || path.includes('\ufffd')) throw badRequest()
  return path
}

/** The name is compared as it is, dots and all; what is missing is missed by the file server, not by the API. */
async function fileAnswer(call: Call, archive: Archive, path: string, isSniffed: boolean): Promise<Answer> {
  const current = call.tricks.isReplaced ? archive.replaced() : archive
  await current.ready()
  const entry = (await current.entries()).find((candidate) => candidate.path === path)
  if (!entry) return plain(404, '404 page not found\n', {'content-type': 'text/plain; charset=utf-8'})
  return entryAnswer(call, current, entry, isSniffed)
}
