import {bars, barsHeading} from './bars.ts'
import type {Table} from './table.ts'

export interface SummaryTable {
  readonly title: string
  readonly rows: readonly (readonly {readonly data: string; readonly header?: boolean}[])[]
  /** Rows that found no room. */
  readonly left: number
  readonly bytes: number
}

const barCells = 24
/** Bytes of the tags around a cell and around a row, and a little more. */
const tagBytes = 24

/**
 * The table as HTML for a page of GitHub: what a server says is text there, never HTML or Markdown; a last column of links is hung on the first;
 * the times of jobs are drawn. Rows that do not fit into the bytes that are left are counted instead.
 */
export function summaryTable({title, header, rows, times}: Table, room: number): SummaryTable {
  const hasLinks = header.at(-1) === 'Link'
  const drawn = times && bars(times, barCells)
  const cellsOf = (row: readonly string[], at: number): readonly string[] => {
    const [first = '', ...rest] = (hasLinks ? row.slice(0, -1) : row).map(statusWithSign).map(html)
    const target = hasLinks ? linkTarget(row.at(-1)) : undefined
    const name = target === undefined ? first : `<a href="${html(target)}">${first}</a>`
    return [name, ...rest, ...(drawn ? [`<code>${drawn[at] ?? ''}</code>`] : [])]
  }
  const headings = [...(hasLinks ? header.slice(0, -1) : header), ...(drawn ? [barsHeading] : [])]
  const shown = [headings.map((text) => ({data: html(text), header: true}))]
  const bytesOf = (row: (typeof shown)[number]): number =>
    row.reduce((sum, {data}) => sum + Buffer.byteLength(data) + tagBytes, tagBytes)
  let bytes = Buffer.byteLength(html(title)) + bytesOf(shown[0] ?? []) + 200
  let taken = 0
  for (const [at, row] of rows.entries()) {
    const cells = cellsOf(row, at).map((data) => ({data, header: false}))
    if (bytes + bytesOf(cells) > room) break
    bytes += bytesOf(cells)
    shown.push(cells)
    taken++
  }
  return {title: html(title), rows: shown, left: rows.length - taken, bytes}
}

const signs: ReadonlyMap<string, string> = new Map([
  ['success', '✅'],
  ['failed', '❌'],
  ['canceled', '🚫'],
  ['skipped', '⏭️'],
  ['running', '🔄'],
  ['pending', '⏳'],
  ['manual', '✋'],
])

/** Where a status stands alone, a sign beside the word: a page has no colours of ours. */
function statusWithSign(text: string): string {
  const sign = signs.get(text)
  return sign === undefined ? text : `${sign} ${text}`
}

/** Only what a browser may safely open. */
function linkTarget(text = ''): string | undefined {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
