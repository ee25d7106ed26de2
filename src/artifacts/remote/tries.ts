import {clean} from '../../base/clean.ts'
import type {Clock} from '../../base/clock.ts'
import {ActionError, isAbort} from '../../base/errors.ts'
import type {TryBudget} from '../../gitlab/api/types.ts'

/** Unless told otherwise, one file may be asked for in vain this often in a row; coming a mebibyte farther than ever starts the row again. */
const defaultAttempts = 6
const mostInAll = 20
const progressBytes = 2 ** 20
const firstPauseMs = 500
const longestPauseMs = 30_000

/** How often one file may be tried, shared by all its parts, by their openings and by their bodies. */
export interface Tries extends TryBudget {
  /** Bytes that were of use have arrived. */
  arrived(bytes: number): void
  /** Bytes that have arrived and were not lost. */
  kept(): number
  /** So many of them were in vain: they will be fetched again. */
  lost(bytes: number): void
  /** Waits before the next try, or throws the failure if there have been enough. Failures that no new try can help are thrown at once. */
  failed(failure: unknown, signal: AbortSignal): Promise<void>
}

export interface TriesOptions {
  readonly clock: Clock
  /** Tries in a row, the first one included: the `attempts` input. */
  readonly attempts?: number | undefined
  /** Told of each failure that another try follows. */
  readonly tell?: ((text: string) => void) | undefined
}

export function createTries({clock, attempts = defaultAttempts, tell}: TriesOptions): Tries {
  let row = 0
  let all = 0
  let kept = 0
  let farthest = 0
  const fail = (): void => {
    row += 1
    all += 1
  }
  return {
    left: () => Math.max(1, attempts - row),
    spend: fail,
    arrived(bytes) {
      kept += bytes
    },
    kept: () => kept,
    lost(bytes) {
      kept -= bytes
    },
    async failed(failure, signal) {
      signal.throwIfAborted()
      if (!isWorthAnotherTry(failure)) throw failure
      if (kept - farthest > progressBytes) {
        row = 0
        farthest = kept
      }
      fail()
      if (row >= attempts || all >= mostInAll) throw asFinal(failure, all)
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (row - 1)) * (0.5 + clock.random() / 2)
      const why = clean(messageOf(failure), 200).replace(/\.$/, '')
      tell?.(`The download broke off: ${why}. Trying again in ${(pause / 1000).toFixed(1)} s.`)
      await clock.sleep(pause, signal)
    },
  }
}

/** A body that broke off or did not fit. Another try may bring a better one. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody'
}

/** What the server now has is not what we began to read: everything must begin again. */
export class ReplacedFile extends Error {
  override readonly name = 'ReplacedFile'
}

function isWorthAnotherTry(failure: unknown): boolean {
  if (isAbort(failure) || failure instanceof ReplacedFile) return false
  return !(failure instanceof ActionError)
}

function asFinal(failure: unknown, tries: number): ActionError {
  const what = messageOf(failure)
  const kind = failure instanceof BrokenBody ? 'untrusted' : 'unreachable'
  const text =
    tries === 1
      ? `It could not be fetched whole: ${what}`
      : `It could not be fetched whole in ${tries} tries; the last one: ${what}`
  return new ActionError(kind, text, {
    hint: 'The connection to GitLab or its object store breaks off, or something between changes what it sends. --attempts allows more tries.',
    cause: failure,
  })
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure)
}
