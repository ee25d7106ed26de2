import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {fastClock} from '../support/fast-clock.ts'
import {jobsRoutes, runAt, serveRoutes, type Routes} from '../support/routes.ts'
import {jobOf} from '../support/sequence.ts'
import {closeServers} from '../support/servers.ts'

/** Built commands that change something: what GitLab refuses, would ignore, or takes otherwise than it was typed. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-refusals-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const fast = () => ({cwd: folder, nodeOptions: fastClock(folder, 50)})
const posts = (asked: readonly string[]) => asked.filter((line) => !line.startsWith('GET'))
const developer = {id: 1, path_with_namespace: 'grp/app', permissions: {project_access: {access_level: 30}}}
const maintainer = {...developer, permissions: {project_access: {access_level: 40}}}
const manual = {id: 7, name: 'deploy', status: 'manual'}
const failed = {id: 7, name: 'deploy', status: 'failed'}
const deny = () => [403, {message: '403 Forbidden'}] as const

describe('inputs that this GitLab would ignore', () => {
  const routes: Routes = {
    ...jobsRoutes([manual]),
    'POST /projects/1/jobs/7/play': () => [200, jobOf({...manual, status: 'pending'})],
    'POST /projects/1/jobs/7/retry': () => [201, jobOf({...manual, id: 8, status: 'pending'})],
  }

  test.each([
    ['play-manual-job', '17.11.0'],
    ['play-manual-job', '18.0.1-ee'],
    ['retry-job', '18.6.0'],
    ['retry-job', '18.9.3-ee'],
  ])(
    '%s --inputs on GitLab %s is refused before anything is asked, and says since when it works',
    async (command, version) => {
      const server = await serveRoutes(routes)
      const env = {CI_SERVER_VERSION: version}
      const {code, said} = await runAt(server, command, ['--job', 'deploy', '--inputs', 'replicas=3'], {env})
      expect({code, asked: server.asked}).toEqual({code: 64, asked: []})
      expect(said).toContain('since 18.10')
    },
  )

  test('an unknown version is asked for first, and an old one refused', async () => {
    const server = await serveRoutes({...routes, 'GET /version': () => [200, {version: '18.2.0'}]})
    const env = {CI_SERVER_VERSION: ''}
    const {code, said} = await runAt(server, 'play-manual-job', ['--job', 'deploy', '--inputs', 'n=3'], {env})
    expect({code, posts: posts(server.asked), said}).toMatchObject({code: 64, posts: []})
    expect(said).toContain('18.2.0')
  })

  test('a version that nobody tells is said after the answer', async () => {
    const server = await serveRoutes(routes)
    const env = {CI_SERVER_VERSION: ''}
    const {code, said} = await runAt(server, 'play-manual-job', ['--job', 'deploy', '--inputs', 'n=3'], {env})
    expect({code, posts: posts(server.asked)}).toEqual({code: 0, posts: ['POST /projects/1/jobs/7/play']})
    expect(said).toContain('look whether the inputs have arrived')
  })

  test('cancel-job --force before 17.10 is refused, because GitLab would not force', async () => {
    const server = await serveRoutes(jobsRoutes([{...manual, status: 'running'}]))
    const env = {CI_SERVER_VERSION: '17.9.0'}
    const {code, said} = await runAt(server, 'cancel-job', ['--job', 'deploy', '--force'], {env})
    expect({code, asked: server.asked}).toEqual({code: 64, asked: []})
    expect(said).toContain('since 17.10')
  })
})

describe('inputs as people type them', () => {
  const types: Readonly<Record<string, string>> = {env: 'string', flag: 'string', count: 'number', on: 'boolean'}
  const typed = (body: string) => (JSON.parse(body) as {job_inputs: Record<string, unknown>}).job_inputs
  const wrong = (body: string) =>
    Object.entries(typed(body)).flatMap(([name, value]) =>
      typeof value === types[name] ? [] : [`\`${name}\` input: provided value is not a ${types[name]}`],
    )

  test.each([
    ['env=1.10', {env: '1.10'}, 1],
    ['flag=true', {flag: 'true'}, 2],
    ['flag=42', {flag: '42'}, 2],
    ['flag=[release] notes', {flag: '[release] notes'}, 1],
    ['count=3', {count: 3}, 1],
    ['count=1.10', {count: 1.1}, 2],
    ['on=true', {on: true}, 1],
  ])('--inputs %s arrives as what the job declares', async (given, arrived, sends) => {
    const server = await serveRoutes({
      ...jobsRoutes([manual]),
      'POST /projects/1/jobs/7/play': ({body}) =>
        wrong(body).length === 0
          ? [200, jobOf({...manual, status: 'pending'})]
          : [400, {message: `400 Bad request - ${wrong(body).join(', ')}`}],
    })
    const {code, said} = await runAt(server, 'play-manual-job', ['--job', 'deploy', '--inputs', given], fast())
    expect({code, said}).toEqual({code: 0, said: expect.any(String)})
    expect(typed(server.bodies.at(-1) ?? '')).toEqual(arrived)
    expect(server.bodies).toHaveLength(sends)
  })

  test('what cannot be that type is told with the spelling, and without the value', async () => {
    const server = await serveRoutes({
      ...jobsRoutes([manual]),
      'POST /projects/1/jobs/7/play': () => [
        400,
        {message: '400 Bad request - `count` input: provided value is not a number (hush-hush)'},
      ],
    })
    const argv = ['--job', 'deploy', '--inputs', 'count=hush-hush']
    const {code, said} = await runAt(server, 'play-manual-job', argv, fast())
    expect({code, posts: posts(server.asked)}).toEqual({code: 64, posts: ['POST /projects/1/jobs/7/play']})
    expect(said).toContain('count must be a number such as 3 or 1.5')
    expect(said).not.toContain('hush-hush')
  })
})

describe('a refused change is explained by what GitLab shows', () => {
  const archived = {archived: true}
  const bridge = {id: 9, name: 'child', status: 'running', downstream_pipeline: null}
  const answers: Routes = {
    'POST /projects/1/jobs/7/retry': () => [403, {message: '403 Forbidden - Job is not retryable'}],
    'POST /projects/1/jobs/7/play': deny,
    'POST /projects/1/jobs/7/erase': () => [403, {message: '403 Forbidden - Job is not erasable!'}],
    'POST /projects/1/jobs/7/cancel': deny,
    'POST /projects/1/jobs/7/artifacts/keep': deny,
    'DELETE /projects/1/jobs/7/artifacts': deny,
    'GET /projects/1': () => [200, maintainer],
  }
  const show = (more: object) => ({'GET /projects/1/jobs/7': () => [200, {...jobOf(failed), ...more}] as const})
  const branch = (more: object) => ({
    'GET /projects/1/repository/branches/main': () => [200, {name: 'main', ...more}] as const,
  })

  test.each<[string, string, Routes, number, RegExp]>([
    ['an archived job', 'retry-job', show(archived), 22, /archived.*Run a new pipeline/s],
    ['an archived job', 'erase-job', show(archived), 22, /archived/],
    ['an archived job', 'keep-artifacts', show(archived), 22, /archived/],
    [
      'an archived project',
      'retry-job',
      {'GET /projects/1': () => [200, {...maintainer, archived: true}]},
      22,
      /archived project.*Unarchive/s,
    ],
    ['a job without anything', 'erase-job', {}, 22, /neither a log nor artifacts/],
    [
      'a protected branch',
      'retry-job',
      {'GET /projects/1': () => [200, developer], ...branch({protected: true, can_push: false})},
      77,
      /branch main is protected.*push or merge/s,
    ],
    [
      'a protected branch',
      'keep-artifacts',
      {'GET /projects/1': () => [200, developer], ...branch({protected: true, can_push: false})},
      77,
      /branch main is protected/,
    ],
    [
      'a role that is too low',
      'cancel-job',
      {'GET /projects/1': () => [200, {...developer, permissions: {group_access: {access_level: 20}}}]},
      77,
      /role Reporter.*needs Developer/,
    ],
    ['a role that is too low', 'delete-artifacts', {'GET /projects/1': () => [200, developer]}, 77, /needs Maintainer/],
  ])('%s: %s', async (_, command, routes, expected, words) => {
    const status = command === 'cancel-job' ? 'running' : 'failed'
    const server = await serveRoutes({...jobsRoutes([{...failed, status}]), ...answers, ...routes})
    const yes = /erase|delete/.test(command) ? ['--yes'] : []
    const {code, said} = await runAt(server, command, ['--job', 'deploy', ...yes], fast())
    expect({code, said}).toEqual({code: expected, said: expect.stringMatching(words)})
    if (!/role/.test(String(words))) expect(said).not.toMatch(/needs the role/)
  })

  test('an archived job that the list shows is not asked for at all', async () => {
    const server = await serveRoutes({...jobsRoutes([{...manual, archived: true}]), ...answers})
    const {code, said} = await runAt(server, 'play-manual-job', ['--job', 'deploy'], fast())
    expect({code, posts: posts(server.asked), said}).toMatchObject({code: 22, posts: []})
    expect(said).toContain('is archived')
  })

  test('a trigger job cannot be canceled, and its downstream pipeline is named', async () => {
    const server = await serveRoutes({...jobsRoutes([bridge]), ...answers})
    const {code, said} = await runAt(server, 'cancel-job', ['--job', 'child'], fast())
    expect({code, posts: posts(server.asked)}).toEqual({code: 22, posts: []})
    expect(said).toContain('is a trigger job')
  })
})

describe('a dry run asks GitLab what it can ask', () => {
  const token = (scopes: readonly string[]) => ({id: 1, name: 't', scopes, active: true, expires_at: null})
  test.each<[string, Routes, number, RegExp]>([
    [
      'a token that has expired',
      {
        'GET /personal_access_tokens/self': () => [
          401,
          {error: 'invalid_token', error_description: 'Token is expired.'},
        ],
      },
      77,
      /expired or was revoked/,
    ],
    [
      'a token that may only read',
      {'GET /personal_access_tokens/self': () => [200, token(['read_api'])]},
      77,
      /scopes read_api, and this needs api/,
    ],
    [
      'a role that is too low',
      {'GET /projects/1': () => [200, {...developer, permissions: {project_access: {access_level: 20}}}]},
      77,
      /role Reporter/,
    ],
    ['an archived project', {'GET /projects/1': () => [200, {...maintainer, archived: true}]}, 22, /archived project/],
    ['nothing in the way', {}, 0, /would be/],
  ])('%s', async (_, routes, expected, words) => {
    for (const [command, job] of [
      ['play-manual-job', manual],
      ['retry-job', failed],
    ] as const) {
      const server = await serveRoutes({
        ...jobsRoutes([job]),
        'GET /personal_access_tokens/self': () => [200, token(['api'])],
        'GET /projects/1': () => [200, maintainer],
        ...routes,
      })
      const {code, said} = await runAt(server, command, ['--job', 'deploy', '--dry-run'], fast())
      expect({code, posts: posts(server.asked), said}).toEqual({
        code: expected,
        posts: [],
        said: expect.stringMatching(words),
      })
    }
  })

  test('a job that cannot be played or retried is no "would"', async () => {
    const server = await serveRoutes(jobsRoutes([{id: 7, name: 'deploy', status: 'created'}]))
    for (const command of ['play-manual-job', 'retry-job']) {
      const {code, said} = await runAt(server, command, ['--job', 'deploy', '--dry-run'], fast())
      expect([code, said]).toEqual([22, expect.not.stringContaining('would')])
    }
  })
})

describe('nothing chosen is never all', () => {
  test.each(['erase-job', 'retry-job', 'keep-artifacts', 'cancel-job', 'delete-artifacts', 'play-manual-job'])(
    '%s with an empty INPUT_JOB changes nothing',
    async (command) => {
      const server = await serveRoutes(jobsRoutes([manual]))
      const env = {INPUT_JOB: '', INPUT_YES: 'true', 'INPUT_PIPELINE-ID': '1'}
      const {code, said} = await runAt(server, command, [], {env})
      expect({code, asked: server.asked, said}).toEqual({
        code: 64,
        asked: [],
        said: expect.stringMatching(/no job is chosen/),
      })
    },
  )

  test('--all is every job of the pipeline', async () => {
    const server = await serveRoutes({
      ...jobsRoutes([failed, {...failed, id: 6, name: 'other'}]),
      'POST /projects/1/jobs/7/retry': () => [201, jobOf({...failed, id: 17, status: 'pending'})],
      'POST /projects/1/jobs/6/retry': () => [201, jobOf({...failed, id: 16, name: 'other', status: 'pending'})],
    })
    const {code} = await runAt(server, 'retry-job', ['--all'])
    expect({code, posts: posts(server.asked).length}).toEqual({code: 0, posts: 2})
  })
})

test('a failure in one of many: what has begun ends, nothing new begins, and all outcomes are told', async () => {
  const jobs = Array.from({length: 8}, (_, at) => ({id: 11 + at, name: `leak ${at}`, status: 'success'}))
  const erase = ({url}: {readonly url: string}) => {
    const id = Number(/jobs\/(\d+)/.exec(url)?.[1])
    return id === 12 ? deny() : ([201, {...jobOf(jobs[id - 11] ?? {}), erased_at: '2026-01-01T00:00:00Z'}] as const)
  }
  const server = await serveRoutes({
    ...jobsRoutes(jobs),
    ...Object.fromEntries(jobs.map(({id}) => [`POST /projects/1/jobs/${id}/erase`, erase])),
  })
  const file = join(folder, 'erased.json')
  const {code, said} = await runAt(server, 'erase-job', ['--job-match', 'leak *', '--yes', '--json', file], fast())
  expect(code).toBe(77)
  const sent = posts(server.asked).length
  expect(sent).toBeLessThan(8)
  expect(said.match(/ erased$/gm)).toHaveLength(sent - 1)
  expect(said.match(/ not begun$/gm)).toHaveLength(8 - sent)
  expect(said).toMatch(/1 of 8 jobs failed\. \d (?:was|were) not begun\./)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({erased: sent - 1, erased_at: '2026-01-01T00:00:00Z'})
})

describe('a yes that the answer itself contradicts is not told as done', () => {
  test.each([
    ['play-manual-job', 'play', 'manual', {status: 'manual'}, 'still manual'],
    ['play-manual-job', 'play', 'manual', {id: 99, name: 'other', status: 'pending'}, 'another job'],
    ['cancel-job', 'cancel', 'running', {status: 'running'}, 'still running'],
    ['retry-job', 'retry', 'failed', {id: 99, name: 'other', status: 'pending'}, 'another job'],
  ])('%s, %s: %j %j', async (command, verb, status, answer, text) => {
    const deploy = {id: 7, name: 'deploy', status}
    const server = await serveRoutes({
      ...jobsRoutes([deploy]),
      [`POST /projects/1/jobs/7/${verb}`]: () => [201, jobOf({...deploy, ...answer})],
    })
    const {code, said} = await runAt(server, command, ['--job', 'deploy'], fast())
    expect({code, said, posts: posts(server.asked).length}).toMatchObject({
      code: 76,
      said: expect.stringContaining(text),
      posts: 1,
    })
  })
})

describe('SIGTERM between a request and its answer', () => {
  test.each([
    ['play-manual-job', 'POST /projects/1/jobs/7/play', 'manual'],
    ['retry-job', 'POST /projects/1/jobs/7/retry', 'failed'],
    ['cancel-job', 'POST /projects/1/jobs/7/cancel', 'running'],
    ['erase-job', 'POST /projects/1/jobs/7/erase', 'success'],
    ['keep-artifacts', 'POST /projects/1/jobs/7/artifacts/keep', 'success'],
    ['delete-artifacts', 'DELETE /projects/1/jobs/7/artifacts', 'success'],
  ])('%s says that the change may have been made, and how to see', async (command, route, status) => {
    const stopped: {stop?: () => void} = {}
    const server = await serveRoutes({
      ...jobsRoutes([{id: 7, name: 'deploy', status}]),
      [route]: () => {
        stopped.stop?.()
        return 'never'
      },
    })
    const {code, said} = await runAt(
      server,
      command,
      ['--job', 'deploy', ...(/erase|delete/.test(command) ? ['--yes'] : [])],
      {
        cwd: folder,
        during: (child) => void (stopped.stop = () => child.kill('SIGTERM')),
      },
    )
    expect({code, posts: posts(server.asked)}).toEqual({code: 143, posts: [route]})
    expect(said).toMatch(
      /Stopped by SIGTERM\. GitLab had been asked to .* job 7 "deploy", and whether it has is not known\./,
    )
    expect(said).toContain('Look at http://127.0.0.1/7 before trying again.')
  })

  test('delete-artifacts --all says that GitLab may delete those of the whole project', async () => {
    const stopped: {stop?: () => void} = {}
    const route = 'DELETE /projects/1/artifacts'
    const server = await serveRoutes({
      [route]: () => {
        stopped.stop?.()
        return 'never'
      },
    })
    const {code, said} = await runAt(server, 'delete-artifacts', ['--all', '--yes'], {
      cwd: folder,
      during: (child) => void (stopped.stop = () => child.kill('SIGTERM')),
    })
    expect({code, posts: server.asked.filter((line) => line.startsWith('DELETE'))}).toEqual({code: 143, posts: [route]})
    expect(said).toMatch(
      /Stopped by SIGTERM\. GitLab had been asked to delete the artifacts of project 1: it may do so\./,
    )
  })

  test('a stop before any request says only that', async () => {
    const stopped: {stop?: () => void} = {}
    const server = await serveRoutes({
      'GET /projects/1/pipelines/1/jobs': () => {
        stopped.stop?.()
        return 'never'
      },
    })
    const {code, said} = await runAt(server, 'play-manual-job', ['--job', 'deploy'], {
      cwd: folder,
      during: (child) => void (stopped.stop = () => child.kill('SIGTERM')),
    })
    expect([code, said]).toEqual([143, expect.not.stringContaining('had been asked')])
  })
})
