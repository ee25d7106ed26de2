import {createHash} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action} from '../../actions/download-artifacts-by-ref/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/sandbox.ts'
import type {PipelineFile, ProjectFile} from '../../src/sandbox/world-types.ts'
import {removeFolders, runCommand, temporaryFolder, type CommandOptions} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {zip} from '../support/zip.ts'
import {files, job, library, versions, worldWith} from './world.ts'

interface Options extends CommandOptions {
  readonly options?: SandboxOptions
  readonly project?: Partial<ProjectFile>
  readonly licence?: 'free' | 'premium'
}

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

const lib = ['--project', 'grp/lib', '--ref', 'main', '--job', 'build']

async function pull(pipelines: readonly PipelineFile[], argv: readonly string[] = [], more: Options = {}) {
  const {options, project, licence, ...rest} = more
  const world = worldWith([], {others: [library(pipelines, project)], ...(licence ? {licence} : {})})
  sandbox = await startSandbox(world, options)
  return runCommand(action, sandbox, [...lib, ...argv], rest)
}

const build = (id: number, status = 'success', content: string | undefined = `of ${id}\n`) =>
  job(id, 'build', status, content === undefined ? {} : {artifacts: {files: {'from.txt': content}, when: 'always'}})
const pipeline = (id: number, ...jobs: NonNullable<PipelineFile['jobs']>): PipelineFile => ({id, ref: 'main', jobs})
const plain = [pipeline(21, job(201, 'build', 'success', {artifacts: {files}}))]
const tree = (folder: string): readonly string[] =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted()
const from = (cwd: string): string => readFileSync(path.join(cwd, 'from.txt'), 'utf8')

describe('from each kind of storage', () => {
  test.each(['disk', 'redirect', 'proxy'] as const)('%s: the same files, modes and outputs', async (storage) => {
    const run = await pull(plain, ['--path', 'vendor'], {options: {storage}})
    expect(run.code).toBe(0)
    const folder = path.join(run.cwd, 'vendor')
    expect(tree(folder)).toEqual(['bin/tool', 'dist/VERSION', 'dist/app.js', 'dist/app.js.map'])
    expect(statSync(path.join(folder, 'bin/tool')).mode & 0o777).toBe(0o755)
    expect(run.outputs).toMatchObject({found: true, path: folder, archive: null, files: 4, bytes: 25, ref: 'main'})
    expect(run.said).toContain('4 files, ')
    const toStore = run.requests.filter(({origin}) => origin === 'storage')
    expect(toStore.length > 0).toBe(storage === 'redirect')
    expect(toStore.flatMap(({credentials}) => credentials)).toEqual([])
  })
})

describe('which one', () => {
  // Newest first: failed as a whole, passed without the job, passed with a retried job, older passed.
  const history = [
    pipeline(21, build(201)),
    pipeline(22, build(202)),
    pipeline(23, job(203, 'lint', 'success')),
    pipeline(24, build(204), job(205, 'test', 'failed')),
    pipeline(25, build(206, 'failed')),
  ]
  const cases = [
    ['recent-successful', 'of 202\n'],
    ['latest-job', 'of 204\n'],
    ['any-status', 'of 206\n'],
  ] as const
  describe.each(versions)('GitLab %s', (version) => {
    test.each(cases)('%s takes its own', async (strategy, content) => {
      const credentials = version === '17.8' ? 'token' : 'job'
      const run = await pull(history, ['--strategy', strategy], {options: {version}, credentials})
      expect([run.said, run.code]).toEqual([expect.any(String), 0])
      expect(from(run.cwd)).toBe(content)
      expect(run.outputs).toMatchObject({strategy, job_name: 'build', found: true})
    })

    test('latest-pipeline looks at the newest passed one alone', async () => {
      const run = await pull(history, [], {options: {version}})
      expect(run.code).toBe(66)
      const older = await runCommand(action, sandbox, ['--project', '2', '--ref', 'main', '--job', 'lint'])
      expect(older.said).toMatch(/No artifacts|has no archive/)
    })
  })

  test('GitLab 18.7 and newer is asked to look back, in one request', async () => {
    const {transcript, requests} = await pull(history, ['--strategy', 'recent-successful'])
    expect(transcript).toEqual(['GET /projects/grp%2Flib/jobs/artifacts/main/download job-token'])
    expect(requests[0]?.query).toContain('search_recent_successful_pipelines=true')
  })

  test('what is known of the job is put out, and what GitLab does not tell is empty', async () => {
    const {outputs} = await pull(history, ['--strategy', 'latest-job'])
    expect(outputs).toMatchObject({job_id: 204, job_status: 'success', pipeline_id: 24, sha: expect.any(String)})
    const byGitLab = await runCommand(action, sandbox, [...lib, '--strategy', 'recent-successful'])
    expect(byGitLab.outputs).toMatchObject({job_id: null, pipeline_id: null, sha: null, web_url: null})
  })

  test('another commit than expected is refused with 22 and nothing is unpacked', async () => {
    const run = await pull(plain, ['--expect-sha', 'deadbeef'])
    expect([run.code, readdirSync(run.cwd)]).toEqual([22, []])
    expect(run.said).toContain('not to deadbeef as expected')
  })

  test('the expected commit is taken', async () => {
    const sha = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'
    const {code, outputs} = await pull([{...plain[0]!, sha}], ['--expect-sha', 'C0FFEE00'])
    expect([code, outputs?.['sha'], outputs?.['job_id']]).toEqual([0, sha, 201])
  })
})

