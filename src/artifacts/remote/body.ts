import type {Clock} from '../../base/clock.ts'
import {ActionError} from '../../base/errors.ts'
import {leastBytesPerSecond} from '../../base/size.ts'
import type {ByteRange, OpenBody} from '../../gitlab/api/types.ts'
import {BrokenBody} from './tries.ts'

/** Which bytes of how many an answer brings. */
export interface Part {
  readonly start: number
  /** After the last. */
  readonly end: number
  readonly total: number
}

/** The entity tag if two equal ones prove equal bytes. */
export function strongTag(answer: OpenBody): string | undefined {
  const tag = answer.headers['etag']
  return tag !== undefined && /^"[^"]*"$/.test(tag) && tag.length > 2 ? tag : undefined
}

/** The part a 206 says it brings; undefined for anything else, and for what no client asked for: several parts, unknown totals. */
export function partOf(answer: OpenBody): Part | undefined {
  if (answer.status !== 206) return undefined
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(answer.headers['content-range'] ?? '')
  if (!match) return undefined
  const [start, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return start <= last && last < total ? {start, end: last + 1, total} : undefined
}

export function isPart(part: Part | undefined, asked: ByteRange): part is Part {
  if (!part || part.start !== asked.start) return false
  return part.end === (asked.end === undefined ? part.total : Math.min(asked.end + 1, part.total))
}

/** The declared length of the body, if it is a number at all. */
function declaredLength(answer: OpenBody): number | undefined {
  const text = answer.headers['content-length']
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new BrokenBody('the answer declares an impossible length')
  return Number(text)
}

/** How a body is read. */
export interface Reading {
  readonly clock: Clock
  /** Over this time, in milliseconds, a body must come at the least rate: the `request-timeout` input. */
  readonly patienceMs?: number | undefined
  /** More than this is never taken, whatever the answer declares; `begun` of it have been. */
  readonly mostBytes?: number | undefined
  readonly begun?: number | undefined
}

/**
 * Reads the body, giving each piece to `take`, which may ask for time, and throws BrokenBody unless it has exactly `bytes` (if known).
 * Errors of the connection come out unchanged, those of `take` too.
 */
export async function readBody(
  answer: OpenBody,
  bytes: number | undefined,
  take: (piece: Uint8Array) => void | Promise<void>,
  reading: Reading,
): Promise<number> {
  const {mostBytes = Infinity, begun = 0} = reading
  const refuseBeyond = (bytes: number): void => {
    if (begun + bytes <= mostBytes) return
    answer.discard()
    throw tooManyBytes(begun + bytes, mostBytes)
  }
  let read = 0
  const declared = declaredLength(answer)
  if (bytes !== undefined && declared !== undefined && declared !== bytes) {
    answer.discard()
    throw new BrokenBody(`${bytes} bytes were expected, and the answer declares ${declared}`)
  }
  const expected = bytes ?? declared
  if (expected !== undefined) refuseBeyond(expected)
  for await (const piece of paced(answer, reading)) {
    read += piece.length
    if (expected !== undefined && read > expected) {
      answer.discard()
      throw new BrokenBody(`more than the expected ${expected} bytes came`)
    }
    refuseBeyond(read)
    const taken = take(piece)
    if (taken) await taken
  }
  if (expected !== undefined && read !== expected) throw new BrokenBody(`${read} of ${expected} bytes came`)
  return read
}

/** Of what is fetched, before any of it is unpacked. */
export function tooManyBytes(bytes: number, mostBytes: number): ActionError {
  return new ActionError(
    'untrusted',
    `There are at least ${bytes} bytes to fetch, and ${Math.max(0, mostBytes)} may be fetched at most.`,
    {hint: 'Raise --max-bytes if so much is meant to come.'},
  )
}

/** The pieces as they come, at the least rate at least. Only waiting counts, not what is done with the pieces. */
export async function* paced(
  answer: OpenBody,
  {clock, patienceMs = 30_000}: Reading,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = answer.body[Symbol.asyncIterator]()
  let waitedMs = 0
  let bytes = 0
  let isOver = false
  try {
    for (;;) {
      const askedMs = clock.now()
      const next = await nextOf(pieces)
      isOver = next.done === true
      if (next.done) return
      waitedMs += clock.now() - askedMs
      bytes += next.value.length
      if (waitedMs >= patienceMs) {
        if (bytes * 1_000 < leastBytesPerSecond * waitedMs)
          throw new Error(`only ${bytes} bytes came in ${(waitedMs / 1_000).toFixed(0)} s`)
        waitedMs = 0
        bytes = 0
      }
      yield next.value
    }
  } catch (error) {
    isOver = true
    answer.discard()
    throw error
  } finally {
    if (!isOver) await pieces.return?.()
  }
}

/** A connection that fails in mid-body is worth another try, whatever the client calls it. */
export async function nextOf(pieces: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await pieces.next()
  } catch (error) {
    if (!(error instanceof ActionError) || error.kind !== 'unreachable') throw error
    throw new Error(error.message, {cause: error})
  }
}
