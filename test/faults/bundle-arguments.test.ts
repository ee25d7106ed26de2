import {readdirSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import {spell} from '../../src/base/names.ts'
import type {Fields} from '../../src/command/fields.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'
import {openScene, type Scene} from '../support/bundle-scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene(undefined, {storage: 'redirect'})
})
afterAll(() => scene.close())

const flagsOf = (inputs: Fields) =>
  Object.entries({...sharedInputs, ...inputs} as Fields)
    .filter(([, field]) => field.type !== 'secret')
    .map(([name]) => `--${spell.kebab(name)}`)

describe('an empty value is never taken for "all"', () => {
  test.each(actions.map(({name, inputs}) => [name, inputs] as const))(
    'by %s: each flag that is given with nothing in it is 64, and nothing is asked',
    async (name, inputs) => {
      scene.sandbox.clearRequests()
      const flags = flagsOf(inputs)
      for (const empty of ['', ' ']) {
        const {code, stdout, stderr} = await scene.run(
          name,
          flags.map((flag) => `${flag}=${empty}`),
          {env: {GITLAB_TOKEN: 'glpat-dev'}},
        )
        const said = stdout + stderr
        expect([
          code,
          flags.filter((flag) => !said.includes(`${flag} is given, but empty: is the variable set?`)),
        ]).toEqual([64, []])
      }
      expect([scene.sandbox.requests(), readdirSync(scene.folder)]).toEqual([[], []])
    },
  )

  test('delete-artifacts --job "" --yes deletes nothing', async () => {
    scene.sandbox.clearRequests()
    const {code, stdout} = await scene.run('delete-artifacts', ['--job', '', '--yes'], {
      env: {GITLAB_TOKEN: 'glpat-dev'},
    })
    expect(code).toBe(64)
    expect(stdout).toContain('--job is given, but empty: is the variable set?')
    expect(scene.sandbox.requests()).toEqual([])
  })

  test('jobside "" runs no command, and says why', async () => {
    expect(await scene.run('jobside', ['', '--job', 'build'])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('the name of the command is given, but empty'),
    })
    expect(await scene.run('jobside', [], {env: {INPUT_ACTION: ''}})).toMatchObject({code: 64, stdout: ''})
  })
})

describe('a gate is not passed by help that was not asked for:', () => {
  test.each([
    ['wait-for-job', ['--job', '-h', '--appear-timeout', '1s', '--timeout', '5s'], 66],
    ['wait-for-job', ['--job', '--help'], 64],
    ['wait-for-job', ['--job', '--version'], 64],
    ['wait-for-job', ['--jbo', '--help'], 64],
    ['jobside', ['wait-for-job', '--job', '--help'], 64],
    ['jobside', ['wait-for-job', '--stage', '--version'], 64],
    ['list-jobs', ['--status', '-h', '--expect', '0'], 0],
  ] as const)('%s %j ends with %d', async (name, argv, code) => {
    const run = await scene.run(name, argv)
    expect([run.code, /Usage|Exit codes/.test(run.stdout)]).toEqual([code, false])
  })

  test.each([
    ['wait-for-job', ['-h']],
    ['wait-for-job', ['--strict', '-h']],
    ['jobside', ['wait-for-job', '--help']],
    ['jobside', []],
  ] as const)('%s %j is asked for', async (name, argv) => {
    expect(await scene.run(name, argv)).toMatchObject({code: 0, stdout: expect.stringContaining('Usage')})
  })
})
