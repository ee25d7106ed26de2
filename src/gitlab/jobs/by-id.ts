import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {CallOptions, GitLab} from '../http/client.ts'
import {bridges, job as oneJob, ownJob, pipelineJobs, projectJobs} from '../api/endpoints.ts'
import type {Endpoint} from '../api/endpoints.ts'
import type {Bridge, FoundJob, Job} from '../api/types.ts'
import {listsOfTriggerJobs} from './family.ts'
import {projectOf} from './place.ts'
import {isBridge} from '../api/job-status.ts'
import {newestAttempts} from './seen.ts'
import {parseRef} from './refs.ts'
import {callOf, refsOf} from './selection.ts'
import type {LookOptions, OwnPlace, Selection} from './selection.ts'

export interface ById {
  readonly jobs: readonly FoundJob[]
  /** Ids that were given and not found. */
  readonly missing: readonly number[]
}

/**
 * Jobs and trigger jobs by their ids. A job token may not ask for one job: its pipeline's list is read where the pipeline is known, and the
 * project's list, newest first, down to the smallest id, where it is not. A trigger job stands only in the list of its pipeline. Throws
 * `notFound` for a job that is not where the selection says.
 */
export async function findByIds(
  gitlab: GitLab,
  selection: Selection,
  own: OwnPlace,
  options: LookOptions,
): Promise<ById> {
  const ids = selection.jobId ?? []
  if (ids.length === 0) return {jobs: [], missing: []}
  const search = createSearch(gitlab, selection, own, options)
  for (const find of [byThemselves, byOwn, inKnownPipelines, inProject, amongTriggerJobs]) {
    if (search.left().length > 0) await find(search)
  }
  const found = [...search.found.values()]
  for (const {job} of found) refuseElsewhere(job, selection, own)
  const jobs = options.followRetries ? await newestOf(found, search) : found
  return {jobs, missing: search.left()}
}

interface Search {
  readonly gitlab: GitLab
  readonly project: string
  readonly own: OwnPlace
  readonly isOwnProject: boolean
  readonly call: CallOptions
  /** Pipelines in which the jobs may be, the likeliest first. */
  readonly pipelines: readonly number[]
  readonly found: Map<number, FoundJob>
  /** Each list that was read, so that nobody asks for it twice. */
  readonly lists: Map<string, readonly (Job | Bridge)[]>
  readonly left: () => readonly number[]
  readonly take: (jobs: readonly (Job | Bridge)[]) => void
}

function createSearch(gitlab: GitLab, selection: Selection, own: OwnPlace, options: LookOptions): Search {
  const project = projectOf(gitlab, selection)
  const isOwnProject = project === String(own.projectId) || project === own.projectPath
  const ids = selection.jobId ?? []
  const found = new Map<number, FoundJob>()
  const known = [
    // Those of other projects in a family would not be found in this one.
    ...(options.pipelines ?? [])
      .filter((pipeline, _, [root]) => pipeline.project_id === root?.project_id)
      .map(({id}) => id),
    ...(selection.pipelineId === undefined ? [] : [selection.pipelineId]),
    ...(isOwnProject && own.pipelineId !== undefined ? [own.pipelineId] : []),
  ]
  return {
    gitlab,
    project,
    own,
    isOwnProject,
    call: callOf(options),
    pipelines: [...new Set(known)],
    found,
    lists: new Map(),
    left: () => ids.filter((id) => !found.has(id)),
    take(jobs) {
      for (const job of jobs) if (ids.includes(job.id)) found.set(job.id, asFound(job))
    },
  }
}

async function byThemselves({gitlab, project, call, left, take}: Search): Promise<void> {
  if (gitlab.choose('job').kind !== 'token') return
  for (const id of left()) {
    take(await orNone(gitlab.call(oneJob({project, job: id}), call)))
  }
}

async function byOwn({gitlab, own, isOwnProject, left, take}: Search): Promise<void> {
  const [id, ...others] = left()
  if (!isOwnProject || others.length > 0 || id !== own.id || gitlab.choose('own-job').kind !== 'job-token') return
  take([await gitlab.call(ownJob())])
}

async function inKnownPipelines(search: Search): Promise<void> {
  // With an access token each job was asked for by itself.
  if (search.gitlab.choose('job').kind === 'token') return
  for (const pipeline of search.pipelines) {
    if (search.left().length > 0) search.take(await listOf(search, pipeline, false))
  }
}

