import stringWidth from 'string-width'
import {noColours, paintStatus} from './colour.ts'
import type {Paint} from './colour.ts'

export interface TableLook {
  readonly paint?: Paint
  /** The width in columns that a line must not pass. The widest columns are cut. */
  readonly columns?: number | undefined
}

/** Rows as aligned lines, the header first. Cells must be clean already. Wide characters count as what they cover. */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  {paint = noColours, columns = Number.POSITIVE_INFINITY}: TableLook = {},
): readonly string[] {
  const natural = header.map((title, at) => Math.max(...[title, ...rows.map((row) => row[at] ?? '')].map(widthOf)))
  const widths = fit(natural, columns - gap.length * (header.length - 1))
  const line = (cells: readonly string[], look: (cell: string) => string): string =>
    widths
      .map((width, at) => {
        const cell = cut(cells[at] ?? '', width)
        const filling = at === widths.length - 1 ? '' : ' '.repeat(width - widthOf(cell))
        return look(cell) + filling
      })
      .join(gap)
      .trimEnd()
  return [
    line(header, (cell) => paint('bold', cell)),
    ...rows.map((row) => line(row, (cell) => paintStatus(paint, cell))),
  ]
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
const widthOf = (text: string): number => stringWidth(text)

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
