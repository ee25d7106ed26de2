import type {Context} from './action.ts'
import {ActionError} from '../base/errors.ts'
import {timeLeft} from '../waiting/policy.ts'

/** What is left for the last words, in milliseconds; of a short time a quarter. */
const reserveMs = 5_000

/**
 * Does work that ends before the time of our own job does, whatever a server does meanwhile: GitLab would kill the job without a word. Rejects
 * with `deadline` then. Where the clocks of GitLab and of this machine differ plainly, the whole length of the job counts from now.
 */
export async function withinJob<T>(
  {own, clock, signal}: Pick<Context<unknown>, 'own' | 'clock' | 'signal'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const least = timeLeft(own, clock.date())
  if (least === undefined) return work(signal)
  const {leftMs} = least
  const end = new AbortController()
  const mostMs = leftMs - Math.min(reserveMs, leftMs / 4)
  // A real timer on purpose: what a server does takes real time, and a test's clock must not run on for it.
  const timer = setTimeout(() => end.abort(tooLate(leftMs)), Math.min(mostMs, 0x7fffffff))
  try {
    return await work(AbortSignal.any([signal, end.signal]))
  } catch (error) {
    throw end.signal.aborted && !signal.aborted && !(error instanceof ActionError) ? end.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

function tooLate(leftMs: number): ActionError {
  return new ActionError(
    'deadline',
    `The time of this job ran out: it had ${Math.round(leftMs / 1_000)} s left when this began.`,
    {hint: 'Give the job a longer `timeout`.'},
  )
}
