import {execFile} from 'node:child_process'
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {cp} from 'node:fs/promises'
import {promisify} from 'node:util'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import {parse} from 'yaml'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {copyFunction} from '../hosts/function-folder.ts'
import {runFunction} from '../hosts/function-step.ts'
import {predefined} from '../hosts/trials.ts'
import {runStep} from '../hosts/github-step.ts'
import {missingLocal, runPipeline} from '../hosts/local-pipeline.ts'
import {compile, install, pack} from '../support/packed.ts'
import {testUnless} from '../support/optional.ts'
import {startSandbox} from '../support/sandbox.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(path.join(root, 'examples', file), 'utf8')
const run = promisify(execFile)

let sandbox: Sandbox
let folder: string
beforeEach(async () => {
  sandbox = await startSandbox('main', {clock: 'real', speed: 10})
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-examples-'))
})
afterEach(async () => {
  await sandbox.close()
  rmSync(folder, {recursive: true, force: true})
})

testUnless(missingLocal)(
  'gitlab-script gates, fetches and reports',
  async () => {
    const {code, log} = await runPipeline(sandbox, folder, read('gitlab-script/.gitlab-ci.yml'), {})
    expect({code, log}).toEqual({code: 0, log: expect.stringContaining('deployed job 201 of pipeline 21')})
  },
  120_000,
)

testUnless(missingLocal)(
  'gitlab-component gates, and a later job reads its results',
  async () => {
    const {code, log} = await runPipeline(sandbox, folder, read('gitlab-component/.gitlab-ci.yml'), {})
    expect({code, log}).toEqual({code: 0, log: expect.stringContaining('deploying what job 201 made')})
  },
  120_000,
)

interface FunctionJob {
  readonly run: readonly {readonly name: string; readonly func: string; readonly inputs: Record<string, string>}[]
}

test('gitlab-function runs each function of the job', async () => {
  const {deploy} = parse(read('gitlab-function/.gitlab-ci.yml')) as {readonly deploy: FunctionJob}
  for (const {func, inputs} of deploy.run) {
    const place = await copyFunction(path.basename(func), folder)
    expect(place).toBe(path.join(folder, func))
    const {code, log} = await runFunction({function: place, inputs, vars: {...predefined, ...sandbox.env}, cwd: folder})
    expect({code, log}).toEqual({code: 0, log: expect.any(String)})
  }
  expect(readdirSync(path.join(folder, 'vendor/lib/bin'))).toContain('tool')
})

interface WorkflowStep {
  readonly id?: string
  readonly uses?: string
  readonly with?: Record<string, string>
  readonly env?: Record<string, string>
  readonly run?: string
}

test('github-workflow runs each step as GitHub does', async () => {
  const {jobs} = parse(read('github-workflow/.github/workflows/deploy.yml')) as {
    readonly jobs: {readonly deploy: {readonly steps: readonly WorkflowStep[]}}
  }
  const outputs: Record<string, string> = {}
  for (const step of jobs.deploy.steps.slice(1)) {
    if (step.uses?.startsWith('./vendor/jobside')) {
      const action = step.uses.replace('./vendor/jobside', root)
      const given = {...step.with, 'api-url': sandbox.api}
      const env = {GITLAB_TOKEN: sandbox.env['GITLAB_TOKEN'] ?? ''}
      const ended = await runStep({action, with: given, cwd: folder, env})
      expect({code: ended.code, log: ended.log}).toEqual({code: 0, log: expect.any(String)})
      for (const [name, value] of Object.entries(ended.outputs))
        outputs[`\${{ steps.${step.id ?? ''}.outputs.${name} }}`] = value
      rmSync(path.join(folder, '.runner'), {recursive: true})
    } else {
      const env = Object.fromEntries(
        Object.entries(step.env ?? {}).map(([name, text]) => [name, outputs[text] ?? text]),
      )
      const {stdout} = await run('bash', ['-c', step.run ?? 'exit 1'], {cwd: folder, env: {...process.env, ...env}})
      expect(stdout).toContain('deploying what job 201 made')
    }
  }
})

test('library compiles against the package, gates and fetches', async () => {
  const project = path.join(folder, 'library')
  const {tarball} = await pack(folder)
  await install(tarball, project, folder)
  await cp(path.join(root, 'examples/library'), project, {
    recursive: true,
    filter: (file) => !/package\.json$|node_modules/.test(file),
  })
  await compile(project)
  const env = {PATH: process.env['PATH'], API_URL: sandbox.api, GITLAB_TOKEN: sandbox.env['GITLAB_TOKEN']}
  const {stdout} = await run(process.execPath, ['dist/deploy.js'], {cwd: project, env})
  expect(stdout).toContain('deploying 1 files of job 201')
  expect(readdirSync(path.join(project, 'vendor/lib/dist'))).toEqual(['lib.js'])
  const failing = run(process.execPath, ['dist/deploy.js'], {cwd: project, env: {...env, GITLAB_TOKEN: 'glpat-nobody'}})
  await expect(failing).rejects.toMatchObject({code: 77, stdout: ''})
}, 120_000)

test('every example has a test here', () => {
  const here = readFileSync(import.meta.filename, 'utf8')
  const folders = readdirSync(path.join(root, 'examples'), {withFileTypes: true}).filter((entry) => entry.isDirectory())
  expect(folders.filter(({name}) => !here.includes(`'${name} `)).map(({name}) => name)).toEqual([])
})
