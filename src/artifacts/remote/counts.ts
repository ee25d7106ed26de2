import type {ArchiveSource} from '../unpack/options.ts'

/** What one source has cost so far. */
export interface Counts {
  bytes: number
  requests: number
  /** Bytes expected in all, once that is known. */
  wanted: number | undefined
}

/** Adds up what several sources cost, for one progress. */
export function createCounts(sources: readonly ArchiveSource[]): readonly Counts[] {
  return sources.map(({knownBytes}) => ({bytes: 0, requests: 0, wanted: knownBytes}))
}
