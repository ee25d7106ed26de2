import type {Call, Log, OwnJob} from '../command/action.ts'
import type {Fields} from '../command/fields.ts'
import {ActionError} from '../base/errors.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {compileGlob} from '../base/glob.ts'
import {explainMissing, missingError} from '../gitlab/jobs/diagnosis.ts'
import {isBridge} from '../gitlab/api/job-status.ts'
import {findOne, look, projectName} from '../gitlab/jobs/select.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import {isByPlace, isExact, patternsOf} from '../gitlab/jobs/selection.ts'
import type {FoundJob, Snapshot} from '../gitlab/api/types.ts'

interface Choosing {
  readonly gitlab: GitLab
  readonly own: OwnJob
  readonly signal: AbortSignal
  readonly log: Pick<Log, 'warn'>
}

/**
 * All jobs that the selector names, the newest attempt of each, for what can be done to jobs alone: a trigger job is among them only if it is named.
 * With `tellsTriggerJobs` those that were meant are told as left out. Throws `notFound` with the nearest names if one is not there; of a change also if
 * what was to be left out is not, since a misspelt name would let it reach further.
 */
export async function chooseJobs(
  {gitlab, own, signal, log}: Choosing,
  selection: Selection,
  {tellsTriggerJobs = false, isChange = false}: {readonly tellsTriggerJobs?: boolean; readonly isChange?: boolean} = {},
): Promise<readonly FoundJob[]> {
  const snapshot = await look(gitlab, selection, own, {signal, jobsOnly: !tellsTriggerJobs})
  const {job: names = [], jobId = []} = selection
  const isMeant = ({job, label}: FoundJob): boolean =>
    !isBridge(job) || names.includes(job.name) || names.includes(label) || jobId.includes(job.id)
  for (const {job, label} of snapshot.jobs.filter((found) => !isMeant(found)))
    log.warn(`Trigger job "${label}" (${job.id}, ${job.status}) is left out: name it with --job if it is meant.`)
  const jobs = snapshot.jobs.filter(isMeant)
  if (jobs.length === 0 || snapshot.missing.length > 0) {
    throw await explainMissing(gitlab, snapshot, selection, {project: projectName(gitlab, selection, own)})
  }
  const unspared = isChange && !selection.allowUnmatched ? excludesOfNothing(selection, snapshot) : []
  if (unspared.length === 0) return jobs
  const project = projectName(gitlab, selection, own)
  throw spareless(missingError({...snapshot, missing: unspared}, {jobMatch: unspared}, {project}))
}

/** Patterns that were to take jobs out, and fit none of those seen. */
function excludesOfNothing(selection: Selection, {names, jobs}: Snapshot): readonly string[] {
  const all = [...names, ...jobs.map(({job}) => job.name)]
  return patternsOf(selection).excluded.filter((pattern) => {
    const fits = compileGlob(pattern, {slashes: 'cross'})
    return !all.some((name) => fits(name) || fits(name.slice(name.lastIndexOf('/') + 1)))
  })
}

function spareless({kind, message, hint}: ActionError): ActionError {
  return new ActionError(kind, `What was to be left out is not there. ${message}`, {
    hint: `${hint === undefined ? '' : `${hint} `}Nothing was changed. If it need not be there, say --allow-unmatched.`,
  })
}

/** Exactly one job: several are an error that lists them. */
export function chooseJob({gitlab, own, signal}: Choosing, selection: Selection): Promise<FoundJob> {
  return findOne(gitlab, selection, own, {signal})
}

/** The same for what needs no more than ids: where the credential may list no jobs, the ids that were given are taken as they are. */
export async function chooseByLeast(context: Choosing, selection: Selection): Promise<readonly FoundJob[]> {
  const project = selection.project ?? context.gitlab.project
  const isIdsAlone = isOnlyById(selection) && (selection.stage ?? []).length + (selection.status ?? []).length === 0
  if (!isIdsAlone || project === undefined) return chooseJobs(context, selection)
  const unseen = (selection.jobId ?? []).map((id) => unseenJob(id, project))
  if (isNothingShown(context.gitlab)) return unseen
  try {
    return await chooseJobs(context, selection)
  } catch (error) {
    if (!(error instanceof ActionError) || error.kind !== 'refused') throw error
    return unseen
  }
}

/** Whether the job token may download here and is known to be shown no job, so that asking for one first is in vain. */
function isNothingShown(gitlab: GitLab): boolean {
  return (
    gitlab.choose('artifacts').kind === 'job-token' &&
    (['job', 'project-jobs'] as const).every((route) => gitlab.choose(route).kind === 'refused') &&
    gitlab.choose('pipeline-jobs').kind !== 'job-token'
  )
}

/** One job whose artifacts are meant. */
export async function chooseArchive(context: Choosing, selection: Selection): Promise<FoundJob> {
  const isById = isOnlyById(selection) && selection.jobId?.length === 1
  const [only] = isById ? await chooseByLeast(context, selection) : []
  return only ?? chooseJob(context, selection)
}

function unseenJob(id: number, project: string): FoundJob {
  const pipeline = {id: 0, project_id: 0, ref: '', sha: '', status: 'unknown'}
  const times = {created_at: '', started_at: null, finished_at: null, duration: null}
  const kind = {stage: '', status: 'unknown', ref: '', tag: false, allow_failure: false}
  const job = {id, name: `job ${id}`, ...kind, ...times, web_url: '', pipeline}
  return {job, projectId: Number(project) || 0, attempts: 1, label: job.name, unseenIn: project}
}

/** Which routes the selector may call. */
export const selectorCalls: readonly (Omit<Call<Fields>, 'when'> & {
  readonly when?: (inputs: Selection) => boolean
})[] = [
  {route: 'pipelines', why: 'to find the pipeline of a ref, a commit or a merge request', when: isByPlace},
  {route: 'commit', why: 'to see whether a ref without pipelines is there', when: isByPlace},
  {
    route: 'project-jobs',
    why: 'to find that pipeline where the route above is closed, and jobs by id',
    when: (inputs) => isByPlace(inputs) || isById(inputs),
  },
  {route: 'job', why: 'to read a job by its id', when: isById},
  {route: 'pipeline-jobs', why: 'to list the jobs of the pipeline', when: (inputs) => !isOnlyById(inputs)},
  {route: 'trigger-jobs', why: 'to list its trigger jobs, and to find child and downstream pipelines', when: needsAll},
  {route: 'bridges', why: 'for the same, before GitLab 19.2', when: needsAll},
]

/** Whether trigger jobs may be meant that are not named. */
function needsAll(inputs: Selection): boolean {
  return inputs.family === true || !(isExact(inputs) || inputs.triggerJobs === 'ignore')
}

function isById({jobId = []}: Selection): boolean {
  return jobId.length > 0
}

function isOnlyById(inputs: Selection): boolean {
  return (
    isById(inputs) &&
    !isByPlace(inputs) &&
    inputs.pipelineId === undefined &&
    inputs.pipelineSource === undefined &&
    inputs.upstream !== true &&
    isExact({...inputs, job: []}) &&
    (inputs.job ?? []).length === 0
  )
}
