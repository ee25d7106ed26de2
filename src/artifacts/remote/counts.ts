import {systemClock} from '../../base/clock.ts'
import type {OpenFile} from '../../gitlab/api/types.ts'
import type {ArchiveSource, ReadOptions} from '../unpack/options.ts'
import type {Asked} from './impostor.ts'
import {tailBytes, type RemoteOptions} from './remote-archive.ts'
import {createTries} from './tries.ts'

/** What one source has cost so far. */
export interface Counts {
  bytes: number
  requests: number
  /** Bytes expected in all, once that is known. */
  expectedBytes: number | undefined
  /** Bytes that are still of use: those fetched twice count once. */
  kept: () => number
}

export function createCounts({knownBytes}: Pick<ArchiveSource, 'knownBytes'>): Counts {
  return {bytes: 0, requests: 0, expectedBytes: knownBytes, kept: () => 0}
}

/** One file to be fetched, as one of several that are counted together. */
export interface Fetching {
  readonly open: OpenFile
  readonly asked: Asked
  readonly knownBytes?: number | undefined
  readonly counts: Counts
  readonly all: readonly Counts[]
  /** Most bytes that may be fetched of all, beside a mebibyte for names and headers. */
  readonly maxBytes: number
}

/** How it is fetched: counted, within the limit, and with tries of its own. */
export function remoteOptions(
  {open, asked, knownBytes, counts, all, maxBytes}: Fetching,
  {clock = systemClock, signal, attempts, patienceMs, progress, tell}: ReadOptions,
): RemoteOptions {
  const tries = createTries({clock, attempts, tell})
  counts.kept = () => tries.kept()
  return {
    open: async (request) => {
      counts.requests += 1
      return open(request)
    },
    asked,
    knownBytes,
    clock,
    signal,
    patienceMs,
    tries,
    mostBytes: () => maxBytes + tailBytes - all.reduce((sum, one) => (one === counts ? sum : sum + one.kept()), 0),
    counted: (bytes) => {
      counts.bytes += bytes
      progress?.(
        sumOf(all, (one) => one.bytes) ?? 0,
        sumOf(all, (one) => one.expectedBytes),
      )
    },
  }
}

function sumOf(all: readonly Counts[], value: (one: Counts) => number | undefined): number | undefined {
  return all.reduce<number | undefined>((sum, one) => {
    const more = value(one)
    return sum === undefined || more === undefined ? undefined : sum + more
  }, 0)
}
