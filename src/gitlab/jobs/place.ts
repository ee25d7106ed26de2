import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {GitLab} from '../http/client.ts'
import type {PipelineRef} from '../api/types.ts'
import {noPipeline} from './diagnosis.ts'
import {pipelinesOf} from './pipelines.ts'
import {parseRef} from './refs.ts'
import {calledProject, isByPlace, refsOf} from './selection.ts'
import type {LookOptions, OwnPlace, Selection} from './selection.ts'

/** A pipeline to look in, and what led to it. */
export interface Place {
  readonly project: string | number
  readonly pipelineId: number
  readonly pipeline: PipelineRef | undefined
  /** The ref among those given that this is the newest pipeline of, as it was given. */
  readonly ref?: string | undefined
}

interface Asked {
  readonly gitlab: GitLab
  readonly selection: Selection
  readonly own: OwnPlace
  readonly options: LookOptions
}

/** Gives the places that its part of a selection means, the preferred one first, or nothing where that part was not given. */
type Resolver = (asked: Asked, project: string) => AsyncIterable<Place> | Iterable<Place> | undefined

/** In the order in which they are asked: the first that gives something has decided. */
const resolvers: readonly Resolver[] = [byId, byKnown, byNewest, byOwn]

/** The pipelines that a selection may mean, the preferred one first, by the fewest requests: none if the id is known. */
export async function* findPlaces(asked: Asked): AsyncGenerator<Place, void, void> {
  const {gitlab, selection, own} = asked
  if (selection.upstream) return yield upstreamOf(own)
  const project = projectOf(gitlab, selection)
  for (const resolve of resolvers) {
    const places = resolve(asked, project)
    if (places) return yield* places
  }
  throw new ActionError('usage', `Which pipeline of ${calledProject(project)} is not said.`, {
    hint: 'Give one of --pipeline-id, --ref, --sha or --merge-request; in a CI job, CI_PIPELINE_ID says it.',
  })
}

/** The project that a selection is about: its own or that of the client. Throws usage if there is none. */
export function projectOf(gitlab: GitLab, {project = gitlab.project}: Selection): string {
  if (project !== undefined) return project
  throw new ActionError('usage', 'No project is given.', {hint: 'Name one with --project.'})
}

/** Throws usage where the inputs that say where to look exclude each other, before the first request. */
export function refuseContradictions(selection: Selection): void {
  const problem = placeProblem(selection)
  if (problem !== undefined) throw new ActionError('usage', problem)
}

/** What is wrong with where to look; undefined if nothing is. Commands may ask before the first request. */
function placeProblem(selection: Selection): string | undefined {
  const {pipelineId, sha, mergeRequest, upstream, pipelineSource, strategy = 'newest'} = selection
  const isByRef = refsOf(selection).length > 0
  const narrowed = isByRef || mergeRequest !== undefined || sha !== undefined || pipelineSource !== undefined
  const ways = [pipelineId !== undefined, upstream === true, narrowed].filter(Boolean)
  if (ways.length > 1)
    return 'pipeline-id and upstream each say by themselves which pipeline is meant: give only one of them, or ref, sha and merge-request.'
  if (strategy !== 'newest' && !narrowed)
    return 'strategy says which pipeline of a ref is meant: it needs ref, sha, merge-request or pipeline-source.'
  return isByRef && mergeRequest !== undefined
    ? 'ref and merge-request exclude each other: the pipelines of a merge request run on refs of their own.'
    : undefined
}

function byId(_: Asked, project: string): readonly Place[] | undefined {
  const {pipelineId} = _.selection
  return pipelineId === undefined ? undefined : [{project, pipelineId, pipeline: undefined}]
}

function byKnown({selection, options}: Asked, project: string): readonly Place[] | undefined {
  const [known] = options.pipelines ?? []
  if (known === undefined || !isByPlace(selection)) return undefined
  return [
    {
      project,
      pipelineId: known.id,
      pipeline: known,
      ref: refsOf(selection).find((ref) => parseRef(ref).ref === known.ref),
    },
  ]
}

function byNewest(asked: Asked, project: string): AsyncIterable<Place> | undefined {
  return isByPlace(asked.selection) ? newestOfEach(asked, project) : undefined
}

/** How many pipelines of one ref a strategy looks back through. */
const mostPipelines = 100

/** The newest pipeline of each ref, and by a strategy those before it. Throws `notFound` if there is none at all. */
async function* newestOfEach({gitlab, selection, options}: Asked, project: string): AsyncGenerator<Place, void, void> {
  const refs = refsOf(selection)
  const {strategy = 'newest'} = selection
  let isNone = true
  for (const given of refs.length > 0 ? refs : [undefined]) {
    const list = pipelinesOf(gitlab, {project, given, selection}, options)
    let count = 0
    for await (const pipeline of list) {
      isNone = false
      yield {project, pipelineId: pipeline.id, pipeline, ref: given}
      if (strategy === 'newest' || strategy === 'latest-pipeline') break
      if (++count >= mostPipelines) throw tooFarBack(project, given)
    }
  }
  if (isNone) throw await noPipeline(gitlab, project, selection, options)
}

function tooFarBack(project: string, given: string | undefined): ActionError {
  const ref = given === undefined ? '' : ` of "${clean(given, 100)}"`
  return new ActionError(
    'refused',
    `None of the ${mostPipelines} newest pipelines${ref} in ${calledProject(project)} has the jobs, and none before them is looked at.`,
    {hint: 'Give the pipeline by its id, with --pipeline-id.'},
  )
}

function byOwn({own}: Asked, project: string): readonly Place[] | undefined {
  const isOwn = project === String(own.projectId) || project === own.projectPath
  return isOwn && own.pipelineId !== undefined
    ? [{project, pipelineId: own.pipelineId, pipeline: undefined}]
    : undefined
}

function upstreamOf({upstreamPipelineId, upstreamProjectId, projectId}: OwnPlace): Place {
  const project = upstreamProjectId ?? projectId
  if (upstreamPipelineId !== undefined && project !== undefined) {
    return {project, pipelineId: upstreamPipelineId, pipeline: undefined}
  }
  throw new ActionError('usage', 'This job has no upstream pipeline: CI_UPSTREAM_PIPELINE_ID is not set.', {
    hint: 'It is set in pipelines that another pipeline has triggered, since GitLab 18.',
  })
}
