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

describe('a variable that nothing has expanded is never taken for a name', () => {
  const spellings = ['$NAME', '${NAME}', '$(name)', '%NAME%', '${{ inputs.name }}', '$[[ inputs.name ]]', '$env:NAME']

  test.each(actions.map(({name, inputs}) => [name, inputs] as const))(
    'by %s: each flag that holds only `$NAME` is 64, and nothing is asked',
    async (name, inputs) => {
      scene.sandbox.clearRequests()
      const flags = Object.entries({...sharedInputs, ...inputs} as Fields)
        .filter(([, {type}]) => type !== 'secret' && type !== 'pairs')
        .map(([input]) => spell.kebab(input))
      const given = flags.map((flag, at) => [flag, spellings[at % spellings.length] ?? ''] as const)
      const {code, stdout, stderr} = await scene.run(
        name,
        given.map(([flag, left]) => `--${flag}=${left}`),
        {env: {GITLAB_TOKEN: 'glpat-dev', INPUT_LOG: '$LEVEL'}},
      )
      const said = stdout + stderr
      const untold = given.filter(([flag, left]) => !said.includes(`${flag} is ${left}, which nothing has expanded`))
      expect([code, untold]).toEqual([64, []])
      expect([scene.sandbox.requests(), readdirSync(scene.folder)]).toEqual([[], []])
    },
  )

  test.each(['~/x', '~user/x', 'a/$HOME/x', 'a/${HOME}', '`pwd`/x', '%TEMP%/x', 'a\nb', 'a\tb'])(
    'no command takes %j for the place of a file or folder, and none is made',
    async (place) => {
      for (const {name, inputs} of actions) {
        const paths = Object.entries({...sharedInputs, ...inputs} as Fields)
          .filter(([, {type}]) => type === 'path')
          .map(([input]) => spell.kebab(input))
        const {code, stdout, stderr} = await scene.run(
          name,
          paths.map((flag) => `--${flag}=${place}`),
        )
        const said = stdout + stderr
        const refused = /(?:did not expand|control character)/
        expect([
          name,
          code,
          paths.filter((flag) => !said.split('\n').some((line) => line.includes(`${flag} `) && refused.test(line))),
        ]).toEqual([name, 64, []])
      }
      expect(readdirSync(scene.folder)).toEqual([])
    },
  )

  test('by a variable of an input neither, and the variable is named', async () => {
    const {code, stdout} = await scene.run('fetch-self', [], {
      env: {INPUT_LOG: '$LEVEL', 'INPUT_REQUEST-TIMEOUT': '${T}'},
    })
    expect([code, stdout]).toEqual([64, expect.stringMatching(/log is \$LEVEL, which nothing .*\(from INPUT_LOG\)/)])
  })

  test.each([
    ['fetch-self', 'json'],
    ['fetch-self', 'dotenv'],
    ['fetch-self', 'annotations'],
    ['get-artifact-file', 'output'],
    ['download-artifacts', 'archive'],
  ])('%s --%s out/ names a folder, and is no file out', async (name, input) => {
    const argv = name === 'fetch-self' ? [] : ['--job', 'build']
    const file = name === 'get-artifact-file' ? ['--file', 'dist/lib.js'] : []
    const {code, stdout} = await scene.run(name, [...argv, ...file, `--${input}`, 'out/'])
    expect([code, stdout]).toEqual([64, expect.stringContaining(`${input} names a folder: name a file in it`)])
    expect(readdirSync(scene.folder)).toEqual([])
  })
})

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
    ['list-jobs', ['--status', '-h', '--expect', '0'], 64],
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

describe('a value that is refused is told with the variable it came from', () => {
  const ofJob = {
    CI_PROJECT_ID: 'a b',
    CI_API_V4_URL: 'ftp://gitlab',
    CI_SERVER_TLS_CA_FILE: '/nowhere/ca.pem',
    CI_SERVER_TLS_CERT_FILE: '/nowhere/cert.pem',
    CI_SERVER_TLS_KEY_FILE: '/nowhere/key.pem',
    CI_JOB_TOKEN: 'glpat-not-a-job-token',
    GITLAB_TOKEN: '$NOT_SET',
    HTTPS_PROXY: 'socks5://proxy',
  }

  test.each(actions.map(({name, inputs}) => [name, inputs] as const))('by %s', async (name, own) => {
    for (const [variable, value] of Object.entries(ofJob)) {
      const {code, stdout, stderr} = await scene.run(name, [], {env: {[variable]: value}})
      expect([variable, code, stdout + stderr]).toEqual([variable, 64, expect.stringContaining(variable)])
    }
    const inputs = {
      INPUT_PROJECT: 'a b',
      INPUT_API_URL: 'x',
      INPUT_ATTEMPTS: 'NaN',
      INPUT_FIELD: 'nope',
      INPUT_LOG: 'loud',
    }
    const {code, stdout, stderr} = await scene.run(name, [], {env: inputs})
    const untold = Object.keys(inputs).filter((variable) => !(stdout + stderr).includes(variable))
    // Commands that have an input of that name take any path into the answer for it.
    expect([code, untold.filter((variable) => !('field' in own && variable === 'INPUT_FIELD'))]).toEqual([64, []])
  })
})
