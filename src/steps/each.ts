import type {Log} from '../command/action.ts'
import {ActionError, exitCodes} from '../base/errors.ts'
import type {FailureKind} from '../base/errors.ts'
import type {FoundJob} from '../gitlab/api/types.ts'

/** How one of several jobs went. With neither value nor error its work was never begun. */
export interface Item<T> {
  readonly found: FoundJob
  readonly value?: T
  readonly error?: unknown
}

/** From the most to the least alarming: the exit code of many is that of the worst. */
const severity: readonly FailureKind[] = [
  'interrupted',
  'terminated',
  'untrusted',
  'refused',
  'cannotWrite',
  'unreachable',
  'deadline',
  'jobFailed',
  'jobCanceled',
  'wrongState',
  'notFound',
  'usage',
]

/**
 * Does the same to several jobs, at most `limit` at once. After a failure or an interruption nothing new begins, and what has begun is waited for, so
 * that every outcome is known. A work that is in doubt calls `hold`: nothing new begins until it has ended either.
 */
export async function each<T>(
  jobs: readonly FoundJob[],
  work: (found: FoundJob, hold: () => void) => Promise<T>,
  {limit, signal}: {readonly limit: number; readonly signal: AbortSignal},
): Promise<readonly Item<T>[]> {
  signal.throwIfAborted()
  const items: Item<T>[] = jobs.map((found) => ({found}))
  const queue = jobs.entries()
  const held = new Set<Promise<void>>()
  let hasFailed = false
  const begin = (at: number, found: FoundJob): Promise<void> => {
    const hold = (): void => void held.add(ended)
    const ended = work(found, hold)
      .then((value) => void (items[at] = {found, value}))
      .catch((error: unknown) => {
        hasFailed = true
        items[at] = {found, error}
      })
      .finally(() => held.delete(ended))
    return ended
  }
  const worker = async (): Promise<void> => {
    for (const [at, found] of queue) {
      while (held.size > 0) await Promise.all(held)
      if (hasFailed || signal.aborted) return
      await begin(at, found)
    }
  }
  await Promise.all(Array.from({length: Math.min(limit, jobs.length)}, worker))
  return items
}

/** Tells how each of several jobs went, one row each. With one job the failure speaks for itself. */
export function report<T>(title: string, items: readonly Item<T>[], log: Log, tell: (value: T) => string): void {
  if (items.length < 2) return
  const rows = items.map(({found, value, error}) => [
    found.label,
    String(found.job.id),
    error !== undefined ? `failed: ${messageOf(error)}` : value !== undefined ? tell(value) : 'not begun',
  ])
  log.table(title, ['Job', 'Id', 'Result'], rows)
}

/** Throws the worst of the failures, if any, saying how many there were. `outputs` are true all the same. */
export function throwWorst<T>(
  what: string,
  items: readonly Item<T>[],
  outputs: Readonly<Record<string, unknown>>,
): void {
  const failures = items.filter(({error}) => error !== undefined).map(({error}) => error)
  const bug = failures.find((error) => !(error instanceof ActionError))
  if (bug !== undefined) throw bug as Error
  const errors = failures as readonly ActionError[]
  const [worst] = errors.toSorted((a, b) => severity.indexOf(a.kind) - severity.indexOf(b.kind))
  if (!worst) return
  const {hint, status} = worst
  const left = items.filter(({value, error}) => value === undefined && error === undefined).length
  const notBegun = left === 0 ? '' : ` ${left} ${left === 1 ? 'was' : 'were'} not begun.`
  const message =
    items.length === 1
      ? worst.message
      : `${what}: ${errors.length} of ${items.length} jobs failed.${notBegun} The worst: ${worst.message}`
  throw new ActionError(worst.kind, message, {hint, status, cause: worst, outputs})
}

function messageOf(error: unknown): string {
  return error instanceof ActionError ? `${error.message} (exit ${exitCodes[error.kind].code})` : String(error)
}
