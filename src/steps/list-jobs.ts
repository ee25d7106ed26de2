import type {Context} from '../command/action.ts'
import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {nearestNames} from '../base/nearest.ts'
import {choose} from '../gitlab/jobs/chosen.ts'
import {explainMissing, missingError} from '../gitlab/jobs/diagnosis.ts'
import {pipelineJobs, projectJobs} from '../gitlab/api/endpoints.ts'
import {projectName, sight} from '../gitlab/jobs/select.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import {parseRef} from '../gitlab/jobs/refs.ts'
import {isBridge} from '../gitlab/api/job-status.ts'
import {refsOf} from '../gitlab/jobs/selection.ts'
import type {FoundJob, Job} from '../gitlab/api/types.ts'
import {ignoredParameter} from '../gitlab/api/permit.ts'
import {isOfSource} from '../gitlab/jobs/pipelines.ts'
import {selectorCalls} from './choose.ts'

export interface ListInputs extends Selection {
  readonly all: boolean
  readonly includeRetried: boolean
  readonly limit: number | undefined
  /** Their number is judged, so that nothing may lie unseen. */
  readonly expect: number | undefined
}

type Listing = Pick<Context<unknown>, 'gitlab' | 'own' | 'signal' | 'log'>

/** What listing jobs may call, for `--explain` and the page. */
export const listCalls = [
  {route: 'project-jobs', why: 'to list the jobs of the project', when: ({all}: ListInputs) => all},
  ...selectorCalls.map((call) => ({
    ...call,
    when: (inputs: ListInputs) => !inputs.all && (call.when?.(inputs) ?? true),
  })),
] as const

/** The jobs one by one, newest first. A whole project is read a page at a time and nothing of it is kept. */
export async function* listJobs(context: Listing, inputs: ListInputs): AsyncGenerator<FoundJob, void, void> {
  const {serverVersion} = context.gitlab.facts
  const problem =
    (inputs.pipelineSource && ignoredParameter('pipeline source', serverVersion)) ||
    (inputs.includeRetried && !inputs.all && ignoredParameter('retried jobs', serverVersion))
  if (problem) throw problem
  let left = inputs.limit ?? Number.POSITIVE_INFINITY
  for await (const found of inputs.all ? ofProject(context, inputs) : ofPipelines(context, inputs)) {
    yield found
    if (--left <= 0) return
  }
}

async function* ofProject({gitlab, own, log}: Listing, inputs: ListInputs): AsyncGenerator<FoundJob, void, void> {
  const {project} = gitlab
  if (project === undefined)
    throw new ActionError('usage', 'list-jobs: --all needs a project.', {
      hint: 'Give --project, or run it in a CI job.',
    })
  if (inputs.expect !== undefined)
    log.warn(
      'GitLab lists the jobs of a project without its trigger jobs: they are not counted. A pipeline is counted with them: --pipeline-id, --ref or --sha without --all.',
    )
  const refs = refsOf(inputs).map(parseRef)
  const isOfPlace = placeFilter(inputs, refs)
  const newest = createNewest()
  // Without the retried ones GitLab may not choose by status: it would hide that a failed attempt has a better successor.
  const isPlaced = refs.length > 0 || [inputs.sha, inputs.pipelineId, inputs.pipelineSource].some(Boolean)
  const statuses = inputs.includeRetried && isUnnamed(inputs) && !isPlaced ? (inputs.status ?? []) : []
  // GitLab filters by one ref, since 19.0; older servers ignore it.
  const ref = refs.length === 1 ? refs[0]?.ref : undefined
  const unmatched = new Set(choose(inputs, []).unmatched)
  const ids = new Set(inputs.jobId ?? [])
  const names = new Set<string>()
  const others = new Set<string>()
  let [isEmpty, meant] = [true, 0]
  const list = projectJobs({project, statuses, ref})
  const ahead = inputs.limit === undefined ? 'all' : undefined
  // Before GitLab 15.9 the pages of a project are numbered too, and a job may slip over the edge of one unseen.
  for await (const page of inputs.expect === undefined ? gitlab.pages(list, {ahead}) : gitlab.wholePages(list)) {
    const jobs = page.filter(isOfPlace).map(toFound)
    isEmpty &&= page.length === 0
    if (names.size === 0) for (const job of page) others.add(job.ref)
    for (const {job} of jobs) names.add(job.name)
    for (const given of unmatched) if (!choose(inputs, jobs).unmatched.includes(given)) unmatched.delete(given)
    const byId = jobs.filter(({job}) => ids.delete(job.id) || inputs.jobId?.includes(job.id))
    const {jobs: fitting, undecided, ...more} = choose(inputs, jobs, byId)
    meant += more.meant
    const chosen = new Set(fitting.map(({job}) => job.id))
    for (const found of jobs) {
      const isListed = inputs.includeRetried || newest(found.job)
      if (isListed && undecided.includes(found)) refuseUndecided([found], inputs)
      if (isListed && chosen.has(found.job.id)) yield found
    }
  }
  if (isPlaced && names.size === 0 && !inputs.allowUnmatched)
    throw nothingThere(inputs, [...others], projectName(gitlab, inputs, own))
  if (isEmpty && inputs.expect !== undefined && !(await hasJobs(gitlab, project)))
    throw hiddenProject(projectName(gitlab, inputs, own))
  const missing = [...unmatched, ...[...ids].map(String)]
  if (missing.length > 0 || (names.size > 0 && isOfNothing(meant, inputs)))
    throw missingError({missing, names: [...names], pipelines: []}, inputs, {
      project: projectName(gitlab, inputs, own),
    })
}

