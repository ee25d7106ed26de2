import {execFile} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {cp, mkdir, writeFile} from 'node:fs/promises'
import {promisify} from 'node:util'
import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from '@jest/globals'
import {parse} from 'yaml'
import {functionFiles} from '../../scripts/release/functions.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {runFunction} from '../hosts/function-step.ts'
import {predefined} from '../hosts/trials.ts'
import {runStep} from '../hosts/github-step.ts'
import {missingLocal, runFolder} from '../hosts/local-pipeline.ts'
import {compile, npm} from '../support/packed.ts'
import {testUnless} from '../support/optional.ts'
import {startSandbox} from '../support/sandbox.ts'
import {fencesOf} from './markdown.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const run = promisify(execFile)

/** Holds a checkout, and beside it one project after the other, as a reader would have them. */
let folder: string
let project: string
let sandbox: Sandbox
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-examples-'))
  project = path.join(folder, 'my-project')
  for (const part of ['actions', 'dist', 'examples', 'templates', 'package.json'])
    await cp(path.join(root, part), path.join(folder, 'jobside', part), {recursive: true})
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))
beforeEach(async () => {
  sandbox = await startSandbox('main', {clock: 'real', speed: 10})
  await mkdir(project)
})
afterEach(async () => {
  await sandbox.close()
  rmSync(project, {recursive: true, force: true})
})

const read = (file: string): string => readFileSync(path.join(project, file), 'utf8')

/** The lines of the example's README that copy it. */
async function linesOf(name: string): Promise<readonly string[]> {
  const [fence, ...more] = await fencesOf(root, `examples/${name}/README.md`)
  expect({language: fence?.language, more}).toEqual({language: 'sh', more: []})
  return (fence?.text ?? '').split('\n')
}

/** Copies the example as its README says. */
async function copied(name: string, lines?: readonly string[]): Promise<void> {
  const script = (lines ?? (await linesOf(name))).join('\n')
  await run('bash', ['-e', '-c', script], {cwd: path.join(folder, 'jobside')})
}

testUnless(missingLocal)(
  'gitlab-script gates, fetches and reports',
  async () => {
    await copied('gitlab-script')
    const {code, log} = await runFolder(sandbox, project)
    expect({code, log}).toEqual({code: 0, log: expect.stringContaining('deployed job 201 of pipeline 21')})
  },
  120_000,
)

testUnless(missingLocal)(
  'gitlab-component gates, and a later job reads its results',
  async () => {
    await copied('gitlab-component')
    const {code, log} = await runFolder(sandbox, project)
    expect({code, log}).toEqual({code: 0, log: expect.stringContaining('deploying what job 201 made')})
  },
  120_000,
)

interface FunctionJob {
  readonly run: readonly {readonly name: string; readonly func: string; readonly inputs: Record<string, string>}[]
}

test('gitlab-function is the folder that a release ships, and runs each function of the job', async () => {
  await copied('gitlab-function')
  const {deploy} = parse(read('.gitlab-ci.yml')) as {readonly deploy: FunctionJob}
  for (const {func, inputs} of deploy.run) {
    const vars = {...predefined, ...sandbox.env}
    const {code, log} = await runFunction({function: path.join(project, func), inputs, vars, cwd: project})
    expect({code, log}).toEqual({code: 0, log: expect.any(String)})
  }
  expect(readdirSync(path.join(project, 'vendor/lib/bin'))).toContain('tool')
  const shipped = (await functionFiles(root)).filter(({path: file}) =>
    existsSync(path.join(project, 'functions', file)),
  )
  expect(shipped).toHaveLength(2 * deploy.run.length)
  for (const {path: file, content} of shipped) expect(read(`functions/${file}`)).toBe(content.toString())
})

interface WorkflowStep {
  readonly id?: string
  readonly uses?: string
  readonly with?: Record<string, string>
  readonly env?: Record<string, string>
  readonly run?: string
}

test('github-workflow runs each step as GitHub does', async () => {
  await copied('github-workflow')
  const {jobs} = parse(read('.github/workflows/deploy.yml')) as {
    readonly jobs: {readonly deploy: {readonly steps: readonly WorkflowStep[]}}
  }
  const outputs: Record<string, string> = {}
  for (const step of jobs.deploy.steps.slice(1)) {
    if (step.uses?.startsWith('./vendor/jobside')) {
      const action = path.join(project, step.uses)
      const given = {...step.with, 'api-url': sandbox.api}
      const env = {GITLAB_TOKEN: sandbox.env['GITLAB_TOKEN'] ?? ''}
      const ended = await runStep({action, with: given, cwd: project, env})
      expect({code: ended.code, log: ended.log}).toEqual({code: 0, log: expect.any(String)})
      for (const [name, value] of Object.entries(ended.outputs))
        outputs[`\${{ steps.${step.id ?? ''}.outputs.${name} }}`] = value
      rmSync(path.join(project, '.runner'), {recursive: true})
    } else {
      const env = Object.fromEntries(
        Object.entries(step.env ?? {}).map(([name, text]) => [name, outputs[text] ?? text]),
      )
      const {stdout} = await run('bash', ['-c', step.run ?? 'exit 1'], {cwd: project, env: {...process.env, ...env}})
      expect(stdout).toContain('deploying what job 201 made')
    }
  }
})

test('library compiles against the package, gates and fetches', async () => {
  const lines = await linesOf('library')
  expect(lines.slice(-2)).toEqual(['cd ../my-project', 'npm install ./jobside-*.tgz'])
  await copied('library', lines.slice(0, -2))
  const {devDependencies, dependencies, ...manifest} = JSON.parse(read('package.json')) as Record<string, object>
  // A name that is not ours on the registry would run in the reader's deploy.
  expect({devDependencies, dependencies}).toEqual({devDependencies: expect.any(Object), dependencies: undefined})
  // The compiler and the types are those of this checkout: nothing is fetched here.
  await writeFile(path.join(project, 'package.json'), JSON.stringify(manifest))
  const [tarball = ''] = readdirSync(project).filter((file) => file.endsWith('.tgz'))
  await npm(folder, 'npm', ['install', '--no-audit', '--no-fund', `./${tarball}`], project)
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
