import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {compileGlob, escapeGlob} from '../../../../src/base/glob.ts'
import {choose} from '../../../../src/gitlab/jobs/chosen.ts'
import {belowDepth, hiddenJobs, hiddenTriggerJobs, holesIn} from '../../../../src/gitlab/jobs/seen.ts'
import {ActionError} from '../../../../src/base/errors.ts'
import type {FoundJob} from '../../../../src/gitlab/api/types.ts'
import {found} from '../../../support/waiting.ts'

const names = ['build', 'build: [linux]', 'test 1/2', 'deploy?', 'e2e', 'lint', 'child']
const statuses = ['success', 'failed', 'running']

const anyJobs: fc.Arbitrary<readonly FoundJob[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...names),
      stage: fc.constantFrom('build', 'test'),
      status: fc.constantFrom(...statuses),
      path: fc.constantFrom('', 'child/'),
    }),
    {selector: ({name, path}) => path + name, maxLength: 12},
  )
  .map((jobs) => jobs.map(({path, ...job}, at) => ({...found({...job, id: 100 + at}), label: `${path}${job.name}`})))

const some = <T>(from: readonly T[]) => fc.subarray([...from], {maxLength: 2})
const anySelection = fc.record({
  job: some([...names, 'child/build', 'nix']),
  jobMatch: some(['*', 'b*', 'test*', 'deploy?', 'x*', '!lint*', '!x*', '!*']),
  stage: some(['build', 'test', 'tset']),
  status: some(statuses),
})

describe('what is chosen', () => {
  test('is never more than was seen, never what was excluded, and never less than was named without a word', () => {
    fc.assert(
      fc.property(anyJobs, anySelection, (candidates, selection) => {
        const {jobs, criteria, unmatched} = choose(selection, candidates)
        for (const job of jobs) {
          expect(candidates).toContain(job)
          expect(selection.stage.length === 0 || selection.stage.includes(job.job.stage)).toBe(true)
          expect(selection.status.length === 0 || selection.status.includes(job.job.status)).toBe(true)
        }
        const included = selection.jobMatch.filter((pattern) => !pattern.startsWith('!'))
        expect(criteria.map(({given}) => given)).toEqual([...selection.job, ...included, ...selection.stage])
        // Each name, pattern and stage fits something that was seen, or is told.
        expect(unmatched).toEqual(criteria.filter(({matched}) => matched === 0).map(({given}) => given))
        const isNamed = (found: FoundJob) =>
          selection.job.includes(found.job.name) || selection.job.includes(found.label)
        const excluded = selection.jobMatch
          .filter((pattern) => pattern.startsWith('!'))
          .map((pattern) => pattern.slice(1))
        for (const pattern of excluded) {
          const matches = compileGlob(pattern, {slashes: 'cross'})
          expect(jobs.filter((entry) => matches(entry.job.name) && !isNamed(entry))).toEqual([])
        }
      }),
    )
  })

  test('is all of it where nothing is asked for', () => {
    fc.assert(fc.property(anyJobs, (candidates) => expect(choose({}, candidates).jobs).toEqual(candidates)))
  })

  test('by a name that looks like a pattern is the job of that name', () => {
    const candidates = [found({name: 'deploy?', id: 1}), found({name: 'deploy1', id: 2})]
    expect(choose({jobMatch: ['deploy?']}, candidates).jobs.map(({job}) => job.id)).toEqual([1])
    expect(choose({jobMatch: ['deploy?']}, candidates.slice(1)).jobs.map(({job}) => job.id)).toEqual([2])
    expect(choose({jobMatch: [escapeGlob('deploy?', 'cross')]}, candidates).jobs.map(({job}) => job.id)).toEqual([1])
  })

  test('by the name that is printed is that job alone', () => {
    const candidates = [found({name: 'build', id: 1}), {...found({name: 'build', id: 2}), label: 'child/build'}]
    expect(choose({job: ['child/build']}, candidates).jobs.map(({job}) => job.id)).toEqual([2])
    expect(choose({job: ['build']}, candidates).jobs.map(({job}) => job.id)).toEqual([1, 2])
  })

  test('may fit nothing only where that is said', () => {
    const candidates = [found({name: 'build'})]
    const asked = {job: ['build'], jobMatch: ['e2e*'], stage: ['tset']}
    expect(choose(asked, candidates).unmatched).toEqual(['e2e*', 'tset'])
    expect(choose({...asked, allowUnmatched: true}, candidates).unmatched).toEqual([])
  })
})

describe('what is not seen', () => {
  const refusal = new ActionError('refused', 'no')
  const holes = [hiddenJobs(7, undefined, 1), hiddenTriggerJobs(7, refusal, false), belowDepth(9, 'a/b', 5)]

  test('matters to everything but names that were found', () => {
    fc.assert(
      fc.property(anyJobs, anySelection, fc.boolean(), (jobs, selection, family) => {
        const seen = {pipelines: [{id: 7, pipeline: undefined, jobs, triggerJobs: [], path: ''}], holes}
        const mattering = holesIn(seen, {...selection, family})
        const isName = (pattern: string): boolean =>
          pattern.startsWith('!') || jobs.some(({job}) => job.name === pattern)
        const isExact =
          selection.job.length + selection.jobMatch.filter((pattern) => !pattern.startsWith('!')).length > 0 &&
          selection.jobMatch.every(isName)
        if (family || !isExact) expect(mattering).toEqual(holes)
        else if (choose({job: selection.job}, jobs).unmatched.length > 0) expect(mattering.length).toBeGreaterThan(0)
      }),
    )
  })
})

test('an escaped name is a pattern of that name alone', () => {
  fc.assert(
    fc.property(fc.string({minLength: 1, maxLength: 30}), fc.string({maxLength: 30}), (name, other) => {
      for (const slashes of ['cross', 'separate'] as const) {
        const matches = compileGlob(escapeGlob(name, slashes), {slashes})
        expect([matches(name), matches(other)]).toEqual([true, name === other])
      }
    }),
  )
})
