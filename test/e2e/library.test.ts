import {execFile} from 'node:child_process'
import {copyFile, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {dist} from '../support/bundles.ts'
import {compile, install, pack} from '../support/packed.ts'
import {startSandbox} from '../support/sandbox.ts'
import {libraryWorld} from './library-world.ts'
import {fencesOf} from './markdown.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')

/** Each is a program of a consumer: what it prints is what the test sees. */
const programs: Readonly<Record<string, string>> = {
  fetches: `
    const before = process.eventNames().length
    const {job, jobs} = await waitForJobs(client, {ref: 'main', job: 'build', interval: 1_000})
    const got = await fetchArtifacts(client, {pipelineId: job?.pipelineId ?? 0, job: 'build', files: ['dist/**'], path: 'out'})
    const {archives: [archive]} = got
    tell({status: job?.status, jobs: jobs.length, files: got.files, isFound: got.isFound, from: archive?.jobId})
    tell(process.eventNames().length - before)
  `,
  fails: `
    const error = await failed(waitForJobs(client, {ref: 'main', job: 'lint', settle: 0}))
    const {name, kind, code, exitCode, message, jobs, failures} = error
    tell({name, kind, code, exitCode, message, jobs: jobs.map((job) => job.status), log: failures.map(({log}) => log)})
  `,
  misses: `
    const {kind, message, hint} = await failed(waitForJobs(client, {ref: 'mian', job: 'build'}))
    tell({kind, message, hint})
  `,
  aborts: `
    const stop = new AbortController()
    const reason = new Error('changed my mind')
    setTimeout(() => stop.abort(reason), 300)
    const error: unknown = await waitForJobs(client, {ref: 'main', job: 'slow', signal: stop.signal}).catch((error) => error)
    tell(error === reason)
    const open = failed(waitForJobs(client, {ref: 'main', job: 'slow'}))
    setTimeout(() => void client.close(), 300)
    tell((await open).message)
    tell((await failed(findJobs(client, {ref: 'main'}))).message)
  `,
  refuses: `
    const wrong = {ref: undefined, job: '', jobId: [], timout: 5, settle: '5s'} as unknown as WaitOptions
    tell((await failed(waitForJobs(client, wrong))).message.split('\\n'))
    const {message} = await failed(createClient({apiUrl: 'http://gitlab.example.com', proxy: 'ftp://x', token: '$TOKEN'}))
    tell(message.split('\\n'))
    tell((await failed(fetchArtifacts(client, {ref: 'main', job: 'build'}))).message)
    // @ts-expect-error: an option that is there must hold something
    const given: WaitOptions = {job: undefined}
    // @ts-expect-error: a status is no rule for waiting
    const status: WaitOptions = {status: 'failed'}
    void [given, status]
  `,
  changes: `
    const played = await playJob(client, {ref: 'main', job: 'deploy', wait: true, interval: 1_000})
    const retried = await retryJobs(client, {ref: 'main', job: 'flaky', wait: true, interval: 1_000})
    const started = await triggerPipeline(client, {project: 'grp/lib', ref: 'main', variables: {SECRET: 's3cr3t-value'}, wait: true})
    tell([played.isPlayedByUs, played.job.status, retried.retried, retried.jobs.length, started.status, started.jobs.length])
    const other = await failed(playJob(client, {pipelineId: 21, job: 'deploy', ifStarted: 'fail'}))
    tell([other.kind, other.code])
  `,
  lists: `
    tell((await findJobs(client, {ref: 'main', status: ['failed']})).map((job) => job.name))
    tell((await findJobs(client, {project: 'grp/lib', pipelineId: 21, jobMatch: '!*o*'})).map((job) => job.name))
  `,
}

