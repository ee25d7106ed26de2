import type {LargeEntry} from '../unpack/large-entry.ts'
import type {Room} from '../unpack/room.ts'
import type {Segment} from '../unpack/unpack.ts'
import type {Sink} from './remote-archive.ts'
import type {Spool} from './spool.ts'

/** Bytes got by one request, and the segments that are whole once it has come so far. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly segments: readonly Segment[]
}

/** A segment that has come, into the spool if not into `memory`. */
export interface Ready {
  readonly segment: Segment
  readonly memory?: SharedArrayBuffer | undefined
}

interface Places {
  readonly spool: Spool
  /** How to unpack without the spool; undefined if everything is wanted there. */
  readonly way: {readonly room: Room; readonly open: (segment: Segment) => LargeEntry | undefined} | undefined
  readonly signal: AbortSignal
  /** Given each segment that is whole and not unpacked yet. */
  readonly whole: (ready: Ready) => void
}

interface Filling {
  readonly take: Sink
  /** Bytes that are in a whole segment are kept after a failure: its checksums decide about them, and they are not fetched twice. */
  readonly checked: () => number
  readonly close: () => void
}

/** Where the bytes of one segment go. */
interface Place {
  put(position: number, piece: Uint8Array): Promise<void> | void
  whole(): Promise<void> | void
  close?(): void
}

/** Puts what comes of a span where it is unpacked from: large entries at once, others into memory while it has room, the rest into the spool. */
export function fillSpan(span: Span, places: Places): Filling {
  const segments = [...span.segments]
  let checked = span.start
  let place: Place | undefined
  const take: Sink = async (position, piece) => {
    const end = position + piece.length
    for (let at = position, [segment] = segments; segment && at < end; [segment] = segments) {
      place ??= await placeFor(segment, span, places)
      const partEnd = Math.min(segment.end, end)
      const put = place.put(at, piece.subarray(at - position, Math.max(at, partEnd) - position))
      if (put) await put
      at = partEnd
      if (segment.end > end && (segments.length > 1 || end < span.end)) return
      await place.whole()
      place.close?.()
      place = undefined
      segments.shift()
      checked = at
    }
  }
  return {take, checked: () => checked, close: () => place?.close?.()}
}

async function placeFor(segment: Segment, span: Span, {spool, way, signal, whole}: Places): Promise<Place> {
  const inSpool: Place = {put: (position, piece) => spool.write(position, piece), whole: () => whole({segment})}
  // A part that has come before is in the spool.
  if (!way || segment.start < span.start || segment.end > span.end) return inSpool
  if (segment.isLarge) {
    const entry = way.open(segment)
    return entry ? streamed(segment, entry) : inSpool
  }
  const memory = await memoryFor(segment.end - segment.start, way.room, signal)
  if (!memory) return inSpool
  const bytes = new Uint8Array(memory)
  return {
    put: (position, piece) => bytes.set(own(segment, position, piece), Math.max(0, position - segment.start)),
    whole: () => whole({segment, memory}),
  }
}

async function memoryFor(bytes: number, room: Room, signal: AbortSignal): Promise<SharedArrayBuffer | undefined> {
  const memory = room.take(bytes)
  if (memory) return memory
  await room.freed(signal)
  signal.throwIfAborted()
  return room.take(bytes)
}

function streamed(segment: Segment, entry: LargeEntry): Place {
  let next = segment.start
  return {
    put(position, piece) {
      const part = own(segment, position, piece)
      if (part.length === 0) return undefined
      const at = Math.max(position, segment.start)
      // After a failure, where nothing proves the file to be the same.
      if (at !== next) entry.restart()
      next = at + part.length
      return entry.take(part)
    },
    whole: () => entry.end(),
    close: () => entry.close(),
  }
}

/** Without what lies between it and the segment before. */
function own(segment: Segment, position: number, piece: Uint8Array): Uint8Array {
  return piece.subarray(Math.max(0, segment.start - position))
}
