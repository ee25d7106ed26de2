import {existsSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {fileURLToPath} from 'node:url'
import {Worker} from 'node:worker_threads'
import {ActionError} from '../../base/errors.ts'
import {openLargeEntry, type LargeEntry} from './large-entry.ts'
import {unpackSegment, type Link, type Segment} from './unpack.ts'
import type {WorkerAnswer, WorkerStart, WorkerTask} from './worker.ts'
import {workerSource} from './worker-source.ts'

/** Unpacks segments of archives, here or in threads. */
export interface Unpacker {
  /** How many segments are worth giving at once. */
  readonly width: number
  /** `fd` is the archive, open until the unpacker is closed. The bytes of the segment must be in it already, or in `memory`. */
  unpack(fd: number, segment: Segment, memory?: SharedArrayBuffer): Promise<readonly Link[]>
  /** The entry of a large segment, to be unpacked here as its bytes come: zlib's own threads do most of the work. Undefined while enough are. */
  readonly open: (segment: Segment) => LargeEntry | undefined
  /** Ends the threads at once; whatever they were doing is lost. */
  readonly close: () => Promise<void>
}

interface UnpackerOptions {
  /** The folder to write into; undefined to check only. */
  readonly root: string | undefined
  /** Threads; 1 is none beside this one. One a core, at most 4, unless told otherwise. */
  readonly jobs?: number | undefined
  /** Unpacked bytes in all: for less than 16 MiB a thread is not worth its start. */
  readonly bytes: number
}

const worthThreads = 16 * 2 ** 20

export function createUnpacker(options: UnpackerOptions): Unpacker {
  const {root, jobs = Math.min(4, availableParallelism()), bytes} = options
  const program = workerProgram()
  if (jobs <= 1 || bytes < worthThreads || program === undefined) return unpackHere(options)
  const threads = startThreads(root, jobs, program)
  return threads.length === 0 ? unpackHere(options) : unpackInThreads(threads, root)
}

function unpackHere({root}: UnpackerOptions): Unpacker {
  return {
    width: 1,
    unpack: (fd, segment, memory) => unpackSegment(fd, segment, root, memory),
    open: opener(root),
    close: () => Promise.resolve(),
  }
}

/**
 * What a thread is started from: in a bundle its text, as a data: URL; in a compiled tree the file beside this module; undefined for TypeScript
 * sources, which a thread cannot load.
 */
function workerProgram(): URL | string | undefined {
  if (workerSource !== undefined) return new URL(`data:text/javascript,${encodeURIComponent(workerSource)}`)
  const program = fileURLToPath(import.meta.url).replace(/unpacker\.js$/, 'worker.js')
  return program.endsWith('.js') && existsSync(program) ? program : undefined
}

interface Waiting {
  readonly resolve: (links: readonly Link[]) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, Waiting>
  /** Why it has ended, once it has. */
  ended: Error | undefined
}

/** Each thread holds two segments, so that it never waits for the next. */
const tasksPerThread = 2

/** As many as there can be: a container may have too few processes left for all, Node's permission model may forbid them. */
function startThreads(root: string | undefined, jobs: number, program: URL | string): readonly Thread[] {
  const threads: Thread[] = []
  try {
    while (threads.length < jobs) threads.push(startThread(program, {root}))
  } catch {
    // Those that have started do the work, or this thread does.
  }
  return threads
}

/** As many as zlib has threads: each holds a mebibyte or two. */
const mostOpen = 4

function opener(root: string | undefined): Unpacker['open'] {
  let count = 0
  return ({items: [item]}) => {
    if (!item || count === mostOpen) return undefined
    const entry = openLargeEntry(item, root)
    count += 1
    return {
      ...entry,
      close() {
        count -= 1
        entry.close()
      },
    }
  }
}

function unpackInThreads(threads: readonly Thread[], root: string | undefined): Unpacker {
  let lastId = 0
  return {
    width: threads.length * tasksPerThread,
    unpack(fd, segment, memory) {
      const thread = threads.reduce((best, one) => (one.waiting.size < best.waiting.size ? one : best))
      const task: WorkerTask = {id: (lastId += 1), fd, segment, memory}
      return new Promise((resolve, reject) => {
        if (thread.ended) return reject(thread.ended)
        thread.waiting.set(task.id, {resolve, reject})
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        thread.worker.postMessage(task)
      })
    },
    open: opener(root),
    async close() {
      await Promise.all(threads.map(({worker}) => worker.terminate()))
    },
  }
}

function startThread(program: URL | string, start: WorkerStart): Thread {
  const worker = new Worker(program, {workerData: start, argv: [], stdin: false})
  const thread: Thread = {worker, waiting: new Map(), ended: undefined}
  const {waiting} = thread
  const failAll = (error: Error): void => {
    thread.ended ??= error
    for (const one of waiting.values()) one.reject(error)
    waiting.clear()
  }
  worker.on('message', (answer: WorkerAnswer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('links' in answer) asked?.resolve(answer.links)
    else asked?.reject(asError(answer.failure))
  })
  worker.on('error', failAll)
  worker.on('exit', () => failAll(new Error('An unpacking thread ended too early.')))
  return thread
}

function asError(failure: Extract<WorkerAnswer, {failure: unknown}>['failure']): Error {
  return failure.kind === undefined
    ? new Error(failure.message)
    : new ActionError(failure.kind, failure.message, {hint: failure.hint})
}
