import {ActionError} from '../../base/errors.ts'
import type {OpenFile} from '../../gitlab/api/types.ts'
import {readArchive, type Archive} from '../zip/archive.ts'
import type {Supply} from './pipeline.ts'
import {tooManyBytes} from './body.ts'
import {fetchPart, fetchWhole, probe, tailBytes, type Probe, type RemoteOptions} from './remote-archive.ts'
import type {Rules} from '../zip/rules.ts'
import type {Spool} from './spool.ts'

/** An archive as far as it is here, and how to get the rest. */
export interface Source {
  readonly archive: Archive
  /** Undefined if the spool holds all of it. */
  readonly supply: Supply | undefined
  /** Set if the archive stands for one file of it, which is got by its own route. */
  readonly single?: OpenFile | undefined
}

export interface SourceOptions extends RemoteOptions {
  readonly spool: Spool
  readonly rules: Rules
  /** Read it in one piece, whatever the server can do. */
  readonly isWhole: boolean
  /** Asked when nothing but the whole would be sent: another way to the one file that is wanted, if there is one. */
  readonly insteadOfWhole?:
    (() => Promise<{readonly archive: Archive; readonly open: OpenFile} | undefined>) | undefined
}

/** What is asked for when no more than this is to be had: a second request would cost more than the bytes. */
const smallBytes = 4 * 2 ** 20

/**
 * Reads the directory of an archive at GitLab: out of its last bytes where the server gives parts, else out of the whole, which is then in the
 * spool. Throws ReplacedFile if the file changes meanwhile, and untrusted for what is not a sound zip.
 */
export async function openSource(options: SourceOptions): Promise<Source> {
  const isSmall = options.knownBytes !== undefined && options.knownBytes <= smallBytes
  if (options.isWhole || isSmall) return readWhole(options, undefined)
  const first = await probe(options)
  if (first.kind === 'range') return readByParts(options, first)
  const single = await options.insteadOfWhole?.()
  if (!single) return readWhole(options, first)
  first.answer.discard()
  return {archive: single.archive, supply: undefined, single: single.open}
}

async function readByParts(options: SourceOptions, first: Extract<Probe, {kind: 'range'}>): Promise<Source> {
  const {spool, rules} = options
  const {remote} = first
  let received = {start: first.start, end: first.start + first.bytes.length}
  spool.truncate(remote.bytes)
  spool.write(received.start, first.bytes)
  const fetchInto = (start: number, end: number): Promise<void> =>
    fetchPart(remote, {start, end, restartAt: () => start}, options, (position, bytes) => spool.write(position, bytes))
  if (received.end < remote.bytes) {
    // The size was not known, so the first bytes were asked for; from here on the last ones count.
    received = {start: Math.max(0, remote.bytes - tailBytes), end: remote.bytes}
    await fetchInto(received.start, received.end)
  }
  const read = async (start: number, end: number): Promise<Buffer> => {
    if (start < received.start) {
      if (received.start - start > options.mostBytes()) throw tooManyBytes(received.start - start, options.mostBytes())
      await fetchInto(start, received.start)
      received = {start, end: received.end}
    }
    return spool.read(start, end)
  }
  const archive = await readArchive(remote.bytes, read, rules)
  return {archive, supply: {remote, options, received}}
}

async function readWhole(options: SourceOptions, begun: Extract<Probe, {kind: 'whole'}> | undefined): Promise<Source> {
  const {spool, rules, knownBytes, tries} = options
  let answer = begun?.answer
  for (;;) {
    const whole = await fetchWhole(
      options,
      answer,
      (position, bytes) => spool.write(position, bytes),
      () => spool.truncate(0),
    )
    answer = undefined
    spool.truncate(whole.bytes)
    try {
      return {archive: await readArchive(whole.bytes, (start, end) => spool.read(start, end), rules), supply: undefined}
    } catch (error) {
      // A body whose end is the end of the connection may have been cut, and then this is how it shows.
      if (whole.isLengthKnown || knownBytes !== undefined || !(error instanceof ActionError)) throw error
      await tries.failed(new Error(error.message, {cause: error}), options.signal).catch(() => {
        throw error
      })
    }
  }
}
