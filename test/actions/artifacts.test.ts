import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as download} from '../../actions/download-artifacts/action.ts'
import {action as getFile} from '../../actions/get-artifact-file/action.ts'
import {action as listArtifacts} from '../../actions/list-artifacts/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand, temporaryFolder} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {zip} from '../support/zip.ts'
import {tree} from './by-ref.ts'
import {files, job, library, versions, worldWith} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

async function serve(jobs: readonly JobFile[], options?: SandboxOptions): Promise<Sandbox> {
  sandbox = await startSandbox(worldWith(jobs), options)
  return sandbox
}

const list = 'GET /projects/1/pipelines/11/jobs job-token'
const build = job(102, 'build', 'success', {artifacts: {files}})
const part = (id: number, name: string, file: string, text = name): JobFile =>
  job(id, name, 'success', {artifacts: {files: {[file]: `${text}\n`, 'shared/same.txt': 'same\n'}}})
const parts = [part(110, 'build 1/2', 'one.txt'), part(111, 'build 2/2', 'two.txt'), job(112, 'build docs', 'success')]
describe('download-artifacts', () => {
  test('puts one job into the folder itself', async () => {
    const {code, cwd, transcript} = await runCommand(download, await serve([build]), ['--job', 'build'])
    expect([code, tree(cwd)]).toEqual([0, ['bin/tool', 'dist/VERSION', 'dist/app.js', 'dist/app.js.map']])
    expect(transcript).toEqual([list, 'GET /projects/1/jobs/102/artifacts job-token'])
  })

  test('puts several into a folder each and says which', async () => {
    const run = await runCommand(download, await serve(parts), ['--job-match', 'build */*'])
    expect(run.code).toBe(0)
    expect(tree(run.cwd)).toEqual([
      'build-1-2/one.txt',
      'build-1-2/shared/same.txt',
      'build-2-2/shared/same.txt',
      'build-2-2/two.txt',
    ])
    expect(run.outputs).toMatchObject({files: 4, found: true})
    expect(run.outputs?.['jobs']).toEqual(
      expect.arrayContaining([expect.objectContaining({id: 110, name: 'build 1/2', folder: 'build-1-2', files: 2})]),
    )
    expect(run.said).toMatch(/build 1\/2 +110 +2 +.* +build-1-2/)
  })

  test('merges them when they agree, and refuses a clash with 73 and nothing written', async () => {
    const clashing = [part(110, 'a', 'x.txt', 'mine'), part(111, 'b', 'x.txt', 'yours')]
    const argv = ['--stage', 'build', '--layout', 'merged']
    const run = await runCommand(download, await serve(clashing), argv)
    expect([run.said, run.code]).toEqual([expect.stringContaining('x.txt'), 73])
    expect(tree(run.cwd)).toEqual([])
    const last = await runCommand(download, sandbox, [...argv, '--clashes', 'last'])
    expect(last.code).toBe(0)
    expect(tree(last.cwd)).toEqual(['shared/same.txt', 'x.txt'])
  })

  test('warns of jobs that have none among others that have', async () => {
    const {code, said, outputs} = await runCommand(download, await serve(parts), ['--job-match', 'build *'])
    expect([code, outputs?.['ids']]).toEqual([0, expect.stringMatching(/^11[01],11[01]$/)])
    expect(said).toContain('warning: No artifacts of "build docs" (112, success): not made, not finished, or expired.')
  })

  test('gives 66 where none has any, unless that may be', async () => {
    const {code, said} = await runCommand(download, await serve(parts), ['--job', 'build docs'])
    expect([code, said]).toEqual([66, expect.stringContaining('No artifacts of "build docs"')])
    const {code: calm, outputs} = await runCommand(download, sandbox, ['--job', 'build docs', '--if-missing', 'warn'])
    expect([calm, outputs?.['found']]).toEqual([0, false])
  })

  test('is all or nothing: one broken archive leaves the folder as it was', async () => {
    const broken = zip([{name: 'two.txt', content: 'x'.repeat(2_000)}]).fill(0x41, 40, 60)
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'mine.txt'), 'mine')
    await serve([parts[0]!, job(111, 'build 2/2', 'success', {artifacts: {base64: broken.toString('base64')}})])
    const run = await runCommand(download, sandbox, ['--job-match', 'build */*'], {cwd})
    expect([run.said, run.code, tree(cwd)]).toEqual([expect.any(String), 76, ['mine.txt']])
  })

  test('makes one zip of several', async () => {
    const run = await runCommand(download, await serve(parts), ['--job-match', 'build */*', '--archive', 'all.zip'])
    expect([run.said, run.code, tree(run.cwd)]).toEqual([expect.any(String), 0, ['all.zip']])
    expect(run.outputs).toMatchObject({files: 4, archive: path.join(run.cwd, 'all.zip')})
  })

  test('waits for them first when asked, and fails with them', async () => {
    const coming = (status: string): JobFile => ({
      ...build,
      status: 'running',
      timeline: [{after: '20s', status}],
    })
    const good = await runCommand(download, await serve([coming('success')]), ['--job', 'build', '--wait'])
    expect([good.code, tree(good.cwd)]).toEqual([0, expect.arrayContaining(['dist/app.js'])])
    await sandbox.close()
    const bad = await runCommand(download, await serve([coming('failed')]), ['--job', 'build', '--wait'])
    expect([bad.code, tree(bad.cwd)]).toEqual([20, []])
  })

  test('shows no credential to the storage that it is sent to', async () => {
    const {code, requests} = await runCommand(download, await serve([build], {storage: 'redirect'}), ['--job', 'build'])
    expect(code).toBe(0)
    expect(requests.filter(({origin}) => origin === 'storage').flatMap(({credentials}) => credentials)).toEqual([])
  })
})