describe('names that need care', () => {
  const names = ['build: [linux, 20]', 'a/b c', 'größe #1?%2F', 'x+y&z=1']
  test.each(names)('a job called %s is found on each way', async (name) => {
    const ref = 'feature/größe#1'
    const pipelines = [{id: 21, ref, jobs: [job(201, name, 'success', {artifacts: {files: {'from.txt': 'x\n'}}})]}]
    sandbox = await startSandbox(worldWith([], {others: [library(pipelines)]}))
    for (const strategy of ['latest-pipeline', 'latest-job']) {
      const argv = ['--project', '2', '--ref', ref, '--job', name, '--strategy', strategy]
      const {code, outputs, said} = await runCommand(action, sandbox, argv)
      expect([said, code]).toEqual([expect.any(String), 0])
      expect(outputs).toMatchObject({job_name: name, ref, files: 1})
    }
  })

  test('a merge request is its own ref', async () => {
    const pipelines = [{id: 21, ref: 'refs/merge-requests/7/head', jobs: [build(201)]}]
    sandbox = await startSandbox(worldWith([], {others: [library(pipelines)]}))
    const argv = ['--project', '2', '--merge-request', '7', '--job', 'build']
    const {code, outputs} = await runCommand(action, sandbox, argv)
    expect([code, outputs?.['ref']]).toEqual([0, 'refs/merge-requests/7/head'])
  })
})

