import type {Log} from '../command/action.ts'
import type {Clock} from '../base/clock.ts'
import {ActionError} from '../base/errors.ts'
import {clean} from '../base/clean.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {bridges, cancelJob, job as oneJob, pipelineJobs, playJob, retryJob} from '../gitlab/api/endpoints.ts'
import type {Endpoint} from '../gitlab/api/endpoints.ts'
import {isFinal} from '../gitlab/api/job-status.ts'
import type {Bridge, FoundJob, Job, ProjectKey, Sent} from '../gitlab/api/types.ts'
import {cancelOnce, playOnce, retryOnce} from '../waiting/once.ts'
import type {ChangeResult, ChangeOptions} from '../waiting/once.ts'

/** What a change of a job needs of its command's context. */
export interface Changing {
  readonly gitlab: GitLab
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Called when GitLab does not simply say yes: what else is planned should wait. */
  readonly hold?: () => void
}

export interface Started {
  readonly found: FoundJob
  /** Whether this command started it; false if it had been started already. */
  readonly byUs: boolean
}

type Given = ReadonlyMap<string, unknown>

/** Plays a manual or delayed job exactly once, with variables and inputs. Values are never printed. */
export async function play(
  found: FoundJob,
  context: Changing,
  given: {readonly variables?: ReadonlyMap<string, string>; readonly inputs?: Given; readonly rerun?: boolean} = {},
): Promise<Started> {
  const {rerun = false, ...body} = given
  return changing('play', found, context, async (send) => {
    const options = optionsFor(found, context, () => send(playJob({...ofJob(found), ...body})))
    return started(found, await playOnce({...options, rerun}))
  })
}

/** Retries a job exactly once; gives its newest attempt. */
export async function retry(found: FoundJob, context: Changing, inputs?: Given): Promise<Started> {
  return changing('retry', found, context, async (send) => {
    const options = optionsFor(found, context, () => send(retryJob({...ofJob(found), ...(inputs ? {inputs} : {})})))
    return started(found, await retryOnce(options))
  })
}

/**
 * Cancels a job. One that has ended is left alone; the result may still be `canceling`, unless `force`, which asks GitLab not to wait for the
 * job's after_script.
 */
export async function cancel(found: FoundJob, context: Changing, force = false): Promise<FoundJob> {
  return changing('cancel', found, context, async (send) => {
    const options = optionsFor(found, context, () => send(cancelJob(ofJob(found))))
    const read = (): Promise<Job> => context.gitlab.call(oneJob(ofJob(found)))
    const canceled = {...found, job: (await cancelOnce({...options, read})).job}
    return force && canceled.job.status === 'canceling' ? forceCancel(canceled, context, send) : canceled
  })
}

export type Send = <T>(endpoint: Endpoint<T>) => Promise<Sent<T>>

/**
 * Makes a change through the `send` it is given. If the command is stopped while nobody can tell whether GitLab has made it, that is what the error
 * says.
 */
export async function changing<T>(
  verb: string,
  {job, label}: FoundJob,
  context: Pick<Changing, 'gitlab' | 'signal' | 'hold'>,
  make: (send: Send) => Promise<T>,
): Promise<T> {
  const asked = {to: `${verb} job ${job.id} "${clean(label, 200)}"`, lookAt: job.web_url}
  return stoppable(asked, context, make)
}

/** The same for whatever GitLab is asked to do. */
export async function stoppable<T>(
  asked: {readonly to: string; readonly lookAt: string},
  {gitlab, signal, hold}: Pick<Changing, 'gitlab' | 'signal' | 'hold'>,
  make: (send: Send) => Promise<T>,
): Promise<T> {
  let mayBeMade = false
  const send: Send = async (endpoint) => {
    const before = mayBeMade
    mayBeMade = true
    const sent = await gitlab.send(endpoint, {signal})
    if (sent.kind !== 'answered') {
      hold?.()
      signal.throwIfAborted()
    }
    mayBeMade = before || sent.kind === 'ambiguous'
    return sent
  }
  try {
    return await make(send)
  } catch (error) {
    if (!mayBeMade || error !== signal.reason || !(error instanceof ActionError)) throw error
    const message = `${error.message} GitLab had been asked to ${asked.to}, and whether it has is not known.`
    throw new ActionError(error.kind, message, {cause: error, hint: `Look at ${asked.lookAt} before trying again.`})
  }
}

/** For when this command has been stopped: one request, with a time limit of its own. */
export async function cancelAfterAbort(found: FoundJob, gitlab: GitLab, signal: AbortSignal): Promise<void> {
  const sent = await gitlab.send(cancelJob(ofJob(found)), {signal, isAfterAbort: true})
  if (sent.kind !== 'answered') throw sent.error
}

/** GitLab forces only what is canceling already, and doing it twice does no harm. */
async function forceCancel(found: FoundJob, {gitlab, signal}: Changing, send: Send): Promise<FoundJob> {
  const target = ofJob(found)
  for (let left = 2; ; left--) {
    const sent = await send(cancelJob({...target, force: true}))
    if (sent.kind === 'answered') return {...found, job: sent.value}
    const job = await gitlab.call(oneJob(target), {signal}).catch(() => undefined)
    if (job && isFinal(job.status)) return {...found, job}
    if (sent.kind === 'refused') throw notForced(sent.error)
    if (left === 0) throw sent.error
  }
}

function notForced(error: ActionError): ActionError {
  if (error.status !== 403) return error
  const {kind, message, status} = error
  return new ActionError(kind, `The job is canceling, and was not forced: ${message}`, {
    cause: error,
    status,
    hint: 'To force, the access token needs the scope api and its owner the role Maintainer in the project.',
  })
}

function optionsFor(
  found: FoundJob,
  {gitlab, clock, log, signal}: Changing,
  send: () => Promise<Sent<Job | Bridge>>,
): ChangeOptions<Job | Bridge> {
  return {
    job: found.job,
    clock,
    log,
    signal,
    send,
    read: () => newestAttempt(found, gitlab),
  }
}

function started(found: FoundJob, {job, by}: ChangeResult<Job | Bridge>): Started {
  const attempts = job.id === found.job.id ? found.attempts : found.attempts + 1
  return {found: {...found, job, attempts}, byUs: by !== 'someone'}
}

/** The attempt that counts now: the list leaves older ones out, so the first of its name is it. */
async function newestAttempt(found: FoundJob, gitlab: GitLab): Promise<Job | Bridge> {
  const target = {project: found.projectId, pipeline: found.job.pipeline.id}
  const endpoint: Endpoint<readonly (Job | Bridge)[]> =
    'downstream_pipeline' in found.job ? bridges(target) : pipelineJobs(target)
  let newest: Job | Bridge = found.job
  for (const job of await gitlab.list(endpoint)) {
    if (job.name === found.job.name && job.id >= newest.id) newest = job
  }
  return newest
}

function ofJob({projectId, job}: FoundJob): {readonly project: ProjectKey; readonly job: number} {
  return {project: projectId, job: job.id}
}
