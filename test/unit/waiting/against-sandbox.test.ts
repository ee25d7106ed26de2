import {afterEach, describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {look} from '../../../src/gitlab/jobs/select.ts'
import type {Sandbox} from '../../../src/sandbox/cli/sandbox.ts'
import type {Fault, FaultRule, WorldFile} from '../../../src/sandbox/world/world-types.ts'
import {waitForJobs} from '../../../src/waiting/until.ts'
import {appWorld} from '../../support/app-world.ts'
import {clientFor, closeClients} from '../../support/gitlab-client.ts'
import {linkedClock} from '../../support/run-command.ts'
import {startSandbox} from '../../support/sandbox.ts'
import {memoryLog, policy} from '../../support/waiting.ts'

afterEach(closeClients)

interface Life {
  readonly queued: number
  readonly runs: number
  readonly end: string
  readonly allowFailure: boolean
}

const life: fc.Arbitrary<Life> = fc.record({
  queued: fc.integer({min: 1, max: 60}),
  runs: fc.integer({min: 1, max: 300}),
  end: fc.constantFrom('success', 'success', 'failed', 'canceled', 'running'),
  allowFailure: fc.boolean(),
})

const trouble: fc.Arbitrary<FaultRule> = fc
  .record({
    after: fc.integer({min: 0, max: 20}),
    times: fc.integer({min: 1, max: 12}),
    fault: fc.constantFrom<Fault>({answer: {status: 502}}, {html: true}, {reset: 'before'}, {cut: {bytes: 20}}),
  })
  .map(({after, times, fault}) => ({on: 'GET /projects/*/pipelines/*/jobs', after, times, ...fault}))

describe('against a GitLab that moves', () => {
  test('a wait tells the truth about the newest attempts, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, {minLength: 1, maxLength: 3}),
        fc.array(trouble, {maxLength: 2}),
        fc.constantFrom(1, 5, 40, 400),
        async (lives, troubles, retryAfter) => {
          const sandbox = await startSandbox(worldOf(lives), {faults: troubles})
          try {
            const names = lives.map((_, index) => `job ${index}`)
            const {verdict, shown} = await waitIn(sandbox, names, retryAfter)
            sandbox.setFaults([])
            const truth = await newest(sandbox)
            const isGood = names.map((name) => {
              const job = truth.find((one) => one.name === name)
              return job?.status === 'success' || (job?.status === 'failed' && job.allow_failure)
            })
            if (verdict === 'good') expect(isGood).not.toContain(false)
            else expect(isGood).toContain(false)
            expect(shown).toBeLessThanOrEqual(600_000)
          } finally {
            await sandbox.close()
          }
        },
      ),
      {numRuns: 40, seed: 7},
    )
  })
})

/** Waits with the job token while someone with an access token retries what has failed. */
async function waitIn(sandbox: Sandbox, names: readonly string[], retryAfter: number) {
  const {gitlab} = await clientFor(sandbox.api, {project: '1', jobToken: 'glcbt-self'})
  const clock = linkedClock(sandbox)
  let failedAtMs: number | undefined
  const someoneRetries = async (): Promise<void> => {
    const failed = (await newest(sandbox)).find(({status, allow_failure}) => status === 'failed' && !allow_failure)
    if (!failed) return
    failedAtMs ??= clock.now()
    if (clock.now() - failedAtMs < retryAfter * 1_000) return
    failedAtMs = undefined
    await ask(sandbox, `/projects/1/jobs/${failed.id}/retry`, 'POST')
  }
  const result = await waitForJobs({
    observe: async ({signal, pipelines}) => {
      const snapshot = await look(gitlab, {job: names, pipelineId: 12}, {}, {signal, pipelines, attempts: 2})
      await someoneRetries()
      return snapshot
    },
    policy: policy({timeoutMs: 600_000}),
    own: {},
    clock,
    log: memoryLog(),
    signal: new AbortController().signal,
    facts: () => gitlab.facts,
  })
  return {verdict: result.verdict, shown: result.waitedMs}
}

function worldOf(lives: readonly Life[]): WorldFile {
  const jobs = lives.map(({queued, runs, end, allowFailure}, index) => ({
    id: 120 + index,
    name: `job ${index}`,
    stage: 'test',
    status: 'pending',
    allow_failure: allowFailure,
    timeline: [
      {after: `${queued}s`, status: 'running'},
      ...(end === 'running' ? [] : [{after: `${runs}s`, status: end}]),
    ],
    retry_timeline: [
      {after: '5s', status: 'running'},
      {after: '20s', status: 'success'},
    ],
  }))
  return appWorld({pipelines: [{id: 12, user: 'dev', jobs}]})
}

interface Truth {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly allow_failure: boolean
}

async function newest(sandbox: Sandbox): Promise<readonly Truth[]> {
  const jobs: unknown = await ask(sandbox, '/projects/1/jobs?per_page=100', 'GET')
  const all = (jobs as readonly Truth[]).toSorted((a, b) => b.id - a.id)
  return all.filter((job, index) => all.findIndex(({name}) => name === job.name) === index)
}

async function ask({api}: Sandbox, path: string, method: string): Promise<unknown> {
  const response = await fetch(`${api}${path}`, {method, headers: {'PRIVATE-TOKEN': 'glpat-dev'}})
  return response.json()
}
