import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {runBundle, type BundleRun} from '../support/bundles.ts'
import {treeOf} from '../support/bundle-scene.ts'
import {jobOf} from '../support/sequence.ts'
import {closeServers, serveHttp} from '../support/servers.ts'
import {zip} from '../support/zip.ts'

interface Build {
  readonly project: string
  readonly id: number
  readonly pipeline: number
  readonly ref?: string
  readonly name?: string
  readonly status?: string
  /** Content of the file `v` in `dist/`. */
  readonly says: string
}

/** Archives of several projects, as a run of `download-artifacts --source` sees them. */
let folder = ''
let builds: Build[] = []
let asked: string[] = []
let origin = ''
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-sources-'))
  asked = []
  builds = [
    {project: 'grp/lib', id: 11, pipeline: 1, says: 'lib 1'},
    {project: 'grp/tool', id: 21, pipeline: 2, name: 'test: [os=linux, 20]', ref: 'feature/x@2', says: 'tool 1'},
    {project: 'grp/own', id: 31, pipeline: 3, says: 'own 1'},
  ]
  origin = await serveHttp((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1')
    asked.push(decodeURIComponent(url.pathname.replace('/api/v4', '')))
    const [, project = '', rest = ''] = /\/projects\/([^/]+)\/(.*)$/.exec(url.pathname) ?? []
    const of = builds.filter(
      (build) => build.project === decodeURIComponent(project) || String(idOf(build)) === project,
    )
    const send = (build: Build | undefined): void => {
      if (!build)
        return void response.writeHead(404, {'content-type': 'application/json'}).end('{"message":"404 Not found"}')
      response.writeHead(200, {'content-type': 'application/zip'}).end(archiveOf(build))
    }
    const [, id] = /^jobs\/(\d+)\/artifacts$/.exec(rest) ?? []
    if (id !== undefined) return send(of.find((build) => build.id === Number(id)))
    if (rest.startsWith('jobs/artifacts/')) {
      const ref = decodeURIComponent(rest.split('/')[2] ?? '')
      const fits = of.filter((build) => refOf(build) === ref && nameOf(build) === url.searchParams.get('job'))
      return send(fits.toSorted((a, b) => b.pipeline - a.pipeline)[0])
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(rest === 'jobs' ? of.toSorted((a, b) => b.id - a.id).map(jobJson) : []))
  })
})
afterEach(async () => {
  await closeServers()
  rmSync(folder, {recursive: true, force: true})
})

const idOf = ({project}: Build): number => project.length * 100 + project.charCodeAt(4)
const refOf = ({ref = 'main'}: Build): string => ref
const nameOf = ({name = 'build'}: Build): string => name
const archiveOf = ({says}: Build): Buffer =>
  zip([
    {name: 'dist/v', content: says},
    {name: 'docs/note', content: says},
  ])
const jobJson = (build: Build): object => ({
  ...jobOf({id: build.id, name: nameOf(build)}),
  ref: refOf(build),
  artifacts_file: {filename: 'artifacts.zip', size: archiveOf(build).length},
  pipeline: {
    id: build.pipeline,
    project_id: idOf(build),
    ref: refOf(build),
    sha: String(build.pipeline).repeat(40).slice(0, 40),
    status: build.status ?? 'success',
  },
})

const pull = (...argv: readonly string[]) => run('download-artifacts', ...argv, '--path', 'out')

async function run(command: string, ...argv: readonly string[]): Promise<BundleRun & {readonly said: string}> {
  const env = {
    CI_API_V4_URL: `${origin}/api/v4`,
    CI_PROJECT_ID: String(idOf({project: 'grp/own', id: 0, pipeline: 0, says: ''})),
    CI_PIPELINE_ID: '3',
    CI_JOB_ID: '7',
    CI_JOB_TOKEN: 'glcbt-canary',
    NO_COLOR: '1',
  }
  const ended = await runBundle(command, argv, {cwd: folder, env})
  return {...ended, said: ended.stdout + ended.stderr}
}
const files = (): readonly string[] =>
  Object.keys(treeOf(join(folder, 'out')) ?? {})
    .toSorted()
    .map((path) => `${path}: ${readFileSync(join(folder, 'out', path), 'utf8')}`)

