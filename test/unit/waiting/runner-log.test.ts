import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {at, plain, stamped} from '../../support/runner-logs.ts'
import {createExcerpt, createRunnerLog} from '../../../src/waiting/runner-log.ts'

function read(log: string, pieces: readonly number[] = []) {
  const reader = createRunnerLog()
  const bytes = Buffer.from(log)
  const edges = [0, ...[...pieces].sort((a, b) => a - b), bytes.length]
  const lines = edges.slice(1).flatMap((edge, index) => reader.push(bytes.subarray(edges[index], edge)))
  return [...lines, ...reader.end()]
}

function excerpt(log: string, count = 20): readonly string[] {
  const last = createExcerpt(count)
  last.take(read(log))
  return last.lines()
}

describe('a job log', () => {
  test('reads the same with the stamps of runner 18.7 and without', () => {
    expect(read(stamped).map(({text}) => text)).toEqual(read(plain).map(({text}) => text))
    expect(read(stamped).map(({sections}) => sections)).toEqual(read(plain).map(({sections}) => sections))
  })

  test('joins the pieces of a line and keeps the stamp of the first', () => {
    expect(read(stamped).find(({text}) => text.includes('100 %'))).toEqual({
      text: '10 %\r100 %',
      stamp: `${at(5)} 01O`,
      isRunners: false,
      sections: ['step_script'],
    })
  })

  test('does not join pieces of two streams', () => {
    const lines = read(`${at(0)} 01O one\r\n${at(0)} 01E two\n${at(1)} 01O+three\n`)
    expect(lines.map(({text}) => text)).toEqual(['one', 'two', 'three'])
  })

  test('is the same in whatever pieces it arrives', () => {
    const bytes = Buffer.byteLength(stamped)
    fc.assert(
      fc.property(fc.array(fc.integer({min: 0, max: bytes}), {maxLength: 20}), (pieces) => {
        expect(read(stamped, pieces)).toEqual(read(stamped))
      }),
      {numRuns: 300},
    )
  })

  test('shows a whole line at once, without waiting for the next', () => {
    const reader = createRunnerLog()
    expect(reader.push(Buffer.from(`${at(0)} 01O waiting for the database\n`)).map(({text}) => text)).toEqual([
      'waiting for the database',
    ])
  })

  test('that never ends a line is held in pieces', () => {
    const reader = createRunnerLog()
    const piece = Buffer.from(`${at(0)} 01O+${'x'.repeat(9_000)}\n`)
    const lines = Array.from({length: 50}, () => reader.push(piece)).flat()
    expect([...lines, ...reader.end()].map(({text}) => text).join('')).toBe('x'.repeat(450_000))
    expect(Math.max(...lines.map(({text}) => text.length))).toBeLessThanOrEqual(65_536)
  })

  test('ends the sections inside one that ends, and takes no others for closed', () => {
    const lines = read(
      'section_start:1:a\r\x1b[0K\nsection_start:1:b\r\x1b[0K\nin b\nsection_end:2:a\r\x1b[0K\nout\nsection_end:3:never\r\nout',
    )
    expect(lines.map(({text, sections}) => [text, sections])).toEqual([
      ['in b', ['a', 'b']],
      ['out', []],
      ['out', []],
    ])
  })
})

describe('an excerpt of a failure', () => {
  test.each([
    ['with stamps', stamped],
    ['without', plain],
  ])('shows the last lines of the script, and nothing that the runner wrote: %s', (_, log) => {
    expect(excerpt(log)).toEqual(['\x1b[32;1m$ make\x1b[0;m', '10 %\r100 %', 'error: no rule to make target'])
    expect(excerpt(log, 1)).toEqual(['error: no rule to make target'])
  })

  test('of a job that failed before its script shows what there is', () => {
    const early = stamped.split('\n').slice(0, 4)
    expect(excerpt(early.join('\n'))).toEqual(['Fetching changes...'])
    expect(excerpt(early.slice(0, 1).join('\n'))).toEqual(['Running with gitlab-runner 19.4.0 (abcdef12)'])
  })

  test('of a log without any marks is its end', () => {
    expect(excerpt('one\n\ntwo\n\n', 2)).toEqual(['one', 'two'])
  })
})
