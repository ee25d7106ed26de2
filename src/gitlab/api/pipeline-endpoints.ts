import {pipelineAsked} from './checks.ts'
import {endpoint, list} from './endpoints.ts'
import type {Endpoint} from './endpoints.ts'
import {pipelinePath, project, wellFormed} from './paths.ts'
import type {InProject, OfPipeline} from './paths.ts'
import {pipelineShape} from './shapes.ts'
import type {Shape} from './responses.ts'
import type {PipelineRef} from './types.ts'

/** A pipeline that is to be made. */
export interface NewPipeline extends InProject {
  /** Branch or tag. */
  readonly ref: string
  readonly variables?: ReadonlyMap<string, string> | undefined
  /** GitLab 17.11. */
  readonly inputs?: ReadonlyMap<string, unknown> | undefined
}

/** By job token or trigger token, which the client adds. https://docs.gitlab.com/api/pipeline_triggers/#trigger-a-pipeline-with-a-token */
export const triggerPipeline = (target: NewPipeline): Endpoint<PipelineRef> => ({
  ...endpoint('trigger', `${project(target)}/trigger/pipeline`, made(target)),
  body: {
    ref: wellFormed(target.ref, 'ref'),
    ...(target.variables?.size ? {variables: Object.fromEntries(target.variables)} : {}),
    ...inputsOf(target),
  },
})

/** By access token. https://docs.gitlab.com/api/pipelines/#create-a-new-pipeline */
export const createPipeline = (target: NewPipeline): Endpoint<PipelineRef> => ({
  ...endpoint('create-pipeline', `${project(target)}/pipeline`, made(target)),
  body: {
    ref: wellFormed(target.ref, 'ref'),
    ...(target.variables?.size ? {variables: [...target.variables].map(([key, value]) => ({key, value}))} : {}),
    ...inputsOf(target),
  },
})

/** https://docs.gitlab.com/api/pipelines/#cancel-all-jobs-for-a-pipeline */
export const cancelPipeline = (target: OfPipeline): Endpoint<PipelineRef> =>
  endpoint('cancel-pipeline', `${pipelinePath(target)}/cancel`, pipelineAsked(pipelineShape, target))

/** https://docs.gitlab.com/api/pipelines/#get-a-single-pipeline */
export const onePipeline = (target: OfPipeline): Endpoint<PipelineRef> =>
  endpoint('pipeline', pipelinePath(target), pipelineAsked(pipelineShape, target))

/** The newest pipelines of a ref and a source, by falling id. https://docs.gitlab.com/api/pipelines/#list-project-pipelines */
export const newestPipelines = (
  target: InProject & {readonly ref: string; readonly source: string},
): Endpoint<readonly PipelineRef[]> =>
  list('pipelines', `${project(target)}/pipelines`, pipelineAsked(pipelineShape, target), [
    ['ref', wellFormed(target.ref, 'ref')],
    ['source', target.source],
    ['order_by', 'id'],
    ['sort', 'desc'],
    ['per_page', '20'],
  ])

/** Of the ref that was asked for, which GitLab tells without `refs/heads/` or `refs/tags/`. */
function made({project, ref}: NewPipeline): Shape<PipelineRef> {
  const bare = pipelineAsked(pipelineShape, {project, ref: ref.replace(/^refs\/(?:heads|tags)\//, '')})
  const whole = pipelineAsked(pipelineShape, {project, ref})
  return (value, at) => ((value as Partial<PipelineRef> | null)?.ref === ref ? whole : bare)(value, at)
}

function inputsOf({inputs}: NewPipeline): {readonly inputs?: object} {
  return inputs?.size ? {inputs: Object.fromEntries(inputs)} : {}
}
