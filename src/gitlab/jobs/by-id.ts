import {ActionError} from '../../base/errors.ts'
import type {CallOptions, GitLab} from '../http/client.ts'
import {job as oneJob, ownJob, pipelineJobs, projectJobs} from '../api/endpoints.ts'
import {callOf} from './selection.ts'
import type {LookOptions, OwnPlace, Selection} from './selection.ts'
import {newestAttempts} from './newest.ts'

import type {FoundJob, Job} from '../api/types.ts'

export interface ById {
  /** Ids were given. */
  readonly asked: boolean
  /** Names or patterns were given beside them. */
  readonly andMore: boolean
  readonly jobs: readonly FoundJob[]
  readonly missing: readonly string[]
}

/**
 * Jobs by their ids. A job token may not ask for one job: its pipeline's list is read where the pipeline is known, and the
 * project's list, newest first, down to the smallest id, where it is not.
 */
export async function findByIds(
  gitlab: GitLab,
  selection: Selection,
  own: OwnPlace,
  options: LookOptions,
): Promise<ById> {
  const ids = selection.jobId ?? []
  const andMore = (selection.job ?? []).length + (selection.jobMatch ?? []).length > 0
  if (ids.length === 0) return {asked: false, andMore, jobs: [], missing: []}
  const project = selection.project ?? gitlab.project
  if (project === undefined) throw new ActionError('usage', 'No project is given.', {hint: 'Name one with --project.'})
  const call = callOf(options)
  const found = new Map<number, FoundJob>()
  const lists = new Map<number, readonly Job[]>()
  const take = (jobs: readonly Job[]): void => {
    for (const job of jobs) if (ids.includes(job.id)) found.set(job.id, asFound(job))
  }
  const isDone = (): boolean => ids.every((id) => found.has(id))

  if (gitlab.choose('job').kind === 'token') {
    for (const id of ids) take(await orNone(gitlab.call(oneJob({project, job: id}), call)))
  } else {
    await findInLists({gitlab, project, own, selection, options, call, ids, lists, take, isDone})
  }
  const jobs = options.followRetries
    ? await followed(gitlab, project, [...found.values()], lists, call)
    : [...found.values()]
  return {asked: true, andMore, jobs, missing: ids.filter((id) => !found.has(id)).map(String)}
}

interface Search {
  readonly gitlab: GitLab
  readonly project: string
  readonly own: OwnPlace
  readonly selection: Selection
  readonly options: LookOptions
  readonly call: CallOptions
  readonly ids: readonly number[]
  /** Filled with each pipeline's list, so that nobody asks for it twice. */
  readonly lists: Map<number, readonly Job[]>
  readonly take: (jobs: readonly Job[]) => void
  readonly isDone: () => boolean
}

async function findInLists({
  gitlab,
  project,
  own,
  selection,
  options,
  call,
  ids,
  lists,
  take,
  isDone,
}: Search): Promise<void> {
  const isOwnProject = project === String(own.projectId) || project === own.projectPath
  if (isOwnProject && ids.length === 1 && ids[0] === own.id && gitlab.choose('own-job').kind === 'job-token') {
    return take([await gitlab.call(ownJob(), call)])
  }
  const known = [
    // Those of other projects in a family would not be found in this one.
    ...(options.pipelines ?? []).filter(({project_id: of}, _, [root]) => of === root?.project_id).map(({id}) => id),
    ...(selection.pipelineId === undefined ? [] : [selection.pipelineId]),
    ...(isOwnProject && own.pipelineId !== undefined ? [own.pipelineId] : []),
  ]
  for (const pipeline of new Set(known)) {
    if (isDone()) return
    const jobs = await listOf(gitlab, project, pipeline, call)
    lists.set(pipeline, jobs)
    take(jobs)
  }
  if (isDone()) return
  const smallest = Math.min(...ids)
  for await (const page of gitlab.pages(projectJobs({project}), {...call, again: false})) {
    take(page)
    if (isDone() || (page.at(-1)?.id ?? 0) < smallest) return
  }
}

/** The newest attempt of each job, in its own pipeline. */
async function followed(
  gitlab: GitLab,
  project: string,
  found: readonly FoundJob[],
  lists: ReadonlyMap<number, readonly Job[]>,
  call: CallOptions,
): Promise<readonly FoundJob[]> {
  const wanted = groupByPipeline(found)
  const jobs: FoundJob[] = []
  for (const [pipeline, members] of wanted) {
    const all = lists.get(pipeline) ?? (await listOf(gitlab, project, pipeline, call))
    const newest = newestAttempts(all.map(asFound))
    jobs.push(...members.map((one) => newest.find(({job}) => job.name === one.job.name) ?? one))
  }
  return jobs
}

async function listOf(gitlab: GitLab, project: string, pipeline: number, call: CallOptions): Promise<readonly Job[]> {
  return gitlab.list(pipelineJobs({project, pipeline, includeRetried: true}), call)
}

function groupByPipeline(found: readonly FoundJob[]): ReadonlyMap<number, readonly FoundJob[]> {
  const groups = new Map<number, FoundJob[]>()
  for (const one of found) {
    const {id} = one.job.pipeline
    groups.set(id, [...(groups.get(id) ?? []), one])
  }
  return groups
}

function asFound(job: Job): FoundJob {
  return {job, projectId: job.pipeline.project_id, attempts: 1, label: job.name}
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
