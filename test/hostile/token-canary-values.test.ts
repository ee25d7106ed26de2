import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {fastClock} from '../support/fast-clock.ts'
import {runAt, serveRoutes, type Reply} from '../support/routes.ts'
import {jobOf} from '../support/sequence.ts'
import {closeServers, serveHttp} from '../support/servers.ts'

/** Values of variables and inputs that a server repeats, and redirects that carry a credential or a value: on built bundles. */
const values = {
  variable: 'dbPass"Canary+/=\\.first secret',
  file: "fileKey'Canary&<>.second",
  input: 'inputCanary+/=%.third',
} as const
const jobToken = 'glcbt-64_jobCanary.secret'
const token = 'glpat-accessCanary.secret'

/** What a reader could turn back, by this test's own list. */
const spellings = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({x: secret}).toString().slice(2),
  JSON.stringify(secret).slice(1, -1),
  JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
]
const forbidden = [...Object.values(values), jobToken, token].flatMap(spellings)

function holdNone(where: string, text: string): void {
  const found = [...forbidden, 'Canary'].filter((spelling) => text.includes(spelling))
  expect({where, found}).toEqual({where, found: []})
}

let folder = ''
let clocks = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-values-'))
  clocks = mkdtempSync(join(tmpdir(), 'jobside-clocks-'))
  writeFileSync(join(folder, 'given.env'), `OF_FILE=${values.file}\n`)
})
afterEach(async () => {
  await closeServers()
  for (const used of [folder, clocks]) rmSync(used, {recursive: true, force: true})
})

function holdNoneInFiles(): void {
  for (const name of readdirSync(folder)) {
    holdNone('a name', name)
    if (name !== 'given.env') holdNone(name, readFileSync(join(folder, name), 'latin1'))
  }
}

/** Options of Node under which a program notes the arguments of each child it starts. */
function watchChildren(): readonly string[] {
  const preload = join(clocks, 'children.cjs')
  const noted = JSON.stringify(join(clocks, 'children.txt'))
  writeFileSync(
    preload,
    `const children = require('node:child_process')
    const note = (args) => require('node:fs').appendFileSync(${noted}, JSON.stringify(args) + '\\n')
    const {spawn} = children.ChildProcess.prototype
    children.ChildProcess.prototype.spawn = function (options) { note(options.args); return spawn.call(this, options) }
    for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
      const start = children[name]
      children[name] = (...given) => { note(given); return start(...given) }
    }
    require('node:module').syncBuiltinESMExports()`,
  )
  writeFileSync(join(clocks, 'children.txt'), '')
  return ['-r', preload]
}

const commands = {
  'play-manual-job': ['POST /projects/1/jobs/7/play', ['--job-id', '7']],
  'trigger-pipeline': ['POST /projects/2/trigger/pipeline', ['--project', '2', '--ref', 'main']],
} as const
type Command = keyof typeof commands
const given = [
  '--variables',
  `DB_PASS=${values.variable}`,
  '--variables-file',
  'given.env',
  '--inputs',
  `key=${values.input}`,
  '--log',
  'debug',
  '--attempts',
  '2',
  '--json',
  'a.json',
  '--dotenv',
  'a.env',
  '--annotations',
  'links.json',
]
const all = Object.values(values)

/** Each gives the answer to the change; `body` is what was sent. */
const echoes: readonly (readonly [string, (body: string) => Reply])[] = [
  ['the body as it came', (body) => [400, {message: body}]],
  ['the values as they are', () => [400, {message: `bad: ${all.join(', ')}`}]],
  ['in an object of problems', () => [422, {message: {base: all, variables: {DB_PASS: all}}, error: all.join()}]],
  ['as names of problems', () => [422, {message: Object.fromEntries(all.map((value) => [value, ['is wrong']]))}]],
  ['URL-encoded', () => [403, {message: all.map(encodeURIComponent).join('&')}]],
  ['as base64', () => [404, {error: all.map((value) => Buffer.from(value).toString('base64')).join(' ')}]],
  ['escaped for JSON, as text', (body) => [400, body, {'content-type': 'text/plain'}]],
  [
    'on a page',
    () => [502, `<html><title>${all.join(' ')}</title>${all.join(' ')}</html>`, {'content-type': 'text/html'}],
  ],
  [
    'in headers',
    () => [
      401,
      {},
      {
        'www-authenticate': `Bearer realm="${encodeURIComponent(values.input)}"`,
        'x-request-id': encodeURIComponent(values.variable),
      },
    ],
  ],
  ['on a page that says that all is well', () => [201, `<html>${all.join(' ')}</html>`, {'content-type': 'text/html'}]],
  [
    'and the job token, on a page that is cut',
    () => [502, `<html>${'x'.repeat(92)} ${jobToken}</html>`, {'content-type': 'text/html'}],
  ],
  ['in an answer of another shape', () => [201, {id: values.variable, status: values.file, web_url: values.input}]],
  [
    'where a message is cut, at the value’s middle',
    () => [400, {message: `${'x'.repeat(280)} ${values.variable} ${values.file}`}],
  ],
]

