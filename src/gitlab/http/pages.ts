import {ActionError} from '../../base/errors.ts'
import type {Endpoint} from '../api/endpoints.ts'

type Query = Endpoint<unknown>['query']
type Headers = Readonly<Record<string, string>>

/** Numbered pages by default; keyset lists have no end of their own that we should impose before this. */
const pageLimits = {numbered: 100, keyset: 10_000} as const

export interface Step {
  readonly query: Query
  readonly isKeyset: boolean
  /** What tells this page from all others. */
  readonly mark: string
}

/**
 * The query of the next page, or undefined after the last; `count` is how many this one holds. Takes nothing but the cursor or page number from the server: the
 * addresses in its Link header come from its configured external URL and repeat everything that was asked.
 * https://docs.gitlab.com/api/rest/#pagination
 */
export function nextStep(current: Query, headers: Headers, count = 0): Step | undefined {
  const link = nextLink(headers['link'])
  const cursor = link?.get('cursor') ?? (link === undefined && isKeyset(current) ? headers['x-next-cursor'] : undefined)
  if (cursor) return {query: replace(current, 'cursor', cursor), isKeyset: true, mark: cursor}
  const now = Number(valueOf(current, 'page') ?? 1)
  // Something between us takes headers away: only a page that is not full shows that it is the last.
  const isUntold = !isKeyset(current) && isUntoldLast(current, headers, count)
  const page = link?.get('page') ?? (isUntold ? String(now + 1) : headers['x-next-page'])
  if (page === undefined || page === '') {
    if (link) throw lie('has neither a cursor nor a page')
    if (Number(headers['x-total-pages']) > now) throw lie(`is missing, although there are ${headers['x-total-pages']}`)
    return undefined
  }
  // Going back or staying would never end, and what is skipped is not seen.
  if (!/^\d{1,9}$/.test(page) || Number(page) <= now) throw lie('does not lead onwards')
  if (Number(page) > now + 1) throw lie(`leads from page ${now} to page ${Number(page)}`)
  return {query: replace(current, 'page', page), isKeyset: false, mark: page}
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly headers: Headers
  /** Where the next page is; undefined after the last. */
  readonly next: Step | undefined
}

/** Every page of a list, read by `fetch`. Without `limit`, too many pages are an error and never a silent end. */
export async function* walk<T>(
  first: Query,
  limit: number | undefined,
  fetch: (query: Query) => Promise<{readonly value: readonly T[]; readonly headers: Headers}>,
): AsyncGenerator<Page<T>, void, void> {
  const seen = new Set<string>()
  let query = first
  for (let count = 1; ; count++) {
    const {value, headers} = await fetch(query)
    const next = nextStep(query, headers, value.length)
    if (next && value.length === 0) throw lie('comes with an empty page')
    yield {items: value, headers, next}
    if (count === limit) return
    if (next === undefined) return count === 1 ? refuseUntold(query, value, headers, fetch) : undefined
    if (seen.has(next.mark)) throw lie('leads back to a page already seen')
    const most = next.isKeyset ? pageLimits.keyset : pageLimits.numbered
    if (limit === undefined && count >= most)
      throw new ActionError('untrusted', `The list has more than ${most} pages.`)
    seen.add(next.mark)
    query = next.query
  }
}

/** By cursors a last page has no link: where the first is full, it shows by another way of asking that nothing took the link away. */
async function refuseUntold(
  query: Query,
  {length}: readonly unknown[],
  headers: Headers,
  fetch: (query: Query) => Promise<{readonly value: readonly unknown[]}>,
): Promise<void> {
  if (!isKeyset(query) || !isUntoldLast(query, headers, length)) return
  const numbered = query.filter(([name]) => name !== 'pagination')
  const {value} = await fetch(replace(numbered, 'page', '2'))
  if (value.length > 0) throw lie('is missing, although there is one')
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
 * readings alike, `before` counted as one, have no hole. Keyset pages and a single page need one reading.
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

function isKeyset(query: Query): boolean {
  return valueOf(query, 'pagination') === 'keyset'
}

/** Whether nothing says that a page is the last, which holds as many as were asked for. */
function isUntoldLast(query: Query, headers: Headers, count: number): boolean {
  const [asked, page] = [Number(valueOf(query, 'per_page') ?? 20), Number(valueOf(query, 'page') ?? 1)]
  return headers['x-next-page'] === undefined && count === asked && headers['x-total'] !== String(asked * page)
}

function valueOf(query: Query, name: string): string | undefined {
  return query.find(([key]) => key === name)?.[1]
}

function replace(query: Query, name: string, value: string): Query {
  return [...query.filter(([key]) => key !== name), [name, value]]
}

function nextLink(header = ''): URLSearchParams | undefined {
  for (const [, address = '', parameters = ''] of header.matchAll(/<([^<>]{1,8192})>((?:\s*;[^,<]{0,200})*)/g)) {
    if (!/;\s*rel="?next"?\s*(?:;|$)/i.test(parameters)) continue
    const at = address.indexOf('?')
    return new URLSearchParams(at < 0 ? '' : address.slice(at + 1))
  }
  return undefined
}

function lie(what: string): ActionError {
  return new ActionError('untrusted', `GitLab's link to the next page ${what}.`)
}
