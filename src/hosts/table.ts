import stringWidth from 'fast-string-width'
import type {JobTime} from '../command/action.ts'
import {bars, barsHeading} from './bars.ts'
import {noColours, paintStatus} from './colour.ts'
import type {Paint} from './colour.ts'

export interface TableLook {
  readonly paint?: Paint
  /** The width in columns that a line must not pass. The widest columns are cut; the last one goes on in the next line. */
  readonly columns?: number | undefined
}

/** A table of the log, its texts clean and without secrets. */
export interface Table {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** For each row, where rows are jobs. */
  readonly times?: readonly JobTime[] | undefined
}

/** With a column of bars before the last one, if there are jobs to compare and all of it fits into the width. */
export function withBars(table: Table, columns = Number.POSITIVE_INFINITY): Table {
  const {header, rows, times} = table
  if (!times || rows.length < 2) return table
  const drawn = bars(times, barsHeading.length)
  const insert = (row: readonly string[], cell: string): readonly string[] => [
    ...row.slice(0, -1),
    cell,
    ...row.slice(-1),
  ]
  const wide = {
    ...table,
    header: insert(header, barsHeading),
    rows: rows.map((row, at) => insert(row, drawn[at] ?? '')),
  }
  const widths = naturalWidths(wide.header, wide.rows)
  // Where the links go below their rows anyway, bars stand in their place.
  const isBelow = header.at(-1) === 'Link' && totalOf(naturalWidths(header, rows)) > columns
  return totalOf(isBelow ? widths.slice(0, -1) : widths) <= columns ? wide : table
}

/**
 * Rows as aligned lines, the header first. Cells must be clean already. Wide characters count as what they cover. A last column of links that
 * finds no room stands below its rows, whole: a link that is cut cannot be opened.
 */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  {paint = noColours, columns = Number.POSITIVE_INFINITY}: TableLook = {},
): readonly string[] {
  const isBelow = header.at(-1) === 'Link' && totalOf(naturalWidths(header, rows)) > columns
  const above = (row: readonly string[]): readonly string[] => (isBelow ? row.slice(0, -1) : row)
  const widths = fit(naturalWidths(above(header), rows), columns - gap.length * (above(header).length - 1))
  const last = widths.length - 1
  const indent = ' '.repeat(widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 0))
  const lines = (cells: readonly string[], look: (cell: string) => string): readonly string[] => {
    const [end = '', ...more] = wrap(cells[last] ?? '', widths[last] ?? 0)
    const start = widths.slice(0, last).map((width, at) => {
      const cell = cut(cells[at] ?? '', width)
      return look(cell) + ' '.repeat(width - widthOf(cell))
    })
    return [[...start, look(end)].join(gap).trimEnd(), ...more.map((text) => indent + look(text))]
  }
  return [
    ...lines(header, (cell) => paint('bold', cell)),
    ...rows.flatMap((row) => [
      ...lines(row, (cell) => paintStatus(paint, cell)),
      ...(isBelow && row.at(-1) ? [`${gap}${row.at(-1)}`] : []),
    ]),
  ]
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap.length, -gap.length)
}

function naturalWidths(header: readonly string[], rows: readonly (readonly string[])[]): readonly number[] {
  return header.map((title, at) => Math.max(...[title, ...rows.map((row) => row[at] ?? '')].map(widthOf)))
}

/** Text over lines of a width, broken between words, and inside a word only where that is longer than a line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let held = Number.POSITIVE_INFINITY
  for (const word of text.split(' ')) {
    const wide = widthOf(word)
    if (held + 1 + wide <= width) {
      lines[lines.length - 1] += ` ${word}`
      held += 1 + wide
    } else {
      lines.push(...(wide <= width ? [word] : pieces(word, width)))
      held = widthOf(lines.at(-1) ?? '')
    }
  }
  return lines
}

function pieces(word: string, width: number): readonly string[] {
  const found = ['']
  for (const character of word) {
    const piece = found.at(-1) ?? ''
    if (piece !== '' && widthOf(piece + character) > width) found.push(character)
    else found[found.length - 1] = piece + character
  }
  return found
}

/** Text cut to a width in columns, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (widthOf(kept + character) >= width) break
    kept += character
  }
  return width < 1 ? '' : `${kept}…`
}

const gap = '  '
// Nearly all text is plain, and the library's loop over it is what a page of help would spend most of its time in.
const widthOf = (text: string): number => (/^[ -~]*$/.test(text) ? text.length : stringWidth(text))

/** Takes columns from the widest until all fit; none becomes narrower than four. */
function fit(natural: readonly number[], available: number): readonly number[] {
  const widths = [...natural]
  while (widths.reduce((sum, width) => sum + width, 0) > available) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= 4) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}
