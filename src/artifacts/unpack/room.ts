/** Memory for packed bytes on their way from the line to whoever unpacks them, shared with threads. */
export interface Room {
  /** Memory of at least so many bytes; undefined while there is none. */
  take(bytes: number): SharedArrayBuffer | undefined
  giveBack(memory: SharedArrayBuffer): void
  /** Waits until some was given back, not for long: a slow disk must not keep a server waiting. */
  freed(signal: AbortSignal): Promise<void>
}

const usualBytes = 2 ** 20 + 2 ** 17
const longestWaitMs = 500

/** At most so many bytes in all, in pieces that are used again: new memory costs as much as a copy. */
export function createRoom(mostBytes: number): Room {
  const free: SharedArrayBuffer[] = []
  const waiting = new Set<() => void>()
  let held = 0
  return {
    take(bytes) {
      const at = free.findIndex((memory) => memory.byteLength >= bytes)
      if (at >= 0) return free.splice(at, 1)[0]
      const wanted = Math.max(usualBytes, bytes)
      while (held + wanted > mostBytes && free.length > 0) held -= free.pop()?.byteLength ?? 0
      if (held + wanted > mostBytes) return undefined
      held += wanted
      return new SharedArrayBuffer(wanted)
    },
    giveBack(memory) {
      free.push(memory)
      const [next] = waiting
      next?.()
    },
    freed(signal) {
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          waiting.delete(end)
          resolve()
        }
        const timer = setTimeout(end, longestWaitMs)
        signal.addEventListener('abort', end)
        waiting.add(end)
      })
    },
  }
}