describe('get-artifact-file', () => {
  test('prints the file and nothing else on standard output', async () => {
    const {code, stdout, outputs} = await runCommand(getFile, await serve([build]), [
      '--job',
      'build',
      '--file',
      'dist/VERSION',
    ])
    expect([code, stdout]).toEqual([0, '1.2.3\n'])
    expect(outputs).toMatchObject({job_id: 102, bytes: 6, path: null})
  })

  test.each(versions)('lets GitLab %s choose with --by-ref, in one request', async (version) => {
    const other = library([
      {id: 21, ref: 'release/1.x', jobs: [job(201, 'build: [a, b]', 'success', {artifacts: {files}})]},
    ])
    sandbox = await startSandbox(worldWith([], {others: [other]}), {version})
    const argv = [
      '--project',
      '2',
      '--by-ref',
      '--ref',
      'release/1.x',
      '--job',
      'build: [a, b]',
      '--file',
      'dist/VERSION',
    ]
    const {code, stdout, outputs, requests} = await runCommand(getFile, sandbox, argv)
    expect([code, stdout, requests.length]).toEqual([0, '1.2.3\n', 1])
    expect(outputs).toMatchObject({job_id: null, job_name: 'build: [a, b]'})
  })

  test('writes a file whole or not at all', async () => {
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'V'), 'old')
    await serve([build], {faults: [{on: 'GET /projects/*/jobs/*/artifacts/**', cut: {bytes: 2}}]})
    const argv = ['--job', 'build', '--file', 'dist/VERSION', '--output', 'V']
    const {code} = await runCommand(getFile, sandbox, argv, {cwd})
    expect([code, readFileSync(path.join(cwd, 'V'), 'utf8'), tree(cwd)]).toEqual([69, 'old', ['V']])
    sandbox.setFaults([{on: 'GET /projects/*/jobs/*/artifacts/**', times: 1, cut: {bytes: 2}}])
    expect((await runCommand(getFile, sandbox, argv, {cwd})).code).toBe(0)
    expect(readFileSync(path.join(cwd, 'V'), 'utf8')).toBe('1.2.3\n')
  })

  test('says 69 when what was printed is not whole', async () => {
    await serve([build], {faults: [{on: 'GET /projects/*/jobs/*/artifacts/**', cut: {bytes: 2}}]})
    const {code, stderr} = await runCommand(getFile, sandbox, ['--job', 'build', '--file', 'dist/VERSION'])
    expect([code, stderr]).toEqual([69, expect.stringContaining('What was printed is not whole.')])
  })

  test('gives 66 for a file that is not in it, and says how to see what is', async () => {
    const {code, stderr} = await runCommand(getFile, await serve([build]), ['--job', 'build', '--file', 'dist/nope'])
    expect(code).toBe(66)
    expect(stderr).toContain('No file "dist/nope" in the artifacts of job 102 "build"')
    expect(stderr).toContain('list-artifacts shows what there is.')
  })

  test('gives 77 where the licence is missing, not 66', async () => {
    sandbox = await startSandbox(worldWith([build], {licence: 'free'}))
    const {code, said} = await runCommand(getFile, sandbox, ['--job', 'build', '--file', 'dist/VERSION'])
    expect([said, code]).toEqual([expect.stringContaining('GitLab Premium or Ultimate'), 77])
  })

  test('needs a ref and one job for --by-ref, and a file', async () => {
    const {code, said} = await runCommand(getFile, await serve([build]), ['--by-ref'])
    expect(code).toBe(64)
    expect(said).toContain('file is required')
  })
})

