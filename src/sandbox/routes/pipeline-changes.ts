import {empty, forbidden, json, message, notFound, type Answer, type Refusal} from '../http/answers.ts'
import {callerOfJobToken} from '../http/credentials.ts'
import {isObject} from '../http/params.ts'
import {canReadProject, canWriteRef, demandRole, findProject, hasLevel} from '../http/permissions.ts'
import type {Call, Caller, Route} from '../http/route.ts'
import {createPipeline} from '../world/create-pipeline.ts'
import {processPipeline} from '../world/lifecycle.ts'
import type {Pipeline, Project} from '../world/model.ts'
import {refKind} from '../world/refs.ts'
import {isRetryable} from '../world/status.ts'
import type {PipelineVariable} from '../world/world-types.ts'
import {cancel, nextAttempt} from './job-acts.ts'
import {pipelineInputs} from './job-inputs.ts'
import {findPipeline} from './job-lists.ts'
import {detailed} from './pipelines.ts'
import {demandRefAccess, refuseDuringRefresh, userOf} from './writes.ts'

const inputs = {inputs: {type: 'object', since: 'pipelineInputs'}} as const
const trigger = {
  method: 'POST',
  login: 'ignored',
  params: {
    ref: {type: 'string', required: true, notBlank: true},
    token: {type: 'string', required: true},
    variables: {type: 'object'},
    ...inputs,
  },
  handle: triggerPipeline,
} as const
const change = {method: 'POST', login: 'required', params: {pipeline_id: {type: 'integer'}}} as const

/** https://docs.gitlab.com/api/pipeline_triggers/ and what is changed at https://docs.gitlab.com/api/pipelines/. */
export const pipelineChangeRoutes: readonly Route[] = [
  {...trigger, path: '/projects/:id/trigger/pipeline'},
  {...trigger, path: '/projects/:id/ref/:ref+/trigger/pipeline'},
  {
    method: 'POST',
    login: 'required',
    path: '/projects/:id/pipeline',
    params: {ref: {type: 'string', required: true}, variables: {type: 'pipelineVariables'}, ...inputs},
    handle: startPipeline,
  },
  {...change, path: '/projects/:id/pipelines/:pipeline_id/cancel', handle: cancelPipeline},
  {...change, path: '/projects/:id/pipelines/:pipeline_id/retry', handle: retryPipeline},
  {...change, method: 'DELETE', path: '/projects/:id/pipelines/:pipeline_id', handle: deletePipeline},
]

function startPipeline(call: Call): Answer {
  const {caller, params} = call
  const project = findProject(call, String(params['id']))
  demandRole(call, project, 'developer')
  if (project.archived) throw forbidden()
  const variables = (params['variables'] ?? []) as readonly PipelineVariable[]
  return create(call, project, {caller, source: 'api', variables})
}

/** The token may be a trigger's or a job's; where it opens nothing, the project is not known to exist. */
function triggerPipeline(call: Call): Answer {
  const {world, params} = call
  const given = params['variables'] ?? {}
  if (!isObject(given) || !Object.values(given).every((value) => typeof value === 'string'))
    throw message(400, 'variables needs to be a map of key-valued strings')
  const project = world.project(String(params['id']))
  if (!project) throw notFound()
  const {token, ...payload} = params
  const variables: readonly PipelineVariable[] = [
    ...Object.entries(given).map(([key, value]) => ({key, value: String(value)})),
    {key: 'TRIGGER_PAYLOAD', value: JSON.stringify(payload), variable_type: 'file'},
  ]
  const owner = world.projects
    .flatMap((owned) => owned.triggerTokens.map((known) => ({...known, owned})))
    .find((known) => known.token === token)
  if (owner) {
    if (owner.owned !== project) throw notFound()
    const caller: Caller = owner.user ? {kind: 'user', user: owner.user} : {kind: 'anonymous'}
    return create(call, project, {caller, source: 'trigger', variables})
  }
  const caller = callerOfJobToken(world, String(token))
  if (!caller || !canReadProject(world, caller, project)) throw notFound()
  return create(call, project, {caller, source: 'pipeline', variables})
}

interface Start {
  readonly caller: Caller
  readonly source: string
  readonly variables: readonly PipelineVariable[]
}

/** What the service says that creates pipelines, in the order of its checks. */
function create(call: Call, project: Project, {caller, source, variables}: Start): Answer {
  const {world, params} = call
  const ref = String(params['ref'])
  const role = project.file.pipeline_variables_role ?? 'developer'
  const own = variables.filter(({key}) => key !== 'TRIGGER_PAYLOAD')
  if (own.length > 0 && (role === 'no_one_allowed' || !hasLevel(world, caller, project, role)))
    throw refused('Insufficient permissions to set pipeline variables')
  if (caller.kind === 'anonymous' || !hasLevel(world, caller, project, 'developer') || project.archived)
    throw refused('Insufficient permissions to create a new pipeline')
  const kind = refKind(project, ref)
  if (kind && !canWriteRef(world, caller, project, ref, kind))
    throw refused(
      `You do not have sufficient permission to run a pipeline on '${ref}'. Please select a different branch or contact your administrator for assistance.`,
    )
  if (!kind) throw refused('Reference not found')
  const template = project.file.pipeline_template
  if (!template) throw refused('Missing CI config file')
  if ((template.jobs ?? []).length + (template.bridges ?? []).length === 0)
    throw refused('The resulting pipeline would have been empty. Review the rules configuration for the relevant jobs.')
  const values = pipelineInputs(world, template.inputs ?? {}, params['inputs'] ?? {}, refused)
  const pipeline = createPipeline(world, project, template, {
    ref,
    user: caller.user,
    source,
    variables,
    inputs: values,
    ...(caller.kind === 'job' && {upstream: caller.job}),
  })
  return json(201, detailed(world, pipeline))
}

const refused = (text: string): Refusal => message(400, {base: [text]})

function cancelPipeline(call: Call): Answer {
  const pipeline = changeable(call)
  for (const job of [...pipeline.currentJobs, ...pipeline.bridges]) if (job.retriedBy === null) cancel(call.world, job)
  return json(200, detailed(call.world, pipeline))
}

/** Each job that failed or was canceled has another attempt, when its turn comes. */
function retryPipeline(call: Call): Answer {
  const {world} = call
  const pipeline = changeable(call)
  if (pipeline.project.archived) throw forbidden()
  const jobs = pipeline.currentJobs.filter(
    ({status, archived}) => isRetryable(status) && status !== 'success' && !archived,
  )
  for (const job of jobs) nextAttempt(world, job, userOf(call.caller), job.inputs, {isInTurn: true})
  processPipeline(world, pipeline)
  return json(201, detailed(world, pipeline))
}

function deletePipeline(call: Call): Answer {
  const project = findProject(call, String(call.params['id']))
  const pipeline = findPipeline(call.world, project, call.params['pipeline_id'])
  demandRole(call, project, 'owner')
  if (project.archived) throw forbidden()
  refuseDuringRefresh(project)
  call.world.removePipeline(pipeline)
  return empty(204)
}

function changeable(call: Call): Pipeline {
  const project = findProject(call, String(call.params['id']))
  const pipeline = findPipeline(call.world, project, call.params['pipeline_id'])
  if (!hasLevel(call.world, call.caller, project, 'developer')) throw forbidden()
  demandRefAccess(call, pipeline)
  return pipeline
}
