import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile, PipelineFile} from '../../src/sandbox/world/world-types.ts'
import {job, library, worldWith} from '../actions/world.ts'
import {jobVariables} from '../support/bundle-scene.ts'
import {runBundle} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'

/** The built command that pulls by ref: which of several archives a ref means, and what is said where it means none. */
let folder = ''
let sandbox: Sandbox | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-by-ref-'))
})
afterEach(async () => {
  await sandbox?.close()
  sandbox = undefined
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const sha = 'b'.repeat(40)
/** A job whose archive says which one it is. */
const build = (id: number, status = 'success'): JobFile =>
  job(id, 'build', status, {artifacts: {files: {'which.txt': String(id)}}})
const pipeline = (id: number, jobs: readonly JobFile[], more: Partial<PipelineFile> = {}): PipelineFile => ({
  id,
  ref: 'main',
  user: 'dev',
  sha,
  jobs,
  ...more,
})
/** A pipeline with a child, whose jobs are these. */
const withChild = (id: number, jobs: readonly JobFile[], child: number, inChild: readonly JobFile[]) => [
  pipeline(id, jobs, {bridges: [{id: id + 500, name: 'child', status: 'success', downstream: child}]}),
  pipeline(child, inChild, {source: 'parent_pipeline', parent: id}),
]

async function serve(pipelines: readonly PipelineFile[], version = '19.2'): Promise<void> {
  sandbox = await startSandbox(worldWith([], {others: [library(pipelines)]}), {version})
}

let runs = 0
async function pull(argv: readonly string[]) {
  if (!sandbox) throw new Error('serve a world first')
  const path = join(folder, String(++runs))
  const {code, stdout, stderr} = await runBundle(
    'download-artifacts-by-ref',
    ['--project', 'grp/lib', '--ref', 'main', '--job', 'build', '--path', path, '--attempts', '1', ...argv],
    {cwd: folder, env: {...jobVariables(sandbox), NO_COLOR: '1'}},
  )
  const which = code === 0 ? Number(readFileSync(join(path, 'which.txt'), 'utf8')) : undefined
  return {code, which, said: stdout + stderr}
}

describe('the archive of a ref', () => {
  const lint = job(200, 'lint', 'success')
  const failed = (id: number): JobFile => job(id, 'test', 'failed')
  test.each<[string, readonly PipelineFile[], string, number]>([
    [
      'is of the pipeline itself before one of its child',
      withChild(21, [build(201)], 22, [build(202)]),
      'latest-pipeline',
      201,
    ],
    [
      'is of the child, whatever that has come to, where the pipeline that passed has no such job',
      withChild(21, [lint], 22, [build(202, 'failed')]),
      'latest-pipeline',
      202,
    ],
    [
      'is not of the child of a pipeline that has not passed',
      [pipeline(20, [build(200)]), ...withChild(21, [failed(210)], 22, [build(202)])],
      'latest-pipeline',
      200,
    ],
    [
      'is of the newest that passed, although the child of an older one is younger',
      [...withChild(20, [lint], 30, [build(230)]), pipeline(21, [build(201)])],
      'recent-successful',
      201,
    ],
    [
      'is looked for in the child of an older one, where the newest has none',
      [...withChild(20, [lint], 30, [build(230)]), pipeline(21, [job(211, 'lint', 'success')])],
      'recent-successful',
      230,
    ],
  ])('%s, by GitLab’s own route and by ours', async (_, pipelines, strategy, which) => {
    await serve(pipelines)
    const argv = ['--strategy', strategy]
    expect(await pull(argv)).toMatchObject({code: 0, which})
    // A commit that is expected must be known before anything is fetched, so that we choose ourselves.
    expect(await pull([...argv, '--expect-sha', sha])).toMatchObject({code: 0, which})
  })

  test('is not guessed between children where trigger jobs cannot be listed', async () => {
    await serve(withChild(21, [lint], 22, [build(202)]), '18.0')
    const {code, said} = await pull(['--expect-sha', sha])
    expect([code, said]).toEqual([
      77,
      expect.stringMatching(/is in child pipelines, and whether one of them is of pipeline 21/),
    ])
    expect(said).toContain('--strategy latest-job')
  })
})

describe('where a ref has no such archive', () => {
  test.each([
    [
      'recent-successful',
      [pipeline(21, [build(201, 'failed')]), pipeline(20, [job(200, 'lint', 'success')])],
      '--strategy latest-job',
    ],
    ['latest-job', [pipeline(21, [build(201, 'failed')])], '--strategy any-status'],
    [
      'latest-pipeline',
      [pipeline(21, [build(201)]), pipeline(22, [job(202, 'lint', 'success')])],
      '--strategy recent-successful',
    ],
  ])('nobody who says --strategy %s is told to say it', async (strategy, pipelines, way) => {
    await serve(pipelines)
    for (const more of [[], ['--expect-sha', sha]]) {
      const {code, said} = await pull(['--strategy', strategy, ...more])
      expect([code, said]).toEqual([66, expect.stringContaining(way)])
      expect(said).not.toContain(`Use --strategy ${strategy}`)
    }
  })
})
