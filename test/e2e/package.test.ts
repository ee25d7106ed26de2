import {mkdtemp, readFile, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import {install, npm, pack} from '../support/packed.ts'
import {startSandbox} from '../support/sandbox.ts'

const root = path.resolve(import.meta.dirname, '..', '..')

interface Manifest {
  readonly dependencies?: object
  readonly optionalDependencies?: object
  readonly peerDependencies?: object
  readonly bundleDependencies?: unknown
  readonly scripts: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
}

let folder: string
let tarball: string
let packed: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-package-'))
  ;({tarball, files: packed} = await pack(folder))
}, 60_000)
afterAll(() => rm(folder, {recursive: true, force: true}))

test('the package holds every bundle, manifest and page, and none of the sources', () => {
  const wanted = [
    'package.json',
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'LICENSE',
    'action.yml',
    'action-types.yml',
    'sources.schema.json',
    'world.schema.json',
    'dist/jobside.mjs',
    'dist/library.d.ts',
    'dist/library.mjs',
    'dist/sandbox.mjs',
    'dist/licenses.txt',
    ...actions.flatMap(({name, component}) => [
      `dist/${name}.mjs`,
      ...['README.md', 'action.yml', 'action-types.yml', 'func.yml'].map((file) => `actions/${name}/${file}`),
      ...(component ? [`templates/${name}.yml`] : []),
    ]),
  ]
  expect(wanted.filter((file) => !packed.includes(file))).toEqual([])
  const others = packed.filter((file) => !wanted.includes(file) && !/^(?:docs\/|dist\/sbom\.json$)/.test(file))
  expect(others).toEqual([])
})

test('the package needs nothing at run time and runs nothing when it is installed', async () => {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Manifest
  const {dependencies = {}, optionalDependencies = {}, peerDependencies = {}, bundleDependencies = []} = manifest
  expect({...dependencies, ...optionalDependencies, ...peerDependencies}).toEqual({})
  expect(bundleDependencies).toEqual([])
  const hooks = /^(?:pre|post)?(?:install|prepare|pack|publish|prepublishOnly|uninstall|dependencies)$/
  expect(Object.keys(manifest.scripts).filter((name) => hooks.test(name))).toEqual([])
})

test('it installs into an empty project without a network, and npx jobside doctor runs', async () => {
  const project = path.join(folder, 'project')
  await install(tarball, project, folder)
  const installed = await readdir(path.join(project, 'node_modules'))
  expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['jobside'])

  const sandbox = await startSandbox('main')
  try {
    const {stdout} = await npm(
      folder,
      'npx',
      ['--no-install', 'jobside', 'doctor', '--for', 'wait-for-job', '--json', '-'],
      project,
      sandbox.env,
    )
    expect(JSON.parse(stdout)).toMatchObject({ok: true, version: '19.2.0-ee', job_token_ok: true, token_ok: true})
    const failing = npm(
      folder,
      'npx',
      ['--no-install', 'jobside', 'doctor', '--target', 'grp/nowhere'],
      project,
      sandbox.env,
    )
    await expect(failing).rejects.toMatchObject({code: 66})
  } finally {
    await sandbox.close()
  }
}, 60_000)
