import {randomBytes} from 'node:crypto'
import {chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {runBundle} from '../support/bundles.ts'
import {serveFiles} from '../support/file-server.ts'
import {closeServers} from '../support/servers.ts'
import type {Scene} from '../support/bundle-scene.ts'
import {zip, type RawEntry} from '../support/zip.ts'
import {openHostileScene} from './hostile-scene.ts'

/** What a single file of an archive, and a list of them, come out as: on the built bundles. */
const withMode = (name: string, mode: number): RawEntry => ({name, content: name, unixMode: 0o100000 | mode})
const small = [
  withMode('etc/key', 0o600),
  withMode('bin/tool', 0o755),
  withMode('bin/setuid', 0o4777),
  withMode('closed', 0),
  {...withMode('dos', 0), host: 0, unixMode: 0, externalAttributes: 32},
  {name: 'dist/report.xml', content: '<x/>'},
]
const large = [...small, {name: 'ballast', content: randomBytes(5 * 2 ** 20), method: 0}]

const scenes: Partial<Record<string, Scene>> = {}
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-one-file-'))
  scenes['GitLab’s tree'] = await openHostileScene([zip(small)])
  scenes['a part of the archive, before 18.8'] = await openHostileScene([zip(large)], {version: '18.7'})
  scenes['a small archive, before 18.8'] = await openHostileScene([zip(small)], {version: '18.7'})
})
afterAll(async () => {
  for (const scene of Object.values(scenes)) await scene?.close()
  await closeServers()
  rmSync(folder, {recursive: true, force: true})
})

const byId = ['--project', 'grp/lib', '--pipeline-id', '1000', '--job', 'build']
const byRef = ['--project', 'grp/lib', '--by-ref', '--ref', 'r0', '--job', 'build']

async function modeOf(scene: Scene | undefined, argv: readonly string[], existing?: number): Promise<string> {
  if (!scene) throw new Error('no scene')
  const work = mkdtempSync(join(folder, 'work-'))
  const output = join(work, 'file')
  if (existing !== undefined) {
    writeFileSync(output, 'old')
    chmodSync(output, existing)
  }
  const {code, stdout} = await scene.run('get-artifact-file', [...argv, '--output', output], {cwd: work})
  expect({code, stdout}).toEqual({code: 0, stdout: expect.any(String)})
  return (statSync(output).mode & 0o7777).toString(8)
}

describe('a file fetched alone is never wider than its archive says,', () => {
  const sources = ['GitLab’s tree', 'a part of the archive, before 18.8', 'a small archive, before 18.8'] as const
  describe.each(sources)('by %s:', (source) => {
    test.each([
      ['a private key of 0600', 'etc/key', '600'],
      ['a tool of 0755', 'bin/tool', '755'],
      ['a set-user-id file of 4777', 'bin/setuid', '755'],
      ['a file that nobody may read', 'closed', '0'],
      ['a file of a writer that keeps no modes', 'dos', '644'],
    ])('%s', async (_, file, mode) => {
      expect(await modeOf(scenes[source], [...byId, '--file', file])).toBe(mode)
    })
  })

  test('chosen by GitLab, which names no job', async () => {
    const scene = scenes['a small archive, before 18.8']
    expect(await modeOf(scene, [...byRef, '--file', 'etc/key'])).toBe('600')
    expect(await modeOf(scene, [...byRef, '--file', 'bin/tool'])).toBe('755')
  })

  test('in the place of another, whose permissions bind too', async () => {
    const scene = scenes['GitLab’s tree']
    expect(await modeOf(scene, [...byId, '--file', 'etc/key'], 0o644)).toBe('600')
    expect(await modeOf(scene, [...byId, '--file', 'bin/tool'], 0o640)).toBe('640')
  })

  test('and its owner’s alone where nothing tells, which is said', async () => {
    const bytes = zip(large)
    const server = await serveFiles(
      (response, {url = ''}) => {
        const isFile = url.includes('/artifacts/')
        response.writeHead(200, {'content-type': 'application/octet-stream'}).end(isFile ? 'key' : bytes)
      },
      {size: () => bytes.length},
    )
    const line = ['--job-id', '201', '--file', 'etc/key', '--output', 'file']
    const work = mkdtempSync(join(folder, 'work-'))
    const run = await runBundle('get-artifact-file', line, {cwd: work, env: server.env})
    expect({code: run.code, mode: (statSync(join(work, 'file')).mode & 0o777).toString(8)}).toEqual({
      code: 0,
      mode: '600',
    })
    expect(run.stdout + run.stderr).toContain('does not tell the permissions')
    chmodSync(join(work, 'file'), 0o644)
    await runBundle('get-artifact-file', line, {cwd: work, env: server.env})
    expect((statSync(join(work, 'file')).mode & 0o777).toString(8)).toBe('644')
  })
})

describe('list-artifacts --files, where a pattern fits nothing,', () => {
  const list = async (source: string, argv: readonly string[]) => {
    const work = join(folder, 'list')
    mkdirSync(work, {recursive: true})
    const run = await scenes[source]?.run('list-artifacts', [...byId, '--format', 'paths', ...argv], {cwd: work})
    return {code: run?.code, stdout: run?.stdout ?? '', said: `${run?.stdout}${run?.stderr}`}
  }
  describe.each(['GitLab’s tree', 'a small archive, before 18.8'])('by %s,', (source) => {
    test('is 66 with the pattern that finds it in every folder', async () => {
      const {code, said} = await list(source, ['--files', '*.xml'])
      expect({code, said}).toEqual({code: 66, said: expect.stringContaining('"**/*.xml" finds it in every folder')})
    })

    test('is 66 also beside one that fits, and names what there is', async () => {
      const {code, said} = await list(source, ['--files', 'bin/**', '--files', 'dsit/**'])
      expect({code, said}).toEqual({code: 66, said: expect.stringMatching(/matches "dsit\/\*\*".*It holds/s)})
    })

    test('is taken with --allow-unmatched', async () => {
      const line = ['--files', 'etc/*', '--files', 'dsit/**', '--allow-unmatched']
      expect(await list(source, line)).toMatchObject({code: 0, stdout: 'etc/key\n'})
      expect(await list(source, ['--files', 'dsit/**', '--allow-unmatched'])).toMatchObject({code: 0, stdout: ''})
    })
  })

  test('and a folder is something', async () => {
    expect(await list('GitLab’s tree', ['--files', 'etc'])).toMatchObject({code: 0, stdout: 'etc/key\n'})
  })
})
