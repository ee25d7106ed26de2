import {ActionError} from '../../base/errors.ts'
import type {ByteRange, OpenBody, OpenFile} from '../../gitlab/api/types.ts'
import {isPart, partOf, readBody, strongTag, tooManyBytes, type Reading} from './body.ts'
import {refuseImpostor, type Asked} from './impostor.ts'
import {badArchive} from '../zip/rules.ts'
import {BrokenBody, ReplacedFile, type Tries} from './tries.ts'

/** Takes bytes as they come: where they belong in the archive, and the bytes. No more come before it is done with them. */
export type Sink = (position: number, bytes: Uint8Array) => void | Promise<void>

export interface RemoteOptions extends Omit<Reading, 'mostBytes'> {
  readonly open: OpenFile
  readonly signal: AbortSignal
  /** Of this file, shared by all that is asked for of it. */
  readonly tries: Tries
  /** What it is: an answer that is plainly something else is refused at once. */
  readonly asked: Asked
  /** Most bytes that may be fetched of it; asked anew for each answer. */
  readonly mostBytes: () => number
  /** What GitLab's job says of the archive's size. An archive of another size is not believed. */
  readonly knownBytes?: number | undefined
  /** Called with the bytes of each piece, before it is taken. */
  readonly counted: (bytes: number) => void
}

/** What the first answer told. `range`: parts can be had. `whole`: the server sends everything, and has begun to. */
export type Probe =
  | {readonly kind: 'range'; readonly remote: RemoteArchive; readonly start: number; readonly bytes: Buffer}
  | {readonly kind: 'whole'; readonly answer: OpenBody}

/** One file behind ranges, the same from the first to the last of them. */
export interface RemoteArchive {
  readonly bytes: number
  readonly tag: string | undefined
}

/** A directory of some ten thousand entries comes with the end records. */
export const tailBytes = 2 ** 20
/** The first bytes are of use only if they are all; "the last ones" cannot be asked for, as Azure's store knows no such range. */
const headBytes = 2 ** 18

/** Asks for the last mebibyte (for some first bytes, if the size is not known): it shows whether parts can be had, and is needed anyway. */
export async function probe(options: RemoteOptions): Promise<Probe> {
  const {knownBytes} = options
  const range: ByteRange =
    knownBytes === undefined
      ? {start: 0, end: headBytes - 1}
      : {start: Math.max(0, knownBytes - tailBytes), end: knownBytes - 1}
  const {tries} = options
  let givesParts = true
  for (;;) {
    try {
      const answer = await openAnswer(options, givesParts ? {range} : {}).catch(async (error: unknown) => {
        // No byte of it is in that range: it is empty, or another than GitLab says. The whole shows which.
        if (!(error instanceof ActionError) || error.status !== 416) throw error
        return openAnswer(options, {})
      })
      const part = partOf(answer)
      if (answer.status === 200) return {kind: 'whole', answer}
      if (!isPart(part, range)) {
        // Several parts, an unknown total, another range: something on the way does not know ranges as HTTP means them.
        givesParts = false
        throw dismiss(answer, 'the answer to a range was another one')
      }
      if (knownBytes !== undefined && part.total !== knownBytes) {
        answer.discard()
        throw badArchive(
          `it has ${part.total} bytes, but GitLab says ${knownBytes}`,
          'It may have been replaced just now: try again.',
        )
      }
      const pieces: Uint8Array[] = []
      const take = (piece: Uint8Array): void => {
        options.counted(piece.length)
        tries.arrived(piece.length)
        pieces.push(piece)
      }
      await readBody(answer, part.end - part.start, take, readingOf(options))
      return {
        kind: 'range',
        remote: {bytes: part.total, tag: strongTag(answer)},
        start: part.start,
        bytes: Buffer.concat(pieces),
      }
    } catch (error) {
      await tries.failed(error, options.signal)
    }
  }
}

/**
 * Fetches bytes `start` up to `end` in order. After a failure it goes on where it was if a strong tag proves the file to be the same; else
 * from `restartAt()`, the last place behind which everything has been checked. Throws ReplacedFile if the server has another file now.
 */
