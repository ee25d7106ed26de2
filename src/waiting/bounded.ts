/**
 * Runs something that may hang, and stops waiting for it after `ms` milliseconds of real time or as soon as `signal` aborts; it is told by its own
 * signal. The timer is a real one on purpose: what hangs, hangs in real time, and a test's clock must not run on for it.
 */
export async function bounded<T>(
  {ms, signal, late}: {readonly ms: number; readonly signal?: AbortSignal | undefined; readonly late: () => Error},
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let stop: (() => void) | undefined
  const interrupted = new Promise<never>((_resolve, reject) => {
    const end = (reason: unknown): void => {
      controller.abort(reason)
      reject(reason)
    }
    timer = setTimeout(() => end(late()), Math.min(ms, 0x7fffffff))
    stop = () => end(signal?.reason)
    signal?.addEventListener('abort', stop, {once: true})
  })
  try {
    return await Promise.race([run(controller.signal), interrupted])
  } finally {
    clearTimeout(timer)
    if (stop) signal?.removeEventListener('abort', stop)
  }
}
