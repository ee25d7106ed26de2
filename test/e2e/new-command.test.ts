import {execFile} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {startSandbox} from '../support/sandbox.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')

const definition = `import {defineAction, output} from '../../src/command/action.ts'
import {ownJob} from '../../src/gitlab/api/endpoints.ts'

export const action = defineAction({
  name: 'ring-bell',
  about: 'Rings a bell for the job that runs it.',
  group: 'change',
  needs: [['own-job'], ['play']],
  inputs: {},
  outputs: {rung: output.text('Name of the job that it rang for')},
  calls: [{route: 'own-job', why: 'to know for whom the bell rings'}],
  component: true,
  examples: [{about: 'Ring it', line: ''}],
  async run({gitlab}) {
    return {rung: (await gitlab.call(ownJob())).name}
  },
})
`

let copy: string
const read = (file: string): string => readFileSync(path.join(copy, file), 'utf8')
const node = (...argv: readonly string[]) =>
  run(process.execPath, argv, {cwd: copy, env: {PATH: process.env['PATH'], TMPDIR: tmpdir()}, maxBuffer: 1 << 26})

beforeAll(async () => {
  copy = mkdtempSync(path.join(tmpdir(), 'jobside-new-command-'))
  const left = ['.git', '.clients', 'build', 'dist', 'node_modules', 'release']
  for (const name of readdirSync(root).filter((entry) => !left.includes(entry)))
    cpSync(path.join(root, name), path.join(copy, name), {recursive: true})
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  mkdirSync(path.join(copy, 'actions/ring-bell'))
  writeFileSync(path.join(copy, 'actions/ring-bell/action.ts'), definition)
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
  await node(...tsc)
  await node('build/scripts/generate.js')
  await node(...tsc)
  await node('build/scripts/build.js', 'ring-bell', 'jobside', 'doctor')
}, 240_000)
afterAll(() => rmSync(copy, {recursive: true, force: true}))

test('a folder with a definition is a command: in the catalogue, its own help, and its bundle', async () => {
  expect((await node('dist/jobside.mjs')).stdout).toMatch(/Change[^]*ring-bell\s+Rings a bell/)
  expect((await node('dist/jobside.mjs', 'ring-bell', '--help')).stdout).toContain('Rings a bell')
  expect((await node('dist/ring-bell.mjs', '--help')).stdout).toContain('rung')
})

test('it does its work, alone and as a part of jobside', async () => {
  const sandbox = await startSandbox('main')
  try {
    const ring = (file: string, ...argv: readonly string[]) =>
      run(process.execPath, [path.join(copy, 'dist', file), ...argv, '--json', '-'], {env: {...sandbox.env}})
    const alone = JSON.parse((await ring('ring-bell.mjs')).stdout) as {rung: string}
    expect(alone.rung).not.toBe('')
    expect(JSON.parse((await ring('jobside.mjs', 'ring-bell')).stdout)).toEqual(alone)
  } finally {
    await sandbox.close()
  }
})

test('the doctor judges it by the routes that its definition needs', async () => {
  const sandbox = await startSandbox('main')
  try {
    const {GITLAB_TOKEN: _, ...env} = sandbox.env
    const report = run(process.execPath, [path.join(copy, 'dist/doctor.mjs'), '--for', 'ring-bell'], {env})
    await expect(report).rejects.toMatchObject({code: 77})
    const {stdout, stderr} = await report.catch((error: {stdout: string; stderr: string}) => error)
    expect(stdout + stderr).toMatch(/ring-bell.*no/)
  } finally {
    await sandbox.close()
  }
})

test('its manifests, component, page and rows in the tables are written from it', () => {
  expect(read('actions/ring-bell/action.yml')).toContain('main: ../../dist/ring-bell.mjs')
  expect(read('actions/ring-bell/func.yml')).toContain('ring-bell')
  expect(read('templates/ring-bell.yml')).toContain('ring-bell')
  expect(read('actions/ring-bell/README.md')).toContain('| `rung` | text | Name of the job that it rang for. |')
  expect(read('README.md')).toContain('[ring-bell](actions/ring-bell/README.md) | Rings a bell')
  expect(read('action.yml')).toContain('ring-bell')
})
