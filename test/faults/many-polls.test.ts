import {afterEach, expect, test} from '@jest/globals'
import {look} from '../../src/gitlab/jobs/select.ts'
import type {Fault, WorldFile} from '../../src/sandbox/world/world-types.ts'
import {waitForJobs} from '../../src/waiting/until.ts'
import {clientFor, closeClients} from '../support/gitlab-client.ts'
import {appWorld} from '../support/app-world.ts'
import {linkedClock} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {memoryLog, policy} from '../support/waiting.ts'

afterEach(closeClients)

const leastPolls = process.env['JOBSIDE_LONG'] === '1' ? 10_000 : 1_000
const faultsInHundred = 5

const faults: readonly Fault[] = [
  {answer: {status: 502}},
  {answer: {status: 500, body: '{"message":"500"}'}},
  {answer: {status: 429, headers: {'Retry-After': '3'}}},
  {answer: {status: 503, headers: {'Content-Type': 'text/html'}, body: '<html>busy</html>'}},
  {html: true},
  {reset: 'before'},
  {reset: 'headers'},
  {reset: {bytes: 50}},
  {cut: {bytes: 20}},
  {close_delimited: {bytes: 20}},
  {longer: {bytes: 9}},
  {answer: {status: 204}},
]
const ends = ['success', 'success', 'failed', 'canceled'] as const
const verdicts = {success: 'good', failed: 'failed', canceled: 'canceled'} as const

test('thousands of polls, one in twenty of them broken somehow, end every wait right', async () => {
  const count = {polls: 0, broken: 0, waits: 0, right: 0, kinds: new Set<Fault>()}
  const next = seeded(5)
  const wrong: string[] = []
  while (count.polls < leastPolls) {
    count.waits += 1
    const end = ends[Math.floor(next() * ends.length)] ?? 'success'
    const sandbox = await startSandbox(worldWith(end, 60 + Math.floor(next() * 400)))
    try {
      const {gitlab} = await clientFor(sandbox.api, {project: '1', jobToken: 'glcbt-self'})
      const {verdict} = await waitForJobs({
        observe: ({signal, pipelines}) => {
          count.polls += 1
          const fault = next() * 100 < faultsInHundred ? faults[count.broken % faults.length] : undefined
          if (fault) {
            count.broken += 1
            count.kinds.add(fault)
          }
          sandbox.setFaults(fault ? [{on: '**', times: 1 + Math.floor(next() * 3), ...fault}] : [])
          return look(gitlab, {job: ['build'], pipelineId: 12}, {}, {signal, pipelines, attempts: 2})
        },
        policy: policy({timeoutMs: 3_600_000}),
        own: {},
        clock: linkedClock(sandbox),
        log: memoryLog(),
        signal: new AbortController().signal,
        facts: () => gitlab.facts,
      })
      if (verdict === verdicts[end]) count.right += 1
      else wrong.push(`${end} was taken for ${verdict}`)
    } finally {
      await sandbox.close()
      await closeClients()
    }
  }
  // All of them: more than the 99.9 % that would do.
  expect({wrong, right: count.right}).toEqual({wrong: [], right: count.waits})
  expect(count.polls).toBeGreaterThanOrEqual(leastPolls)
  expect(count.broken / count.polls).toBeGreaterThan((faultsInHundred - 2) / 100)
  expect(count.broken / count.polls).toBeLessThan((faultsInHundred + 2) / 100)
  expect(count.kinds.size).toBe(faults.length)
  expect(count.waits).toBeGreaterThan(10)
}, 600_000)

function worldWith(end: string, runsSeconds: number): WorldFile {
  const timeline = [
    {after: '20s', status: 'running'},
    {after: `${runsSeconds}s`, status: end},
  ]
  const jobs = [{id: 120, name: 'build', status: 'pending', timeline}]
  return appWorld({pipelines: [{id: 12, user: 'dev', jobs}]})
}

/** The same numbers each time: a failure can be looked at again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
