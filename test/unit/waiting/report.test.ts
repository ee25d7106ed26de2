import {expect, test} from '@jest/globals'
import {remember, startMemory} from '../../../src/waiting/memory.ts'
import {statusLines} from '../../../src/waiting/report.ts'
import {found, snapshot} from '../../support/waiting.ts'

const linesFor = (...jobs: ReturnType<typeof found>[]) =>
  statusLines(remember(startMemory(0), {kind: 'seen', snapshot: snapshot(jobs)}, 1_000).memory, 5_000)

test('several awaited jobs stand in aligned lines, those that are over last', () => {
  const done = found({id: 1, name: 'build', status: 'success', duration: 65})
  const open = found({id: 2, name: 'test: [a, b]', status: 'waiting_for_resource'})
  expect(linesFor(done, open)).toEqual([
    'waiting_for_resource       4s  test: [a, b]',
    'success                 1m05s  build',
  ])
})

test('a single job needs no table beside the line that waits for it', () => {
  expect(linesFor(found())).toEqual([])
})

test('names and statuses of a server cannot move the cursor', () => {
  const lines = linesFor(found({id: 1, name: 'a\u001b[2J'}), found({id: 2, name: 'b', status: '\u001b[1A'}))
  expect(lines.join('')).not.toContain('\u001b')
})