describe('a 404 is explained', () => {
  const cases: readonly (readonly [string, readonly PipelineFile[], RegExp, RegExp])[] = [
    [
      'an unknown ref',
      [{id: 21, ref: 'master', jobs: [build(201)]}],
      /none of the newest jobs .* is of that ref/,
      /full name of a branch or tag/,
    ],
    ['an unknown job', [pipeline(21, job(201, 'biuld', 'success'))], /the ref has no such job/, /Nearest: "biuld"/],
    [
      'no passed pipeline',
      [pipeline(21, build(201), job(202, 'test', 'failed'))],
      /no pipeline of the ref has passed/,
      /--strategy latest-job/,
    ],
    [
      'no archive',
      [pipeline(21, job(201, 'build', 'success'))],
      /job 201 is success and has no archive/,
      /artifacts:paths/,
    ],
    [
      'an older pipeline only',
      [pipeline(21, build(201)), pipeline(22, job(202, 'lint', 'success'))],
      /newest passed pipeline has no such job/,
      /--strategy recent-successful/,
    ],
  ]
  test.each(cases)('%s', async (_, pipelines, why, hint) => {
    const run = await pull(pipelines)
    expect([run.said, run.code]).toEqual([expect.stringMatching(why), 66])
    expect(run.said).toMatch(hint)
    expect(readdirSync(run.cwd)).toEqual([])
    expect(run.transcript).toHaveLength(2)
  })

  test('an expired archive is told from one that was never made', async () => {
    const expired = job(201, 'build', 'success', {artifacts: {files, expire_at: '2026-08-31T09:00:00Z'}})
    const gone = {status: 404, body: {message: '404 Not found'}}
    const {code, said} = await pull([pipeline(21, expired)], [], {
      project: {keep_latest_artifact: false},
      options: {faults: [{on: 'GET /projects/*/jobs/artifacts/**', answer: gone}]},
    })
    expect([said, code]).toEqual([expect.stringContaining('those of job 201 expired at 2026-08-31T09:00:00'), 66])
    expect(said).toContain('keep-artifacts')
  })

  test('a project that does not list ours is a refusal', async () => {
    const {code, said} = await pull(plain, [], {project: {job_token_allowlist: {}}})
    expect(code).toBe(77)
    expect(said).toContain('Settings > CI/CD > Job token permissions')
  })

  test('a GitLab without Premium is a refusal, told from a missing project', async () => {
    const own = worldWith([], {more: [pipeline(10, build(90))], licence: 'free'})
    sandbox = await startSandbox(own)
    const {code, said} = await runCommand(action, sandbox, ['--ref', 'main', '--job', 'build'])
    expect([said, code]).toEqual([expect.stringContaining('GitLab Premium or Ultimate'), 77])
    await sandbox.close()
    const other = await pull(plain, [], {licence: 'free'})
    expect([other.said, other.code]).toEqual([expect.stringContaining('GitLab Premium or Ultimate'), 77])
    expect(other.said).toContain('--auth token')
  })

  test('stays undecided where the jobs cannot be listed', async () => {
    const {code, said} = await pull([pipeline(21, build(201, 'failed'))], [], {options: {version: '17.8'}})
    expect([said, code]).toEqual([expect.stringContaining('the newest pipeline of the ref has passed'), 66])
  })

  test('is only told with --if-missing warn or ignore, and the outputs say so', async () => {
    const warned = await pull([pipeline(21, job(201, 'build', 'success'))], ['--if-missing', 'warn'])
    expect([warned.code, warned.outputs?.['found'], warned.outputs?.['files']]).toEqual([0, false, 0])
    expect(warned.said).toContain('warning: No artifacts of "build"')
    const ignored = await runCommand(action, sandbox, [...lib, '--if-missing', 'ignore'])
    expect(ignored.code).toBe(0)
    expect(ignored.said).not.toContain('warning')
  })

  test('a refusal is never ignored', async () => {
    const run = await pull(plain, ['--if-missing', 'ignore'], {project: {job_token_allowlist: {}}})
    expect(run.code).toBe(77)
  })
})

describe('what is made of it', () => {
  test('only the files that match, without their first folder', async () => {
    const run = await pull(plain, ['--files', 'dist/**', '--files', '!**/*.map', '--strip', '1'])
    expect([run.code, tree(run.cwd)]).toEqual([0, ['VERSION', 'app.js']])
  })

  test('the archive as it is, with its checksum', async () => {
    const run = await pull(plain, ['--unpack', 'false'])
    const kept = path.join(run.cwd, 'artifacts.zip')
    const digest = createHash('sha256').update(readFileSync(kept)).digest('hex')
    expect([run.code, tree(run.cwd)]).toEqual([0, ['artifacts.zip']])
    expect(run.outputs).toMatchObject({archive: kept, sha256: digest})
    const right = await runCommand(action, sandbox, [...lib, '--sha256', digest])
    expect(right.code).toBe(0)
  })

  test('one zip of the chosen files, the same bytes each time', async () => {
    const run = await pull(plain, ['--archive', 'out.zip', '--files', 'dist/**'])
    const again = await runCommand(action, sandbox, [...lib, '--archive', 'out.zip', '--files', 'dist/**'])
    const bytes = [run, again].map(({cwd}) => readFileSync(path.join(cwd, 'out.zip')))
    expect([run.code, again.code]).toEqual([0, 0])
    expect(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0))).toBe(true)
  })

  test('nothing of another checksum: 76, and the destination as it was', async () => {
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'mine.txt'), 'mine')
    const run = await pull(plain, ['--sha256', 'a'.repeat(64)], {cwd})
    expect([run.code, tree(cwd)]).toEqual([76, ['mine.txt']])
  })

  test('nothing over what is there with --overwrite fail: 73', async () => {
    const cwd = temporaryFolder()
    mkdirSync(path.join(cwd, 'dist'))
    writeFileSync(path.join(cwd, 'dist/app.js'), 'mine')
    const run = await pull(plain, ['--overwrite', 'fail'], {cwd})
    expect([run.said, run.code]).toEqual([expect.stringContaining('dist/app.js'), 73])
    expect(readFileSync(path.join(cwd, 'dist/app.js'), 'utf8')).toBe('mine')
    expect(tree(cwd)).toEqual(['dist/app.js'])
  })

  test('nothing if no file matches: 66, unless that may be missing', async () => {
    const {code, said, cwd} = await pull(plain, ['--files', 'nothing/**'])
    expect([code, tree(cwd)]).toEqual([66, []])
    expect(said).toContain('No file in the archive matches "nothing/**"')
    const argv = [...lib, '--files', 'nothing/**', '--if-missing', 'ignore']
    expect((await runCommand(action, sandbox, argv)).outputs?.['found']).toBe(false)
  })
})

