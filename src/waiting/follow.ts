import type {Clock} from '../base/clock.ts'
import {ActionError} from '../base/errors.ts'

/** What a server gave of a log: all of it from the byte `start` on, which is 0 where it knows no ranges. */
export interface LogPart {
  readonly start: number
  readonly body: AsyncIterable<Uint8Array>
}

export interface FollowOptions {
  /** Opens the log from byte `from` on, or whole. Rejects with an ActionError; `notFound` means that there is no log yet. */
  readonly read: (from: number, signal: AbortSignal) => Promise<LogPart>
  /** Whether the job has ended, so that its log will not grow much longer. */
  readonly isOver: () => boolean | Promise<boolean>
  /** Takes the new bytes, in order and each once. */
  readonly write: (bytes: Uint8Array) => void | Promise<void>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly intervalMs?: number
  readonly maxIntervalMs?: number
  readonly outageMs?: number
  /** Readings that break off in a row, each bringing less than a mebibyte, before the last of them is final; any number by default. */
  readonly attempts?: number | undefined
}

const growth = 1.3
const farBytes = 2 ** 20

/**
 * Writes a log as it grows, to the end of its job. Gives the number of bytes written. A log that is shorter than
 * before, erased or read from a lagging replica, gives nothing new; bytes written once are never written again.
 * Rejects with what `read` rejects with, if that is no outage or the outage lasts longer than `outageMs`.
 */
export async function followLog(options: FollowOptions): Promise<number> {
  const {isOver, clock, signal, intervalMs = 2_000, maxIntervalMs = 15_000} = options
  let written = 0
  let pause = intervalMs
  let failingSinceMs: number | undefined
  let failures = 0
  for (;;) {
    // Asked before reading: what is read after the end is all there is.
    const wasOver = await isOver()
    const {bytes, error} = await readNew(written, options)
    written += bytes
    if (wasOver && !error) return written
    if (error) {
      failingSinceMs ??= clock.now()
      failures = bytes < farBytes ? failures + 1 : 1
      const isFinal = failures >= (options.attempts ?? Infinity)
      if (isFinal || clock.now() - failingSinceMs >= (options.outageMs ?? 600_000)) throw error
    } else {
      failures = 0
      failingSinceMs = undefined
    }
    pause = bytes > 0 ? intervalMs : Math.min(maxIntervalMs, pause * growth)
    await clock.sleep(pause * (0.8 + 0.4 * clock.random()), signal)
  }
}

interface Read {
  readonly bytes: number
  /** An outage, at the opening or in the middle; what came before it counts. */
  readonly error: ActionError | undefined
}

async function readNew(from: number, {read, write, signal}: FollowOptions): Promise<Read> {
  let bytes = 0
  try {
    const {start, body} = await read(from, signal)
    // A hole must not be papered over: better nothing than a log with a piece missing.
    if (start > from) throw new ActionError('untrusted', `Asked for the log from byte ${from}, got it from ${start}.`)
    let at = start
    for await (const chunk of body) {
      const fresh = chunk.subarray(Math.max(0, from + bytes - at))
      at += chunk.length
      if (fresh.length === 0) continue
      bytes += fresh.length
      await write(fresh)
    }
    return {bytes, error: undefined}
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ActionError)) throw error
    if (error.kind === 'notFound' && from === 0) return {bytes, error: undefined}
    // Something else in place of a log of which nothing has been seen: what would be waited for is not there.
    if (error.kind === 'untrusted' && error.status === 200 && from === 0) throw error
    if (error.kind !== 'unreachable' && error.kind !== 'untrusted') throw error
    return {bytes, error}
  }
}
