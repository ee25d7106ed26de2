import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {appWorld} from '../support/app-world.ts'
import {openScene, type Scene} from '../support/bundle-scene.ts'

/** Built commands that change something, at a GitLab that counts requests: 429 says that nothing was done. */
const artifacts = {files: {'a.txt': 'a'}}
const user = 'dev'
const world = appWorld({
  jobs: [
    {id: 102, name: 'deploy', status: 'manual', user},
    {id: 107, name: 'deploy later', status: 'manual', user},
    {id: 103, name: 'test', status: 'failed', user},
    {id: 104, name: 'long', status: 'running', user},
    {id: 105, name: 'build', status: 'success', user, log: 'built\n', artifacts},
    {id: 106, name: 'pack', status: 'success', user, artifacts},
  ],
})

const changes: readonly (readonly [string, string, readonly string[]])[] = [
  ['play-manual-job', 'POST /projects/*/jobs/*/play', ['--job', 'deploy']],
  ['retry-job', 'POST /projects/*/jobs/*/retry', ['--job', 'test']],
  ['cancel-job', 'POST /projects/*/jobs/*/cancel', ['--job', 'long']],
  ['keep-artifacts', 'POST /projects/*/jobs/*/artifacts/keep', ['--job', 'pack']],
  ['erase-job', 'POST /projects/*/jobs/*/erase', ['--job', 'build', '--yes']],
  ['delete-artifacts', 'DELETE /projects/*/jobs/*/artifacts', ['--job', 'pack', '--yes']],
]

let scene: Scene
beforeAll(async () => {
  scene = await openScene(world, {version: '19.2'})
})
afterAll(() => scene.close())
beforeEach(() => {
  scene.setFaults([])
  scene.sandbox.clearRequests()
  rmSync(join(scene.folder, 'out'), {recursive: true, force: true})
})

const env = {GITLAB_TOKEN: 'glpat-dev'}
const busy = (body: string) => ({answer: {status: 429, headers: {'Retry-After': '1'}, body}})
const sends = (): number => scene.sandbox.requests().filter(({method}) => method !== 'GET').length

describe('429 to a change', () => {
  test.each(changes)('%s waits as told and sends it again', async (command, on, argv) => {
    scene.setFaults([
      {on, times: 1, ...busy('{"message":{"error":"This endpoint has been requested too many times."}}')},
    ])
    const {code, stdout, stderr} = await scene.run(command, argv, {env})
    expect({code, said: stdout + stderr}).toMatchObject({code: 0, said: expect.stringContaining('(try 2 of 6)')})
    expect(sends()).toBe(2)
  })

  test('play-manual-job says how often it asked, and that is as often as told', async () => {
    scene.setFaults([{on: 'POST /projects/*/jobs/*/play', times: 9, ...busy('Retry later\n')}])
    const argv = ['--job', 'deploy later', '--attempts', '2']
    const {code, stdout, stderr} = await scene.run('play-manual-job', argv, {env})
    expect({code, said: stdout + stderr}).toMatchObject({code: 69, said: expect.stringContaining('Tried 2 times')})
    expect(sends()).toBe(2)
  })
})
