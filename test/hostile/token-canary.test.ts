import {readdirSync, readFileSync, statSync} from 'node:fs'
import type {IncomingMessage} from 'node:http'
import {join} from 'node:path'
import {afterAll, afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {openScene} from '../support/bundle-scene.ts'
import {removeFolders, runCommand, type CommandRun} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {closedPort, closeServers, serveHttp, serveTcp} from '../support/servers.ts'
import {scenarios, scenarioWorld} from '../actions/scenarios.ts'
import {actions} from '../../actions/catalogue.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'

/** A credential in each place that can hold one; with characters that each encoding spells otherwise. */
const secrets = {
  CI_JOB_TOKEN: 'glcbt-64_jobCanary+/=.secret',
  GITLAB_TOKEN: 'glpat-accessCanary+/=.secret',
}
const proxySecret = 'proxyCanary'

/** All spellings of a secret that a reader could turn back: this test has its own, apart from those that redaction knows. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  return [
    secret,
    encodeURIComponent(secret),
    hex.map((byte) => `%${byte}`).join(''),
    hex.join(''),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...[1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift, 'x'), bytes])
        .toString('base64')
        .slice(4, -4),
    ),
    // Half of it would do.
    secret.slice(0, 16),
    secret.slice(-14),
  ]
}

const forbidden = [...Object.values(secrets), proxySecret].flatMap(spellings)

function holdNoSecret(where: string, text: string): void {
  for (const spelling of forbidden)
    expect({where, found: text.includes(spelling) && spelling}).toEqual({where, found: false})
}

function holdNoSecretIn(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    holdNoSecret('a name', name)
    if (statSync(path, {throwIfNoEntry: false})?.isDirectory()) holdNoSecretIn(path)
    else holdNoSecret(name, readFileSync(path, 'latin1'))
  }
}

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox(scenarioWorld, {storage: 'redirect'})
})
afterEach(async () => {
  await sandbox.close()
  await closeServers()
})
afterAll(removeFolders)

/** Whatever a request carried, sent back in every place that an answer has. */
function echo(status: number, type: string) {
  return serveHttp((request: IncomingMessage, response) => {
    const all = JSON.stringify(request.headers)
    const token = String(request.headers['job-token'] ?? request.headers['private-token'] ?? 'none')
    response.writeHead(status, {
      'content-type': type,
      'x-echo': encodeURIComponent(all),
      'set-cookie': `token=${encodeURIComponent(token)}`,
      'www-authenticate': `Bearer realm="${encodeURIComponent(token)}"`,
      ...(status >= 300 && status < 400 && {location: `/elsewhere?token=${encodeURIComponent(token)}`}),
    })
    response.end(
      type === 'application/json'
        ? JSON.stringify({message: `You sent ${all} and ${token}`, error: Buffer.from(token).toString('base64')})
        : `<html>${all} ${token}</html>`,
    )
  })
}

const failures: readonly (readonly [string, () => Promise<string>])[] = [
  ['a refused connection', async () => `http://127.0.0.1:${await closedPort()}`],
  ['resets', () => serveTcp((socket) => void socket.resetAndDestroy())],
  ['no HTTP but an echo', () => serveTcp((socket, head) => void socket.end(head))],
  [
    'an echo as a header that is none',
    () => serveTcp((socket, head) => void socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`)),
  ],
  ['an echo with 401', () => echo(401, 'application/json')],
  ['an echo with 403', () => echo(403, 'application/json')],
  ['an echo with 404', () => echo(404, 'application/json')],
  ['an echo with 422', () => echo(422, 'application/json')],
  ['an echo with 500', () => echo(500, 'application/json')],
  ['an echo as a page', () => echo(200, 'text/html')],
  ['an echo as JSON of another shape', () => echo(200, 'application/json')],
  ['a redirect that repeats it', () => echo(302, 'text/html')],
]

const commands = [
  ...scenarios.map(({action, argv}) => [action.name, action, argv] as const),
  ...actions
    .filter(({name}) => name === 'doctor')
    .map((action) => [action.name, action, [] as readonly string[]] as const),
]

async function runWithSecrets(command: (typeof commands)[number], api?: string): Promise<CommandRun> {
  const [, action, argv] = command
  const log = action.prints === undefined ? ['--log', 'debug'] : []
  const env = {
    ...secrets,
    HTTPS_PROXY: `http://user:${proxySecret}@127.0.0.1:1`,
    ...(api !== undefined && {CI_API_V4_URL: `${api}/api/v4`, CI_SERVER_URL: api}),
  }
  return runCommand(
    action,
    sandbox,
    [...argv, ...log, '--attempts', '2', '--dotenv', 'a.env', '--annotations', 'a.json'],
    {credentials: 'none', env},
  )
}

describe('H62 no credential, in any spelling, is in what is said or written', () => {
  test.each(commands)(
    'by %s, however it fails',
    async (...command) => {
      for (const [what, serve] of failures) {
        const {code, said, cwd, outputs} = await runWithSecrets(command, await serve())
        expect({what, code}).not.toEqual({what, code: 1})
        holdNoSecret(what, said + JSON.stringify(outputs ?? {}))
        holdNoSecretIn(cwd)
      }
    },
    60_000,
  )

  test.each(commands)('by %s against GitLab, which knows neither of them', async (...command) => {
    const {code, said, cwd, outputs, requests} = await runWithSecrets(command)
    expect(code).not.toBe(1)
    holdNoSecret('said', said + JSON.stringify(outputs ?? {}))
    holdNoSecretIn(cwd)
    holdNoSecret('what the sandbox recorded', JSON.stringify(requests))
    expect(requests.filter(({origin, credentials}) => origin === 'storage' && credentials.length > 0)).toEqual([])
  })
})

test('the echo is heard: what it repeats is masked, not missing', async () => {
  const [wait] = commands
  const api = await echo(403, 'application/json')
  expect(wait && (await runWithSecrets(wait, api)).said).toContain('[MASKED]')
})

test('H61 H62 H65 nothing of it is in the arguments, in debug output of Node, or in a crash report', async () => {
  const scene = await openScene(undefined, {storage: 'redirect'})
  const seen: string[] = []
  try {
    const ofLibrary = ['--project', 'grp/lib', '--pipeline-id', '21', '--job', 'build', '--log', 'debug'] as const
    for (const [name, argv, more] of [
      ['wait-for-job', ofLibrary, {NODE_DEBUG: 'http,https,net,tls,undici,fetch'}],
      ['wait-for-job', [...ofLibrary, '--json', '-'], {NODE_OPTIONS: '--trace-warnings --trace-uncaught'}],
      ['download-artifacts', [...ofLibrary, '--path', 'out'], {CI_DEBUG_TRACE: 'true'}],
      ['wait-for-job', [...ofLibrary, '--token', secrets.GITLAB_TOKEN], {}],
    ] as const) {
      const {stdout, stderr} = await scene.run(name, argv, {
        env: {...secrets, ...more},
        during: ({pid}) => {
          if (argv.includes('--token' as never) || pid === undefined) return
          try {
            seen.push(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
          } catch {
            // No /proc here: then nobody can look there either.
          }
        },
      })
      holdNoSecret(name, stdout + stderr)
    }
    holdNoSecret('arguments', seen.join('\n'))
    holdNoSecretIn(scene.folder)
  } finally {
    await scene.close()
  }
}, 60_000)
