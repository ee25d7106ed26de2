import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {CallOptions, GitLab} from '../http/client.ts'
import {pipelines, projectJobs} from '../api/endpoints.ts'
import type {Job, PipelineRef} from '../api/types.ts'
import {ignoredParameter, sinceOf} from '../api/permit.ts'
import {ambiguous, isBare, isClosed, isOfTag, refuseAmbiguous, parseRef} from './refs.ts'
import type {NamedRef} from './refs.ts'
import {calledProject, callOf} from './selection.ts'
import type {LookOptions, Selection} from './selection.ts'

/** What a pipeline must be: undefined is anything. */
export interface PipelineFilter extends NamedRef {
  readonly selection: Selection
}

/** How many pages of a project's jobs are read for a pipeline of a ref, where pipelines themselves cannot be listed. */
const maxJobPages = 20
/** How many pipelines of one name are asked whether they are of the branch or of the tag. */
const maxKindsAsked = 20

/**
 * The pipelines of a ref, a commit, a merge request and a source, the newest first; child pipelines are none of them. Throws where our own bound
 * ends the search, since what lies beyond is not known.
 */
export async function* pipelinesOf(
  gitlab: GitLab,
  filter: PipelineFilter,
  look: LookOptions,
): AsyncGenerator<PipelineRef, void, void> {
  const {isTag} = parseRef(filter.given)
  const {pipelineSource} = filter.selection
  const problem = pipelineSource && ignoredParameter('pipeline source', gitlab.facts.serverVersion)
  if (problem) throw problem
  let asked = 0
  for await (const pipeline of bySource(gitlab, filter, look)) {
    if (isTag === undefined || (await isOfTag(gitlab, filter.project, pipeline, callOf(look))) === isTag) yield pipeline
    else if (++asked >= maxKindsAsked) {
      throw new ActionError(
        'refused',
        `The ${maxKindsAsked} newest pipelines of "${clean(filter.given, 100)}" in ${calledProject(filter.project)} are all of the ${isTag ? 'branch' : 'tag'} of that name, and none beyond is looked at.`,
        {hint: 'Give the pipeline by its id, with --pipeline-id.'},
      )
    }
  }
}

async function* bySource(
  gitlab: GitLab,
  filter: PipelineFilter,
  look: LookOptions,
): AsyncGenerator<PipelineRef, void, void> {
  const options = {...callOf(look), again: false}
  if (!jobsOnly.has(gitlab)) {
    try {
      return yield* fromPipelines(gitlab, filter, options)
    } catch (error) {
      // With an access token the answer is final. To a job token this route is closed before GitLab 19.1, and says so by 404.
      if (!isClosed(error) || !jobsMayTell(gitlab)) throw error
    }
  }
  const list = fromJobs(gitlab, filter, options)
  const first = await list.next()
  jobsOnly.add(gitlab)
  if (first.done !== true) {
    yield first.value
    yield* list
  }
}

/** Whether a pipeline is of a source. Throws where GitLab does not tell: any pipeline would pass for one that was asked for. */
export function isOfSource({source}: PipelineRef, expected: string | undefined): boolean {
  if (expected === undefined || source === expected) return true
  if (source !== undefined) return false
  const since = sinceOf('pipeline source')
  throw new ActionError('refused', `GitLab tells the source of a pipeline since ${since}, and this one does not.`, {
    hint: 'Leave out --pipeline-source, or give the pipeline by its id, with --pipeline-id.',
  })
}

/** Clients whose credential can read jobs but not pipelines. */
const jobsOnly = new WeakSet<GitLab>()

/** Also where they may not, and their refusal names an older GitLab version than that of the pipelines. */
function jobsMayTell(gitlab: GitLab): boolean {
  const choice = gitlab.choose('project-jobs')
  return choice.kind === 'job-token' || (choice.kind === 'refused' && choice.reason === 'version')
}

/** A merge request's pipelines run on refs of their own. Undefined: any ref. */
function refsIn({given, selection}: PipelineFilter): readonly (string | undefined)[] {
  const {mergeRequest} = selection
  if (mergeRequest === undefined) return [parseRef(given).ref]
  return ['head', 'merge', 'train'].map((kind) => `refs/merge-requests/${mergeRequest}/${kind}`)
}

/** The status that a pipeline must have for a strategy. */
function statusOf({strategy}: Selection): string | undefined {
  return strategy === 'latest-pipeline' || strategy === 'recent-successful' ? 'success' : undefined
}

