import {setImmediate as turn} from 'node:timers/promises'
import {allOrNone, createQueue, type Queue} from '../unpack/queue.ts'
import {fillSpan, type Ready, type Span} from './fill-span.ts'
import {fetchPart, type RemoteArchive, type RemoteOptions} from './remote-archive.ts'
import type {Digest, Spool} from './spool.ts'
import type {Link, Segment} from '../unpack/unpack.ts'
import type {Room} from '../unpack/room.ts'
import type {Unpacker} from '../unpack/unpacker.ts'

/** Where segments come from that are not in the spool yet. */
export interface Supply {
  readonly remote: RemoteArchive
  readonly options: RemoteOptions
  readonly received: Received
}

export interface PipelineOptions {
  readonly segments: readonly Segment[]
  readonly spool: Spool
  readonly unpacker: Unpacker
  /** Undefined if the spool is complete. */
  readonly supply: Supply | undefined
  /** Given if the segments are the whole archive, gapless: it is fed as the spool fills, and ended by whoever made it. */
  readonly digest: Digest | undefined
  /** Where segments that come are kept while it has room. Without it, or with a digest, all that comes is to be found in the spool. */
  readonly room?: Room | undefined
  readonly signal: AbortSignal
}

/** Fetches what is missing and unpacks each segment as soon as it has come. Returns the links, which are still to be made. */
export async function runPipeline(options: PipelineOptions): Promise<readonly Link[]> {
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const ready = createQueue<Ready>()
  const links: Link[] = []
  const unpackers = Array.from({length: options.unpacker.width}, () => () => unpackAll(ready, options, signal, links))
  await allOrNone([() => supplyAll(options, ready, signal), ...unpackers], () => {
    stop.abort()
    ready.close()
  })
  options.signal.throwIfAborted()
  return links
}

async function unpackAll(
  ready: Queue<Ready>,
  {unpacker, spool, room}: PipelineOptions,
  signal: AbortSignal,
  links: Link[],
): Promise<void> {
  for (let next = await ready.take(); next; next = await ready.take()) {
    const {segment, memory} = next
    signal.throwIfAborted()
    links.push(...(await unpacker.unpack(spool.fd, segment, memory)))
    if (memory) room?.giveBack(memory)
    // Unpacking in this thread is synchronous: without a turn, sockets would wait, and the server with them.
    await turn()
  }
}

async function supplyAll(options: PipelineOptions, ready: Queue<Ready>, signal: AbortSignal): Promise<void> {
  const {segments, spool, supply, digest} = options
  if (!supply) {
    for (const segment of segments) ready.push({segment})
    ready.close()
    await digest?.upTo(spool.bytes())
    return
  }
  const plan = spansOf(segments, supply.received)
  for (const segment of plan.ready) ready.push({segment})
  const waiting = [...plan.spans]
  const come = plan.spans.map(() => createGate())
  const connection = async (): Promise<void> => {
    for (let span = waiting.shift(); span; span = waiting.shift()) {
      await fetchSpan(span, supply, options, ready, signal)
      come[plan.spans.indexOf(span)]?.open()
    }
  }
  const digestAll = async (): Promise<void> => {
    for (const [index, span] of plan.spans.entries()) {
      await come[index]?.opened
      signal.throwIfAborted()
      await digest?.upTo(span.end)
    }
  }
  const connections = Array.from({length: connectionsFor(plan.spans)}, () => connection)
  const openAll = (): void => come.forEach((gate) => gate.open())
  await allOrNone([...connections, ...(digest ? [digestAll] : [])], () => {
    waiting.length = 0
    openAll()
  })
  ready.close()
}

async function fetchSpan(
  span: Span,
  {remote, options}: Supply,
  {spool, room, unpacker, digest}: PipelineOptions,
  ready: Queue<Ready>,
  signal: AbortSignal,
): Promise<void> {
  const way = digest || !room ? undefined : {room, open: unpacker.open}
  const filling = fillSpan(span, {spool, way, signal, whole: (next) => ready.push(next)})
  try {
    const {start, end} = span
    await fetchPart(remote, {start, end, restartAt: filling.checked}, {...options, signal}, filling.take)
  } finally {
    filling.close()
  }
}

const spanBytes = 16 * 2 ** 20
/** A request costs a round trip; bytes in between cost less up to about here. */
const longestGap = 64 * 2 ** 10

/** The part of the archive that is here already. */
interface Received {
  readonly start: number
  readonly end: number
}

/** Splits what is still to be fetched into requests: neighbours together, nothing that has been received. Segments wholly had come in `ready`. */
function spansOf(
  segments: readonly Segment[],
  received: Received,
): {readonly ready: readonly Segment[]; readonly spans: readonly Span[]} {
  const ready: Segment[] = []
  const spans: {start: number; end: number; segments: Segment[]}[] = []
  for (const segment of segments) {
    const start =
      segment.start >= received.start && segment.start < received.end
        ? Math.min(received.end, segment.end)
        : segment.start
    const end =
      segment.end <= received.end && segment.end > received.start ? Math.max(received.start, start) : segment.end
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
function connectionsFor(spans: readonly Span[]): number {
  const bytes = spans.reduce((sum, span) => sum + span.end - span.start, 0)
  return Math.max(1, Math.min(spans.length, bytes / spans.length < 2 ** 20 ? 8 : 4))
}

interface Gate {
  readonly opened: Promise<void>
  open(): void
}

function createGate(): Gate {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {opened, open: () => open()}
}
