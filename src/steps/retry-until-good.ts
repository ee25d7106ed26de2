import {ActionError} from '../base/errors.ts'
import type {Context} from '../command/action.ts'
import type {WaitInputs} from '../command/wait-inputs.ts'
import type {FoundJob, Job, ProjectKey} from '../gitlab/api/types.ts'
import {waitForStarted} from './wait.ts'

export interface Attempt {
  readonly id: number
  readonly name: string
  /** The first run of the job is 1. */
  readonly attempt: number
  readonly status: string
  readonly failure_reason?: string | undefined
  readonly web_url: string
}

export interface RetryingOptions {
  /** How often each job may be retried. */
  readonly times: number
  /** Retries these and gives their new attempts. */
  readonly retryAll: (jobs: readonly FoundJob[]) => Promise<readonly FoundJob[]>
  /** Whether a failed attempt is one of those that may be retried. */
  readonly mayRetry: (found: FoundJob) => Promise<boolean>
  readonly inputs: WaitInputs & {readonly attempts?: number}
  readonly outputs: (newest: readonly FoundJob[], history: readonly Attempt[]) => Readonly<Record<string, unknown>>
}

export interface Retried {
  readonly newest: readonly FoundJob[]
  readonly history: readonly Attempt[]
}

/**
 * Retries jobs until they are good, each at most `times` times, and tells each attempt. All attempts of a round end before the next begins; the
 * timeout is for all rounds together. Throws what the exit code asks for if some are not good in the end.
 */
export async function retryUntilGood(
  context: Pick<Context<unknown>, 'gitlab' | 'own' | 'log' | 'clock' | 'signal'>,
  jobs: readonly FoundJob[],
  {times, retryAll, mayRetry, inputs, outputs}: RetryingOptions,
): Promise<Retried> {
  const {clock, log} = context
  const endsAtMs = clock.now() + inputs.timeout
  const newest = new Map<string, FoundJob>()
  const history: Attempt[] = []
  const now = () => outputs([...newest.values()], history)
  let next = jobs
  for (let round = 1; round <= times && next.length > 0; round++) {
    const started = await retryAll(next)
    for (const found of started) newest.set(keyOf(found), found)
    const timeout = Math.max(1_000, endsAtMs - clock.now())
    const waiting = {...inputs, ok: anyEnd, onSkipped: 'ok', onManual: 'ok', timeout, byUs: started} as const
    const ended = endedOf(await waitForStarted(context, started, waiting, now()))
    const again: FoundJob[] = []
    for (const found of ended) {
      newest.set(keyOf(found), found)
      history.push(attemptOf(found))
      const isBad = !isGood(found, inputs)
      const isAgain = isBad && round < times && found.job.status === 'failed' && (await mayRetry(found))
      if (isAgain) again.push(found)
      log.info(
        `${attemptText(found)}, retry ${round} of at most ${times}${isAgain ? ': trying again' : ''}. ${found.job.web_url}`,
      )
    }
    next = again
  }
  const bad = [...newest.values()].filter((found) => !isGood(found, inputs))
  if (bad[0]) throw notGood(bad, history, now())
  return {newest: [...newest.values()], history}
}

const anyEnd = ['success', 'failed', 'canceled', 'skipped'] as const

function endedOf({jobs}: {readonly jobs: readonly object[] | undefined}): readonly FoundJob[] {
  const shown = (jobs ?? []) as readonly (Job & {project_id: ProjectKey; attempts: number; label: string})[]
  return shown.map(({project_id: projectId, attempts, label, ...job}) => ({job, projectId, attempts, label}))
}

function keyOf({projectId, job}: FoundJob): string {
  return `${projectId}/${job.pipeline.id}/${job.name}`
}

function isGood({job}: FoundJob, {ok, strict}: WaitInputs): boolean {
  return ok.includes(job.status) || (job.status === 'failed' && job.allow_failure && !strict)
}

function attemptOf({job, attempts}: FoundJob): Attempt {
  const {id, name, status, failure_reason: reason, web_url: url} = job
  return {id, name, attempt: attempts, status, failure_reason: reason, web_url: url}
}

function attemptText({job, label, attempts}: FoundJob): string {
  const reason = job.failure_reason === undefined ? '' : ` (${job.failure_reason})`
  return `Attempt ${attempts} of "${label}" (job ${job.id}): ${job.status}${reason}`
}

function notGood(
  bad: readonly FoundJob[],
  history: readonly Attempt[],
  outputs: Readonly<Record<string, unknown>>,
): ActionError {
  const hasFailed = bad.some(({job}) => job.status === 'failed')
  const parts = bad.map((found) => {
    const tries = history.filter(({name}) => name === found.job.name).length
    return `${attemptText(found)} after ${tries} ${tries === 1 ? 'retry' : 'retries'}`
  })
  return new ActionError(hasFailed ? 'jobFailed' : 'jobCanceled', `Not good in the end: ${parts.join('; ')}.`, {
    hint: `Look at ${bad[0]?.job.web_url ?? 'the job'}.`,
    outputs,
  })
}
