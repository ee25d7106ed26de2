import {describe, expect, test} from '@jest/globals'
import {bars, barsHeading} from '../../../src/hosts/bars.ts'
import {summaryTable} from '../../../src/hosts/step-summary.ts'
import {tableLines, withBars} from '../../../src/hosts/table.ts'

const header = ['Job', 'Status', 'Link']
const rows = [
  ['build', 'success', 'https://gitlab.test/1'],
  ['test', 'failed', 'https://gitlab.test/2'],
]
const times = [
  {queued: 60, ran: 60},
  {queued: 0, ran: 30},
]

describe('a bar', () => {
  test('is as long as its share of the longest, light in the queue and dark at work', () => {
    expect(bars(times, 8)).toEqual(['░░░░████', '██'])
  })

  test('has a cell for what took any time at all, and none for what did not', () => {
    const short = [{queued: 10_000, ran: 0.1}, {queued: 0.1, ran: 0}, {queued: 0, ran: 0}, {}]
    expect(bars(short, 8)).toEqual(['░░░░░░░█', '░', '', ''])
  })

  test.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], [1e300], ['7'], [null]])(
    'is empty for a time of %s, and those beside it stay as they are',
    (wrong) => {
      const time = {queued: wrong as number, ran: wrong as number}
      expect(bars([time, {queued: 1, ran: 1}], 4)).toEqual(['', '░░██'])
    },
  )

  test('never makes a line longer than it may be', () => {
    for (let queued = 0; queued < 40; queued++)
      for (const bar of bars(
        [
          {queued, ran: 40 - queued},
          {queued: 7, ran: 33},
        ],
        24,
      ))
        expect(bar).toHaveLength(24)
  })
})

describe('in a log', () => {
  test('bars stand before the link when there are jobs to compare', () => {
    const table = withBars({title: 'Jobs', header, rows, times})
    expect(tableLines(table.header, table.rows)).toEqual([
      'Job    Status   ░ queued █ ran  Link',
      'build  success  ░░░░░░░███████  https://gitlab.test/1',
      'test   failed   ████            https://gitlab.test/2',
    ])
  })

  test('one job alone and a terminal that is too narrow have none', () => {
    const alone = {title: 'Jobs', header, rows: rows.slice(0, 1), times: times.slice(0, 1)}
    expect(withBars(alone)).toBe(alone)
    const both = {title: 'Jobs', header, rows, times}
    expect([withBars(both, 53) === both, withBars(both, 52) === both]).toEqual([false, true])
    expect([withBars(both, 37) === both, withBars(both, 36) === both, withBars(both, 29) === both]).toEqual([
      true,
      false,
      true,
    ])
  })
})

test('links that find no room in a terminal stand below their rows, whole', () => {
  expect(tableLines(header, rows, {columns: 30})).toEqual([
    'Job    Status',
    'build  success',
    '  https://gitlab.test/1',
    'test   failed',
    '  https://gitlab.test/2',
  ])
  expect(tableLines(header, rows, {columns: 37})[1]).toBe('build  success  https://gitlab.test/1')
})

describe('in a step summary', () => {
  const cells = (text: string) =>
    [...text.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row = '']) =>
      [...row.matchAll(/<t([dh])>(.*?)<\/t\1>/g)].map(([, , cell]) => cell),
    )

  test('the job is the link, its status has a sign, and a bar ends the row', () => {
    expect(cells(summaryTable({title: 'Jobs', header, rows, times}, 10_000))).toEqual([
      ['Job', 'Status', barsHeading],
      ['<a href="https://gitlab.test/1">build</a>', '✅ success', `<code>${'░'.repeat(12)}${'█'.repeat(12)}</code>`],
      ['<a href="https://gitlab.test/2">test</a>', '❌ failed', `<code>${'█'.repeat(6)}</code>`],
    ])
  })

  test.each(['javascript:alert(1)', 'https://', '" onclick="x', '', 'ftp://x/'])('%j is no link', (target) => {
    expect(cells(summaryTable({title: '', header, rows: [['a', 'b', target]]}, 10_000))[1]).toEqual(['a', 'b'])
  })

  test('what a server says is text, in names and in addresses', () => {
    const name = '<b>|`*[x](y)&"'
    const row = [name, 'failed', 'https://gitlab.test/?a=1&b="<script>']
    expect(cells(summaryTable({title: name, header, rows: [row]}, 10_000))[1]?.[0]).toBe(
      '<a href="https://gitlab.test/?a=1&amp;b=&quot;&lt;script&gt;">&lt;b&gt;|`*[x](y)&amp;&quot;</a>',
    )
  })

  test('rows that find no room are counted, and what is shown is never larger than the room', () => {
    const many = Array.from({length: 1_000}, (_, at) => [`job ${at} 🦊`, 'success', `https://gitlab.test/${at}`])
    const text = summaryTable({title: 'Jobs', header, rows: many}, 20_000)
    const shown = cells(text).length - 1
    expect(text).toContain(`<p>And ${1_000 - shown} more`)
    expect(shown).toBeGreaterThan(200)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000)
    expect(Buffer.byteLength(text)).toBeGreaterThan(19_700)
    expect(summaryTable({title: 'Jobs', header, rows: many}, 100)).toBe('')
  })
})
