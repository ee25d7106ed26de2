import {expect, test} from '@jest/globals'
import {alternatives, meantNames, nearestNames} from '../../../src/base/nearest.ts'

test.each([
  ['jbo', ['json', 'job', 'jobs'], 'job'],
  ['prot', ['part', 'port'], 'port'],
  ['timeot', ['timeout', 'time'], 'timeout'],
  ['quite-else', ['job', 'json'], undefined],
])('%s among %j probably means %s', (name, known, meant) => {
  expect(nearestNames(name, known)[0]).toBe(meant)
})

test.each([
  ['merge', ['merge-request', 'layout', 'merge-base'], 'merge-base or merge-request'],
  [
    'download',
    ['download-artifacts', 'download-artifacts-by-ref', 'doctor'],
    'download-artifacts or download-artifacts-by-ref',
  ],
  ['job', ['job-name', 'job-id', 'jbo', 'job-match'], 'job-id, job-match or job-name'],
  ['timeot', ['timeout', 'time'], 'timeout'],
  ['zzz', ['job'], ''],
])('%s may mean each of %j that begins with it, else the nearest: %s', (name, known, meant) => {
  expect(alternatives(meantNames(name, known))).toBe(meant)
})
