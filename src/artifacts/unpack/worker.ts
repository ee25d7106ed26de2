import {parentPort, workerData, type MessagePort} from 'node:worker_threads'
import {ActionError, type FailureKind} from '../../base/errors.ts'
import {unpackSegment, type Link, type Segment} from './unpack.ts'

/** What a thread is started with. */
export interface WorkerStart {
  readonly root: string | undefined
}

export interface WorkerTask {
  readonly id: number
  /** The archive, open: threads share what their process has open. */
  readonly fd: number
  readonly segment: Segment
  readonly memory: SharedArrayBuffer | undefined
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

/** Unpacks segment after segment, as the thread that started this one asks. Two at once would only hold more memory. */
function serveUnpacking(port: MessagePort): void {
  const {root} = workerData as WorkerStart
  let last = Promise.resolve()
  port.on('message', (task: WorkerTask) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    last = last.then(async () => port.postMessage(await answer(task, root)))
  })
}

async function answer(task: WorkerTask, root: string | undefined): Promise<WorkerAnswer> {
  try {
    return {id: task.id, links: await unpackSegment(task.fd, task.segment, root, task.memory)}
  } catch (error) {
    const known = error instanceof ActionError ? error : undefined
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return {id: task.id, failure: {kind: known?.kind, message: known?.message ?? message, hint: known?.hint}}
  }
}

// This module is the program of a thread; nothing but its types is imported elsewhere.
if (parentPort) serveUnpacking(parentPort)
