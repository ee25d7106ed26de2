import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {bridges, projectJobs} from '../gitlab/api/endpoints.ts'
import {listsOfTriggerJobs} from '../gitlab/jobs/family.ts'
import {ambiguous, parseRef} from '../gitlab/jobs/refs.ts'
import {calledProject} from '../gitlab/jobs/selection.ts'
import type {Bridge, FoundJob, Job} from '../gitlab/api/types.ts'

/** Which archive is asked for by a ref: that of a job of this name, for a branch or tag of the project. */
export interface ByRef {
  readonly project: string
  readonly ref: string
  readonly job: string
}

/**
 * Which of a ref's jobs counts: that of the newest passed pipeline; the newest of a passed pipeline that has it; the newest good one; or the newest
 * of any status. All need an archive.
 */
export type Strategy = 'latest-pipeline' | 'recent-successful' | 'latest-job' | 'any-status'

/** Pages looked through. */
const mostPages = 50
const jobsPerPage = 100
const mostPipelines = 100
/** Levels of child pipelines below a passed one. */
const deepestChild = 5

/** What the jobs of a project have told so far. */
interface Gathered {
  /** Jobs of that name with an archive, the newest first. */
  readonly candidates: Job[]
  /** Pipelines that have passed as a whole, child pipelines left out. */
  readonly passed: Set<number>
  /** The child pipelines of those that were asked. */
  readonly children: Map<number, ReadonlySet<number>>
}

/**
 * Looks through the project's jobs, newest first, for the one whose archive a strategy means; undefined if there is none. This works with a job token
 * since GitLab 18.0, where the pipelines themselves cannot be listed.
 */
export async function findArchive(gitlab: GitLab, asked: ByRef, strategy: Strategy): Promise<FoundJob | undefined> {
  const best = await findBest(gitlab, asked, strategy)
  return best && {job: best, projectId: best.pipeline.project_id, attempts: 1, label: best.name}
}

async function findBest(gitlab: GitLab, asked: ByRef, strategy: Strategy): Promise<Job | undefined> {
  const statuses = strategy === 'latest-job' ? ['success'] : []
  const gathered: Gathered = {candidates: [], passed: new Set(), children: new Map()}
  const kinds = new Set<boolean>()
  let pages = 0
  // GitLab filters by a ref since 19.0; older servers ignore it.
  const {ref} = parseRef(asked.ref)
  for await (const page of gitlab.pages(projectJobs({project: asked.project, statuses, ref}))) {
    const hadOne = isEnough(gathered, strategy)
    for (const job of page) {
      if (!isOfRef(job, asked)) continue
      kinds.add(job.tag)
      // A child pipeline passes beside its parent, not after it.
      if (job.pipeline.status === 'success' && !isOfChild(job)) gathered.passed.add(job.pipeline.id)
      if (job.name === asked.job && job.artifacts_file !== undefined) gathered.candidates.push(job)
    }
    if (kinds.size > 1) throw ambiguous({project: asked.project, given: asked.ref})
    // A retried job of an older pipeline has a newer id, so one more page is read before the newest pipeline is believed.
    if (isEnough(gathered, strategy) && (!isOfPassed(strategy) || hadOne)) {
      const best = await bestOf(gitlab, asked, strategy, gathered)
      if (best || strategy === 'latest-pipeline') return best
    }
    if (gathered.passed.size > mostPipelines) break
    if (++pages >= mostPages && page.length > 0) throw notReadFurther(asked)
  }
  return bestOf(gitlab, asked, strategy, gathered)
}

function isEnough({candidates, passed}: Gathered, strategy: Strategy): boolean {
  const [oldest] = [...passed].toSorted((a, b) => a - b)
  const isBelow = (job: Job): boolean => isOfChild(job) && oldest !== undefined && oldest < job.pipeline.id
  return candidates.some((job) => !isOfPassed(strategy) || passed.has(job.pipeline.id) || isBelow(job))
}

/**
 * As GitLab's own route chooses: of the newest passed pipeline (with recent-successful, the newest that has one) its own job, and else one of its child
 * pipelines, whatever these have come to.
 */
async function bestOf(
  gitlab: GitLab,
  asked: ByRef,
  strategy: Strategy,
  {candidates, passed, children}: Gathered,
): Promise<Job | undefined> {
  if (!isOfPassed(strategy)) return candidates[0]
  const pipelines = [...passed].toSorted((a, b) => b - a)
  for (const id of strategy === 'latest-pipeline' ? pipelines.slice(0, 1) : pipelines) {
    const own = candidates.find((job) => job.pipeline.id === id)
    if (own) return own
    const below = candidates.filter((job) => isOfChild(job) && job.pipeline.id > id)
    if (below.length === 0) continue
    const known = children.get(id) ?? (await childrenOf(gitlab, asked, id))
    children.set(id, known)
    const [first] = below
      .filter((job) => known.has(job.pipeline.id))
      .toSorted((a, b) => a.pipeline.id - b.pipeline.id || b.id - a.id)
    if (first) return first
  }
  return undefined
}

/** The child pipelines of a pipeline, and theirs, in its own project. */
async function childrenOf(gitlab: GitLab, {project, job}: ByRef, root: number): Promise<ReadonlySet<number>> {
  const children = new Set<number>()
  let level = [root]
  for (let depth = 0; depth < deepestChild && level.length > 0; depth++) {
    const below: number[] = []
    for (const pipeline of level) {
      for (const {downstream_pipeline: next, pipeline: from} of await triggersOf(gitlab, project, pipeline, job)) {
        if (!next || next.project_id !== from.project_id || children.has(next.id)) continue
        children.add(next.id)
        below.push(next.id)
      }
    }
    level = below
  }
  return children
}

async function triggersOf(gitlab: GitLab, project: string, pipeline: number, name: string): Promise<readonly Bridge[]> {
  const [list = bridges] = listsOfTriggerJobs(gitlab)
  try {
    return await gitlab.list(list({project, pipeline}))
  } catch (error) {
    if (!(error instanceof ActionError) || (error.kind !== 'refused' && error.kind !== 'notFound')) throw error
    throw new ActionError(
      'refused',
      `Job "${clean(name, 100)}" is in child pipelines, and whether one of them is of pipeline ${pipeline}, which has passed, cannot be seen: ${error.message}`,
      {
        hint: `${error.hint ?? 'Set GITLAB_TOKEN to an access token.'} Or say --strategy latest-job, which asks for no passed pipeline.`,
        cause: error,
        status: error.status,
      },
    )
  }
}

/** A bound that is reached is an end of knowledge, and not the absence of what was looked for. */
function notReadFurther({project, ref, job}: ByRef): ActionError {
  const text = `No archive of job "${clean(job, 100)}" of ${clean(ref, 100)} is among the newest ${mostPages * jobsPerPage} jobs of ${calledProject(project)}, and older ones are not read: whether there is one is not known.`
  return new ActionError('refused', text, {hint: 'Name the job by its id with --job-id, as in download-artifacts.'})
}

/** `refs/heads/v2` and `refs/tags/v2` are told apart by the job, whose ref is `v2` for both. */
export function isOfRef({ref, tag}: Job, asked: Pick<ByRef, 'ref'>): boolean {
  const meant = parseRef(asked.ref)
  return ref === meant.ref && (meant.isTag === undefined || tag === meant.isTag)
}

function isOfPassed(strategy: Strategy): boolean {
  return strategy === 'latest-pipeline' || strategy === 'recent-successful'
}

function isOfChild({pipeline}: Job): boolean {
  return pipeline.source === 'parent_pipeline'
}
