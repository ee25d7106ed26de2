import {afterAll, beforeAll, expect} from '@jest/globals'
import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {appWorld} from '../support/app-world.ts'
import {missingClient, nodeProgram, runProgram} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'
import {startSandbox} from '../support/sandbox.ts'
import {runTrialsByFlags} from './by-flags.ts'
import {startTrials} from './trials.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const builder = path.join(root, 'build', 'scripts', 'binary.js')
const binary = path.join(root, 'build', 'jobside-linux-x64')
const missing =
  (process.platform === 'linux' && process.arch === 'x64' ? undefined : 'the executable is for Linux x64') ??
  nodeProgram(24).missing ??
  missingClient('postject/node_modules/postject/dist/cli.js') ??
  (existsSync(builder) ? undefined : 'build/scripts/binary.js is not compiled')
const check = testUnless(missing)

let folder: string
const before = process.env['JOBSIDE_BINARY']

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-binary-'))
  process.env['JOBSIDE_BINARY'] = binary
  if (missing !== undefined) return
  const {code, stderr} = await runProgram(process.execPath, [builder], {cwd: root, timeout: 120_000})
  expect({code, stderr}).toEqual({code: 0, stderr: ''})
}, 150_000)

afterAll(async () => {
  if (before === undefined) delete process.env['JOBSIDE_BINARY']
  else process.env['JOBSIDE_BINARY'] = before
  await rm(folder, {recursive: true, force: true})
})

check(
  'the executable does the work of every command, without a Node on PATH',
  async () => {
    const sandbox = await startTrials()
    try {
      await runTrialsByFlags(sandbox, folder, {env: {...sandbox.env, PATH: '/nowhere'}})
    } finally {
      await sandbox.close()
    }
  },
  120_000,
)

check('the executable unpacks what takes several threads', async () => {
  const big = randomBytes(20 * 2 ** 20)
  const artifacts = {files: {big: {base64: big.toString('base64')}, small: 'x'}}
  const sandbox = await startSandbox(appWorld({jobs: [{id: 102, name: 'build', status: 'success', artifacts}]}))
  try {
    const args = ['download-artifacts', '--job', 'build', '--path', 'out']
    const {code, stdout, stderr} = await runProgram(binary, args, {cwd: folder, env: sandbox.env})
    expect({code, log: `${stdout.toString()}${stderr}`}).toMatchObject({code: 0})
    expect((await readFile(path.join(folder, 'out', 'big'))).equals(big)).toBe(true)
  } finally {
    await sandbox.close()
  }
})
