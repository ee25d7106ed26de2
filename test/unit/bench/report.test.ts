import {describe, expect, test} from '@jest/globals'
import {chartOf} from '../../../bench/report/chart.ts'
import type {ArtifactResults, WayResult} from '../../../bench/report/results.ts'
import {pageTables, shortOf} from '../../../bench/report/tables.ts'

const about = {date: '2026-01-02', node: 'v20.20.2', machine: 'linux, 2 × CPU, 4 GiB', load: 0.5}
const way = (name: string, seconds: number, more: Partial<WayResult> = {}): WayResult => ({
  name,
  seconds,
  best: seconds,
  requests: 1,
  fetchedMb: 10,
  targets: [],
  ...more,
})
const artifacts: ArtifactResults = {
  about,
  rows: [
    {
      title: 'A <large> archive & its files',
      ways: [
        way('curl + unzip', 8, {cpuSeconds: 7.5, peakMb: 11}),
        way('jobside, one thread', 4, {
          targets: [
            {what: 'wall', found: 0.5, target: 0.46},
            {what: 'peak MB', found: 150.3, target: 150},
            {what: 'requests', found: 4, target: 4},
            {what: 'bytes', target: 1.15},
          ],
        }),
      ],
    },
  ],
}

describe('the results of a benchmark', () => {
  test('are a table with medians, ratios and what was missed', () => {
    const {'bench-artifacts': page, 'bench-sandbox': text} = pageTables({
      artifacts,
      printed: {sandbox: {about, lines: ['  1 request', '', 'done']}},
    })
    expect(page).toContain('2026-01-02, Node v20.20.2, linux, 2 × CPU, 4 GiB; load at the end 0.5.')
    expect(page).toContain('| curl + unzip | 8.00 s | 1.00 | 8.00 s | 7.50 s | 11 MB | 1 | 10.0 MB |')
    expect(page).toContain('| jobside, one thread | 4.00 s | 0.50 | 4.00 s | – | – | 1 | 10.0 MB |')
    expect(page).toContain('- jobside, one thread: wall 0.50 of at most 0.46: **missed**.')
    expect(page).toContain('- jobside, one thread: peak MB 150.30 of at most 150: **missed**.')
    expect(page).toContain('- jobside, one thread: requests 4 of at most 4: met.')
    expect(page).toContain('- jobside, one thread: bytes – of at most 1.15: not measured.')
    expect(text).toContain('```text\n  1 request\n\ndone\n```')
  })

  test('are short in a terminal: way, wall time, ratio, targets', () => {
    expect(artifacts.rows.map(shortOf)).toEqual([
      [
        'A <large> archive & its files',
        '  curl + unzip           8.00 s   1.00',
        '  jobside, one thread    4.00 s   0.50  wall 0.50 of at most 0.46: missed; peak MB 150.30 of at most 150: missed; requests 4 of at most 4: met; bytes – of at most 1.15: not measured',
        '',
      ].join('\n'),
    ])
  })

  test('are a picture of bars as long as their ratios, with names as they are and colours for dark pages', () => {
    const svg = chartOf(artifacts)
    const bars = [...svg.matchAll(/<rect class="(other|own)" x="\d+" y="\d+" width="([\d.]+)"/g)]
    expect(bars.map(([, kind, wide]) => [kind, Number(wide)])).toEqual([
      ['other', 302],
      ['own', 151],
    ])
    expect(svg).toContain('>A &lt;large&gt; archive &amp; its files</text>')
    expect(svg).toContain('4.00 s, 0.50 (at most 0.46: missed)')
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/NaN|undefined|<script|href/)
  })
})