const head = `
  import {createClient, fetchArtifacts, findJobs, JobsideError, playJob, retryJobs, triggerPipeline, waitForJobs} from 'jobside'
  import type {WaitOptions} from 'jobside'

  export const used = [fetchArtifacts, findJobs, playJob, retryJobs, triggerPipeline, waitForJobs, {} as WaitOptions]
  const tell = (value: unknown): void => console.log(JSON.stringify(value))
  export const failed = async (call: Promise<unknown>): Promise<JobsideError> => {
    const error: unknown = await call.then(() => new Error('it went well'), (error: unknown) => error)
    if (error instanceof JobsideError) return error
    throw error
  }
  const [, , apiUrl = ''] = process.argv
  const lines: string[] = []
  const client = await createClient({apiUrl, token: 'glpat-maint', project: 'grp/lib', log: ({text}) => lines.push(text)})
`
const tail = `
  await client.close()
  tell(lines.length > 0 && !lines.join().includes('glpat-maint') && !lines.join().includes('s3cr3t'))
`

const strict = {
  target: 'ES2023',
  lib: ['ES2023'],
  types: ['node'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  skipLibCheck: true,
}

/** Whoever sets these can lead a command; a library that is not told of them must not know them. */
const hostile = {
  CI_API_V4_URL: 'http://127.0.0.1:1/api/v4',
  CI_SERVER_URL: 'http://127.0.0.1:1',
  CI_JOB_TOKEN: 'glcbt-from-the-environment',
  CI_PROJECT_ID: '99',
  CI_PIPELINE_ID: '99',
  CI_JOB_TIMEOUT: '1',
  GITLAB_TOKEN: 'glpat-from-the-environment',
  GITHUB_ACTIONS: 'true',
  GITHUB_OUTPUT: '/nowhere/output',
  INPUT_PROJECT: 'grp/nowhere',
  INPUT_TIMEOUT: '1s',
  HTTP_PROXY: 'http://user:pa%zz@127.0.0.1:1',
  HTTPS_PROXY: 'http://user:pa%zz@127.0.0.1:1',
  NO_PROXY: '',
}

let folder: string
let project: string
let sandbox: Sandbox

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-library-'))
  project = path.join(folder, 'consumer')
  const {tarball} = await pack(folder)
  await install(tarball, project, folder)
  await mkdir(path.join(project, 'src'))
  for (const [name, text] of Object.entries(programs))
    await writeFile(path.join(project, 'src', `${name}.ts`), head + text + tail)
  const pages = await fencesOf(root, 'docs/library.md')
  for (const [at, {text}] of pages.filter(({language}) => language === 'ts').entries())
    await writeFile(path.join(project, 'src', `page${at}.ts`), text)
  // As a source of its own, since nobody checks the declarations of packages.
  await copyFile(path.join(dist, 'library.d.ts'), path.join(project, 'src/types.ts'))
  const options = {compilerOptions: {...strict, rootDir: 'src', outDir: 'made'}, include: ['src']}
  await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify(options))
}, 120_000)
afterAll(() => rm(folder, {recursive: true, force: true}))

beforeEach(async () => {
  sandbox = await startSandbox(libraryWorld, {clock: 'real', speed: 10})
})
afterEach(() => sandbox.close())