test('several sources of several projects come as one tree, each in its folder', async () => {
  const {code} = await pull(
    '--source',
    'grp/lib@main:build=vendor/lib',
    '--source',
    'grp/tool@feature/x@2:"test: [os=linux, 20]"=tool',
    '--source',
    '@main:build',
  )
  expect({code, files: files()}).toEqual({
    code: 0,
    files: [
      'dist/v: own 1',
      'docs/note: own 1',
      'tool/dist/v: tool 1',
      'tool/docs/note: tool 1',
      'vendor/lib/dist/v: lib 1',
      'vendor/lib/docs/note: lib 1',
    ],
  })
})

describe('a file of sources', () => {
  test('chooses refs in turn, files, folders, and leaves out what is optional', async () => {
    writeFileSync(
      join(folder, 'sources.yml'),
      `sources:
  - project: grp/lib
    refs: [feature, main]
    job: build
    files: ['dist/**']
    strip: 1
    into: lib
  - {project: grp/tool, ref: feature/x@2, job: 'test: [os=linux, 20]', strategy: latest-job, into: tool, files: [docs]}
  - {project: grp/lib, ref: gone, job: build, optional: true}
`,
    )
    const {code, said} = await pull('--sources', 'sources.yml')
    expect({code, files: files(), said}).toEqual({
      code: 0,
      files: ['lib/v: lib 1', 'tool/docs/note: tool 1'],
      said: expect.stringMatching(/"build" is taken from main/),
    })
  })

  test('with mistakes is refused with all of them in one message', async () => {
    writeFileSync(
      join(folder, 'sources.yml'),
      'sources:\n  - {project: grp/lib, ref: main, refs: [a], jobs: build, strip: -1}\n  - {job: b, ref: m, into: ../x, strategy: newest}\nother: 1\n',
    )
    const {code, said} = await pull('--sources', 'sources.yml')
    expect(code).toBe(64)
    for (const problem of [
      'no key "other"',
      'sources[0] has no key "jobs"',
      'sources[0].job is required',
      'sources[0] needs either ref or refs',
      'sources[0].strip must be',
      'sources[1].into must lie below',
      'sources[1].strategy must be one of',
    ])
      expect(said).toContain(problem)
    expect(asked).toEqual([])
  })

  test.each([
    ['that is not there', undefined, /cannot be read \(ENOENT\)/],
    ['that is not YAML', 'sources: [', /is not YAML/],
  ])('%s is refused', async (_, text, words) => {
    if (text !== undefined) writeFileSync(join(folder, 'sources.yml'), text)
    const {code, said} = await pull('--sources', 'sources.yml')
    expect({code, said}).toEqual({code: 64, said: expect.stringMatching(words)})
  })
})

test.each([
  ['grp/lib:build', /must be project@ref:job/],
  ['grp/lib@main', /must be project@ref:job/],
  ['grp/lib@main:a=b=c', /in double quotes/],
  ['grp/lib@main:build=../x', /below the destination/],
  ['grp/lib@main:build=/x', /below the destination/],
])('a source %j is refused with its form', async (source, words) => {
  const {code, said} = await pull('--source', source)
  expect({code, said, asked}).toEqual({code: 64, said: expect.stringMatching(words), asked: []})
})

test('sources and a choice of jobs of one pipeline exclude each other', async () => {
  const {code, said} = await pull('--source', '@main:build', '--job', 'x', '--ref', 'y')
  expect({code, said}).toEqual({
    code: 64,
    said: expect.stringMatching(/job chooses jobs of one pipeline[^]*ref chooses/),
  })
})

test('of several sources, one that is missing leaves everything as it was', async () => {
  const {code} = await pull('--source', 'grp/lib@main:build=lib', '--source', 'grp/lib@main:deploy=x')
  expect({code, left: readdirSync(folder)}).toEqual({code: 66, left: []})
})

