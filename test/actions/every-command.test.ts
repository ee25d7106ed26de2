import {readFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {actions} from '../../actions/catalogue.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {removeFolders, runCommand} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {maintainer, scenarios, scenarioWorld} from './scenarios.ts'
import {versions} from './world.ts'

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox(scenarioWorld)
})
afterEach(() => sandbox.close())
afterAll(removeFolders)

const rows = scenarios.map((scenario) => [scenario.action.name, scenario] as const)
const writes = scenarios.filter(({action}) => action.group === 'change')
const fetches = scenarios.filter(({action}) => action.group === 'fetch' && 'dryRun' in action.inputs)

test('every command of the catalogue is held to this', () => {
  const known = actions.map(({name}) => name).filter((name) => name !== 'doctor')
  expect(scenarios.map(({action}) => action.name).toSorted()).toEqual(known.toSorted())
})

describe('with both tokens at hand', () => {
  test.each(rows)('%s asks for as little as it can, and sends the access token only where it must', async (_, one) => {
    const {code, transcript, outputs, said} = await runCommand(one.action, sandbox, one.argv, {
      credentials: 'both',
      env: maintainer,
    })
    expect([code, said]).toEqual([0, expect.any(String)])
    expect(transcript).toEqual(one.asks)
    expect(outputs).toMatchObject(one.puts)
    expect(Object.keys(outputs ?? {})).toHaveLength(Object.keys(one.action.outputs).length)
  })
})

describe.each(versions.map((version, at) => [version, at] as const))('against GitLab %s', (version, at) => {
  test.each(rows)('%s does with the job token alone what GitLab lets it do', async (_, {action, argv, byJobToken}) => {
    await sandbox.close()
    sandbox = await startSandbox(scenarioWorld, {version})
    const {code, said, requests} = await runCommand(action, sandbox, argv)
    expect([said, code]).toEqual([expect.any(String), byJobToken[at]])
    expect(requests.flatMap(({credentials}) => credentials)).not.toContain('private-token')
    if (code === 77) expect(said).toMatch(/job token/i)
  })

  test.each(rows.filter(([, {worksById}]) => worksById))(
    '%s needs no more than an id, with the job token alone',
    async (_, {action, argv, puts}) => {
      await sandbox.close()
      sandbox = await startSandbox(scenarioWorld, {version})
      const byId = argv.map((word) => (word === '--job' ? '--job-id' : word === 'build' ? '102' : word))
      const {code, said, outputs} = await runCommand(action, sandbox, byId)
      expect([said, code]).toEqual([expect.any(String), 0])
      expect(outputs).toMatchObject(puts)
    },
  )

  test.each(rows)('%s does the same with an access token alone', async (_, {action, argv, byToken, puts}) => {
    await sandbox.close()
    sandbox = await startSandbox(scenarioWorld, {version})
    const {code, said, outputs, requests} = await runCommand(action, sandbox, argv, {
      credentials: 'token',
      env: maintainer,
    })
    expect([said, code]).toEqual([expect.any(String), byToken])
    if (code === 0) expect(outputs).toMatchObject(puts)
    expect(requests.flatMap(({credentials}) => credentials)).not.toContain('job-token')
  })
})

describe('what every command refuses or survives', () => {
  test.each(rows)('%s explains its routes without calling one', async (_, {action, argv}) => {
    const {code, said, transcript} = await runCommand(action, sandbox, [...argv, '--explain'], {credentials: 'both'})
    expect(code).toBe(0)
    expect(transcript).toEqual([])
    expect(said).toContain(`What ${action.name} would call at ${sandbox.api}`)
    expect(said).toContain('Nothing was called.')
  })

  test.each(rows)('%s says in its table of calls all that it calls', async (_, {action, argv, asks}) => {
    const {said} = await runCommand(action, sandbox, [...argv, '--explain'], {credentials: 'both'})
    const told = said.split('\n').flatMap((line) => /(?:GET|POST|DELETE) (\/\S+)/.exec(line)?.slice(0, 1) ?? [])
    for (const line of asks) {
      const [method = '', address = ''] = line.split(' ')
      const fits = (route: string): boolean =>
        new RegExp(`^${route.replaceAll(/\*\w+/g, '.+').replaceAll(/:\w+/g, '[^/]+')}$`).test(`${method} ${address}`)
      expect([line, told.some(fits)]).toEqual([line, true])
    }
  })

  test.each(rows)('%s names all bad inputs at once and calls nothing', async (_, {action, argv}) => {
    const bad = ['--attempts', 'many', '--request-timeout', 'soon', '--no-such-flag']
    const {code, said, transcript} = await runCommand(action, sandbox, [...argv, ...bad])
    expect(code).toBe(64)
    for (const name of ['attempts', 'request-timeout', 'no-such-flag']) expect(said).toContain(name)
    expect(said).toContain(`Run "${action.name} --help"`)
    expect(transcript).toEqual([])
  })

  test.each(rows)('%s exits 69 where nobody listens', async (_, {action, argv}) => {
    const env = {CI_API_V4_URL: 'http://127.0.0.1:9/api/v4', ...maintainer}
    const {code, said} = await runCommand(action, sandbox, [...argv, '--attempts', '2'], {credentials: 'both', env})
    expect([said, code]).toEqual([expect.stringContaining('127.0.0.1:9'), 69])
  })

  test.each(rows)('%s exits 69 when GitLab goes on answering 503', async (_, {action, argv}) => {
    sandbox.setFaults([{on: '* /**', answer: {status: 503}}])
    const {code, said} = await runCommand(action, sandbox, argv, {credentials: 'both', env: maintainer})
    expect([said, code]).toEqual([expect.stringContaining('503'), 69])
  })

  test.each(rows)('%s exits 76 for a login page instead of JSON', async (_, {action, argv, asks}) => {
    if (!asks[0]?.includes('/jobs job-token')) return
    sandbox.setFaults([{on: '* /**', html: true}])
    const {code, said} = await runCommand(action, sandbox, argv, {credentials: 'both', env: maintainer})
    expect([said, code]).toEqual([expect.any(String), 76])
  })

  test.each(rows)('%s never says a token, whatever goes wrong', async (_, {action, argv}) => {
    const env = {CI_JOB_TOKEN: 'glcbt-canary-job', GITLAB_TOKEN: 'glpat-canary-token'}
    const {code, said, requests} = await runCommand(action, sandbox, [...argv, '--log', 'debug'], {
      credentials: 'both',
      env,
    })
    expect([said, code]).toEqual([expect.any(String), 77])
    expect(said).not.toMatch(/canary/)
    expect(JSON.stringify(requests)).not.toMatch(/canary/)
  })
})

