import {ActionError} from '../../base/errors.ts'
import type {CallOptions, GitLab} from '../http/client.ts'
import {pipelines, projectJobs} from '../api/endpoints.ts'
import {callOf} from './selection.ts'
import type {LookOptions, OwnPlace, Selection} from './selection.ts'
import type {Job, PipelineRef} from '../api/types.ts'

/** The pipeline that a selection starts from. */
export interface Root {
  readonly project: string | number
  readonly pipelineId: number
  readonly pipeline: PipelineRef | undefined
}

/** How many pages of a project's jobs are read for a pipeline of a ref, where pipelines themselves cannot be listed. */
const maxJobPages = 20

/** Finds the pipeline, by the fewest requests: none if its id is known. */
export async function findRoot(
  gitlab: GitLab,
  selection: Selection,
  own: OwnPlace,
  options: LookOptions,
): Promise<Root> {
  const problem = placeProblem(selection)
  if (problem !== undefined) throw new ActionError('usage', problem)
  if (selection.upstream) return upstreamOf(own)
  const project = selection.project ?? gitlab.project
  if (project === undefined) throw new ActionError('usage', 'No project is given.', {hint: 'Name one with --project.'})
  const {pipelineId, ref, sha, mergeRequest} = selection
  if (pipelineId !== undefined) return {project, pipelineId, pipeline: undefined}
  if (ref === undefined && sha === undefined && mergeRequest === undefined) return ownPipeline(project, own)
  const [known] = options.pipelines ?? []
  if (known !== undefined) return {project, pipelineId: known.id, pipeline: known}
  const found = await newestPipeline(gitlab, project, wantedRefs(selection), sha, options)
  if (found === undefined) throw noPipeline(selection, project)
  return {project, pipelineId: found.id, pipeline: found}
}

/** What is wrong with where to look; undefined if nothing is. Commands may ask before the first request. */
export function placeProblem({pipelineId, ref, sha, mergeRequest, upstream}: Selection): string | undefined {
  const given = [pipelineId, ref, sha, mergeRequest, upstream || undefined].filter((one) => one !== undefined)
  return given.length > 1 ? 'Give only one of pipeline-id, ref, sha, merge-request and upstream.' : undefined
}

function ownPipeline(project: string, own: OwnPlace): Root {
  const isOwn = project === String(own.projectId) || project === own.projectPath
  if (isOwn && own.pipelineId !== undefined) return {project, pipelineId: own.pipelineId, pipeline: undefined}
  throw new ActionError('usage', `Which pipeline of ${project} is not said.`, {
    hint: 'Give one of --pipeline-id, --ref, --sha, --merge-request or --upstream.',
  })
}

function upstreamOf({upstreamPipelineId, upstreamProjectId, projectId}: OwnPlace): Root {
  const project = upstreamProjectId ?? projectId
  if (upstreamPipelineId !== undefined && project !== undefined) {
    return {project, pipelineId: upstreamPipelineId, pipeline: undefined}
  }
  throw new ActionError('usage', 'This job has no upstream pipeline: CI_UPSTREAM_PIPELINE_ID is not set.', {
    hint: 'It is set in pipelines that another pipeline has triggered, since GitLab 18.',
  })
}

/** A merge request's pipelines run on refs of their own. Undefined: any ref. */
function wantedRefs({ref, mergeRequest}: Selection): readonly (string | undefined)[] {
  if (mergeRequest === undefined) return [ref]
  return ['head', 'merge', 'train'].map((kind) => `refs/merge-requests/${mergeRequest}/${kind}`)
}

type Refs = readonly (string | undefined)[]

async function newestPipeline(
  gitlab: GitLab,
  project: string,
  refs: Refs,
  sha: string | undefined,
  look: LookOptions,
): Promise<PipelineRef | undefined> {
  const options = {...callOf(look), again: false}
  if (!jobsOnly.has(gitlab)) {
    try {
      return await fromPipelines(gitlab, project, refs, sha, options)
    } catch (error) {
      // With an access token the answer is final. To a job token this route is closed before GitLab 19.1, and says so by 404.
      if (!isClosed(error) || !jobsMayTell(gitlab)) throw error
    }
  }
  const found = await fromJobs(gitlab, project, refs, sha, options)
  jobsOnly.add(gitlab)
  return found
}

/** Clients whose credential can read jobs but not pipelines. */
const jobsOnly = new WeakSet<GitLab>()

/** Also where they may not, and their refusal names an older GitLab version than that of the pipelines. */
function jobsMayTell(gitlab: GitLab): boolean {
  const choice = gitlab.choose('project-jobs')
  return choice.kind === 'job-token' || (choice.kind === 'refused' && choice.reason === 'version')
}

function isClosed(error: unknown): boolean {
  return error instanceof ActionError && (error.kind === 'refused' || error.kind === 'notFound')
}

async function fromPipelines(
  gitlab: GitLab,
  project: string,
  refs: Refs,
  sha: string | undefined,
  options: CallOptions,
): Promise<PipelineRef | undefined> {
  let newest: PipelineRef | undefined
  for (const ref of refs) {
    const [first] = await gitlab.call(pipelines({project, ref, sha, perPage: 1}), options)
    if (first !== undefined && first.id > (newest?.id ?? 0)) newest = first
  }
  return newest
}

/** The jobs of a project tell their pipelines, newest jobs first. */
async function fromJobs(
  gitlab: GitLab,
  project: string,
  refs: Refs,
  sha: string | undefined,
  options: CallOptions,
): Promise<PipelineRef | undefined> {
  const only = refs.length === 1 ? refs[0] : undefined
  let newest: PipelineRef | undefined
  for await (const page of gitlab.pages(projectJobs({project, ref: only}), {...options, limit: maxJobPages})) {
    for (const {pipeline} of page) {
      const fits =
        (refs.includes(undefined) || refs.includes(pipeline.ref)) && (sha === undefined || pipeline.sha === sha)
      // GitLab's list of pipelines leaves child pipelines out, so this must too.
      if (fits && pipeline.source !== 'parent_pipeline' && pipeline.id > (newest?.id ?? 0)) newest = pipeline
    }
    if (newest !== undefined && reachesBehind(page, newest)) return newest
  }
  return newest
}

/**
 * True once the jobs are older than the pipeline: a newer pipeline would have shown up before. Without this, the retry of a
 * job in an old pipeline would hide the newest one.
 */
function reachesBehind(page: readonly Job[], {created_at: since}: PipelineRef): boolean {
  const oldest = page.at(-1)
  return since === undefined || oldest === undefined || Date.parse(oldest.created_at) < Date.parse(since)
}

function noPipeline({ref, sha, mergeRequest}: Selection, project: string): ActionError {
  const what =
    ref !== undefined ? `for "${ref}"` : sha !== undefined ? `for commit ${sha}` : `for merge request !${mergeRequest}`
  const hint =
    sha !== undefined && sha.length < 40
      ? 'GitLab needs the whole commit id.'
      : ref !== undefined
        ? 'Pipelines of merge requests run on refs of their own: use --merge-request for them.'
        : undefined
  return new ActionError('notFound', `No pipeline ${what} in ${project}.`, {hint})
}
