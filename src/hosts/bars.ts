import type {JobTime} from '../command/action.ts'

/** What the two shades mean: the heading of a column of bars. */
export const barsHeading = '░ queued █ ran'

/**
 * One bar a row, light while the job was queued and dark while it ran, each as long as its share of the longest, which has so many cells.
 * What took any time at all has a cell. Times that cannot be are taken for none.
 */
export function bars(times: readonly JobTime[], cells: number): readonly string[] {
  const spans = times.map(({queued, ran}) => [seconds(queued), seconds(ran)] as const)
  const longest = spans.reduce((most, [queued, ran]) => Math.max(most, queued + ran), 0)
  return spans.map(([queued, ran]) => {
    const whole = cellsOf(queued + ran, longest, cells)
    const light = ran === 0 ? whole : Math.min(cellsOf(queued, longest, cells), Math.max(whole - 1, 0))
    return '░'.repeat(light) + '█'.repeat(whole - light)
  })
}

function cellsOf(part: number, longest: number, cells: number): number {
  return part === 0 ? 0 : Math.max(1, Math.round((part / longest) * cells))
}

function seconds(value: number | null | undefined): number {
  // A century: beyond it sums and shares of numbers that a server made up lose their meaning.
  return typeof value === 'number' && value > 0 && value < 3.2e9 ? value : 0
}
