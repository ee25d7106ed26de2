import {clean} from '../../base/clean.ts'
import type {Clock} from '../../base/clock.ts'
import {ActionError, isAbort} from '../../base/errors.ts'

/** Fetching one thing may fail this often in a row; a try that brought more than a mebibyte starts the count again, up to the second number. */
const inARow = 5
const inAll = 20
const progressBytes = 2 ** 20
const firstPauseMs = 500
const longestPauseMs = 30_000

/** How often one file may be tried, shared by all its parts. */
export interface Tries {
  /** Bytes that were of use have arrived. */
  arrived(bytes: number): void
  /** Waits before the next try, or throws the failure if there have been enough. Failures that no new try can help are thrown at once. */
  failed(failure: unknown): Promise<void>
}

export interface TriesOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told of each failure that another try follows. */
  readonly tell?: ((text: string) => void) | undefined
}

export function createTries({clock, signal, tell}: TriesOptions): Tries {
  let row = 0
  let all = 0
  let sinceFailure = 0
  return {
    arrived(bytes) {
      sinceFailure += bytes
    },
    async failed(failure) {
      signal.throwIfAborted()
      if (!isWorthAnotherTry(failure)) throw failure
      if (sinceFailure > progressBytes) row = 0
      sinceFailure = 0
      row += 1
      all += 1
      if (row >= inARow || all >= inAll) throw asFinal(failure, all)
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
  return new ActionError(kind, `The archive could not be fetched whole in ${tries} tries; the last one: ${what}`, {
    hint: 'The connection to GitLab or its object store breaks off, or something between changes what it sends.',
    cause: failure,
  })
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure)
}
