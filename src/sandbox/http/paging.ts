import {error, invalid, jsonText, type Answer} from './answers.ts'
import {isBlank, textOf, toQuery, type Params} from './params.ts'
import type {Call} from './route.ts'
import {has} from '../world/versions.ts'

const defaultPerPage = 20
const mostPerPage = 100
/** Above this many rows GitLab does not count. */
const mostCounted = 10_000

/** A list that knows its length and gives any piece of itself, newest first. */
export interface Rows<T> {
  readonly length: number
  slice(from: number, to: number): readonly T[]
}

/** The JSON text of each row. */
type Present<T> = (rows: readonly T[]) => Promise<readonly string[]>

/** Page and number of rows as asked for. Refuses what GitLab refuses. */
function pageOf({params, world}: Call): {readonly page: number; readonly perPage: number} {
  const page = integer('page', params['page'], 1)
  const perPage = integer('per_page', params['per_page'], defaultPerPage)
  if (perPage === 0) throw invalid('per_page has a value not allowed')
  const negative = [page < 0 && 'page', perPage < 0 && 'per_page'].filter((name) => name !== false)
  if (negative.length > 0 && has(world.settings.version, 'negativePageRefused')) {
    throw invalid(...negative.map((name) => `${name} does not have a valid value`))
  }
  return {page: Math.max(1, page), perPage: perPage < 0 ? defaultPerPage : Math.min(perPage, mostPerPage)}
}

function integer(name: string, value: unknown, fallback: number): number {
  if (isBlank(value)) return fallback
  const number = Number(/^[+-]?\d+$/.test(textOf(value)) ? value : NaN)
  if (!Number.isInteger(number)) throw invalid(`${name} is invalid`)
  return number
}

/** One page by number. `isCounted: false` is for lists whose totals GitLab never tells. */
export async function offsetPage<T>(
  call: Call,
  rows: Rows<T>,
  present: Present<T>,
  {isCounted = true}: {readonly isCounted?: boolean} = {},
): Promise<Answer> {
  const {page, perPage} = pageOf(call)
  const start = (page - 1) * perPage
  const hasNext = start + perPage < rows.length
  const counted = isCounted && rows.length <= mostCounted
  const last = Math.max(1, Math.ceil(rows.length / perPage))
  const links = [
    page > 1 && link(call, 'prev', {page: page - 1, per_page: perPage}),
    hasNext && link(call, 'next', {page: page + 1, per_page: perPage}),
    link(call, 'first', {page: 1, per_page: perPage}),
    counted && link(call, 'last', {page: last, per_page: perPage}),
  ]
  const elements = await present(rows.slice(start, start + perPage))
  return jsonText(200, `[${elements.join()}]`, {
    link: links.filter((text) => text !== false).join(', '),
    'x-next-page': hasNext ? String(page + 1) : '',
    'x-page': String(page),
    'x-per-page': String(perPage),
    'x-prev-page': page > 1 ? String(page - 1) : '',
    ...(counted && {'x-total': String(rows.length), 'x-total-pages': String(last)}),
  })
}

/** One page after a cursor, by id from the newest down: the only order that GitLab knows for jobs. */
export async function keysetPage<T extends {readonly id: number}>(
  call: Call,
  rows: Rows<T>,
  present: Present<T>,
): Promise<Answer> {
  const {order_by: orderBy = 'id', sort = 'desc', cursor} = call.params
  if (orderBy !== 'id' || sort !== 'desc') {
    throw error(405, 'Keyset pagination is not yet available for this type of request')
  }
  const {perPage} = pageOf(call)
  const start = typeof cursor === 'string' && !isBlank(cursor) ? firstBelow(rows, idOf(cursor)) : 0
  const page = rows.slice(start, start + perPage)
  const last = page.at(-1)
  const next = last && start + perPage < rows.length ? cursorAt(last.id) : undefined
  const elements = await present(page)
  return jsonText(200, `[${elements.join()}]`, {
    'x-per-page': String(perPage),
    ...(has(call.world.settings.version, 'cursorHeaders') && {'x-next-cursor': next ?? '', 'x-prev-cursor': ''}),
    ...(next !== undefined && {
      link: link(call, 'next', {cursor: next, order_by: 'id', pagination: 'keyset', per_page: perPage, sort: 'desc'}),
    }),
  })
}

const cursorAt = (id: number) => Buffer.from(JSON.stringify({id: String(id), _kd: 'n'})).toString('base64url')

function idOf(cursor: string): number {
  try {
    const {id} = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as {id?: unknown}
    if (/^\d+$/.test(textOf(id))) return Number(id)
  } catch {
    // Falls through: not a cursor of ours.
  }
  throw invalid('cursor is invalid')
}

/** Rows are newest first, so their ids fall: a binary search. */
function firstBelow<T extends {readonly id: number}>(rows: Rows<T>, id: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const [row] = rows.slice(middle, middle + 1)
    if (row && row.id >= id) low = middle + 1
    else high = middle
  }
  return low
}

/** GitLab writes the URL anew: its configured host, and every parameter it received, tokens among them. */
function link(call: Call, rel: string, more: Params): string {
  const query = toQuery({...call.echoed, ...more})
  return `<${call.world.settings.externalUrl}/api/v4${call.request.path}?${query}>; rel="${rel}"`
}

/** An array kept oldest first, read newest first. Pieces cost their own length, not the array's. */
export function newestFirst<T>(rows: readonly T[]): Rows<T> {
  const {length} = rows
  return {
    length,
    slice: (from, to) => rows.slice(Math.max(0, length - to), Math.max(0, length - from)).toReversed(),
  }
}
