import {expect, test} from '@jest/globals'
import {readOwnJob} from '../../../src/hosts/own-job.ts'

const sha = 'a'.repeat(40)

test('the facts of a job are read from its variables', () => {
  const facts = readOwnJob({
    CI_JOB_ID: '42',
    CI_JOB_NAME: 'build: [a, b]',
    CI_PIPELINE_ID: '501',
    CI_PROJECT_PATH: 'group/app',
    CI_COMMIT_SHA: sha,
    CI_JOB_TIMEOUT: '3600',
    CI_JOB_STARTED_AT: '2026-11-22T17:00:00Z',
    CI_SERVER_VERSION: '18.4.1-ee',
    CI_UPSTREAM_PIPELINE_ID: '',
  })
  expect(facts).toMatchObject({id: 42, name: 'build: [a, b]', pipelineId: 501, projectPath: 'group/app', sha})
  expect(facts).toMatchObject({
    timeoutSeconds: 3600,
    startedAt: new Date('2026-11-22T17:00:00Z'),
    serverVersion: '18.4.1',
  })
  expect(facts.upstreamPipelineId).toBeUndefined()
})

test.each([
  ['CI_JOB_ID', ['0', '-1', '1e3', '0x10', '1.5', '١٢', '99999999999999999999', 'abc', '12 34']],
  ['CI_COMMIT_SHA', ['abc', 'A'.repeat(40), `${sha}f`, '../x']],
  ['CI_JOB_STARTED_AT', ['1', 'yesterday', '2026-11-22', '2026-11-22T17:00:00', '2026-13-45T99:00:00Z']],
  ['CI_SERVER_VERSION', ['x', 'v18']],
])('an ill-formed %s is absent', (name, texts) => {
  for (const text of texts) expect(readOwnJob({[name]: text})).toEqual(readOwnJob({}))
})

test.each([
  [{}, undefined],
  [{RUNNER_SCRIPT_TIMEOUT: '1h20m30s'}, 4_830],
  [{RUNNER_SCRIPT_TIMEOUT: 'soon'}, undefined],
  [{RUNNER_SCRIPT_TIMEOUT: '0s'}, undefined],
  // In an after_script, which is told how the job has ended.
  [{RUNNER_SCRIPT_TIMEOUT: '1h', CI_JOB_ID: '1', CI_JOB_STATUS: 'failed'}, 300],
  [{RUNNER_AFTER_SCRIPT_TIMEOUT: '15m', CI_JOB_ID: '1', CI_JOB_STATUS: 'success'}, 900],
  [{RUNNER_AFTER_SCRIPT_TIMEOUT: '15m', CI_JOB_ID: '1', CI_JOB_STATUS: 'running'}, undefined],
  // Outside of a job the variables bind nobody.
  [{CI_JOB_STATUS: 'canceled'}, undefined],
])("the runner's limit for the part of the job that runs: %j", (env, seconds) => {
  expect(readOwnJob(env).scriptTimeoutSeconds).toBe(seconds)
})