describe('an archive that cannot be trusted', () => {
  const whole = zip([
    {name: 'a.txt', content: 'a'.repeat(4_000)},
    {name: 'b.txt', content: 'b'},
  ])
  const broken = Buffer.from(whole).fill(0x41, 40, 60)
  const hostile = zip([{name: '../evil.txt', content: 'x'}])
  const archives = [
    ['truncated', whole.subarray(0, whole.length - 30)],
    ['damaged', broken],
    ['hostile', hostile],
    ['no zip at all', Buffer.from('<html>hello</html>')],
  ] as const
  test.each(archives)('%s: 76, and the destination as it was', async (_, bytes) => {
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'mine.txt'), 'mine')
    const artifacts = {base64: bytes.toString('base64')}
    const run = await pull([pipeline(21, job(201, 'build', 'success', {artifacts}))], [], {cwd})
    expect([run.said, run.code]).toEqual([expect.any(String), 76])
    expect(tree(cwd)).toEqual(['mine.txt'])
    expect(tree(path.dirname(cwd)).filter((file) => file.includes('evil'))).toEqual([])
  })

  test('one that breaks off is asked for again', async () => {
    const options = {faults: [{on: 'GET /projects/**', times: 1, cut: {bytes: 50}}]}
    const run = await pull(plain, [], {options})
    expect([run.code, tree(run.cwd)]).toEqual([0, ['bin/tool', 'dist/VERSION', 'dist/app.js', 'dist/app.js.map']])
  })

  test('one that always breaks off gives 69 and leaves nothing', async () => {
    const run = await pull(plain, [], {options: {faults: [{on: 'GET /projects/**', cut: {bytes: 50}}]}})
    expect([run.said, run.code]).toEqual([expect.any(String), 69])
    expect(tree(run.cwd)).toEqual([])
  })
})

describe('with --wait', () => {
  const coming = job(201, 'build', 'pending', {
    artifacts: {files: {'from.txt': 'new\n'}, when: 'always'},
    timeline: [
      {after: '20s', status: 'running'},
      {after: '30s', status: 'success'},
    ],
  })

  test.each(['18.0', '19.2'])(
    'waits for the job of the newest pipeline and takes that one (GitLab %s)',
    async (version) => {
      const run = await pull([pipeline(20, build(190)), pipeline(21, coming)], ['--wait', '10m'], {options: {version}})
      expect([run.said, run.code]).toEqual([expect.any(String), 0])
      expect(from(run.cwd)).toBe('new\n')
      expect(run.outputs).toMatchObject({job_id: 201, job_status: 'success', pipeline_id: 21})
    },
  )

  test('gives 20 when it fails, 75 when it takes too long, 66 when it never comes', async () => {
    const ends = [
      {after: '5s', status: 'running'},
      {after: '5s', status: 'failed'},
    ]
    expect((await pull([pipeline(21, {...coming, timeline: ends})], ['--wait', '10m'])).code).toBe(20)
    await sandbox.close()
    expect((await pull([pipeline(21, {...coming, timeline: []})], ['--wait', '1m'])).code).toBe(75)
    await sandbox.close()
    expect((await pull([pipeline(21, job(201, 'lint', 'running'))], ['--wait', '1m'])).code).toBe(66)
  })
})

test('two bad inputs and a missing one are told together', async () => {
  sandbox = await startSandbox(worldWith([]))
  const argv = ['--merge-request', '7', '--strategy', 'best', '--max-bytes', 'many']
  const {code, said} = await runCommand(action, sandbox, argv)
  expect(code).toBe(64)
  expect(said).toContain('3 problems with the input')
  expect(said).toContain('job is required')
  expect(said).toContain('strategy must be one of')
  expect(said).toContain('max-bytes must be a size')
})
