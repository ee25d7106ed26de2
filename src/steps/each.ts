import type {Log} from '../command/action.ts'
import {ActionError, exitCodes} from '../base/errors.ts'
import type {FailureKind} from '../base/errors.ts'
import type {FoundJob} from '../gitlab/api/types.ts'

/** How one of several jobs went. */
export interface Item<T> {
  readonly found: FoundJob
  readonly value?: T
  readonly error?: unknown
}

/** From the most to the least alarming: the exit code of many is that of the worst. */
const severity: readonly FailureKind[] = [
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
 * Does the same to several jobs, at most `limit` at once, and goes on when one fails. A failure that is not understood, and an
 * interruption, end all at once.
 */
export async function each<T>(
  jobs: readonly FoundJob[],
  work: (found: FoundJob) => Promise<T>,
  {limit, signal}: {readonly limit: number; readonly signal: AbortSignal},
): Promise<readonly Item<T>[]> {
  const items: Item<T>[] = []
  const queue = jobs.entries()
  const worker = async (): Promise<void> => {
    for (const [at, found] of queue) {
      signal.throwIfAborted()
      try {
        items[at] = {found, value: await work(found)}
      } catch (error) {
        if (signal.aborted || !(error instanceof ActionError)) throw error
        items[at] = {found, error}
      }
    }
  }
  await Promise.all(Array.from({length: Math.min(limit, jobs.length)}, worker))
  return items
}

/** Tells how many jobs went, one row each. With one job the failure speaks for itself. */
export function report<T>(title: string, items: readonly Item<T>[], log: Log, tell: (value: T) => string): void {
  if (items.length < 2) return
  const rows = items.map(({found, value, error}) => [
    found.label,
    String(found.job.id),
    error === undefined && value !== undefined ? tell(value) : `failed: ${messageOf(error)}`,
  ])
  log.table(title, ['Job', 'Id', 'Result'], rows)
}

/** Throws the worst of the failures, if any, saying how many there were. `outputs` are true all the same. */
export function throwWorst<T>(
  what: string,
  items: readonly Item<T>[],
  outputs: Readonly<Record<string, unknown>>,
): void {
  const errors = items.flatMap(({error}) => (error instanceof ActionError ? [error] : []))
  const [worst] = errors.toSorted((a, b) => severity.indexOf(a.kind) - severity.indexOf(b.kind))
  if (!worst) return
  const {hint, status} = worst
  const message =
    items.length === 1
      ? worst.message
      : `${what}: ${errors.length} of ${items.length} jobs failed. The worst: ${worst.message}`
  throw new ActionError(worst.kind, message, {hint, status, cause: worst, outputs})
}

function messageOf(error: unknown): string {
  return error instanceof ActionError ? `${error.message} (exit ${exitCodes[error.kind].code})` : String(error)
}