async function change(command: Command, answer: (body: string) => Reply) {
  const [route, argv] = commands[command]
  const server = await serveRoutes({
    'GET /projects/1/jobs/7': () => [200, jobOf({id: 7, name: 'deploy', status: 'manual'})],
    'GET /projects/2/pipelines': () => [200, []],
    [route]: ({body}) => answer(body),
  })
  const run = await runAt(server, command, [...argv, ...given], {
    cwd: folder,
    nodeOptions: [...fastClock(clocks, 50), ...watchChildren()],
    env: {CI_JOB_TOKEN: jobToken, GITLAB_TOKEN: token},
  })
  return {
    ...run,
    asked: server.asked,
    sent: server.bodies,
    route,
    children: readFileSync(join(clocks, 'children.txt'), 'utf8'),
  }
}

describe.each(Object.keys(commands) as Command[])(
  'values that a server repeats to %s are in nothing said or written',
  (command) => {
    test.each(echoes)('%s', async (_, answer) => {
      const {code, said, asked, route, children} = await change(command, answer)
      expect({asked, said}).toMatchObject({asked: expect.arrayContaining([route])})
      expect(code).not.toBe(0)
      expect(code).not.toBe(1)
      holdNone('said', said)
      holdNone('arguments of children', children)
      holdNoneInFiles()
    })

    test('the values are sent, and what is said of them is masked, not missing', async () => {
      const {said, sent} = await change(command, (body) => [400, {message: body}])
      expect(sent.join()).toContain(JSON.stringify(values.file).slice(1, -1))
      expect(said).toContain('[MASKED]')
    })

    test.each([
      ['the job token', jobToken],
      ['the access token', token],
      ...Object.entries(values).map(([name, value]) => [`a value of ${name}`, value] as const),
    ])('a redirect of the change that carries %s is not followed', async (_, secret) => {
      const heard: string[] = []
      const other = await serveHttp((request, response) => {
        heard.push(`${request.url} ${JSON.stringify(request.headers)}`)
        response.end('{}')
      })
      for (const status of [302, 307, 308]) {
        const location = `${other}/x?value=${encodeURIComponent(secret)}`
        const {code, said} = await change(command, () => [status, {}, {location}])
        expect([status, code]).not.toEqual([status, 0])
        holdNone('said', said)
      }
      expect(heard).toEqual([])
      holdNoneInFiles()
    })
  },
)

describe('a credential in a Location reaches no other origin, however it is spelled', () => {
  const places: readonly (readonly [string, (other: string, secret: string) => string])[] = [
    ['in the query', (other, secret) => `${other}/a.zip?job_token=${encodeURIComponent(secret)}`],
    ['in the path', (other, secret) => `${other}/${encodeURIComponent(secret)}/a.zip`],
    ['in the fragment', (other, secret) => `${other}/a.zip#${secret}`],
    ['as a user', (other, secret) => `${other.replace('//', `//x:${encodeURIComponent(secret)}@`)}/a.zip`],
    ['as base64', (other, secret) => `${other}/a.zip?t=${Buffer.from(`x:${secret}`).toString('base64')}`],
    ['%-encoded twice', (other, secret) => `${other}/a.zip?t=${hexed(hexed(secret))}`],
  ]
  const hexed = (text: string) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

  test.each(places)('%s', async (_, addressOf) => {
    const heard: string[] = []
    const other = await serveHttp((request, response) => {
      heard.push(`${request.url} ${JSON.stringify(request.headers)}`)
      response.writeHead(404).end()
    })
    for (const secret of [jobToken, token]) {
      const server = await serveRoutes({
        'GET /projects/1/jobs/7': () => [
          200,
          {...jobOf({id: 7, name: 'build'}), artifacts_file: {filename: 'artifacts.zip', size: 99}},
        ],
        'GET /projects/1/jobs/7/artifacts': () => [302, {}, {location: addressOf(other, secret)}],
      })
      const argv = ['--job-id', '7', '--path', 'out', '--log', 'debug', '--attempts', '2', '--json', 'a.json']
      const env = {CI_JOB_TOKEN: jobToken, GITLAB_TOKEN: token}
      const {code, said} = await runAt(server, 'download-artifacts', argv, {
        cwd: folder,
        nodeOptions: fastClock(clocks, 50),
        env,
      })
      expect(server.asked).toContain('GET /projects/1/jobs/7/artifacts')
      expect([0, 1]).not.toContain(code)
      holdNone('said', said)
      holdNoneInFiles()
    }
    expect(heard.join('\n')).toBe('')
  })
})
