import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {ignoredParameter, permit, stateProblem, type Change, type Standing} from '../../../../src/gitlab/api/permit.ts'
import {jobStatuses} from '../../../../src/gitlab/api/job-status.ts'
import {found} from '../../../support/waiting.ts'

const changes: readonly Change[] = ['play', 'retry', 'cancel', 'erase', 'keep', 'delete-artifacts']
const job = (more: object = {}) => ({...found({id: 7, status: 'failed'}).job, ...more})
const standing = (more: Partial<Standing> = {}): Standing => ({job: job(), ...more})

describe('what may be done', () => {
  test('is everything where nothing is known against it', () => {
    for (const change of changes) expect([change, permit(change, standing())]).toEqual([change, {may: true}])
  })

  test.each<[string, Partial<Standing>, string]>([
    ['the state first', {job: job({archived: true}), level: 10, scopes: ['read_api']}, 'state'],
    [
      'then the protection of the ref',
      {protection: {isProtected: true, mayPush: false}, level: 10, scopes: ['read_api']},
      'protection',
    ],
    ['then the role', {level: 20, scopes: ['read_api']}, 'role'],
    ['then the scope', {level: 50, scopes: ['read_api']}, 'scope'],
  ])('is told by %s', (_, more, because) => {
    expect(permit('retry', standing(more))).toMatchObject({may: false, because})
  })

  test('a protected branch that who asks may push to is no hindrance, and so is what is not known', () => {
    for (const mayPush of [true, undefined]) {
      expect(permit('play', standing({protection: {isProtected: true, mayPush}}))).toEqual({may: true})
    }
  })

  test('a developer may be the one who started the job that is to be erased', () => {
    expect(permit('erase', standing({level: 30}))).toEqual({may: true})
    expect(permit('delete-artifacts', standing({level: 30}))).toMatchObject({may: false, because: 'role'})
  })

  test('never says yes to less than it said no to: a fact more can only forbid', () => {
    const facts = fc.record(
      {
        level: fc.constantFrom(10, 20, 30, 40, 50),
        scopes: fc.constantFrom(['api'], ['read_api'], ['read_api', 'api'], []),
        isProjectArchived: fc.boolean(),
        protection: fc.record({isProtected: fc.boolean(), mayPush: fc.constantFrom(true, false, undefined)}),
      },
      {requiredKeys: []},
    )
    const jobs = fc.record({status: fc.constantFrom(...jobStatuses), archived: fc.boolean()}).map(job)
    fc.assert(
      fc.property(fc.constantFrom(...changes), jobs, facts, (change, job, known) => {
        const bare = permit(change, {job})
        const full = permit(change, {job, ...known})
        expect(bare.may || !full.may).toBe(true)
        if (!full.may) expect([full.why.length, full.hint.length].every((length) => length > 10)).toBe(true)
        const state = stateProblem(change, {job, ...known})
        if (state) expect(full).toEqual(state)
      }),
    )
  })
})

test.each([
  ['play inputs', '18.9.9-ee', true],
  ['play inputs', '18.10.0', false],
  ['retry inputs', '17.11', true],
  ['trigger inputs', '17.10.2', true],
  ['trigger inputs', '17.11.0', false],
  ['cancel force', '17.9', true],
  ['play inputs', undefined, false],
] as const)('%s on GitLab %s is ignored: %s', (parameter, version, isIgnored) => {
  expect(ignoredParameter(parameter, version) !== undefined).toBe(isIgnored)
})
