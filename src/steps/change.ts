import type {Log} from '../command/action.ts'
import {flag} from '../command/fields.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import type {RouteName} from '../gitlab/api/access.ts'
import {forbidden, permit, rightsProblem, stateProblem} from '../gitlab/api/permit.ts'
import type {Change} from '../gitlab/api/permit.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import {each, report, throwWorst} from './each.ts'
import type {Item} from './each.ts'
import {createExaminer, explainRefused} from './standing.ts'

/** Of every command that changes something. */
export const changeInputs = {
  dryRun: flag('Show what would be changed, asking GitLab whether it may be; change nothing'),
} as const

/** Of commands that change many jobs. */
export const allInput = {all: flag('All jobs of the pipeline: where none are chosen, this must be said')} as const

/** A change never takes "nothing chosen" for "all": an input that came out empty would reach every job. */
export function nothingChosen(inputs: Selection & {readonly all?: boolean}): readonly string[] {
  const isChosen = choosesJobs(inputs)
  if (inputs.all) return isChosen ? ['all excludes the inputs that choose jobs: it means every job'] : []
  const all = inputs.all === undefined ? '' : ', or say all'
  return isChosen ? [] : [`no job is chosen: give job, job-match, job-id, stage or status${all} (is a variable empty?)`]
}

/** Whether jobs are named, and not only a pipeline. */
export function choosesJobs({job, jobMatch, jobId, stage, status}: Selection): boolean {
  return [job, jobMatch, jobId, stage, status].some((given) => (given?.length ?? 0) > 0)
}

type Call = {readonly route: RouteName; readonly why: string}

/** What a dry run asks, and what is asked to explain a refusal. */
export const changeCalls: readonly Call[] = [
  {route: 'token-self', why: 'in a dry run, to see the scopes of the access token'},
  {route: 'project', why: 'in a dry run, or to explain a refusal: the role, and whether the project is archived'},
  {route: 'branch', why: 'for the same: whether the branch is protected'},
  {route: 'tag', why: 'for the same, of a tag'},
]

export interface EachChange {
  readonly change: Change
  /** Headline of the summary. */
  readonly title: string
  /** What a dry run says about a job that may be changed. */
  readonly would: (found: FoundJob) => string
  /** Makes the change, calling `hold` when GitLab does not simply say yes. */
  readonly make: (found: FoundJob, hold: () => void) => Promise<FoundJob>
  /** What was done, as the end of a line; by default how the status has changed. */
  readonly did?: string
  /** What is true although some of the jobs failed. */
  readonly outputs: (changed: readonly FoundJob[]) => Readonly<Record<string, unknown>>
}

interface Changing {
  readonly inputs: {readonly dryRun: boolean}
  readonly gitlab: GitLab
  readonly log: Log
  readonly signal: AbortSignal
}

const atOnce = 4

/**
 * Changes each of the jobs, four at once, tells each one's result and a summary, and gives them as they are then. A dry run gives them as they
 * were, and fails as the change would. Throws the worst failure once all that has begun has ended.
 */
export async function changeEach(
  context: Changing,
  jobs: readonly FoundJob[],
  {change, title, would, make, did, outputs}: EachChange,
): Promise<readonly FoundJob[]> {
  const {inputs, log, signal} = context
  if (inputs.dryRun) return dryRun(context, jobs, {change, title, would})
  const raw = await each(jobs, (found, hold) => inState(change, found, context, () => make(found, hold)), {
    limit: atOnce,
    signal,
  })
  // Explained once nothing is under way: the questions take time, in which more would begin.
  const items: Item<FoundJob>[] = []
  for (const item of raw) {
    const {found, error} = item
    items.push(error === undefined ? item : {found, error: await explainRefused(change, found, error, context)})
  }
  for (const {found, value} of items) {
    if (value) log.info(`Job ${found.job.id} "${found.label}": ${did ?? moved(found, value)}. ${value.job.web_url}`)
  }
  report(title, items, log, (value) => did ?? value.job.status)
  const changed = items.flatMap(({value}) => value ?? [])
  throwWorst(title, items, outputs(changed))
  signal.throwIfAborted()
  return changed
}

/** Makes a change that the job's state does not rule out; a refusal is explained by what GitLab shows. */
export async function permitted<T>(
  change: Change,
  found: FoundJob,
  asking: Pick<Changing, 'gitlab' | 'signal'>,
  make: () => Promise<T>,
): Promise<T> {
  try {
    return await inState(change, found, asking, make)
  } catch (error) {
    throw await explainRefused(change, found, error, asking)
  }
}

async function inState<T>(
  change: Change,
  {job}: FoundJob,
  {gitlab}: Pick<Changing, 'gitlab'>,
  make: () => Promise<T>,
): Promise<T> {
  const problem = stateProblem(change, {job, serverVersion: gitlab.facts.serverVersion})
  if (problem) throw forbidden(problem)
  return make()
}

/** Says what would be done to each job, and throws what the change would come to as far as GitLab tells without changing anything. */
export async function dryRun(
  {gitlab, log, signal}: Pick<Changing, 'gitlab' | 'log' | 'signal'>,
  jobs: readonly FoundJob[],
  {change, title, would}: Pick<EachChange, 'change' | 'title' | 'would'>,
): Promise<readonly FoundJob[]> {
  const examiner = createExaminer({gitlab, signal})
  const scopes = await examiner.scopes()
  const items: Item<FoundJob>[] = []
  for (const found of jobs) {
    const ruling = permit(change, {...(await examiner.standing(change, found)), scopes})
    items.push(ruling.may ? {found, value: found} : {found, error: forbidden(ruling)})
  }
  for (const {found, value} of items) if (value) log.info(`Job ${found.job.id} "${found.label}" ${would(found)}.`)
  log.info('Dry run: nothing was changed.')
  report(title, items, log, would)
  throwWorst(title, items, {})
  return jobs
}

/** The same for a change of the whole project. */
export async function dryRunOfProject(
  {gitlab, signal}: Pick<Changing, 'gitlab' | 'signal'>,
  project: string,
): Promise<void> {
  const examiner = createExaminer({gitlab, signal})
  const scopes = await examiner.scopes()
  const problem = rightsProblem('delete-artifacts', {scopes, ...(await examiner.rights(project))})
  if (problem) throw forbidden(problem)
}

function moved({job: before}: FoundJob, {job}: FoundJob): string {
  if (job.id !== before.id) return `${before.status} → ${job.status} as job ${job.id}`
  return job.status === before.status ? `${job.status} already` : `${before.status} → ${job.status}`
}
