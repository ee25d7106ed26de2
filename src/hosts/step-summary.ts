import {bars, barsHeading} from './bars.ts'
import type {Table} from './table.ts'

const barCells = 24

/**
 * The table as HTML for a page of GitHub, in so many bytes at most: what a server says is text there, never HTML or Markdown; a last column of links
 * is hung on the first; the times of jobs are drawn. Rows that find no room are counted. Empty where not even that has room.
 */
export function summaryTable({title, header, rows, times}: Table, room: number): string {
  const hasLinks = header.at(-1) === 'Link'
  const shown = (row: readonly string[]): readonly string[] => (hasLinks ? row.slice(0, -1) : row)
  const drawn = times && bars(times, barCells)
  const headings = [...shown(header), ...(drawn ? [barsHeading] : [])].map((text) => `<th>${html(text)}</th>`)
  const start = `<h3>${html(title)}</h3>\n<table><tr>${headings.join('')}</tr>`
  // For the end of the table, and for how many rows are left out.
  let bytes = Buffer.byteLength(start) + 120
  const taken: string[] = []
  for (const [at, row] of rows.entries()) {
    const [first = '', ...rest] = shown(row).map(statusWithSign).map(html)
    const bar = drawn ? [`<code>${drawn[at] ?? ''}</code>`] : []
    const cells = [linked(first, hasLinks ? row.at(-1) : undefined), ...rest, ...bar]
    const text = `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
    bytes += Buffer.byteLength(text)
    if (bytes > room) break
    taken.push(text)
  }
  const left = rows.length - taken.length
  if (taken.length === 0 && left > 0) return ''
  const note = left > 0 ? `<p>And ${left} more, for which a step summary has no room.</p>\n` : ''
  return `${start}${taken.join('')}</table>\n${note}`
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

/** Only to what a browser may safely open. */
function linked(text: string, target = ''): string {
  const isSafe = /^https?:\/\//i.test(target) && URL.canParse(target)
  return isSafe ? `<a href="${html(target)}">${text}</a>` : text
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
