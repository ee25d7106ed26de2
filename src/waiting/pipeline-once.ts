import type {Clock} from '../base/clock.ts'
import {ActionError} from '../base/errors.ts'
import type {PipelineRef, Sent} from '../gitlab/api/types.ts'

export interface PipelineOnceOptions {
  /** Sends the POST one single time. */
  readonly send: () => Promise<Sent<PipelineRef>>
  /**
   * The newest pipelines that look like ours: of the project, the ref and the source of whoever asks. Rejects with an ActionError; undefined where no
   * credential may list them.
   */
  readonly list: () => Promise<readonly PipelineRef[] | undefined>
  /** Of several such pipelines, those that who asks has started, as far as GitLab tells. */
  readonly ours: (pipelines: readonly PipelineRef[]) => Promise<readonly PipelineRef[]>
  readonly clock: Clock
  readonly log: {info(text: string): void}
  readonly signal: AbortSignal
}

export interface Started {
  readonly pipeline: PipelineRef
  /** False if the answer was lost and the pipeline was found by what it looks like. */
  readonly isAnswered: boolean
}

/** GitLab ends every request of its own after 60 seconds: what is not there then was not made. */
const settleMs = 65_000
const outageMs = 600_000
/** The first POST, and one more on proof that it made nothing. */
const sendLimit = 2

/**
 * Starts a pipeline exactly once. An answer that was lost is settled by looking for the pipeline: by what is there now and was not before. Nothing is
 * sent again unless it is proven that nothing was made; where that cannot be seen, the error says that it is not known.
 */
export async function startPipelineOnce(options: PipelineOnceOptions): Promise<Started> {
  const {send, list, clock, log, signal} = options
  const before = newestId(await list())
  for (let sends = 1; ; sends++) {
    signal.throwIfAborted()
    const sent = await send()
    if (sent.kind === 'answered') return {pipeline: sent.value, isAnswered: true}
    if (sent.kind === 'refused') throw sent.error
    if (before === undefined) throw unknown(sent.error, 'no credential at hand may list the pipelines')
    log.info(`No clear answer: ${sent.error.message} The list of pipelines will tell.`)
    const found = await search(options, before, clock.now() + settleMs, sent.error)
    if (found) return {pipeline: found, isAnswered: false}
    if (sends === sendLimit) throw notStarted(sends, sent.error)
    log.info('No pipeline was started: asking once more.')
  }
}

/** The pipeline that has appeared since, or undefined once it is proven that none has. */
async function search(
  {list, ours, clock, signal}: PipelineOnceOptions,
  before: number,
  provenAtMs: number,
  cause: ActionError,
): Promise<PipelineRef | undefined> {
  let unreadableSinceMs: number | undefined
  for (let looks = 1; ; looks++) {
    signal.throwIfAborted()
    const seen = await list().catch((error: unknown) => {
      signal.throwIfAborted()
      if (error instanceof ActionError) return error
      throw error
    })
    const nowMs = clock.now()
    if (seen === undefined || seen instanceof ActionError) {
      unreadableSinceMs ??= nowMs
      const isTransient = seen?.kind === 'unreachable' || seen?.kind === 'untrusted'
      if (!isTransient || nowMs - unreadableSinceMs >= outageMs) throw unknown(cause, 'the pipelines cannot be listed')
    } else {
      unreadableSinceMs = undefined
      const fresh = seen.filter(({id}) => id > before)
      const own = fresh.length === 0 ? [] : await ours(fresh)
      if (own.length > 1) throw several(own, cause)
      if (own[0]) return own[0]
      if (nowMs >= provenAtMs) return undefined
    }
    const leftMs = Math.max(1_000, provenAtMs - nowMs)
    await clock.sleep(Math.min(leftMs, 1_000 * 2 ** Math.min(looks - 1, 4)), signal)
  }
}

function newestId(pipelines: readonly PipelineRef[] | undefined): number | undefined {
  return pipelines && Math.max(0, ...pipelines.map(({id}) => id))
}

function unknown(cause: ActionError, why: string): ActionError {
  const message = `GitLab was asked to start a pipeline, and whether it has is not known, because ${why}: ${cause.message}`
  return new ActionError('unreachable', message, {
    cause,
    status: cause.status,
    hint: 'Look at the pipelines of the project before trying again.',
  })
}

function several(pipelines: readonly PipelineRef[], cause: ActionError): ActionError {
  const shown = pipelines.map(({id, web_url: url}) => (url === undefined ? String(id) : `${id} (${url})`)).join(', ')
  const message = `GitLab was asked to start a pipeline, its answer was lost, and ${pipelines.length} pipelines have appeared since that could be it: ${shown}.`
  return new ActionError('untrusted', message, {cause, hint: 'Look which of them is the right one.'})
}

function notStarted(sends: number, cause: ActionError): ActionError {
  const message = `Asked GitLab ${sends} times to start a pipeline, and none has appeared. The last answer: ${cause.message}`
  return new ActionError('unreachable', message, {
    cause,
    status: cause.status,
    hint: 'Nothing was started: try again later.',
  })
}
