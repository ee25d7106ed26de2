import {action as fetching} from '../download-artifacts/action.ts'
import {action as listing} from '../list-jobs/action.ts'
import {action as playing} from '../play-manual-job/action.ts'
import {action as retrying} from '../retry-job/action.ts'
import {action as triggering} from '../trigger-pipeline/action.ts'
import {action as waiting} from '../wait-for-job/action.ts'
import {ActionError} from '../../src/base/errors.ts'
import {call, openCaller, wordsOf} from '../../src/cli/caller.ts'
import type {Caller} from '../../src/cli/caller.ts'
import {listJobs} from '../../src/steps/list-jobs.ts'
import {failuresOf, fetchResultOf, foundJob, jobsOf, waitResultOf} from './answers.ts'
import type {
  CallOptions,
  Client,
  ClientOptions,
  FetchOptions,
  FindOptions,
  PlayOptions,
  RetryOptions,
  TriggerOptions,
  WaitOptions,
} from './options.ts'
import {JobsideError} from './results.ts'
import type {FetchResult, Job, PlayResult, RetryResult, TriggerResult, WaitResult} from './results.ts'

export type * from './options.ts'
export * from './results.ts'

const callers = new WeakMap<Client, Caller>()

/** Makes a client for one GitLab. Asks nothing yet; rejects with `usage` and all that is wrong with the options. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const {log, ...rest} = options
  const caller = await openCaller({...rest}, log).catch((error: unknown) => {
    throw failure(error)
  })
  const {api, project} = caller.gitlab
  const client: Client = Object.freeze({apiUrl: api, project, close: () => caller.close()})
  callers.set(client, caller)
  return client
}

/** Lists jobs, the newest attempt of each, newest first. */
export function findJobs(client: Client, options: FindOptions): Promise<readonly Job[]> {
  return within(client, options, async (caller) => {
    const jobs: Job[] = []
    const calling = {name: 'findJobs', options: {...options}, without: [...ownPlace, 'all', 'format', 'expect']}
    await call(listing, caller, calling, async (context) => {
      for await (const found of listJobs(context, context.inputs)) jobs.push(foundJob(found))
    })
    return jobs
  })
}

/** Waits until the jobs are done; rejects unless they are good, with the jobs and what failed. */
export function waitForJobs(client: Client, options: WaitOptions): Promise<WaitResult> {
  return within(client, options, async (caller) => {
    const calling = {name: 'waitForJobs', options: {...options}, without: [...ownPlace, 'status']}
    return waitResultOf(await call(waiting, caller, calling, waiting.run))
  })
}

/** Fetches and unpacks the artifacts of one or many jobs. Either everything arrives or nothing is changed. */
export function fetchArtifacts(client: Client, options: FetchOptions): Promise<FetchResult> {
  return within(client, options, async (caller) => {
    const calling = {
      name: 'fetchArtifacts',
      options: {...options},
      without: [...ownPlace, ...commandOnly, 'source', 'sources', 'lock', 'locked', 'jobs', ...rarely],
      check: ({path, archive}: Partial<FetchOptions>) =>
        (path ?? archive) === undefined ? ['path is required, or archive'] : [],
    }
    return fetchResultOf(await call(fetching, caller, calling, fetching.run))
  })
}

/** Starts a manual job exactly once, and with `wait` waits until it has ended well. */
export function playJob(client: Client, options: PlayOptions): Promise<PlayResult> {
  return within(client, options, async (caller) => {
    const calling = {name: 'playJob', options: {...options}, without: [...ownPlace, ...commandOnly, 'status']}
    const outputs = await call(playing, caller, calling, playing.run)
    const job = jobsOf(outputs).find(({id}) => id === outputs.jobId)
    if (!job) throw new Error('the job that was played is not among the outputs')
    return {
      job,
      isPlayedByUs: outputs.played === true,
      previousStatus: outputs.previousStatus,
    }
  })
}

/** Retries finished jobs exactly once each, and with `wait` waits until the new attempts have ended well. */
export function retryJobs(client: Client, options: RetryOptions): Promise<RetryResult> {
  return within(client, options, async (caller) => {
    const calling = {name: 'retryJobs', options: {...options}, without: [...ownPlace, ...commandOnly, 'onlyLogMatch']}
    const outputs = await call(retrying, caller, calling, retrying.run)
    return {jobs: jobsOf(outputs), retried: outputs.retried ?? 0}
  })
}

/** Starts a pipeline exactly once, and with `wait` waits until its jobs have ended well. */
export function triggerPipeline(client: Client, options: TriggerOptions): Promise<TriggerResult> {
  return within(client, options, async (caller) => {
    const calling = {name: 'triggerPipeline', options: {...options}, without: ['laterStage', ...commandOnly]}
    const outputs = await call(triggering, caller, calling, triggering.run)
    return {
      pipelineId: outputs.pipelineId ?? 0,
      sha: outputs.sha ?? '',
      status: outputs.status ?? '',
      webUrl: outputs.webUrl,
      jobs: jobsOf(outputs),
    }
  })
}

/** Inputs that go by the job that a command runs in. */
const ownPlace = ['upstream', 'laterStage'] as const
const commandOnly = ['dryRun', 'variablesFile', 'triggerToken'] as const
const rarely = ['maxRatio', 'maxDepth', 'allowPrefix', 'allowBackslash'] as const

/** Calls with the client's caller. What it rejects with is a JobsideError, or the reason of the caller's own signal as it is. */
async function within<T>(client: Client, {signal}: CallOptions, work: (caller: Caller) => Promise<T>): Promise<T> {
  const caller = callers.get(client)
  if (!caller) throw new JobsideError('usage', 'That is no client.', {hint: 'Make one with createClient.'})
  try {
    return await work(caller)
  } catch (error) {
    throw signal?.aborted === true && error === signal.reason ? error : failure(error, caller)
  }
}

/** Causes are left out: they could say what the message must not. */
function failure(error: unknown, caller?: Caller): JobsideError {
  const words = (text: string): string => wordsOf(text, caller?.redactor)
  if (!(error instanceof ActionError)) {
    const hint = 'This is a bug in jobside: please report it.'
    return new JobsideError('unexpected', words(`Unexpected error. ${String(error)}`), {hint})
  }
  const {kind, message, status, outputs = {}} = error
  const hint = error.hint === undefined ? undefined : words(error.hint)
  return new JobsideError(
    kind === 'hungUp' || kind === 'interrupted' || kind === 'terminated' ? 'unexpected' : kind,
    words(message),
    {
      hint,
      status,
      jobs: jobsOf(outputs),
      failures: failuresOf(outputs),
    },
  )
}
