/** What some produce and others consume: each item goes to one taker, and `undefined` says that no more will come. */
export interface Queue<T> {
  push(item: T): void
  close(): void
  take(): Promise<T | undefined>
}

export function createQueue<T>(): Queue<T> {
  const items: T[] = []
  const takers: ((item: T | undefined) => void)[] = []
  let first = 0
  let isClosed = false
  return {
    push(item) {
      const taker = takers.shift()
      if (taker) taker(item)
      else items.push(item)
    },
    close() {
      isClosed = true
      for (const taker of takers.splice(0)) taker(undefined)
    },
    async take() {
      const item = items[first]
      if (item !== undefined) {
        first += 1
        return item
      }
      if (isClosed) return undefined
      return new Promise((resolve) => takers.push(resolve))
    },
  }
}

/**
 * Does the same work for each item, so many at once, and gives the results in the order of the items. The first failure stops the others by the
 * signal that each is given, and is thrown when all have ended.
 */
export async function eachOrNone<T, R>(
  items: readonly T[],
  {width, signal}: {readonly width: number; readonly signal: AbortSignal},
  work: (item: T, signal: AbortSignal, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const stop = new AbortController()
  const own = AbortSignal.any([signal, stop.signal])
  const results: R[] = []
  const waiting = [...items.entries()]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, item] = next
      results[index] = await work(item, own, index)
    }
  }
  await allOrNone(
    Array.from({length: Math.min(width, items.length)}, () => worker),
    () => {
      waiting.length = 0
      stop.abort()
    },
  )
  return results
}

/**
 * Runs tasks that belong together: the first failure is given to `stop`, which must make the others end, and is thrown when all have.
 */
export async function allOrNone(tasks: readonly (() => Promise<void>)[], stop: () => void): Promise<void> {
  let failure: {readonly error: unknown} | undefined
  const running = tasks.map(async (task) => {
    try {
      await task()
    } catch (error) {
      failure ??= {error}
      stop()
    }
  })
  await Promise.all(running)
  // oxlint-disable-next-line typescript/only-throw-error -- thrown on as it came
  if (failure) throw failure.error
}
