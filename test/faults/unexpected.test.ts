import {readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {libraryFiles, openScene, pullByRef, treeOf, treeOfFiles, type Scene} from '../support/bundle-scene.ts'
import type {BundleRun} from '../support/bundles.ts'

/** What a bug of ours would do, done from outside: a module that is loaded before the bundle and changes nothing of it. */
let scene: Scene
beforeAll(async () => {
  scene = await openScene(undefined, {storage: 'redirect'})
})
afterAll(() => scene.close())

const lost = `new Error('lost with '+process.env.CI_JOB_TOKEN)`
const run = (hook: string, name: string, argv: readonly string[]): Promise<BundleRun> =>
  scene.run(name, argv, {nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(hook)}`]})

const wait = [
  'wait-for-job',
  ['--job', 'endless', '--pipeline-id', '11', '--interval', '1s', '--timeout', '10s'],
] as const
const pull = ['download-artifacts-by-ref', [...pullByRef, '--path', 'out', '--json', '-']] as const

describe('F93 H62 a bug of ours ends in 1, says so, leaves nothing, and hides the token that it carries:', () => {
  test.each([
    ['a rejection that nobody handles', `setTimeout(()=>Promise.reject(${lost}),700)`, wait],
    ['a rejection with something that is no error', `setTimeout(()=>Promise.reject(String(${lost})),700)`, wait],
    ['an error thrown in a callback', `setTimeout(()=>{throw ${lost}},700)`, wait],
    [
      'an error thrown in a callback of a socket',
      `import net from 'node:net';const {emit}=net.Socket.prototype;
       net.Socket.prototype.emit=function(...a){if(a[0]==='close')throw ${lost};return emit.apply(this,a)}`,
      pull,
    ],
    [
      'an error that we do not understand',
      `import fs from 'node:fs';import {syncBuiltinESMExports} from 'node:module';
       fs.statfsSync=()=>{throw ${lost}};syncBuiltinESMExports()`,
      pull,
    ],
  ] as const)('%s', async (_, hook, [name, argv]) => {
    const {code, stdout, stderr} = await run(hook, name, argv)
    expect({code, said: stdout + stderr}).toEqual({
      code: 1,
      said: expect.stringMatching(/Unexpected error.*lost with [^g]/s),
    })
    expect(stdout + stderr).toContain('please report it')
    expect(stdout + stderr).not.toContain('glcbt-self')
    // What was done before the bug showed is whole.
    expect([undefined, treeOfFiles(libraryFiles)]).toContainEqual(treeOf(join(scene.folder, 'out')))
    rmSync(join(scene.folder, 'out'), {recursive: true, force: true})
    expect(readdirSync(scene.folder)).toEqual([])
  })
})

test('F93 a run with nothing left that could end it says so and ends in 1, never silently', async () => {
  const hook = `globalThis.setTimeout=()=>({ref(){},unref(){return this},refresh(){},hasRef:()=>false})`
  const {code, stdout, stderr} = await run(hook, ...wait)
  expect({code, said: stdout + stderr}).toEqual({code: 1, said: expect.stringContaining('Nothing was left that could')})
})
