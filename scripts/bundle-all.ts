import {availableParallelism} from 'node:os'
import {fileURLToPath} from 'node:url'
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads'
import {bundle} from './bundle.ts'
import type {Bundle} from './bundle.ts'

/** Makes bundles on all cores: one takes seconds of a core. Gives them in the order of their names. */
export async function bundleAll(root: string, names: readonly string[]): Promise<readonly Bundle[]> {
  const made = new Map<string, Bundle>()
  const queue = names.values()
  await Promise.all(Array.from({length: Math.min(availableParallelism(), names.length)}, () => work(root, queue, made)))
  return names.map((name) => made.get(name)).filter((bundle) => bundle !== undefined)
}

async function work(root: string, queue: Iterator<string>, made: Map<string, Bundle>): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url), {workerData: {root}})
  try {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      made.set(next.value, await ask(worker, next.value))
    }
  } finally {
    await worker.terminate()
  }
}

function ask(worker: Worker, name: string): Promise<Bundle> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (answer: Bundle | {readonly error: string}) => {
      worker.off('error', reject)
      if ('error' in answer) reject(new Error(answer.error))
      else resolve(answer)
    })
    worker.postMessage(name)
  })
}

if (!isMainThread) {
  const {root} = workerData as {readonly root: string}
  parentPort?.on('message', (name: string) => {
    bundle(root, name).then(
      (made) => parentPort?.postMessage(made),
      (error: unknown) => parentPort?.postMessage({error: `${name}: ${String(error)}`}),
    )
  })
}