async function inProject({gitlab, project, call, left, take}: Search): Promise<void> {
  if (gitlab.choose('job').kind === 'token') return
  const smallest = Math.min(...left())
  for await (const page of gitlab.pages(projectJobs({project}), {...call, again: false})) {
    take(page)
    if (left().length === 0 || (page.at(-1)?.id ?? 0) < smallest) return
  }
}

async function amongTriggerJobs(search: Search): Promise<void> {
  for (const pipeline of search.pipelines) {
    try {
      if (search.left().length > 0) search.take(await listOf(search, pipeline, true))
    } catch (error) {
      // Where trigger jobs cannot be listed, the id is simply not found.
      if (!(error instanceof ActionError) || (error.kind !== 'refused' && error.kind !== 'notFound')) throw error
    }
  }
}

/** The newest attempt of each job, in its own pipeline. */
async function newestOf(found: readonly FoundJob[], search: Search): Promise<readonly FoundJob[]> {
  const jobs: FoundJob[] = []
  for (const match of found) {
    const list = await listOf(search, match.job.pipeline.id, isBridge(match.job))
    const newest = newestAttempts(list.map(asFound))
    jobs.push(newest.find(({job}) => job.name === match.job.name) ?? match)
  }
  return jobs
}

async function listOf(
  {gitlab, project, call, lists}: Search,
  pipeline: number,
  isOfTriggerJobs: boolean,
): Promise<readonly (Job | Bridge)[]> {
  const key = `${pipeline} ${isOfTriggerJobs}`
  const known = lists.get(key)
  if (known) return known
  const list: Endpoint<readonly (Job | Bridge)[]> = isOfTriggerJobs
    ? (listsOfTriggerJobs(gitlab)[0] ?? bridges)({project, pipeline})
    : pipelineJobs({project, pipeline, includeRetried: true})
  const jobs = await gitlab.list(list, call)
  lists.set(key, jobs)
  return jobs
}

function asFound(job: Job | Bridge): FoundJob {
  return {job, projectId: job.pipeline.project_id, attempts: 1, label: job.name}
}

/** What else the selection says of where the job is must be so, as far as the answer of the job tells it. */
function refuseElsewhere({id, pipeline, ref, tag}: Job | Bridge, selection: Selection, own: OwnPlace): void {
  const {sha, mergeRequest, pipelineSource, family = false} = selection
  // Of a family, child and downstream pipelines are meant too, and no answer of a job names those above it.
  if (family) return
  const pipelineId = selection.upstream ? own.upstreamPipelineId : selection.pipelineId
  const refs = refsOf(selection)
  const ofMergeRequest = /^refs\/merge-requests\/(\d+)\//.exec(ref)?.[1]
  const isOfRef = (given: string): boolean => {
    const parsed = parseRef(given)
    return (ref === parsed.ref || ref === given) && (parsed.isTag ?? tag) === tag
  }
  const isOfSha = (given: string): boolean => pipeline.sha.startsWith(given.toLowerCase())
  const {source} = pipeline
  const wrong = [
    pipelineId !== undefined && pipelineId !== pipeline.id ? `pipeline ${pipelineId}` : [],
    // The branch of a merge request's pipeline is not told.
    refs.length > 0 && ofMergeRequest === undefined && !refs.some(isOfRef) ? `"${clean(refs.join(', '), 200)}"` : [],
    // What is no SHA may be a name for one.
    sha !== undefined && /^[0-9a-f]{7,64}$/i.test(sha) && !isOfSha(sha) ? `commit ${sha}` : [],
    // A branch's pipeline may be one of a merge request too.
    mergeRequest !== undefined && ofMergeRequest !== undefined && Number(ofMergeRequest) !== mergeRequest
      ? `merge request !${mergeRequest}`
      : [],
    pipelineSource !== undefined && source !== undefined && source !== pipelineSource
      ? `a pipeline of source ${clean(pipelineSource, 100)}`
      : [],
  ].flat()
  if (wrong.length === 0) return
  throw new ActionError(
    'notFound',
    `Job ${id} is not of ${wrong.join(', nor of ')}: it is of pipeline ${pipeline.id}, "${clean(ref, 200)}", commit ${clean(pipeline.sha, 64)}.`,
    {hint: 'An id says by itself which job is meant: leave out the rest, or correct it.'},
  )
}

async function orNone(answer: Promise<Job>): Promise<readonly Job[]> {
  try {
    return [await answer]
  } catch (error) {
    // A job that is not there is told with all the others that are not.
    if (
      error instanceof ActionError &&
      error.kind === 'notFound' &&
      !/project/i.test(error.message.split('→')[1] ?? '')
    )
      return []
    throw error
  }
}
