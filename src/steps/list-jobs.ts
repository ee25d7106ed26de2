import type {Context} from '../command/action.ts'
import {ActionError} from '../base/errors.ts'
import {compileGlob} from '../base/glob.ts'
import {pipelineJobs, projectJobs} from '../gitlab/api/endpoints.ts'
import {look} from '../gitlab/jobs/select.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import type {FoundJob, Job} from '../gitlab/api/types.ts'
import {selectorCalls} from './choose.ts'

export interface ListInputs extends Selection {
  readonly all: boolean
  readonly includeRetried: boolean
  readonly limit: number | undefined
}

type Listing = Pick<Context<unknown>, 'gitlab' | 'own' | 'signal'>

export const listCalls = [
  {route: 'project-jobs', why: 'to list the jobs of the project', when: ({all}: ListInputs) => all},
  ...selectorCalls.map((call) => ({
    ...call,
    when: (inputs: ListInputs) => !inputs.all && (call.when?.(inputs) ?? true),
  })),
] as const

/** The jobs one by one, newest first. A whole project is read a page at a time and nothing of it is kept. */
export async function* listJobs(context: Listing, inputs: ListInputs): AsyncGenerator<FoundJob, void, void> {
  let left = inputs.limit ?? Number.POSITIVE_INFINITY
  for await (const found of inputs.all ? ofProject(context, inputs) : ofPipelines(context, inputs)) {
    yield found
    if (--left <= 0) return
  }
}

async function* ofProject({gitlab}: Listing, inputs: ListInputs): AsyncGenerator<FoundJob, void, void> {
  const {project} = gitlab
  if (project === undefined)
    throw new ActionError('usage', 'list-jobs: --all needs a project.', {
      hint: 'Give --project, or run it in a CI job.',
    })
  const fits = matcher(inputs)
  const newest = createNewest()
  // Without the retried ones GitLab may not choose by status: it would hide that a failed attempt has a better successor.
  const statuses = inputs.includeRetried ? (inputs.status ?? []) : []
  for await (const page of gitlab.pages(projectJobs({project, statuses}))) {
    for (const job of page) if ((inputs.includeRetried || newest(job)) && fits(job)) yield toFound(job)
  }
}

async function* ofPipelines({gitlab, own, signal}: Listing, inputs: ListInputs): AsyncGenerator<FoundJob, void, void> {
  const {jobs, pipelines} = await look(gitlab, inputs, own, {signal})
  if (!inputs.includeRetried) return yield* jobs
  const fits = matcher(inputs)
  for (const {id, project_id: project} of pipelines) {
    for (const job of await gitlab.list(pipelineJobs({project, pipeline: id, includeRetried: true}), {signal})) {
      if (fits(job)) yield toFound(job)
    }
  }
}

/** The list holds retried attempts too. They come after the newest one, and their pipeline is not far. */
function createNewest(): (job: Job) => boolean {
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

function matcher({
  job = [],
  jobMatch = [],
  jobId = [],
  stage = [],
  status = [],
  ref,
  sha,
  pipelineId,
}: ListInputs): (job: Job) => boolean {
  const patterns = jobMatch.map((pattern) => compileGlob(pattern, {slashes: 'cross'}))
  const isNamed = job.length + patterns.length + jobId.length > 0
  return (one) =>
    (!isNamed || job.includes(one.name) || jobId.includes(one.id) || patterns.some((matches) => matches(one.name))) &&
    (stage.length === 0 || stage.includes(one.stage)) &&
    (status.length === 0 || status.includes(one.status)) &&
    (ref === undefined || one.ref === ref) &&
    (sha === undefined || one.pipeline.sha.startsWith(sha)) &&
    (pipelineId === undefined || one.pipeline.id === pipelineId)
}

function toFound(job: Job): FoundJob {
  return {job, projectId: job.pipeline.project_id, attempts: 1, label: job.name}
}
