import {mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import {maintainer, scenarios, scenarioWorld} from '../actions/scenarios.ts'
import {openScene, pullByRef, sceneWorld} from '../support/bundle-scene.ts'
import {runBundle} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'

/**
 * H90: whoever relies on a prototype that a library, or hostile JSON, could change, fails here. Every command does its plain work, with the
 * prototypes frozen as strictly as `Object.freeze` does: not even an own property of the same name can be assigned then.
 */
const preload = `
  const iterators = [async () => {}, function* () {}, async function* () {}, [].keys(), new Map().keys(), new Set().keys(), 'a'.matchAll(/a/g)]
  for (const one of iterators) for (let up = one; (up = Object.getPrototypeOf(up)) !== null; ) Object.freeze(up)
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const {value} = Object.getOwnPropertyDescriptor(globalThis, name)
    // Errors alone are left out: undici names its own by assignment, which a frozen Error.prototype forbids too.
    if (typeof value !== 'function' || name.endsWith('Error') || name === 'process') continue
    Object.freeze(value)
    if (value.prototype) Object.freeze(value.prototype)
  }
`
/** H91: no process, no thread, no native code, and no file but in the folder of the run; the network is a permission too in newer Nodes. */
const permissions = (cwd: string): readonly string[] => [
  '--experimental-permission',
  '--allow-fs-read=*',
  `--allow-fs-write=${cwd}/*`,
  ...(Number(process.versions.node.split('.')[0]) >= 25 ? ['--allow-net'] : []),
]
/** Strict first, by the preload; then Node freezes what is left. */
const frozen = ['--disable-proto=throw', '--frozen-intrinsics', '--no-warnings', '-r', './freeze.cjs']
const optionsIn = (cwd: string): readonly string[] => [
  ...frozen,
  '--disallow-code-generation-from-strings',
  ...permissions(cwd),
]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'frozen-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

describe('H90 H91 prototypes that cannot be changed, no process and no code out of text', () => {
  test('are tried with every command', () => {
    const names = [...scenarios.map(({action}) => action.name), 'doctor']
    expect(names.sort()).toEqual(actions.map(({name}) => name).sort())
  })

  test.each([...scenarios.map(({action, argv}) => [action.name, argv] as const), ['doctor', []] as const])(
    'are enough for %s',
    async (name, argv) => {
      const cwd = path.join(folder, name)
      mkdirSync(cwd)
      writeFileSync(path.join(cwd, 'freeze.cjs'), preload)
      const sandbox = await startSandbox(scenarioWorld, {clock: 'real'})
      try {
        const env = {...sandbox.env, ...maintainer, TMPDIR: cwd, GITLAB_CI: 'true', NO_COLOR: '1'}
        const options = {cwd, env, nodeOptions: optionsIn(cwd), node: process.execPath}
        const files = ['--json', 'a.json', '--dotenv', 'a.env']
        const {code, stdout, stderr} = await runBundle(name, [...argv, ...files], options)
        expect({code, said: stdout + stderr}).toEqual({code: 0, said: expect.any(String)})
      } finally {
        await sandbox.close()
      }
    },
  )
})

test('H91 a link needs more than the folder of the run, and its refusal says so and leaves nothing', async () => {
  const artifacts = {files: {plain: 'plain', link: {symlink: 'plain'}}}
  const scene = await openScene(sceneWorld({library: {build: artifacts}}))
  try {
    const {code, stdout, stderr} = await scene.run('download-artifacts-by-ref', [...pullByRef, '--path', 'out'], {
      nodeOptions: ['--no-warnings', ...permissions(scene.folder)],
      node: process.execPath,
    })
    const said = expect.stringMatching(/link: ERR_ACCESS_DENIED[^]*--allow-fs-write=\*/)
    expect({code, said: stdout + stderr}).toEqual({code: 73, said})
    expect(readdirSync(scene.folder)).toEqual([])
  } finally {
    await scene.close()
  }
})

test('H90 H91 what is frozen and forbidden is: a program that pollutes, starts a process or evaluates text fails', async () => {
  const cwd = mkdtempSync(path.join(folder, 'polluting-'))
  writeFileSync(path.join(cwd, 'freeze.cjs'), preload)
  writeFileSync(
    path.join(cwd, 'deeds.cjs'),
    `'use strict'
    const deeds = [() => { Object.prototype.polluted = 1 }, () => { Array.prototype.map = 1 }, () => { ({}).__proto__.polluted = 1 },
      () => { ({}).toString = 1 }, () => new Function('return 1')(), () => { throw require('node:child_process').spawnSync('true').error }]
    setTimeout(() => { for (const deed of deeds) try { deed(); console.error('done') } catch (error) { console.error(error.code ?? error.name) } })`,
  )
  const nodeOptions = [...optionsIn(cwd), '-r', './deeds.cjs']
  const {stderr} = await runBundle('fetch-self', ['--help'], {cwd, nodeOptions, node: process.execPath})
  const outcomes = 'TypeError TypeError ERR_PROTO_ACCESS TypeError EvalError ERR_ACCESS_DENIED'
  expect(stderr.trim().replaceAll('\n', ' ')).toBe(outcomes)
})