/** Names, stages and excludes that together leave no job, whatever its status: to count these is to count nothing. */
function isOfNothing(meant: number, inputs: ListInputs): boolean {
  const isNarrowed = !isUnnamed(inputs) || (inputs.jobId ?? []).length > 0
  return meant === 0 && inputs.expect !== undefined && !inputs.allowUnmatched && isNarrowed
}

/** A number says how many have these statuses: not while nobody knows what another status means. */
function refuseUndecided([found]: readonly FoundJob[], {expect, status = []}: ListInputs): void {
  if (found === undefined || expect === undefined) return
  const {job, label} = found
  throw new ActionError(
    'untrusted',
    `Job ${job.id} "${clean(label, 200)}" has the status "${clean(job.status, 60)}", which this version does not know: whether it counts as ${status.join(' or ')} cannot be told.`,
    {hint: 'Leave the job out (--job-match "!NAME"), or use a newer version.'},
  )
}

/** No job of a ref, commit, pipeline or source is no answer about those that it should have. */
function nothingThere(inputs: ListInputs, seen: readonly string[], project: string): ActionError {
  const {sha, pipelineId, pipelineSource} = inputs
  const refs = refsOf(inputs)
  const place = [
    ...(refs.length > 0 ? [`ref ${refs.map((one) => `"${clean(one, 100)}"`).join(' or ')}`] : []),
    ...(sha === undefined ? [] : [`commit ${clean(sha, 40)}`]),
    ...(pipelineId === undefined ? [] : [`pipeline ${pipelineId}`]),
    ...(pipelineSource === undefined ? [] : [`source "${clean(pipelineSource, 60)}"`]),
  ]
  const near = [...new Set(refs.flatMap((ref) => nearestNames(ref, seen)))].map((one) => `"${clean(one, 100)}"`)
  const nearest = near.length === 0 ? '' : ` Nearest: ${near.join(', ')}.`
  return new ActionError('notFound', `Among the jobs of ${project} is none of ${place.join(' and ')}.${nearest}`, {
    hint: 'If there may be none, say --allow-unmatched.',
  })
}

/** Where only some statuses were asked for, none of them is an answer if there are jobs at all. */
async function hasJobs(gitlab: Listing['gitlab'], project: string): Promise<boolean> {
  for await (const page of gitlab.pages(projectJobs({project}), {limit: 1})) return page.length > 0
  return false
}

function hiddenProject(project: string): ActionError {
  return new ActionError(
    'refused',
    `None of the jobs of ${project} can be seen: GitLab answers with an empty list, and whether there are none or they are hidden it does not say.`,
    {
      hint: 'Set GITLAB_TOKEN to a token of a member, or turn on Settings > CI/CD > General pipelines > Public pipelines there.',
    },
  )
}

async function* ofPipelines(context: Listing, inputs: ListInputs): AsyncGenerator<FoundJob, void, void> {
  const {gitlab, own, signal, log} = context
  const seen = await sight(gitlab, inputs, own, {signal})
  const [hole] = seen.holes.toSorted((a, b) => Number(a.kind === 'trigger-jobs') - Number(b.kind === 'trigger-jobs'))
  // A list of what is seen may be shown with a word about the rest; a number may not be judged, and no jobs at all are no list.
  if (hole && (inputs.expect !== undefined || hole.kind !== 'trigger-jobs')) throw hole.error
  if (hole) log.warn(`${hole.error.message}${hole.error.hint === undefined ? '' : ` ${hole.error.hint}`}`)
  if (seen.missing.length > 0 || isOfNothing(seen.meant, inputs))
    throw await explainMissing(gitlab, seen, inputs, {project: projectName(gitlab, inputs, own)})
  refuseUndecided(seen.undecided, inputs)
  if (!inputs.includeRetried) return yield* seen.jobs
  for (const {id, project_id: project} of seen.pipelines) {
    const jobs = (await gitlab.list(pipelineJobs({project, pipeline: id, includeRetried: true}), {signal})).map(toFound)
    const byId = jobs.filter(({job}) => inputs.jobId?.includes(job.id))
    const chosen = choose({...inputs, allowUnmatched: true}, jobs, byId)
    refuseUndecided(chosen.undecided, inputs)
    yield* chosen.jobs
  }
  // GitLab lists no attempts of trigger jobs but the newest.
  yield* seen.jobs.filter(({job}) => isBridge(job))
}

/** The list holds retried attempts too. They come after the newest one, and their pipeline is not far. */
function createNewest(): (job: FoundJob['job']) => boolean {
  const seen = new Map<number, Set<string>>()
  return ({pipeline, name}) => {
    const names = seen.get(pipeline.id) ?? new Set<string>()
    seen.delete(pipeline.id)
    seen.set(pipeline.id, names)
    const [oldest] = seen.keys()
    if (seen.size > rememberedPipelines && oldest !== undefined) seen.delete(oldest)
    if (names.has(name)) return false
    names.add(name)
    return true
  }
}

const rememberedPipelines = 200

function isUnnamed({job = [], jobMatch = [], stage = []}: ListInputs): boolean {
  return job.length + jobMatch.length + stage.length === 0
}

function placeFilter({sha, pipelineId, pipelineSource}: ListInputs, refs: readonly ReturnType<typeof parseRef>[]) {
  const isOfRef = (job: Job): boolean =>
    refs.some(({ref, isTag}) => job.ref === ref && (isTag === undefined || job.tag === isTag))
  return (one: Job): boolean =>
    (refs.length === 0 || isOfRef(one)) &&
    (sha === undefined || one.pipeline.sha.startsWith(sha)) &&
    (pipelineId === undefined || one.pipeline.id === pipelineId) &&
    isOfSource(one.pipeline, pipelineSource)
}

function toFound(job: Job): FoundJob {
  return {job, projectId: job.pipeline.project_id, attempts: 1, label: job.name}
}
