import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {ActionError} from '../../../src/base/errors.ts'
import type {Log} from '../../../src/command/action.ts'
import {look} from '../../../src/gitlab/jobs/select.ts'
import {pipelineJobs} from '../../../src/gitlab/api/endpoints.ts'
import {listJobs} from '../../../src/steps/list-jobs.ts'
import {waitForJobs} from '../../../src/waiting/until.ts'
import {createClock} from '../../support/clock.ts'
import {movingWorlds, serveMoving, type MovingGitLab, type MovingWorld} from '../../support/moving-lists.ts'
import {memoryLog, policy} from '../../support/waiting.ts'

const settings = {numRuns: 800, seed: 15, endOnFailure: true}
const own = {}
const signal = new AbortController().signal

describe('over any list that moves while its pages are read', () => {
  test('a wait for a whole pipeline is good only if each job that stayed was seen good', async () => {
    let goodOnes = 0
    await fc.assert(
      fc.asyncProperty(movingWorlds, async (world) => {
        const clock = createClock({auto: true})
        const moving = await serveMoving(world, clock)
        const result = await waitForJobs({
          observe: async ({pipelines}) => {
            moving.begin()
            return look(moving.gitlab, {pipelineId: 1}, own, {pipelines})
          },
          policy: policy({timeoutMs: 30_000}),
          own,
          log: memoryLog(),
          signal,
          clock,
        })
        if (result.verdict !== 'good') return
        goodOnes += 1
        for (const {id, name, statuses} of moving.stayed()) {
          expect([name, [...statuses]]).toEqual([name, expect.arrayContaining(['success'])])
          expect(result.jobs.map(({job}) => job.id)).toContain(id)
        }
      }),
      settings,
    )
    // Worlds in which nothing is ever good would show nothing.
    expect(goodOnes).toBeGreaterThan(settings.numRuns / 10)
  })

  test.each([
    ['of a pipeline', {pipelineId: 1, all: false}],
    ['of a project, by numbered pages or by cursors', {pipelineId: undefined, all: true}],
  ])('no count of failed jobs %s is zero while one stayed failed', async (_, place) => {
    await fc.assert(
      fc.asyncProperty(movingWorlds, async (world) => {
        const moving = await serveMoving(world, createClock({auto: true}))
        const inputs = {...place, status: ['failed'], includeRetried: false, limit: undefined, expect: 0}
        const counted = await count(listJobs({gitlab: moving.gitlab, own, signal, log: log()}, inputs))
        if (counted !== 0) return
        const failed = moving.stayed().filter(({statuses}) => statuses.size === 1 && statuses.has('failed'))
        expect(failed).toEqual([])
      }),
      settings,
    )
  })

  test('the same lists read once only do lie, so that the moves are of the kind that hides jobs', async () => {
    const once = async (world: MovingWorld): Promise<void> => {
      const moving = await serveMoving(world, createClock({auto: true}))
      const ids = await idsOnce(moving)
      for (const {id} of moving.stayed()) expect(ids).toContain(id)
    }
    const {failed} = await fc.check(fc.asyncProperty(movingWorlds, once), settings)
    expect(failed).toBe(true)
  })
})

/** How many were listed; undefined if no number was told. */
async function count(jobs: AsyncIterable<unknown>): Promise<number | undefined> {
  let listed = 0
  try {
    for await (const _ of jobs) listed += 1
    return listed
  } catch (error) {
    if (error instanceof ActionError) return undefined
    throw error
  }
}

async function idsOnce({gitlab}: MovingGitLab): Promise<readonly number[]> {
  const ids: number[] = []
  for await (const page of gitlab.pages(pipelineJobs({project: 1, pipeline: 1}))) ids.push(...page.map(({id}) => id))
  return ids
}

const log = (): Log => ({...memoryLog(), debug() {}, error() {}, isLive: false})
