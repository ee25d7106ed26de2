interface Memory<T> {
  get(key: string): T | undefined
  set(key: string, remembered: T): void
}

/** Keeps what was used last, and forgets the others: a long wait must not grow. */
export function createMemory<T>(size = 32): Memory<T> {
  const kept = new Map<string, T>()
  return {
    get(key) {
      const found = kept.get(key)
      if (found !== undefined) {
        kept.delete(key)
        kept.set(key, found)
      }
      return found
    },
    set(key, remembered) {
      kept.delete(key)
      kept.set(key, remembered)
      const [oldest] = kept.keys()
      if (kept.size > size && oldest !== undefined) kept.delete(oldest)
    },
  }
}

/** An ETag that is safe to send back, or undefined. */
export function usableEtag(header: string | undefined): string | undefined {
  return header !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{1,200}"$/.test(header) ? header : undefined
}
