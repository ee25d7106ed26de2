interface RecentlyUsed<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/** Keeps what was used last, and forgets the others: a long wait must not grow. */
export function keepRecent<T>(size = 32): RecentlyUsed<T> {
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
    set(key, value) {
      kept.delete(key)
      kept.set(key, value)
      const [oldest] = kept.keys()
      if (kept.size > size && oldest !== undefined) kept.delete(oldest)
    },
  }
}

/** An ETag that is safe to send back, or undefined. */
export function usableEtag(header: string | undefined): string | undefined {
  return header !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{1,200}"$/.test(header) ? header : undefined
}
