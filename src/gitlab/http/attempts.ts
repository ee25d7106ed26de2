import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import {NetworkError} from './network.ts'
import {decide, defaultBudgetMs} from './retry.ts'
import type {Failure} from './retry.ts'

/** A try that failed: what the retry policy needs to know, and the error to show if it does not try again. */
export class Setback extends Error {
  override readonly name = 'Setback'
  readonly failure: Failure
  readonly error: ActionError

  constructor(failure: Failure, error: ActionError) {
    super(error.message, {cause: error})
    this.failure = failure
    this.error = error
  }
}

export interface Trying {
  /** What is tried, for people: `GET /projects/7/jobs`. */
  readonly about: string
  readonly attempts: number
  /** How long all pauses may take together. */
  readonly budgetMs?: number | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: {info(text: string): void}
}

/** Tries until something comes back or the policy says no. Rejects with an ActionError, or the signal's reason. */
export async function persist<T>(trying: Trying, once: (attempt: number) => Promise<T>): Promise<T> {
  const {about, attempts, clock, signal, log, budgetMs = defaultBudgetMs} = trying
  let sleptMs = 0
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await once(attempt)
    } catch (error) {
      const setback = toSetback(error, about)
      const progress = {attempt, attempts, sleptMs, budgetMs, date: clock.date(), random: clock.random()}
      const verdict = decide(setback.failure, progress)
      if (!verdict.again) throw giveUp(setback.error, attempt, verdict.because)
      const seconds = (verdict.afterMs / 1000).toFixed(1)
      log.info(`${setback.error.message} Trying again in ${seconds} s (try ${attempt + 1} of ${attempts}).`)
      await clock.sleep(verdict.afterMs, signal)
      sleptMs += verdict.afterMs
    }
  }
}

/** Network errors become setbacks; anything else that is not one is final and passes. */
export function toSetback(error: unknown, about: string): Setback {
  if (error instanceof Setback) return error
  if (!(error instanceof NetworkError)) throw error
  const {code, host, hint} = error
  const kind = code === 'METADATA_ADDRESS' ? 'untrusted' : 'unreachable'
  const failed = new ActionError(kind, `${about} → ${host ?? 'GitLab'}: ${error.message}.`, {hint, cause: error})
  return new Setback({kind: 'network', code}, failed)
}

function giveUp(error: ActionError, attempt: number, because: 'final' | 'tries' | 'budget'): ActionError {
  if (because === 'final' || (because === 'tries' && attempt === 1)) return error
  const tried = attempt === 1 ? '' : ` Tried ${attempt} times.`
  const late = because === 'budget' ? ' The next try would come too late.' : ''
  return new ActionError(error.kind, `${error.message}${tried}${late}`, error)
}
