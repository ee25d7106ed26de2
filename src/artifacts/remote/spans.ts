import type {Segment} from '../unpack/unpack.ts'

/** Bytes got by one request, and the segments that are whole once it has come so far. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly segments: readonly Segment[]
}

const spanBytes = 16 * 2 ** 20
/** A request costs a round trip; bytes in between cost less up to about here. */
const longestGap = 64 * 2 ** 10

/** What of the archive has come already. */
export interface Had {
  readonly start: number
  readonly end: number
}

/** Splits what is still to be fetched into requests: neighbours together, nothing that has been had. Segments wholly had come in `ready`. */
export function spansOf(
  segments: readonly Segment[],
  had: Had,
): {readonly ready: readonly Segment[]; readonly spans: readonly Span[]} {
  const ready: Segment[] = []
  const spans: {start: number; end: number; segments: Segment[]}[] = []
  for (const segment of segments) {
    const start = segment.start >= had.start && segment.start < had.end ? Math.min(had.end, segment.end) : segment.start
    const end = segment.end <= had.end && segment.end > had.start ? Math.max(had.start, start) : segment.end
    const last = spans.at(-1)
    if (end <= start) ready.push(segment)
    else if (last && start - last.end <= longestGap && end - last.start <= spanBytes) {
      last.segments.push(segment)
      last.end = end
    } else spans.push({start, end, segments: [segment]})
  }
  return {ready, spans}
}

/** Few large requests fill the line with four connections; many small ones wait more than they read. */
export function connectionsFor(spans: readonly Span[]): number {
  const bytes = spans.reduce((sum, span) => sum + span.end - span.start, 0)
  return Math.max(1, Math.min(spans.length, bytes / spans.length < 2 ** 20 ? 8 : 4))
}
