import {existsSync, openSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {isMainThread, parentPort, workerData} from 'node:worker_threads'
import {ActionError, type FailureKind} from '../errors.ts'
import {unpackSegment, type Link, type Segment} from './unpack.ts'

/** What a thread is started with. The mark tells our threads from any other that loads the same file. */
export interface WorkerStart {
  readonly jobsideUnpacks: true
  readonly archive: string
  readonly root: string | undefined
}

export interface WorkerTask {
  readonly id: number
  readonly segment: Segment
}

export type WorkerAnswer =
  | {readonly id: number; readonly links: readonly Link[]}
  | {
      readonly id: number
      readonly failure: {
        readonly kind: FailureKind | undefined
        readonly message: string
        readonly hint: string | undefined
      }
    }

/**
 * The file a thread must be started from to become a worker, or undefined where there is none: a bundle is its own worker, a compiled
 * tree has a small entry beside this module, and neither TypeScript sources nor a single executable can be loaded by a thread.
 */
export function workerFile(): string | undefined {
  const here = fileURLToPath(import.meta.url)
  if (!/\.m?js$/.test(here)) return undefined
  if (!here.endsWith('worker.js')) return here
  const entry = here.replace(/worker\.js$/, 'worker-entry.js')
  return existsSync(entry) ? entry : undefined
}

/**
 * In a thread started to unpack: serves it and returns true, and the caller must do nothing more. Elsewhere: returns false.
 * Every bundle that unpacks calls this first.
 */
export function runWorkerIfAsked(): boolean {
  const start = workerData as WorkerStart | undefined
  const port = parentPort
  if (isMainThread || !port || start?.jobsideUnpacks !== true) return false
  const fd = openSync(start.archive, 'r')
  // One after the other: two at once would only hold more memory.
  let last = Promise.resolve()
  port.on('message', (task: WorkerTask) => {
    last = last.then(async () => port.postMessage(await answer(fd, task, start.root)))
  })
  return true
}

async function answer(fd: number, task: WorkerTask, root: string | undefined): Promise<WorkerAnswer> {
  try {
    return {id: task.id, links: await unpackSegment(fd, task.segment, root)}
  } catch (error) {
    const known = error instanceof ActionError ? error : undefined
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return {id: task.id, failure: {kind: known?.kind, message: known?.message ?? message, hint: known?.hint}}
  }
}
