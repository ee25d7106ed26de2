import {afterEach, beforeEach, expect} from '@jest/globals'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {loadWorld} from '../../src/sandbox/world/world-file.ts'
import {testUnless} from '../support/optional.ts'
import {startSandbox} from '../support/sandbox.ts'
import {fencesOf} from '../e2e/markdown.ts'
import {missingLocal, runPipeline} from './local-pipeline.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const check = testUnless(missingLocal)

/** The built-in world of the README's example, and a project whose jobs end badly or not at all. */
const main = loadWorld('main').world
const broken = {
  id: 9,
  path: 'grp/broken',
  members: {dev: 'developer' as const},
  job_token_allowlist: {projects: {'grp/app': 'default' as const}},
  pipelines: [
    {
      id: 91,
      user: 'dev',
      jobs: [
        {id: 901, name: 'build', status: 'failed', user: 'dev'},
        {id: 902, name: 'endless', status: 'running', user: 'dev'},
      ],
    },
  ],
}
const world = {...main, projects: [...(main.projects ?? []), broken]}

let sandbox: Sandbox
let project: string

beforeEach(async () => {
  sandbox = await startSandbox(world, {clock: 'real', speed: 10})
  project = await mkdtemp(path.join(tmpdir(), 'jobside-local-'))
})

afterEach(async () => {
  await sandbox.close()
  await rm(project, {recursive: true, force: true})
})

check(
  'the example pipeline of the README runs, against the sandbox',
  async () => {
    const example = (await fencesOf(root, 'README.md')).find(({text}) => /^ {2}script:$/m.test(text))
    const {code, log} = await runPipeline(
      sandbox,
      project,
      `stages: [test]\n${(example?.text ?? '').replace('deploy:', 'deploy:\n  stage: test')}\n`,
      {
        'deploy.sh': '#!/bin/sh\ntest -x vendor/bin/tool && echo deployed with $(ls vendor)\n',
      },
    )
    expect({code, log}).toEqual({code: 0, log: expect.stringContaining('deployed with bin dist docs')})
  },
  120_000,
)

check(
  'included components and script lines work together: dotenv goes from job to job, and codes 20 and 75 are let pass',
  async () => {
    const {code, log} = await runPipeline(sandbox, project, pipeline, {})
    expect({code, log}).toEqual({code: 0, log: expect.any(String)})
    expect(log).toContain('the gate saw success of job 201')
    expect(log).toContain('the script saw success of job 201, the component packed 4 files')
    expect(log).toContain('"$(touch injected)"')
    expect(log).toMatch(/failed-gate.*WARN 20|WARN 20.*failed-gate/)
    expect(log).toMatch(/slow-gate.*WARN 75|WARN 75.*slow-gate/)
  },
  120_000,
)

const component = (name: string): string => `component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/${name}@$CI_COMMIT_SHA`

/** Values with blanks, quotes and dollars show that nothing of an input is expanded or run. */
const pipeline = `
stages: [gate, use]
include:
  - ${component('wait-for-job')}
    inputs: {as: gate, stage: gate, source: vendored, git-strategy: fetch, project: grp/lib, ref: main, job: [build], timeout: 30s}
  - ${component('wait-for-job')}
    inputs: {as: injected, stage: gate, source: vendored, git-strategy: fetch, project: grp/lib, ref: main, job: ["$(touch injected)"], appear-timeout: 1s, dotenv: injected.env}
  - ${component('download-artifacts-by-ref')}
    inputs: {as: fetch, stage: use, source: vendored, source-path: ci/jobside-fetch.mjs, git-strategy: fetch, project: grp/lib, ref: main, job: build, path: vendor}
injected:
  allow_failure: {exit_codes: [66]}
failed-gate:
  stage: gate
  variables: {GITLAB_CI: "true"}
  script: node ci/jobside.mjs wait-for-job --project grp/broken --ref main --job build --settle 0s || exit $?
  allow_failure: {exit_codes: [20]}
slow-gate:
  stage: gate
  script: node ci/jobside.mjs wait-for-job --project grp/broken --ref main --job endless --timeout 1s || exit $?
  allow_failure: {exit_codes: [75]}
script-gate:
  stage: gate
  script: node ci/jobside.mjs wait-for-job --project grp/lib --ref main --job build --dotenv lib.env --output-prefix LIB_ || exit $?
  artifacts: {reports: {dotenv: lib.env}}
after:
  stage: use
  needs: [gate]
  script: echo "the gate saw $STATUS of job $JOB_ID"
after-both:
  stage: use
  needs: [script-gate, fetch]
  script: echo "the script saw $LIB_STATUS of job $LIB_JOB_ID, the component packed $FILES files"
`