async function* fromPipelines(
  gitlab: GitLab,
  filter: PipelineFilter,
  options: CallOptions,
): AsyncGenerator<PipelineRef, void, void> {
  const {project, selection} = filter
  const {sha, pipelineSource: source} = selection
  const isLookingBack = !['newest', 'latest-pipeline'].includes(selection.strategy ?? 'newest')
  const status = statusOf(selection)
  const refs = refsIn(filter)
  // The newest suffices, and whether it is alone; a source may have to be looked for behind others, where GitLab ignores it.
  const perPage = !isLookingBack && source === undefined && parseRef(filter.given).isTag === undefined ? 2 : 20
  const heads: Stepper[] = []
  for (const ref of refs) {
    const list = gitlab.pages(pipelines({project, ref, sha, source, status, perPage}), options)
    heads.push(await stepper(list))
  }
  if (heads.some(({count}) => count > 1)) await refuseAmbiguous(gitlab, filter, options)
  for (;;) {
    const newest = heads.reduce<Stepper | undefined>((best, head) => {
      return head.current !== undefined && head.current.id > (best?.current?.id ?? 0) ? head : best
    }, undefined)
    if (newest?.current === undefined) return
    const {current} = newest
    if (isOfSource(current, source)) yield current
    await newest.step()
  }
}

interface Stepper {
  current: PipelineRef | undefined
  /** How many the first page holds. */
  readonly count: number
  step(): Promise<void>
}

async function stepper(pages: AsyncGenerator<readonly PipelineRef[], void, void>): Promise<Stepper> {
  let page: readonly PipelineRef[] = []
  let at = 0
  let count = 0
  const stepping = {
    current: undefined as PipelineRef | undefined,
    get count() {
      return count
    },
    async step() {
      while (at >= page.length) {
        const next = await pages.next()
        if (next.done) return void (stepping.current = undefined)
        page = next.value
        at = 0
        count ||= page.length
      }
      stepping.current = page[at++]
    },
  }
  await stepping.step()
  return stepping
}

/** The jobs of a project tell their pipelines, newest jobs first. */
async function* fromJobs(
  gitlab: GitLab,
  filter: PipelineFilter,
  options: CallOptions,
): AsyncGenerator<PipelineRef, void, void> {
  const {project, selection} = filter
  const refs = refsIn(filter)
  const {sha, pipelineSource} = selection
  const status = statusOf(selection)
  const only = refs.length === 1 ? refs[0] : undefined
  const found = new Map<number, PipelineRef>()
  const given = new Set<number>()
  const kinds = new Set<boolean>()
  let pages = 0
  for await (const page of gitlab.pages(projectJobs({project, ref: only}), {...options, limit: maxJobPages})) {
    pages += 1
    for (const {pipeline, tag} of page) {
      const fits =
        (refs.includes(undefined) || refs.includes(pipeline.ref)) &&
        (sha === undefined || pipeline.sha === sha) &&
        isOfSource(pipeline, pipelineSource) &&
        (status === undefined || pipeline.status === status)
      // GitLab's list of pipelines leaves child pipelines out, so this must too.
      if (!fits || pipeline.source === 'parent_pipeline') continue
      found.set(pipeline.id, pipeline)
      kinds.add(tag)
    }
    if (isBare(filter) && kinds.size > 1) throw ambiguous(filter)
    const newest = newestOf(found, given)
    if (newest !== undefined && given.size === 0 && reachesBehind(page, newest)) {
      given.add(newest.id)
      yield newest
    }
  }
  for (let next = newestOf(found, given); next !== undefined; next = newestOf(found, given)) {
    given.add(next.id)
    yield next
  }
  if (pages >= maxJobPages && given.size === 0) throw tooFar(filter)
}

function newestOf(found: ReadonlyMap<number, PipelineRef>, given: ReadonlySet<number>): PipelineRef | undefined {
  const ids = [...found.keys()].filter((id) => !given.has(id))
  return ids.length === 0 ? undefined : found.get(Math.max(...ids))
}

/**
 * True once the jobs are older than the pipeline: a newer pipeline would have shown up before. Without this, the retry of a
 * job in an old pipeline would hide the newest one.
 */
function reachesBehind(page: readonly Job[], {created_at: since}: PipelineRef): boolean {
  const oldest = page.at(-1)
  return since === undefined || oldest === undefined || Date.parse(oldest.created_at) < Date.parse(since)
}

function tooFar({project, given}: PipelineFilter): ActionError {
  return new ActionError(
    'refused',
    `None of the ${maxJobPages * 100} newest jobs of ${calledProject(project)} is of ${given === undefined ? 'the pipeline asked for' : `"${clean(given, 100)}"`}, and none beyond is looked at.`,
    {
      hint: 'Give the pipeline by its id, with --pipeline-id; or set GITLAB_TOKEN, with which pipelines can be listed by their ref.',
    },
  )
}
