import {expect, test} from '@jest/globals'
import {nearestNames} from '../../../src/base/nearest.ts'

test.each([
  ['jbo', ['json', 'job', 'jobs'], 'job'],
  ['prot', ['part', 'port'], 'port'],
  ['timeot', ['timeout', 'time'], 'timeout'],
  ['quite-else', ['job', 'json'], undefined],
])('%s among %j probably means %s', (name, known, meant) => {
  expect(nearestNames(name, known)[0]).toBe(meant)
})