export async function fetchPart(
  remote: RemoteArchive,
  part: {readonly start: number; readonly end: number; readonly restartAt: () => number},
  options: RemoteOptions,
  sink: Sink,
): Promise<void> {
  const {tag} = remote
  const {tries} = options
  let at = part.start
  while (at < part.end) {
    try {
      const range = {start: at, end: part.end - 1}
      const answer = await openAnswer(options, {range, ifRange: tag})
      // The whole file: either it is another one now, or this server is not the one that could do ranges.
      if (answer.status === 200) throw replaced(answer)
      const got = partOf(answer)
      if (!isPart(got, range)) throw dismiss(answer, 'the answer to a range was another one')
      if (got.total !== remote.bytes || (tag !== undefined && strongTag(answer) !== tag)) throw replaced(answer)
      const take = (piece: Uint8Array): void | Promise<void> => {
        options.counted(piece.length)
        tries.arrived(piece.length)
        const taken = sink(at, piece)
        at += piece.length
        return taken
      }
      await readBody(answer, got.end - got.start, take, {...readingOf(options), mostBytes: undefined})
    } catch (error) {
      if (tag === undefined) {
        tries.lost(at - part.restartAt())
        at = part.restartAt()
      }
      await tries.failed(error, options.signal)
    }
  }
}

export interface Whole {
  readonly bytes: number
  /** Whether anything told beforehand how long it would be. */
  readonly isLengthKnown: boolean
}

/** Fetches the whole file in order, resuming where a strong tag allows; `restart` is called before bytes come from 0 again. */
export async function fetchWhole(
  options: RemoteOptions,
  begun: OpenBody | undefined,
  sink: Sink,
  restart: () => void,
): Promise<Whole> {
  const {tries, knownBytes = 0} = options
  if (knownBytes > options.mostBytes()) {
    begun?.discard()
    throw tooManyBytes(knownBytes, options.mostBytes())
  }
  let at = 0
  let tag: string | undefined
  let total: number | undefined
  let answer = begun
  for (;;) {
    try {
      const isResumed = at > 0 && tag !== undefined
      answer ??= await openAnswer(options, isResumed ? {range: {start: at}, ifRange: tag} : {})
      const part = partOf(answer)
      const goesOn =
        isResumed &&
        isPart(part, {start: at}) &&
        (total === undefined || part.total === total) &&
        strongTag(answer) === tag
      if (!goesOn && answer.status !== 200) {
        // Not the rest of what we have: the next try asks for everything.
        tag = undefined
        throw dismiss(answer, 'the answer to a range was another one')
      }
      if (!goesOn) {
        if (at > 0) restart()
        tries.lost(at)
        at = 0
        tag = strongTag(answer)
        total = options.knownBytes
      }
      const take = (piece: Uint8Array): void | Promise<void> => {
        options.counted(piece.length)
        tries.arrived(piece.length)
        const taken = sink(at, piece)
        at += piece.length
        return taken
      }
      const reading = {...readingOf(options), begun: at}
      await readBody(answer, goesOn && part ? part.end - part.start : total, take, reading)
      return {
        bytes: at,
        isLengthKnown: total !== undefined || answer.headers['content-length'] !== undefined,
      }
    } catch (error) {
      answer = undefined
      await tries.failed(error, options.signal)
    }
  }
}

async function openAnswer(
  {open, signal, tries, asked}: RemoteOptions,
  request: Omit<Parameters<OpenFile>[0], 'signal' | 'budget'>,
): Promise<OpenBody> {
  signal.throwIfAborted()
  const answer = await open({...request, signal, budget: tries})
  return refuseImpostor(answer, asked)
}

function readingOf({clock, patienceMs, mostBytes}: RemoteOptions): Reading {
  return {clock, patienceMs, mostBytes: mostBytes()}
}

function dismiss(answer: OpenBody, why: string): BrokenBody {
  return dropped(answer, new BrokenBody(`${why} (status ${answer.status})`))
}

function replaced(answer: OpenBody): ReplacedFile {
  return dropped(answer, new ReplacedFile('The archive was replaced while it was read'))
}

function dropped<E extends Error>(answer: OpenBody, error: E): E {
  answer.discard()
  return error
}