test('a consumer of the packed package compiles under strict TypeScript', async () => {
  await compile(project)
  const types = await readFile(path.join(dist, 'library.d.ts'), 'utf8')
  expect(types).not.toMatch(/^import|from '/m)
}, 60_000)

/** The values that a program tells. A program that does not end by itself is killed by the limit, which rejects. */
async function runProgram(name: string, env: Readonly<Record<string, string>> = {}): Promise<readonly unknown[]> {
  const {stdout, stderr} = await run(process.execPath, [path.join(project, 'made', `${name}.js`), sandbox.api], {
    cwd: folder,
    env: {PATH: process.env['PATH'], ...env},
    timeout: 40_000,
  })
  expect(stderr).toBe('')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

describe('a program that imports jobside', () => {
  test('waits and fetches, knows nothing of the environment, prints nothing, listens to no signal, and ends', async () => {
    const told = await runProgram('fetches', hostile)
    expect(told).toEqual([{status: 'success', jobs: 1, files: 1, isFound: true, from: 201}, 0, true])
    expect(await readFile(path.join(folder, 'out/dist/lib.js'), 'utf8')).toBe('lib()\n')
    const credentials = sandbox.requests().flatMap(({credentials}) => credentials)
    expect(new Set(credentials)).toEqual(new Set(['private-token']))
  }, 60_000)

  test('gets a failed job as an error with its kind, its jobs and the end of their logs', async () => {
    const [error] = await runProgram('fails')
    expect(error).toEqual({
      name: 'JobsideError',
      kind: 'jobFailed',
      code: 'JOBSIDE_JOB_FAILED',
      exitCode: 20,
      message: expect.stringContaining('lint'),
      jobs: ['failed'],
      log: [[expect.stringContaining('no semicolon')]],
    })
  }, 60_000)

  test('gets a typo told as one, with options where a command line has flags', async () => {
    const [error] = await runProgram('misses')
    expect(error).toEqual({
      kind: 'notFound',
      message: expect.stringContaining('Nearest: "main"'),
      hint: expect.stringMatching(/mergeRequest/),
    })
    expect(JSON.stringify(error)).not.toContain('--')
  }, 60_000)

  test('ends a wait by its signal, and all that is under way by closing the client', async () => {
    expect(await runProgram('aborts')).toEqual([true, 'The client was closed.', 'The client was closed.', true])
  }, 60_000)

  test('is told all that is wrong with a call at once, and an empty option is no absent one', async () => {
    const [call, client, target] = await runProgram('refuses').then((told) => told as string[][])
    expect(call).toEqual([
      'waitForJobs: 5 problems with the input',
      expect.stringContaining('ref is given, but empty'),
      expect.stringContaining('job is given, but empty'),
      expect.stringContaining('jobId is given, but empty'),
      expect.stringContaining('no option timout, did you mean timeout?'),
      expect.stringContaining('settle must be a number of milliseconds'),
    ])
    expect(client).toEqual([
      'createClient: 3 problems with the input',
      expect.stringContaining('proxy is not the address'),
      expect.stringContaining('apiUrl is plain http'),
      expect.stringContaining('token holds a variable'),
    ])
    expect(target).toContain('path is required')
    expect(sandbox.requests()).toEqual([])
  }, 60_000)

  test('plays, retries and triggers exactly once', async () => {
    const told = await runProgram('changes')
    expect(told).toEqual([[true, 'success', 1, 1, 'success', 1], ['wrongState', 'JOBSIDE_WRONG_STATE'], true])
    const posts = sandbox.requests().filter(({method}) => method === 'POST')
    expect(posts).toHaveLength(3)
  }, 60_000)

  test('lists jobs by status and by pattern', async () => {
    expect(await runProgram('lists')).toEqual([['flaky', 'lint'], ['flaky', 'lint', 'build'], true])
  }, 60_000)
})

describe('as printed in docs/library.md', () => {
  test.each([
    ['the first example', 'page0', '4 files of job 201'],
    ['the one of a CI job', 'page1', '0 jobs failed'],
    ['the one of a failure', 'page2', 'Nearest: "main"'],
  ])(
    '%s works',
    async (_, name, said) => {
      const own = await startSandbox('main', {clock: 'real', speed: 10})
      try {
        const file = path.join(project, 'made', `${name}.js`)
        const text = await readFile(file, 'utf8')
        await writeFile(file, text.replaceAll('https://gitlab.example.com/api/v4', own.api))
        const env = {PATH: process.env['PATH'], ...own.env}
        const ended = await run(process.execPath, [file], {cwd: folder, env, timeout: 40_000})
        expect(ended).toEqual({stdout: expect.stringContaining(said), stderr: ''})
      } finally {
        await own.close()
      }
    },
    60_000,
  )
})
