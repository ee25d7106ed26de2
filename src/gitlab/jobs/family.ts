import {ActionError} from '../../base/errors.ts'
import type {CallOptions, GitLab} from '../http/client.ts'
import {bridges, pipelineJobs, triggerJobs} from '../api/endpoints.ts'
import type {Endpoint} from '../api/endpoints.ts'
import type {Bridge, FoundJob, Job, PipelineRef} from '../api/types.ts'
import {atLeast} from '../api/version.ts'
import type {Place} from './place.ts'
import {belowDepth, hiddenJobs, hiddenTriggerJobs, newestAttempts} from './seen.ts'
import type {Hole, Seen, SeenPipeline} from './seen.ts'

export interface WalkOptions {
  /** Whether all pipelines below are asked for, so that each trigger job matters. */
  readonly isFamily: boolean
  /** Whether to follow a trigger job into its pipeline. */
  readonly isFollowed: (label: string) => boolean
  /** Whether a pipeline's trigger jobs are looked at, given the names of its jobs; an empty list always asks for them. */
  readonly needsTriggerJobs: (names: ReadonlySet<string>, path: string) => boolean
  readonly countAttempts: boolean
  readonly call: CallOptions
}

interface Node {
  readonly project: string | number
  readonly pipelineId: number
  readonly pipeline: PipelineRef | undefined
  readonly path: string
  readonly depth: number
}

/** How many levels of pipelines below the first are read. */
const deepestFamily = 5

/** The jobs and trigger jobs of a pipeline and of those below it that are followed, level by level. What cannot be seen is a hole. */
export async function walkFamily(gitlab: GitLab, root: Place, options: WalkOptions): Promise<Seen> {
  const pipelines: SeenPipeline[] = []
  const holes: Hole[] = []
  const known = new Set<number>([root.pipelineId])
  const queue: Node[] = [{...root, path: '', depth: 0}]
  for (const node of queue) {
    const {seen, hole} = await readPipeline(gitlab, node, options)
    pipelines.push(seen)
    if (hole) holes.push(hole)
    for (const {job, label} of seen.triggerJobs) {
      const next = (job as Bridge).downstream_pipeline
      // Pipeline ids are unique on a server, so a pipeline met twice is a circle of triggers.
      if (next === null || known.has(next.id) || !options.isFollowed(label)) continue
      known.add(next.id)
      const depth = node.depth + 1
      if (depth > deepestFamily) holes.push(belowDepth(next.id, label, deepestFamily))
      else queue.push({project: next.project_id, pipelineId: next.id, pipeline: next, path: `${label}/`, depth})
    }
  }
  return {pipelines, holes}
}

async function readPipeline(
  gitlab: GitLab,
  node: Node,
  options: WalkOptions,
): Promise<{readonly seen: SeenPipeline; readonly hole?: Hole}> {
  const {pipelineId: id, project, path} = node
  const {countAttempts, call} = options
  const list = pipelineJobs({project, pipeline: id, includeRetried: countAttempts})
  const jobs = newestAttempts(await collect(gitlab, node, list, call).catch(asAbsence))
  const names = new Set(jobs.map(({job}) => job.name))
  const isAsked = jobs.length === 0 || options.needsTriggerJobs(names, path)
  const triggers = isAsked ? await triggerJobsOf(gitlab, node, call) : {jobs: []}
  const told = [...jobs, ...triggers.jobs].map(({job}) => job.pipeline)
  // Where its jobs do not agree about it, it has not passed as far as anybody knows.
  const pipeline = told.find(({status}) => status !== 'success') ?? told[0] ?? node.pipeline
  // Some stand-ins of GitLab answer both lists with the same: what is there once counts once.
  const isListed = ({job}: FoundJob): boolean =>
    jobs.some((other) => other.job.id === job.id && other.job.status === job.status)
  const seen = {id, pipeline, jobs, triggerJobs: triggers.jobs.filter((found) => !isListed(found)), path}
  if (jobs.length === 0 && triggers.jobs.length === 0) return {seen, hole: hiddenJobs(id, pipeline, project)}
  return triggers.refusal ? {seen, hole: hiddenTriggerJobs(id, triggers.refusal, options.isFamily)} : {seen}
}

/** A pipeline that was made a moment ago is not known to every replica of GitLab's database. A project that is not there never comes. */
function asAbsence(error: unknown): never {
  if (!(error instanceof ActionError) || error.kind !== 'notFound' || /project not found/i.test(error.message))
    throw error
  const {kind, message, hint, status, cause} = error
  throw new ActionError(kind, message, {hint, status, cause, mayAppear: true})
}

/** Refusals of the list of trigger jobs, by project: the next look need not ask again. */
const refusals = new WeakMap<GitLab, Map<string, ActionError>>()

async function triggerJobsOf(
  gitlab: GitLab,
  node: Node,
  call: CallOptions,
): Promise<{readonly jobs: readonly FoundJob[]; readonly refusal?: ActionError}> {
  const {pipelineId: pipeline, project} = node
  const known = refusals.get(gitlab) ?? new Map<string, ActionError>()
  refusals.set(gitlab, known)
  const refusal = known.get(String(project))
  if (refusal) return {jobs: [], refusal}
  let refused: ActionError | undefined
  for (const list of listsOfTriggerJobs(gitlab)) {
    try {
      return {jobs: newestAttempts(await collect(gitlab, node, list({project, pipeline}), call))}
    } catch (error) {
      // The pipeline is there, since its jobs were listed: a 404 means that this list alone is closed.
      if (!(error instanceof ActionError) || (error.kind !== 'refused' && error.kind !== 'notFound')) throw error
      refused ??= error
    }
  }
  if (refused) known.set(String(project), refused)
  return {jobs: [], ...(refused ? {refusal: refused} : {})}
}

/** `bridges` is deprecated since 19.2, where `trigger_jobs` says the same. */
export function listsOfTriggerJobs({facts: {serverVersion}}: GitLab): readonly (typeof bridges)[] {
  return serverVersion !== undefined && atLeast(serverVersion, '19.2') ? [triggerJobs, bridges] : [bridges]
}

async function collect(
  gitlab: GitLab,
  {path}: Node,
  list: Endpoint<readonly (Job | Bridge)[]>,
  call: CallOptions,
): Promise<readonly FoundJob[]> {
  const jobs = await gitlab.list(list, call)
  return jobs.map((job) => ({job, projectId: job.pipeline.project_id, attempts: 1, label: `${path}${job.name}`}))
}
