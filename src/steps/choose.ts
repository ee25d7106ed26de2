import type {Call, OwnJob} from '../command/action.ts'
import type {Fields} from '../command/fields.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {missingError} from '../gitlab/jobs/diagnosis.ts'
import {findOne, look, projectName} from '../gitlab/jobs/select.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import type {FoundJob} from '../gitlab/api/types.ts'

interface Choosing {
  readonly gitlab: GitLab
  readonly own: OwnJob
  readonly signal: AbortSignal
}

/** All jobs that the selector names, the newest attempt of each. Throws `notFound` with the nearest names if one is not there. */
export async function chooseJobs({gitlab, own, signal}: Choosing, selection: Selection): Promise<readonly FoundJob[]> {
  const snapshot = await look(gitlab, selection, own, {signal})
  if (snapshot.jobs.length === 0 || snapshot.missing.length > 0) {
    throw missingError(snapshot, selection, {project: projectName(gitlab, selection, own)})
  }
  return snapshot.jobs
}

/** Exactly one job: several are an error that lists them. */
export function chooseJob({gitlab, own, signal}: Choosing, selection: Selection): Promise<FoundJob> {
  return findOne(gitlab, selection, own, {signal})
}

type SelectorValues = Selection & {readonly jobId?: readonly number[] | undefined}

/** Which routes the selector may call. */
export const selectorCalls: readonly (Omit<Call<Fields>, 'when'> & {
  readonly when?: (inputs: SelectorValues) => boolean
})[] = [
  {route: 'pipelines', why: 'to find the pipeline of a ref, a commit or a merge request', when: isByPlace},
  {
    route: 'project-jobs',
    why: 'to find that pipeline where the route above is closed, and jobs by id',
    when: (inputs) => isByPlace(inputs) || isById(inputs),
  },
  {route: 'job', why: 'to read a job by its id', when: isById},
  {route: 'pipeline-jobs', why: 'to list the jobs of the pipeline', when: (inputs) => !isOnlyById(inputs)},
  {route: 'trigger-jobs', why: 'to find child and downstream pipelines', when: ({family}) => family === true},
  {route: 'bridges', why: 'for the same, before GitLab 19.2', when: ({family}) => family === true},
]

function isByPlace({ref, sha, mergeRequest}: SelectorValues): boolean {
  return ref !== undefined || sha !== undefined || mergeRequest !== undefined
}

function isById({jobId = []}: SelectorValues): boolean {
  return jobId.length > 0
}

function isOnlyById(inputs: SelectorValues): boolean {
  return isById(inputs) && !isByPlace(inputs) && inputs.pipelineId === undefined && (inputs.job ?? []).length === 0
}
