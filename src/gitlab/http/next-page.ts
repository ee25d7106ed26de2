import {ActionError} from '../../base/errors.ts'
import type {Endpoint} from '../api/endpoints.ts'

export type Query = Endpoint<unknown>['query']
export type Headers = Readonly<Record<string, string>>

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
    if (link) throw misleads('has neither a cursor nor a page')
    if (Number(headers['x-total-pages']) > now)
      throw misleads(`is missing, although there are ${headers['x-total-pages']}`)
    return undefined
  }
  // Going back or staying would never end, and what is skipped is not seen.
  if (!/^\d{1,9}$/.test(page) || Number(page) <= now) throw misleads('does not lead onwards')
  if (Number(page) > now + 1) throw misleads(`leads from page ${now} to page ${Number(page)}`)
  return {query: replace(current, 'page', page), isKeyset: false, mark: page}
}

/** By cursors a last page has no link: where the first is full, it shows by another way of asking that nothing took the link away. */
export async function refuseUntold(
  query: Query,
  {length}: readonly unknown[],
  headers: Headers,
  fetch: (query: Query) => Promise<{readonly value: readonly unknown[]}>,
): Promise<void> {
  if (!isKeyset(query) || !isUntoldLast(query, headers, length)) return
  const numbered = query.filter(([name]) => name !== 'pagination')
  const {value} = await fetch(replace(numbered, 'page', '2'))
  if (value.length > 0) throw misleads('is missing, although there is one')
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

/** The error of a server whose link to the next page is of no use. */
export function misleads(what: string): ActionError {
  return new ActionError('untrusted', `GitLab's link to the next page ${what}.`)
}
