import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import type {ServerResponse} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {runBundle, type BundleRun} from '../support/bundles.ts'
import {fastClock} from '../support/fast-clock.ts'
import {serveFiles, type FileServer} from '../support/file-server.ts'
import {closeServers} from '../support/servers.ts'
import {zip} from '../support/zip.ts'

/** What servers and proxies send in place of files, in what amount and at what pace: on built bundles. */
let folder = ''
let clocks = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-files-'))
  clocks = mkdtempSync(join(tmpdir(), 'jobside-clocks-'))
})
afterEach(async () => {
  await closeServers()
  rmSync(folder, {recursive: true, force: true})
  rmSync(clocks, {recursive: true, force: true})
})

async function run(
  server: FileServer,
  [command = '', ...argv]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BundleRun & {readonly said: string}> {
  const options = {cwd: folder, env: {...server.env, ...env}, nodeOptions: fastClock(clocks, 20)}
  const ended = await runBundle(command, argv, options)
  return {...ended, said: ended.stdout + ended.stderr}
}

const send =
  (type: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(200, {'content-type': type, ...headers}).end(body)
const page = '<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon.</body></html>\n'
const signIn = '<!DOCTYPE html>\n<html><head><title>Sign in · GitLab</title></head><body>Password</body></html>\n'
const archive = zip([{name: 'dist/app.js', content: 'export {}\n'}])

const byId = ['download-artifacts', '--job-id', '201', '--path', 'out'] as const
const byRef = ['download-artifacts-by-ref', '--ref', 'main', '--job', 'build', '--path', 'out'] as const
const kept = [...byId, '--unpack=false'] as const
const listed = ['list-artifacts', '--job-id', '201'] as const
const oneFile = ['get-artifact-file', '--job-id', '201', '--file', 'dist/VERSION', '--output', 'VERSION'] as const
const printed = ['get-artifact-file', '--job-id', '201', '--file', 'dist/VERSION'] as const
const log = ['get-job-log', '--job-id', '201', '--output', 'log.txt'] as const
const printedLog = ['get-job-log', '--job-id', '201'] as const

describe('a web page in place of what was asked for is told at once, by', () => {
  const all = {byId, byRef, kept, listed, oneFile, printed, log, printedLog}
  test.each(Object.entries(all))('%s', async (_, line) => {
    const server = await serveFiles(send('text/html; charset=utf-8', page))
    const {code, said} = await run(server, line)
    expect({code, said}).toEqual({code: 76, said: expect.stringMatching(/with a web page in place of/)})
    expect(said).not.toContain('Back soon')
    expect(server.asked).toHaveLength(1)
    expect(readdirSync(folder)).toEqual([])
  })

  test.each(Object.entries(all))('%s, which says that it is a page to sign in', async (_, line) => {
    const server = await serveFiles(send('text/html', signIn))
    const {code, said} = await run(server, line)
    expect({code, said}).toEqual({code: 77, said: expect.stringMatching(/asks to sign in/)})
    expect(readdirSync(folder)).toEqual([])
  })

  test.each(Object.entries(all))('%s, where GitLab leads to its sign-in page', async (_, line) => {
    const server = await serveFiles((response, {url = ''}) => {
      if (url.startsWith('/users')) send('text/html', signIn)(response)
      else response.writeHead(302, {location: '/users/sign_in'}).end()
    })
    const {code, said} = await run(server, line)
    expect({code, said}).toEqual({code: 77, said: expect.stringMatching(/sign-in page/)})
    expect(readdirSync(folder)).toEqual([])
  })

  test.each(Object.entries({byId, byRef, oneFile, printed, log, printedLog}))(
    '%s, and JSON likewise',
    async (_, line) => {
      const server = await serveFiles(send('application/json', '{"message":"401 Unauthorized"}'))
      const {code, said} = await run(server, line)
      expect({code, said}).toEqual({code: 76, said: expect.stringMatching(/with JSON in place of/)})
      expect(readdirSync(folder)).toEqual([])
    },
  )
})

describe('a file that happens to be a page or JSON is handed out', () => {
  test.each([
    [
      'as an attachment, as GitLab does',
      'index.html',
      'text/html',
      {'content-disposition': 'attachment; filename="x"'},
    ],
    ['without that, by its name', 'index.html', 'text/html', {}],
    ['JSON by its name', 'report.json', 'application/json', {}],
  ])('%s', async (_, name, type, headers) => {
    const body = name.endsWith('json') ? '{"coverage":91}' : page
    const server = await serveFiles(send(type, body, headers))
    const {code} = await run(server, ['get-artifact-file', '--job-id', '201', '--file', name, '--output', 'file'])
    expect({code, file: readFileSync(join(folder, 'file'), 'utf8')}).toEqual({code: 0, file: body})
  })

  test('but not if GitLab’s tree tells another size', async () => {
    const tree = [{name: 'index.html', path: 'index.html', type: 'file', size: 12_345, mode: '100644'}]
    const server = await serveFiles(send('text/html', page), {tree})
    const {code} = await run(server, [
      'get-artifact-file',
      '--job-id',
      '201',
      '--file',
      'index.html',
      '--output',
      'file',
    ])
    expect({code, files: readdirSync(folder)}).toEqual({code: 76, files: []})
  })
})

describe('--max-bytes binds what is fetched,', () => {
  const endless = (response: ServerResponse): void => {
    const block = Buffer.alloc(65_536, 'P')
    const more = (): void => {
      while (!response.destroyed && response.write(block));
    }
    response.writeHead(200, {'content-type': 'application/octet-stream'})
    response.on('drain', more)
    more()
  }
  const announced = (response: ServerResponse): void => {
    response.writeHead(200, {'content-type': 'application/octet-stream', 'content-length': String(2 ** 40)})
    endlessBody(response)
  }
  const endlessBody = (response: ServerResponse): void => {
    const block = Buffer.alloc(65_536, 'P')
    const more = (): void => {
      while (!response.destroyed && response.write(block));
    }
    response.on('drain', more)
    more()
  }
  const limited = (line: readonly string[]): readonly string[] => [...line, '--max-bytes', '1MiB']
  test.each([
    ['an archive by ref', limited(byRef)],
    ['an archive by id, whose size the job tells otherwise', limited(byId)],
    ['a kept archive', limited([...byRef, '--unpack=false'])],
    ['a repacked archive', limited([...byRef, '--archive', 'all.zip'])],
    ['a list', limited(listed)],
    ['one file', limited(oneFile)],
    ['a printed file', limited(printed)],
  ])('%s', async (what, line) => {
    for (const body of what.includes('by id') || what === 'a list' ? [] : [endless, announced]) {
      const {code, said} = await run(await serveFiles(body), line)
      expect({code, said: said.slice(-1_000)}).toEqual({code: 76, said: expect.stringMatching(/--max-bytes/)})
      expect(existsSync(join(folder, 'out'))).toBe(false)
    }
    const server = await serveFiles(announced, {size: () => 2 ** 40})
    const {code, said} = await run(server, line)
    expect({code, said: said.slice(-1_000)}).toEqual({code: 76, said: expect.stringMatching(/--max-bytes/)})
    expect(readdirSync(folder)).toEqual([])
  })

  test('and several archives together', async () => {
    const content = Buffer.from(Array.from({length: 1_500_000}, (_, at) => (Math.imul(at, 2_654_435_761) >>> 13) & 255))
    const large = zip([{name: 'a', content, method: 0}])
    const names = ['build 1', 'build 2', 'build 3']
    const server = await serveFiles(send('application/zip', large), {names, size: () => large.length})
    const line = ['download-artifacts', '--job-match', 'build *', '--path', 'out', '--max-bytes', '2MiB']
    const {code, said} = await run(server, line)
    expect({code, said}).toEqual({code: 76, said: expect.stringMatching(/--max-bytes|more than the/)})
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('--attempts 2 means two requests in all', () => {
  test.each(Object.entries({byRef, byId, kept, oneFile, log}))(
    'where the body is cut each time: %s',
    async (_, line) => {
      const server = await serveFiles(
        (response) => {
          response.writeHead(200, {'content-type': 'application/octet-stream', 'content-length': '1000'})
          response.write('PK'.padEnd(100))
          setTimeout(() => response.destroy(), 20)
        },
        {size: () => 1_000},
      )
      const {code} = await run(server, [...line, '--attempts', '2'])
      expect({code, asked: server.asked.length}).toEqual({code: expect.any(Number), asked: 2})
      expect(code).not.toBe(0)
      expect(readdirSync(folder)).toEqual([])
    },
  )

  test('where the opening fails once and the body is cut then', async () => {
    const server = await serveFiles((response, _request, count) => {
      if (count === 1) return void response.writeHead(502).end()
      response.writeHead(200, {'content-type': 'application/octet-stream', 'content-length': '1000'})
      response.write('PK'.padEnd(100))
      setTimeout(() => response.destroy(), 20)
    })
    const {code} = await run(server, [...byRef, '--attempts', '2'])
    expect({code, asked: server.asked.length}).toEqual({code: 69, asked: 2})
  })
})

describe('a body of a few bytes a second', () => {
  const drip = (response: ServerResponse): void => {
    response.writeHead(200, {'content-type': 'application/octet-stream'})
    const timer = setInterval(() => response.write('P'), 25)
    response.on('close', () => clearInterval(timer))
  }
  test.each(Object.entries({byRef, byId, kept, oneFile, printed, log, printedLog}))('ends: %s', async (_, line) => {
    const server = await serveFiles(drip, {size: () => 500_000})
    const {code, said} = await run(server, [...line, '--request-timeout', '5s', '--attempts', '2'])
    expect({code, said}).toEqual({code: 69, said: expect.stringMatching(/only \d+ bytes came in \d+ s|broke off/)})
    expect(readdirSync(folder)).toEqual([])
  })

  test.each(Object.entries({byRef, byId, oneFile, printed}))('ends with the job at the latest: %s', async (_, line) => {
    const server = await serveFiles(drip, {size: () => 500_000})
    const started = {CI_JOB_STARTED_AT: new Date(Date.now() - 40_000).toISOString(), CI_JOB_TIMEOUT: '60'}
    const {code, said} = await run(server, line, started)
    expect({code, said}).toEqual({code: 75, said: expect.stringMatching(/The time of this job ran out/)})
    expect(readdirSync(folder)).toEqual([])
  })
})

test('a destination that cannot be written is told before anything is asked for, a wait included', async () => {
  const server = await serveFiles(send('application/zip', archive))
  writeFileSync(join(folder, 'file'), 'x')
  mkdirSync(join(folder, 'dir'))
  for (const line of [
    ['download-artifacts', '--job', 'build', '--wait', '--path', 'file/out'],
    ['download-artifacts-by-ref', '--ref', 'main', '--job', 'build', '--wait', '5m', '--archive', 'dir'],
    ['get-artifact-file', '--job', 'build', '--file', 'a', '--output', 'dir'],
  ]) {
    const {code, said} = await run(server, line)
    expect({code, said}).toEqual({code: 73, said: expect.stringMatching(/Cannot write/)})
  }
  expect(server.asked).toEqual([])
})

test('four archives, each answered two seconds late, arrive together', async () => {
  const names = ['build 1', 'build 2', 'build 3', 'build 4']
  const begun: number[] = []
  let open = 0
  let most = 0
  const server = await serveFiles(
    (response) => {
      begun.push(Date.now())
      most = Math.max(most, (open += 1))
      setTimeout(() => {
        open -= 1
        send('application/zip', archive)(response)
      }, 400)
    },
    {names, size: () => archive.length},
  )
  const {code} = await run(server, ['download-artifacts', '--job-match', 'build *', '--path', 'out'])
  expect({code, most, folders: readdirSync(join(folder, 'out')).length}).toEqual({code: 0, most: 4, folders: 4})
  rmSync(join(folder, 'out'), {recursive: true})
  most = 0
  const line = ['download-artifacts', '--job-match', 'build *', '--path', 'out', '--parallel', '2']
  expect({code: (await run(server, line)).code, most}).toEqual({code: 0, most: 2})
})

test('of several archives at once, one that fails ends all and leaves nothing', async () => {
  const server = await serveFiles(
    (response, {url = ''}) => {
      if (url.includes('/203/')) send('text/html', page)(response)
      else send('application/zip', archive)(response)
    },
    {names: ['build 1', 'build 2', 'build 3', 'build 4'], size: () => archive.length},
  )
  const {code, said} = await run(server, ['download-artifacts', '--job-match', 'build *', '--path', 'out'])
  expect({code, said, left: readdirSync(folder)}).toEqual({code: 76, said: expect.stringMatching(/web page/), left: []})
})