describe('a lock file', () => {
  const sources = ['--source', 'grp/lib@main:build=lib', '--source', '@main:build=own']
  const lock = ['--lock', 'jobs.lock']

  test('brings the same bytes again after newer pipelines, without asking for anything else', async () => {
    expect((await pull(...sources, ...lock)).code).toBe(0)
    const before = files()
    const locked = readFileSync(join(folder, 'jobs.lock'), 'utf8')
    expect(JSON.parse(locked)).toMatchObject({
      archives: [
        {
          job: 11,
          pipeline: 1,
          sha: '1'.repeat(40),
          bytes: expect.any(Number),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        {job: 31, pipeline: 3},
      ],
    })
    builds.push({project: 'grp/lib', id: 12, pipeline: 9, says: 'lib 2'})
    rmSync(join(folder, 'out'), {recursive: true})
    asked = []
    expect((await pull(...sources, ...lock, '--locked')).code).toBe(0)
    expect({files: files(), lock: readFileSync(join(folder, 'jobs.lock'), 'utf8')}).toEqual({
      files: before,
      lock: locked,
    })
    expect(asked.every((path) => /\/jobs\/(?:11|31)\/artifacts$/.test(path))).toBe(true)
    expect((await pull(...sources, ...lock)).code).toBe(0)
    expect(files()).toContain('lib/dist/v: lib 2')
  })

  test('refuses an archive that was replaced, and leaves everything as it was', async () => {
    expect((await pull(...sources, ...lock)).code).toBe(0)
    for (const says of ['lib 9', 'another length']) {
      builds[0] = {project: 'grp/lib', id: 11, pipeline: 1, says}
      const {code, said} = await pull(...sources, ...lock, '--locked')
      expect({code, said}).toEqual({
        code: 76,
        said: expect.stringMatching(/"build" has the SHA-256 .* not the expected/),
      })
      expect(files()).toContain('lib/dist/v: lib 1')
    }
  })

  test('says that an archive is gone', async () => {
    expect((await pull(...sources, ...lock)).code).toBe(0)
    builds.shift()
    const {code} = await pull(...sources, ...lock, '--locked')
    expect({code, files: files()}).toEqual({code: 66, files: expect.arrayContaining(['lib/dist/v: lib 1'])})
  })

  test.each([
    ['another request', ['--source', 'grp/lib@main:build=lib'], /other jobs than are asked for/],
    ['nothing that is there', [...sources, '--lock', 'none.lock'], /cannot be read \(ENOENT\)/],
  ])('made for %s is refused', async (_, argv, words) => {
    expect((await pull(...sources, ...lock)).code).toBe(0)
    asked = []
    const given = argv.includes('--lock') ? argv : [...argv, ...lock]
    const {code, said} = await pull(...given, '--locked')
    expect({code, said, asked}).toEqual({code: 64, said: expect.stringMatching(words), asked: []})
  })

  test('that cannot be written is told before anything is fetched', async () => {
    writeFileSync(join(folder, 'file'), '')
    const {code} = await pull(...sources, '--lock', 'file/jobs.lock')
    expect({code, asked}).toEqual({code: 73, asked: []})
  })

  test('in a folder where the system lets nobody make files is told before anything is fetched or unpacked', async () => {
    const {code, said} = await pull(...sources, '--lock', '/proc/jobs.lock')
    expect({code, said, asked, left: readdirSync(folder)}).toEqual({
      code: 73,
      said: expect.stringContaining('/proc'),
      asked: [],
      left: [],
    })
  })
})

test('a dry run says which jobs and how many bytes, and fetches none of them', async () => {
  const {code, said} = await pull('--source', 'grp/lib@main:build=lib', '--source', '@main:build', '--dry-run')
  expect({code, left: readdirSync(folder)}).toEqual({code: 0, left: []})
  expect(said).toMatch(/build\s+11\s[^]*build\s+31\s[^]*Dry run: nothing was fetched/)
  expect(asked.some((path) => path.includes('artifacts'))).toBe(false)
})

test('a dry run by ref says which job of which pipeline and how many bytes', async () => {
  const line = ['--project', 'grp/lib', '--ref', 'main', '--job', 'build', '--dry-run']
  const {code, said} = await run('download-artifacts-by-ref', ...line)
  expect({code, said, left: readdirSync(folder)}).toEqual({
    code: 0,
    said: expect.stringMatching(/Job 11 "build" of pipeline 1, commit 1{11}: its archive, \d+ B, would be fetched/),
    left: [],
  })
  expect(asked.some((path) => path.includes('artifacts'))).toBe(false)
})
