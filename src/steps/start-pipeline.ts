import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import type {FailureKind} from '../base/errors.ts'
import {mayBeTooOld} from '../gitlab/api/access.ts'
import type {Credential} from '../gitlab/api/access.ts'
import {currentUser, oneProject, oneRef, ownJob, projectJobs} from '../gitlab/api/endpoints.ts'
import {
  cancelPipeline,
  createPipeline,
  newestPipelines,
  onePipeline,
  triggerPipeline,
} from '../gitlab/api/pipeline-endpoints.ts'
import type {NewPipeline} from '../gitlab/api/pipeline-endpoints.ts'
import {forbidden, levelOf, rightsProblem} from '../gitlab/api/permit.ts'
import {cannotCall} from '../gitlab/api/refusal.ts'
import type {PipelineRef} from '../gitlab/api/types.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {startPipelineOnce} from '../waiting/pipeline-once.ts'
import type {Started} from '../waiting/pipeline-once.ts'
import {stoppable} from './job-actions.ts'
import type {Changing} from './job-actions.ts'
import {requireRoute} from './require-route.ts'
import {createExaminer} from './standing.ts'

/** How a pipeline would be started now, and what GitLab then calls its source. */
export interface Start {
  readonly route: 'trigger' | 'create-pipeline'
  readonly credential: Credential['kind']
  readonly source: 'trigger' | 'pipeline' | 'api'
}

/** By trigger token or job token where there is one, else by access token. Throws `refused` if there is none. */
export function wayToStart(gitlab: GitLab): Start {
  const trigger = gitlab.choose('trigger')
  if (trigger.kind === 'trigger-token') return {route: 'trigger', credential: 'trigger-token', source: 'trigger'}
  if (trigger.kind === 'job-token') return {route: 'trigger', credential: 'job-token', source: 'pipeline'}
  const create = gitlab.choose('create-pipeline')
  if (create.kind === 'token') return {route: 'create-pipeline', credential: 'token', source: 'api'}
  const reason = create.kind === 'refused' ? create.reason : 'none'
  throw cannotCall('create-pipeline', reason, gitlab.facts)
}

/** Starts a pipeline exactly once. Values are never printed. */
export async function startPipeline(asked: NewPipeline, context: Changing): Promise<Started> {
  const {gitlab, clock, log, signal} = context
  const start = wayToStart(gitlab)
  const endpoint = start.route === 'trigger' ? triggerPipeline(asked) : createPipeline(asked)
  const place = {to: `start a pipeline of project ${asked.project} for ${asked.ref}`, lookAt: 'its pipelines'}
  try {
    return await stoppable(place, context, (send) =>
      startPipelineOnce({
        send: () => send(endpoint),
        list: () => similar(asked, start, gitlab, signal),
        ours: (pipelines) => startedByUs(asked, pipelines, start, gitlab, signal),
        clock,
        log,
        signal,
      }),
    )
  } catch (error) {
    throw error instanceof ActionError && error.status === 400 ? notMade(asked, start, error) : error
  }
}

/** Throws `refused`, before anything is started, if the jobs of that project cannot be read: nobody could wait for them. */
export async function demandWait(project: string, gitlab: GitLab, signal: AbortSignal): Promise<void> {
  requireRoute(gitlab, 'pipeline-jobs')
  try {
    await gitlab.call(projectJobs({project}), {signal})
  } catch (error) {
    if (!(error instanceof ActionError) || (error.kind !== 'refused' && error.kind !== 'notFound')) throw error
    const message = `No pipeline was started, because its jobs could not be awaited: ${error.message}`
    throw new ActionError('refused', message, {hint: error.hint, cause: error, status: error.status})
  }
}

/** What GitLab tells without starting anything: of an access token the scopes, the role and the ref, of a job token whether it is still good. */
export async function examineStart(
  {project, ref}: NewPipeline,
  {gitlab, signal}: Pick<Changing, 'gitlab' | 'signal'>,
): Promise<void> {
  const {credential} = wayToStart(gitlab)
  if (credential === 'job-token') await gitlab.call(ownJob(), {signal})
  if (credential !== 'token') return
  const scopes = await createExaminer({gitlab, signal}).scopes()
  const shown = await gitlab.call(oneProject({project}), {signal})
  const problem = rightsProblem('create-pipeline', {scopes, level: levelOf(shown)})
  if (problem) throw forbidden(problem)
  const isThere = async (isTag: boolean): Promise<boolean> => {
    try {
      await gitlab.call(oneRef({project, ref: shortRef(ref), isTag}), {signal})
      return true
    } catch (error) {
      if (error instanceof ActionError && error.status !== 404) return true
      if (error instanceof ActionError) return false
      throw error
    }
  }
  if ((await isThere(false)) || (await isThere(true))) return
  throw new ActionError('notFound', `Project ${clean(String(project), 200)} has no branch or tag ${clean(ref, 200)}.`, {
    hint: 'Check the ref: it must be the full name of a branch or tag.',
  })
}