describe('commands that name jobs', () => {
  const naming = rows.filter(([, {argv}]) => argv.includes('--job') && !argv.includes('--ref'))
  test.each(naming)('%s exits 66 for an unknown name and shows the nearest', async (name, {action, argv}) => {
    const misspelt = argv.map((argument, at) => (argv[at - 1] === '--job' ? `${argument}s` : argument))
    const {code, said} = await runCommand(action, sandbox, misspelt, {credentials: 'both', env: maintainer})
    const right = argv[argv.indexOf('--job') + 1]
    expect([name, code]).toEqual([name, 66])
    expect(said).toContain(`No job "${right}s" in pipeline 11 of grp/app`)
    expect(said).toContain(`Nearest: "${right}"`)
  })
})

test.each(fetches.map((one) => [one.action.name, one] as const))(
  '%s fetches nothing in a dry run and says what it would',
  async (_, one) => {
    const {code, said, transcript} = await runCommand(one.action, sandbox, [...one.argv, '--dry-run'], {
      credentials: 'both',
      env: maintainer,
    })
    expect({code, said}).toEqual({code: 0, said: expect.stringContaining('Dry run: nothing was fetched.')})
    expect(transcript.filter((line) => /artifacts/.test(line))).toEqual([])
  },
)

describe('commands that change something', () => {
  test.each(writes.map((one) => [one.action.name, one] as const))('%s changes nothing in a dry run', async (_, one) => {
    const before = sandbox.world()
    const {code, said, transcript} = await runCommand(one.action, sandbox, [...one.argv, '--dry-run'], {
      credentials: 'both',
      env: maintainer,
    })
    expect(code).toBe(0)
    expect(said).toContain('Dry run: nothing was changed.')
    expect(said).toMatch(/would/)
    expect(transcript.filter((line) => !line.startsWith('GET'))).toEqual([])
    expect(sandbox.world()).toEqual(before)
  })

  test.each(writes.map((one) => [one.action.name, one] as const))(
    '%s exits 77 and names the role where it is too low',
    async (_, {action, argv}) => {
      const {code, said} = await runCommand(action, sandbox, [...argv, '--auth', 'token'], {
        credentials: 'both',
        env: {GITLAB_TOKEN: 'glpat-rep'},
      })
      expect(code).toBe(77)
      expect(said).toMatch(/Developer|Maintainer/)
    },
  )

  test.each(writes.map((one) => [one.action.name, one] as const))(
    '%s exits 77 and names the scope where it is missing',
    async (_, {action, argv}) => {
      const {code, said} = await runCommand(action, sandbox, [...argv, '--auth', 'token'], {
        credentials: 'both',
        env: {GITLAB_TOKEN: 'glpat-ro'},
      })
      expect(code).toBe(77)
      expect(said).toMatch(/scope api/)
    },
  )
})

test.each(rows)('the README of %s tells every exit code seen here', (_, {action, byToken, byJobToken}) => {
  const file = path.join(import.meta.dirname, '..', '..', 'actions', action.name, 'README.md')
  const text = readFileSync(file, 'utf8')
  for (const code of [0, 64, 69, byToken, ...byJobToken]) expect(text).toContain(`\n| ${code} |`)
})
