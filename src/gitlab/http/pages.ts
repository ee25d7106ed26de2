import {ActionError} from '../../base/errors.ts'
import {misleads, nextStep, refuseUntold, type Headers, type Query, type Step} from './next-page.ts'
import {createReader, type Ahead, type FetchPage} from './pages-ahead.ts'

/** Numbered pages by default; keyset lists have no end of their own that we should impose before this. */
const pageLimits = {numbered: 100, keyset: 10_000} as const

export interface Page<T> {
  readonly items: readonly T[]
  readonly headers: Headers
  /** Where the next page is; undefined after the last. */
  readonly next: Step | undefined
}

export interface Walk {
  /** At most this many pages. Without it, too many pages are an error and never a silent end. */
  readonly limit?: number | undefined
  /** Which pages to ask for before they are wanted, for whoever is going to read to the end. */
  readonly ahead?: Ahead | undefined
}

/** Every page of a list, read by `fetch`. */
export async function* walk<T>(
  first: Query,
  {limit, ahead}: Walk,
  fetch: FetchPage<T>,
): AsyncGenerator<Page<T>, void, void> {
  const seen = new Set<string>()
  const reader = createReader(fetch, limit === undefined ? ahead : undefined, pageLimits.numbered)
  let query = first
  try {
    for (let count = 1; ; count++) {
      const {value, headers} = await reader.read(query)
      const next = nextStep(query, headers, value.length)
      if (next && value.length === 0) throw misleads('comes with an empty page')
      yield {items: value, headers, next}
      if (count === limit) return
      if (next === undefined) return count === 1 ? refuseUntold(query, value, headers, reader.read) : undefined
      if (seen.has(next.mark)) throw misleads('leads back to a page already seen')
      const most = next.isKeyset ? pageLimits.keyset : pageLimits.numbered
      if (limit === undefined && count >= most)
        throw new ActionError('untrusted', `The list has more than ${most} pages.`)
      seen.add(next.mark)
      query = next.query
    }
  } finally {
    reader.stop()
  }
}

/** How often a list is read from its beginning until it holds still. */
const mostReadings = 5

export interface WholeList<T> {
  readonly items: readonly T[]
  /** The ids in their order: the same of two readings proves that nothing moved between them. */
  readonly mark: string
}

/**
 * All of a list, or undefined if it never held still. Numbered pages move under the reader: a job that is retried or deleted
 * meanwhile makes another slip over the edge of a page unseen. New ids only come at the top and old ones never come back, so two
 * readings alike, `before` counted as one, have no hole. Keyset pages and a single page need one reading. Pages that are asked for together come in any order:
 * what slips over an edge then shows as an id that comes twice, or is in the count and not in the list.
 */
export async function readWhole<T extends {readonly id: number}>(
  read: () => AsyncIterable<Page<T>>,
  before: string | undefined,
): Promise<WholeList<T> | undefined> {
  let last = before
  for (let reading = 0; reading < mostReadings; reading++) {
    const items: T[] = []
    let [mayMove, total] = [false, undefined as string | undefined]
    for await (const page of read()) {
      items.push(...page.items)
      mayMove ||= page.next !== undefined && !page.next.isKeyset
      total = page.headers['x-total']
    }
    const ids = items.map(({id}) => id)
    const mark = ids.join()
    const hasHole = new Set(ids).size < ids.length || (total !== undefined && total !== String(ids.length))
    if (!hasHole && (!mayMove || mark === last)) return {items, mark}
    last = hasHole ? undefined : mark
  }
  return undefined
}
