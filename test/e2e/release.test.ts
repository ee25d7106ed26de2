import {execFile} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import unzipper from 'unzipper'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')
const script = (name: string): string => path.join(root, 'build/scripts', `${name}.js`)

let folder: string
let release: string
const read = (file: string): string => readFileSync(path.join(release, file), 'utf8')

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-assets-'))
  release = path.join(folder, 'release')
  await run(process.execPath, [script('release-assets'), '--out', release], {cwd: root})
}, 60_000)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

test('a release has every bundle, and sums over all of its files', async () => {
  const files = readdirSync(release)
  expect(files).toEqual(expect.arrayContaining(actions.map(({name}) => `${name}.mjs`)))
  const listed = read('SHA256SUMS')
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(66))
  expect(listed).toEqual(files.filter((file) => file !== 'SHA256SUMS').sort())
  await run('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {cwd: release})
})

test('its list of parts says when and by what it was made, and has a number of its own', () => {
  const {serialNumber, metadata} = JSON.parse(read('sbom.json')) as {
    readonly serialNumber: string
    readonly metadata: {
      readonly timestamp: string
      readonly tools: {readonly components: readonly {readonly name: string}[]}
    }
  }
  expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Date(metadata.timestamp).toISOString()).toBe(metadata.timestamp)
  expect(metadata.tools.components.map(({name}) => name)).toEqual(['scripts/sbom.ts'])
})

test('functions.zip has each Function with its program beside it, and the same bytes each time', async () => {
  const names = (await unzipper.Open.file(path.join(release, 'functions.zip'))).files.map((file) => file.path).sort()
  expect(names).toEqual(actions.flatMap(({name}) => [`${name}/${name}.mjs`, `${name}/func.yml`]).sort())
  const again = path.join(folder, 'again')
  await run(process.execPath, [script('release-assets'), '--out', again], {cwd: root})
  expect(readFileSync(path.join(again, 'SHA256SUMS'), 'utf8')).toBe(read('SHA256SUMS'))
})

test('the assets of a tag go into the project’s package registry, each by its name, and a refusal is a failure', async () => {
  const from = path.join(folder, 'few')
  mkdirSync(from)
  writeFileSync(path.join(from, 'a b.txt'), 'one')
  writeFileSync(path.join(from, 'SHA256SUMS'), 'two')
  const seen: string[] = []
  let status = 201
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${String(request.headers['job-token'])} ${body}`)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  try {
    const {port} = server.address() as AddressInfo
    const env = {
      CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
      CI_PROJECT_ID: '7',
      CI_JOB_TOKEN: 'glcbt-upload-0123456789',
      CI_COMMIT_TAG: 'v1.2.3',
    }
    const upload = () => run(process.execPath, [script('release-upload'), '--from', from], {env})
    await upload()
    const base = 'PUT /api/v4/projects/7/packages/generic/jobside/v1.2.3'
    expect(seen).toEqual([
      `${base}/SHA256SUMS glcbt-upload-0123456789 two`,
      `${base}/a%20b.txt glcbt-upload-0123456789 one`,
    ])
    status = 403
    const {stderr} = await upload().then(
      () => ({stderr: 'nothing failed'}),
      (error: {readonly stderr: string}) => error,
    )
    expect(stderr).toContain('uploading SHA256SUMS of v1.2.3 was answered 403')
    expect(stderr).not.toContain('glcbt')
  } finally {
    await new Promise((resolve) => void server.close(resolve))
  }
})
