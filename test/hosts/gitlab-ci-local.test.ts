import {afterEach, beforeEach, expect} from '@jest/globals'
import {cp, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {loadWorld} from '../../src/sandbox/world/world-file.ts'
import {version} from '../../src/base/version.ts'
import {clients, missingClient, nodeProgram, runProgram} from '../support/clients.ts'
import type {Ended} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'
import {startSandbox} from '../support/sandbox.ts'
import {fencesOf} from '../e2e/markdown.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const tool = 'gitlab-ci-local/node_modules/gitlab-ci-local/dist/index.js'
const rsync = 'debian/usr/bin/rsync'
const node = nodeProgram(24)
const check = testUnless(missingClient(tool, rsync) ?? node.missing)

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
    const {code, log} = await runPipeline(pipeline, {})
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
  script: npx --yes jobside@${version} wait-for-job --project grp/broken --ref main --job build --settle 0s || exit $?
  allow_failure: {exit_codes: [20]}
slow-gate:
  stage: gate
  script: npx --yes jobside@${version} wait-for-job --project grp/broken --ref main --job endless --timeout 1s || exit $?
  allow_failure: {exit_codes: [75]}
script-gate:
  stage: gate
  script: npx --yes jobside@${version} wait-for-job --project grp/lib --ref main --job build --dotenv lib.env --output-prefix LIB_ || exit $?
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

/** A repository with the pipeline, the components and vendored bundles, run without containers by the shell executor. */
async function runPipeline(
  text: string,
  files: Readonly<Record<string, string>>,
): Promise<{readonly code: number | null; readonly log: string}> {
  const bin = path.join(project, '..', `${path.basename(project)}-bin`)
  await mkdir(bin)
  try {
    await writeFile(path.join(project, '.gitlab-ci.yml'), text)
    for (const [file, content] of Object.entries(files))
      await writeFile(path.join(project, file), content, {mode: 0o755})
    await cp(path.join(root, 'templates'), path.join(project, 'templates'), {recursive: true})
    await mkdir(path.join(project, 'ci'))
    await cp(path.join(root, 'dist', 'wait-for-job.mjs'), path.join(project, 'ci', 'wait-for-job.mjs'))
    await cp(path.join(root, 'dist', 'download-artifacts-by-ref.mjs'), path.join(project, 'ci', 'jobside-fetch.mjs'))
    await symlink(process.execPath, path.join(bin, 'node'))
    const npx = `#!/bin/sh\n[ "$2" = jobside@${version} ] || exit 99\nshift 2\nexec node ${path.join(root, 'dist', 'jobside.mjs')} "$@"\n`
    await writeFile(path.join(bin, 'npx'), npx, {mode: 0o755})
    for (const args of [
      ['init', '--quiet', '--initial-branch=main'],
      ['remote', 'add', 'origin', `${sandbox.url}/grp/app.git`],
      ['add', '.'],
      ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com', 'commit', '--quiet', '--message', 'pipeline'],
    ])
      await succeed(runProgram('git', args, {cwd: project}))
    const {env} = sandbox
    const names = ['CI_API_V4_URL', 'CI_JOB_TOKEN', 'CI_PROJECT_ID', 'CI_PIPELINE_ID', 'CI_SERVER_URL'] as const
    const {code, stdout, stderr} = await runProgram(
      node.file,
      [
        path.join(clients, tool),
        '--force-shell-executor',
        '--shell-isolation',
        '--no-artifacts-to-source',
        ...names.flatMap((name) => ['--variable', `${name}=${env[name] ?? ''}`]),
      ],
      {
        cwd: project,
        env: {
          PATH: `${bin}:${path.join(clients, 'debian/usr/bin')}:${process.env['PATH'] ?? ''}`,
          LD_LIBRARY_PATH: path.join(clients, 'debian/usr/lib/x86_64-linux-gnu'),
          HOME: bin,
          NO_COLOR: '1',
        },
        timeout: 110_000,
      },
    )
    return {code, log: `${stdout.toString()}${stderr}`}
  } finally {
    await rm(bin, {recursive: true, force: true})
  }
}

async function succeed(ended: Promise<Ended>): Promise<void> {
  const {code, stderr} = await ended
  expect({code, stderr}).toEqual({code: 0, stderr: expect.any(String)})
}
