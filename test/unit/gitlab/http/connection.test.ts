import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {apiUrlProblem, projectOf} from '../../../../src/gitlab/api/addresses.ts'
import {readConnection} from '../../../../src/gitlab/http/connection.ts'
import {other, root, server} from '../../../support/certificates.ts'
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
    await writeFile(join(folder, 'ca.pem'), root)
    await writeFile(join(folder, 'cut.pem'), root.slice(0, 200))
    await writeFile(join(folder, 'cert.pem'), server.cert)
    await writeFile(join(folder, 'key.pem'), server.key)
    await writeFile(join(folder, 'other.pem'), other.key)
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
    for (const token of ['oldform20characters', 'glcbt-64_abc', 'eyJh.eyJp.sig-_', 'a'.repeat(4000), 'x+y/z==']) {
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
      'cert-file does not hold a certificate as PEM',
      'cert-file and key-file only work together',
    ])
  })

  test.each([
    ['cut.pem', undefined, undefined, 'ca-file does not hold certificates as PEM'],
    [undefined, 'key.pem', 'key.pem', 'cert-file does not hold a certificate as PEM'],
    [undefined, 'cert.pem', 'cert.pem', 'key-file does not hold a key as PEM'],
    [undefined, 'cert.pem', 'other.pem', 'do not belong together'],
    [undefined, 'cert.pem', 'key.pem', undefined],
  ])('reads the files %s, %s and %s before they are used', async (caFile, certFile, keyFile, problem) => {
    const {problems} = await read({caFile, certFile, keyFile})
    expect(problems).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)])
  })

  test('trusts what NODE_EXTRA_CA_CERTS names beside a file of its own', async () => {
    const env = {NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem')}
    const {connection} = await read({caFile: 'ca.pem'}, env)
    expect(connection.tls.extraCa).toContain('BEGIN')
    expect((await read({}, env)).connection.tls.extraCa).toBeUndefined()
  })

  describe('keeps credentials', () => {
    const env = {CI_SERVER_URL: 'https://ci.example.com', CI_SERVER_HOST: 'ci.example.com'}

    test("of CI for CI's own server", async () => {
      const {connection, problems} = await read({}, env)
      expect(connection).toMatchObject({
        jobToken: undefined,
        serverVersion: undefined,
        ownProject: {},
        isOwnServer: false,
      })
      expect(connection.warnings).toEqual([
        'The job token belongs to ci.example.com and is not sent to gitlab.example.com.',
      ])
      expect(problems).toEqual([])
      const {problems: withToken} = await read({token: 'glpat-canary'}, env)
      expect(withToken).toEqual([expect.stringContaining('--send-token-to gitlab.example.com')])
      expect(withToken.join()).not.toContain('canary')
    })

    test.each<[Record<string, string>, boolean]>([
      [{CI_SERVER_URL: 'https://GitLab.example.com/relative'}, true],
      [{CI_SERVER_URL: 'http://gitlab.example.com'}, true],
      [{CI_SERVER_URL: 'https://GitLab.example.com:8443/relative'}, false],
      [{CI_SERVER_URL: 'https://gitlab.example.com.evil.test'}, false],
      [{CI_SERVER_URL: '', CI_SERVER_FQDN: 'gitlab.example.com'}, true],
      [{CI_SERVER_FQDN: 'gitlab.example.com:8443'}, false],
      [{CI_SERVER_HOST: 'gitlab.example.com'}, true],
      [{CI_SERVER_HOST: 'gitlab.example.com', CI_SERVER_PORT: '443'}, true],
      [{CI_SERVER_HOST: 'gitlab.example.com', CI_SERVER_PORT: '8443'}, false],
      [{CI_SERVER_HOST: 'other.example.com'}, false],
    ])('from a server that %j does not name', async (server, isOwn) => {
      const {connection, problems} = await read({token: 'glpat-x'}, server)
      expect([connection.isOwnServer, connection.jobToken !== undefined, problems.length]).toEqual([
        isOwn,
        isOwn,
        isOwn ? 0 : 1,
      ])
    })

    test('unless the user says that they are meant for it', async () => {
      const token = 'glpat-x'
      const meant = await read({token, sendTokenTo: 'GitLab.example.com'}, env)
      expect(meant.problems).toEqual([])
      expect(meant.connection).toMatchObject({token, jobToken: undefined})
      const job = await read({auth: 'job-token', sendTokenTo: 'gitlab.example.com'}, env)
      expect(job.connection.jobToken).toBe(defaults.jobToken)
      expect((await read({token, auth: 'anonymous'}, env)).problems).toEqual([])
      for (const sendTokenTo of ['ci.example.com', 'gitlab.example.com:8443']) {
        expect((await read({token, sendTokenTo}, env)).problems).toEqual([expect.stringContaining('another host')])
        expect((await read({token, sendTokenTo})).problems).toHaveLength(1)
      }
    })
  })

  test.each([
    ['token', 'glcbt-64_abcdef', 'holds a job token'],
    ['token', 'gldt-abcdefghij', 'a deploy token'],
    ['token', 'glrt-abcdefghij', 'a token of a runner'],
    ['token', 'glptt-abcdefghij', 'a trigger token'],
    ['token', 'glft-abcdefghij', 'a feed token'],
    ['token', 'ghs_abcdefghijkl', "a token of GitHub's"],
    ['token', '$DEPLOY_TOKEN', 'nobody has put a value'],
    ['token', '${DEPLOY_TOKEN}', 'nobody has put a value'],
    ['token', '%DEPLOY_TOKEN%', 'nobody has put a value'],
    ['token', 'DEPLOY_TOKEN', 'the name of a variable'],
    ['token', '[MASKED]', 'a placeholder'],
    ['token', '********', 'a placeholder'],
    ['token', 'x1', 'too short'],
    ['token', defaults.jobToken ?? '', 'holds the job token'],
    ['jobToken', 'glpat-abcdefghij', 'holds an access token'],
    ['jobToken', '$CI_JOB_TOKEN', 'nobody has put a value'],
  ])('tells by itself that the %s %s cannot be one', async (input, text, problem) => {
    const {problems} = await read({[input]: text})
    expect(problems).toEqual([expect.stringContaining(problem)])
    // What may not be used is not judged.
    expect((await read({[input]: text, auth: 'anonymous'})).problems).toEqual([])
  })

  test.each([
    ['http://user:pa%zz@127.0.0.1:1', 1],
    ['http://us%er:password@127.0.0.1:1', 1],
    ['http://user:pa%25zz@127.0.0.1:1', 0],
    [' ', 0],
  ])('reads the proxy %j before it is used, without showing it', async (HTTPS_PROXY, count) => {
    const {problems} = await read({}, {HTTPS_PROXY})
    expect(problems).toHaveLength(count)
    expect(problems.join()).not.toMatch(/pa%zz|password@|us%er/)
  })

  test('warns of plain http', async () => {
    const {connection} = await read({apiUrl: 'http://gitlab.internal/api/v4', allowHttp: true})
    expect(connection.warnings).toEqual([expect.stringContaining('plain http')])
  })
})
