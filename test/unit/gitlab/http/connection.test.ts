import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {apiUrlProblem, projectOf} from '../../../../src/gitlab/api/addresses.ts'
import {readConnection} from '../../../../src/gitlab/http/connection.ts'
import {defaults} from '../../../support/gitlab-client.ts'

const api = 'https://gitlab.example.com/api/v4'

describe("the API's address", () => {
  test.each([
    'https://gitlab.example.com/api/v4',
    'https://gitlab.example.com:8443/relative/relative/api/v4/',
    'http://127.0.0.1:8080/api/v4',
    'http://localhost/api/v4',
    'http://[::1]:3000/api/v4',
    'HTTPS://GitLab.Example.com/api/v4',
  ])('%s is fine', (given) => {
    expect(apiUrlProblem(given, false)).toBeUndefined()
  })

  test.each([
    [undefined, 'missing'],
    ['', 'begin with https'],
    ['gitlab.example.com/api/v4', 'begin with https'],
    ['ftp://gitlab.example.com', 'begin with https'],
    ['https:///api/v4', 'begin with https'],
    ['https://user:pw@gitlab.example.com/api/v4', 'user name or password'],
    ['https://gitlab.example.com/api/v4?private_token=x', 'query or a fragment'],
    ['https://gitlab.example.com?x', 'query or a fragment'],
    ['https://gitlab.example.com/api/v4#x', 'query or a fragment'],
    ['https://gitlab.example.com./api/v4', 'not a valid address'],
    ['https://gitlab.example.com/api/v4/../..', '".."'],
    ['https://gitlab.example.com/api/v4/%2E%2e', '".."'],
    ['https://gitlab.example.com/./api/v4', '"."'],
    ['https://gitlab.example.com/api v4', 'blank'],
    ['https://gitlab.example.com\\@evil.test/api', 'backslash'],
    ['https://gitlab.exa\nmple.com/api', 'blank'],
    ['https://[::1/api', 'not a valid address'],
    ['http://gitlab.example.com/api/v4', '--allow-http'],
    ['http://127.0.0.1.example.com/api/v4', '--allow-http'],
    ['http://10.0.0.1/api/v4', '--allow-http'],
  ])('%s is refused: %s', (given, problem) => {
    expect(apiUrlProblem(given, false)).toContain(problem)
  })
})

test.each([
  ['1', '1'],
  ['9007199254740991', '9007199254740991'],
  ['grp/app', 'grp/app'],
  ['group/sub/proj.x_y-z', 'group/sub/proj.x_y-z'],
  ['group%2Fproj', 'group/proj'],
  ['9007199254740993', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['0x10', undefined],
  ['1e3', undefined],
  ['app', undefined],
  ['1/../2', undefined],
  ['grp//app', undefined],
  ['/grp/app', undefined],
  ['grp/app/', undefined],
  ['grp/.', undefined],
  ['grp/a b', undefined],
  ['grp/a?b', undefined],
  ['grp/a%20b', undefined],
  ['', undefined],
])('the project %s is taken as %s', (given, expected) => {
  expect(projectOf(given)).toBe(expected)
})

describe('a connection', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jobside-connection-'))
    await writeFile(join(folder, 'token'), 'glpat-from-file\r\n')
    await writeFile(join(folder, 'bad'), 'two words\n')
    await writeFile(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n')
  })
  afterAll(() => rm(folder, {recursive: true}))
  const read = (inputs: Partial<typeof defaults>, env: Record<string, string> = {}) =>
    readConnection(
      {...defaults, apiUrl: api, ...inputs},
      {env, own: {projectId: 7, serverVersion: '19.2'}, cwd: folder},
    )

  test('is read from inputs and files', async () => {
    const {connection, problems} = await read({tokenFile: 'token', caFile: 'ca.pem'})
    expect(problems).toEqual([])
    expect(connection).toMatchObject({
      token: 'glpat-from-file',
      serverVersion: '19.2',
      ownProject: {id: 7},
      warnings: [],
    })
    expect(connection.tls.ca).toContain('BEGIN')
  })

  test.each(['a\r\nb', 'a canary b', 'a\0b', 'tökèn', '', '"quoted"', "it's", 'a`b', 'a\\b', ' lead', 'trail '])(
    'refuses the token %j without showing it',
    async (token) => {
      const {problems} = await read({jobToken: token, token})
      expect(problems).toHaveLength(2)
      expect(problems[0]).toMatch(/^CI_JOB_TOKEN is not a token/)
      expect(problems.join()).not.toContain('canary')
    },
  )

  test('takes tokens of every known form', async () => {
    for (const token of ['glpat-AbC_123-x', 'glcbt-64_abc', 'eyJh.eyJp.sig-_', 'a'.repeat(4000), 'x+y/z==']) {
      expect((await read({jobToken: token})).problems).toEqual([])
    }
  })

  test('tells all problems at once', async () => {
    const {problems} = await read(
      {apiUrl: 'nonsense', project: '-1', tokenFile: 'bad', caFile: 'nowhere.pem', certFile: 'token'},
      {HTTPS_PROXY: 'socks5://user:canary@x'},
    )
    expect(problems).toEqual([
      'HTTPS_PROXY is not the address of an http or https proxy',
      expect.stringContaining('api-url'),
      expect.stringContaining('token-file is not a token'),
      expect.stringContaining('project must be'),
      'ca-file cannot be read (ENOENT)',
      'cert-file does not hold PEM',
      'cert-file and key-file only work together',
    ])
  })

  test("keeps the job token for CI's own server", async () => {
    const env = {CI_SERVER_URL: 'https://ci.example.com', CI_SERVER_HOST: 'ci.example.com'}
    const {connection} = await read({token: 'glpat-x'}, env)
    expect(connection).toMatchObject({jobToken: undefined, token: 'glpat-x', serverVersion: undefined, ownProject: {}})
    expect(connection.warnings).toEqual([
      'The job token belongs to ci.example.com and is not sent to gitlab.example.com.',
    ])
    expect(
      (await read({}, {CI_SERVER_URL: 'https://GitLab.example.com:8443/relative'})).connection.jobToken,
    ).toBeDefined()
    expect((await read({}, {CI_SERVER_HOST: 'gitlab.example.com'})).connection.jobToken).toBeDefined()
  })

  test('warns of plain http', async () => {
    const {connection} = await read({apiUrl: 'http://gitlab.internal/api/v4', allowHttp: true})
    expect(connection.warnings).toEqual([expect.stringContaining('plain http')])
  })
})
