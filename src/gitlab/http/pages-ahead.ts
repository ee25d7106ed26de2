import {nextStep, type Headers, type Query} from './next-page.ts'

/** `keyset`: where a page tells the cursor of the next; `all`: numbered pages too, a few at once where the server tells how many there are. */
export type Ahead = 'keyset' | 'all'

interface Fetched<T> {
  readonly value: readonly T[]
  readonly headers: Headers
}

/** Fetches a page. `heard` is called as soon as its headers are there. */
export type FetchPage<T> = (
  query: Query,
  options: {readonly signal: AbortSignal; readonly heard: (headers: Headers) => void},
) => Promise<Fetched<T>>

/** Pages asked for and not yet read, that one included which is being read: enough to hide a round trip, few enough for a server that counts requests. */
const mostAhead = 4

export interface Reader<T> {
  /** A page, which may be on its way already. */
  readonly read: (query: Query) => Promise<Fetched<T>>
  /** Lets go of what nobody will read. */
  readonly stop: () => void
}

/** Reads the pages of one list, and asks for those that will follow. What a page says is judged by whoever reads it, in the order of the list. */
export function createReader<T>(fetch: FetchPage<T>, ahead: Ahead | undefined, mostNumbered: number): Reader<T> {
  const stop = new AbortController()
  const begun = new Map<string, Promise<Fetched<T>>>()
  let coming: readonly Query[] = []
  const begin = (query: Query): Promise<Fetched<T>> => {
    const heard = (headers: Headers): void => {
      if (coming.length === 0) coming = following(query, headers, ahead, mostNumbered)
      fill(headers)
    }
    const page = fetch(query, {signal: stop.signal, heard})
    // Nobody may come to read it.
    page.catch(() => {})
    begun.set(keyOf(query), page)
    return page
  }
  const fill = (headers: Headers): void => {
    const most = Math.min(mostAhead, Number(headers['ratelimit-remaining'] ?? mostAhead))
    while (begun.size < most && !stop.signal.aborted) {
      const [next, ...rest] = coming
      if (next === undefined) return
      coming = rest
      if (!begun.has(keyOf(next))) void begin(next)
    }
  }
  return {
    async read(query) {
      const key = keyOf(query)
      coming = coming.filter((one) => keyOf(one) !== key)
      try {
        const page = await (begun.get(key) ?? begin(query))
        begun.delete(key)
        fill(page.headers)
        return page
      } finally {
        begun.delete(key)
      }
    },
    stop: () => stop.abort(),
  }
}

/** The pages that an answer says will follow. */
function following(query: Query, headers: Headers, ahead: Ahead | undefined, mostNumbered: number): readonly Query[] {
  if (ahead === undefined) return []
  const next = nextIfAny(query, headers)
  if (next === undefined) return []
  if (next.isKeyset) return [next.query]
  const [page, last] = [Number(next.mark), Number(headers['x-total-pages'])]
  if (ahead !== 'all' || !(last >= page)) return []
  const numbers = Array.from({length: Math.min(last, mostNumbered) - page + 1}, (_, at) => String(page + at))
  return numbers.map((number) => next.query.map(([name, value]) => [name, name === 'page' ? number : value]))
}

/** Where an answer misleads, whoever reads the page says so. */
function nextIfAny(query: Query, headers: Headers): ReturnType<typeof nextStep> {
  try {
    return nextStep(query, headers)
  } catch {
    return undefined
  }
}

function keyOf(query: Query): string {
  return JSON.stringify(query)
}