describe('list-artifacts', () => {
  const rows = [
    ['0755', '10', 'bin/tool'],
    ['0644', '6', 'dist/VERSION'],
    ['0644', '6', 'dist/app.js'],
    ['0644', '3', 'dist/app.js.map'],
  ]

  test.each([
    ['18.8', 'disk', 'tree'],
    ['19.2', 'redirect', 'tree'],
    ['18.0', 'disk', 'archive'],
    ['18.0', 'redirect', 'archive'],
    ['18.0', 'proxy', 'archive'],
  ] as const)('gives the same rows on GitLab %s with storage %s, out of the %s', async (version, storage, way) => {
    const run = await runCommand(listArtifacts, await serve([build], {version, storage}), ['--job', 'build'])
    expect([run.said, run.code]).toEqual([expect.any(String), 0])
    const shown = run.stdout.split('\n').map((line) => line.trim().split(/ +/))
    for (const [mode, bytes, file] of rows) {
      expect(shown).toContainEqual([expect.stringContaining(mode!.slice(1)), bytes, file])
    }
    expect(run.outputs).toMatchObject({files: 4, bytes: 25})
    const entries = run.outputs?.['entries'] as readonly {readonly path: string}[] | undefined
    const paths = entries?.map((entry) => entry.path)
    expect(paths).toEqual(['bin/', 'bin/tool', 'dist/', 'dist/VERSION', 'dist/app.js', 'dist/app.js.map'])
    expect(run.transcript.some((line) => line.endsWith('/artifacts/tree job-token'))).toBe(way === 'tree')
    expect(run.transcript.some((line) => line.endsWith('/artifacts job-token'))).toBe(way === 'archive')
  })

  test('prints paths, or JSON, and nothing else on standard output', async () => {
    await serve([build])
    const argv = ['--job', 'build', '--files', 'dist/**', '--files', '!**/*.map']
    expect((await runCommand(listArtifacts, sandbox, [...argv, '--format', 'paths'])).stdout).toBe(
      'dist/VERSION\ndist/app.js\n',
    )
    const json = await runCommand(listArtifacts, sandbox, [...argv, '--format', 'json'])
    expect(JSON.parse(json.stdout)).toHaveLength(2)
  })

  test('gives 66 for a job without artifacts', async () => {
    await serve([job(102, 'build', 'success')])
    const {code, said} = await runCommand(listArtifacts, sandbox, ['--job', 'build'])
    expect([said, code]).toEqual([expect.any(String), 66])
  })
})