/** For when this command is stopped or out of time: one request. */
export async function cancelStarted(pipeline: PipelineRef, gitlab: GitLab, signal: AbortSignal): Promise<void> {
  const target = {project: pipeline.project_id, pipeline: pipeline.id}
  const sent = await gitlab.send(cancelPipeline(target), {signal, isAfterAbort: true})
  if (sent.kind !== 'answered') throw sent.error
}

/** The newest pipelines of the ref and the source; of the jobs of the project where their own list is closed (before GitLab 19.1). */
async function similar(
  {project, ref}: NewPipeline,
  {source}: Start,
  gitlab: GitLab,
  signal: AbortSignal,
): Promise<readonly PipelineRef[] | undefined> {
  const name = shortRef(ref)
  const looksRight = (pipeline: PipelineRef): boolean => pipeline.ref === name && (pipeline.source ?? source) === source
  const listed = await readable(
    () => gitlab.call(newestPipelines({project, ref: name, source}), {signal}),
    gitlab.facts,
  )
  if (listed) return listed.filter(looksRight)
  const jobs = await readable(() => gitlab.call(projectJobs({project}), {signal}))
  if (!jobs) return undefined
  const pipelines = new Map(jobs.map(({pipeline}) => [pipeline.id, pipeline]))
  return [...pipelines.values()].filter(looksRight)
}

/** Undefined where the answer is no. A token that GitLab does not take at all is no reason to go on. */
async function readable<T>(read: () => Promise<T>, facts?: GitLab['facts']): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ActionError && facts && error.status === 401 && !mayBeTooOld('pipelines', 401, facts))
      throw error
    if (error instanceof ActionError && (error.kind === 'refused' || error.kind === 'notFound')) return undefined
    throw error
  }
}

/** Those whose user is the one who asks. Where GitLab does not tell, all are. */
async function startedByUs(
  {project}: NewPipeline,
  pipelines: readonly PipelineRef[],
  {credential}: Start,
  gitlab: GitLab,
  signal: AbortSignal,
): Promise<readonly PipelineRef[]> {
  const me = await readable(async () => {
    if (credential === 'trigger-token') return undefined
    return credential === 'job-token'
      ? (await gitlab.call(ownJob(), {signal})).user?.id
      : (await gitlab.call(currentUser(), {signal})).id
  })
  if (me === undefined) return pipelines
  const users = await Promise.all(
    pipelines.map(({id}) =>
      readable(async () => (await gitlab.call(onePipeline({project, pipeline: id}), {signal})).user),
    ),
  )
  return pipelines.filter((_, at) => (users[at]?.id ?? me) === me)
}

/** GitLab takes full refs and shows short ones. */
function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '')
}

type Reason = readonly [pattern: RegExp, kind: FailureKind, why: string, hint: string]

/** What GitLab says where it makes no pipeline, and what helps. */
const reasons: readonly Reason[] = [
  [
    /reference not found/i,
    'notFound',
    'there is no such branch or tag',
    'Check the ref: it must be the full name of a branch or tag.',
  ],
  [
    /permissions? to set pipeline variables/i,
    'refused',
    'who asks may not give variables',
    'Leave the variables out (inputs need no such right), or lower the role under Settings > CI/CD > Variables of that project.',
  ],
  [
    /permission to run a pipeline on/i,
    'refused',
    'the ref is protected',
    'Who asks must be allowed to push or merge to it: see Settings > Repository > Protected branches of that project.',
  ],
  [
    /insufficient permissions to create/i,
    'refused',
    'who asks has too low a role there',
    'Who asks needs the role Developer or more in that project.',
  ],
  [
    /missing ci config|would have been empty|no stages|filtered out by workflow/i,
    'wrongState',
    'its configuration makes no jobs for this',
    'Check .gitlab-ci.yml of that project: its rules must let pipelines of this source run.',
  ],
]

function notMade({project, ref}: NewPipeline, {source}: Start, error: ActionError): ActionError {
  const [, kind = error.kind, why, hint] = reasons.find(([pattern]) => pattern.test(error.message)) ?? []
  const because = why === undefined ? '' : ` because ${why}`
  const message = `No pipeline of project ${clean(String(project), 200)} was started for ${clean(ref, 200)} (source ${source})${because}: ${error.message}`
  return new ActionError(kind, message, {hint: hint ?? error.hint, cause: error, status: error.status})
}
