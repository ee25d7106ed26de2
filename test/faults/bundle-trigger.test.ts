import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {fastClock} from '../support/fast-clock.ts'
import {runAt, serveRoutes, type Reply, type Routes} from '../support/routes.ts'
import {jobOf} from '../support/sequence.ts'
import {closeServers} from '../support/servers.ts'

/** The built command that starts pipelines, and what it makes of answers that never came, of limits and of signals. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-trigger-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const argv = ['--project', '2', '--ref', 'main']
const trigger = 'POST /projects/2/trigger/pipeline'
const pipeline = (id: number, more: object = {}) => ({
  id,
  project_id: 2,
  ref: 'main',
  sha: 'a'.repeat(40),
  status: 'created',
  source: 'pipeline',
  web_url: `http://127.0.0.1/p/${id}`,
  ...more,
})
const fast = (env: Readonly<Record<string, string>> = {}) => ({cwd: folder, env, nodeOptions: fastClock(folder, 50)})
const posts = (asked: readonly string[]) => asked.filter((line) => !line.startsWith('GET'))
/** The list shows `before` until a POST has come, and then `after`. */
const listing = (before: readonly object[], after: readonly object[], isMade: () => boolean): Routes => ({
  'GET /projects/2/pipelines': () => [200, isMade() ? after : before],
})

function scene(answers: readonly Reply[], after: readonly object[], more: Routes = {}): Routes {
  let sent = 0
  return {
    ...listing([pipeline(5)], [...after, pipeline(5)], () => sent > 0),
    [trigger]: () => answers[sent++] ?? [201, pipeline(9)],
    ...more,
  }
}

describe('trigger-pipeline', () => {
  test.each<[string, readonly Reply[], readonly object[], number, number, number | null]>([
    ['an answer that is lost: the new pipeline is found', ['lost'], [pipeline(7)], 0, 1, 7],
    ['502 after the pipeline was made', [[502, {}]], [pipeline(7)], 0, 1, 7],
    ['502 and nothing made: sent once more', [[502, {}]], [], 0, 2, 9],
    ['429: nothing was done, so it is sent again', [[429, {}, {'retry-after': '1'}]], [], 0, 2, 9],
    ['lost twice and nothing made', ['lost', 'lost'], [], 69, 2, null],
    ['lost, and a pipeline of another source has appeared', ['lost'], [pipeline(7, {source: 'push'})], 0, 2, 9],
    ['lost, and two have appeared that could be it', ['lost'], [pipeline(8), pipeline(7)], 76, 1, null],
  ])('%s', async (_, answers, after, expected, sends, id) => {
    const server = await serveRoutes(scene(answers, after))
    const file = join(folder, 'out.json')
    rmSync(file, {force: true})
    const {code, said} = await runAt(server, 'trigger-pipeline', [...argv, '--json', file], fast())
    expect({code, posts: posts(server.asked), said}).toMatchObject({code: expected, posts: Array(sends).fill(trigger)})
    expect(said).not.toMatch(/canary/)
    if (id !== null) expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({pipeline_id: id, source: 'pipeline'})
  })

  test('sends its token in the body, to nobody else, and says it nowhere', async () => {
    const server = await serveRoutes(scene([], []))
    const {code, said} = await runAt(
      server,
      'trigger-pipeline',
      [...argv, '--log', 'debug', '--variables', 'A=hush-hush'],
      {
        cwd: folder,
        env: {INPUT_TRIGGER_TOKEN: 'glptt-canary-trigger'},
      },
    )
    expect(code).toBe(0)
    expect(JSON.parse(server.bodies[0] ?? '')).toEqual({
      ref: 'main',
      token: 'glptt-canary-trigger',
      variables: {A: 'hush-hush'},
    })
    expect(said).not.toMatch(/canary|hush-hush/)
  })

  test('a trigger token is not sent to a server that is not the one of the job', async () => {
    const server = await serveRoutes(scene([], []))
    const {code} = await runAt(server, 'trigger-pipeline', argv, {
      cwd: folder,
      env: {INPUT_TRIGGER_TOKEN: 'glptt-canary', GITLAB_TOKEN: '', CI_SERVER_URL: 'https://gitlab.example.com'},
    })
    expect({code, asked: server.asked}).toEqual({code: 64, asked: []})
  })

  test('SIGTERM between the request and its answer says that it may have been started', async () => {
    const stopped: {stop?: () => void} = {}
    const server = await serveRoutes({
      ...scene([], []),
      [trigger]: () => {
        stopped.stop?.()
        return 'never'
      },
    })
    const {code, said} = await runAt(server, 'trigger-pipeline', argv, {
      cwd: folder,
      during: (child) => void (stopped.stop = () => child.kill('SIGTERM')),
    })
    expect({code, posts: posts(server.asked)}).toEqual({code: 143, posts: [trigger]})
    expect(said).toContain(
      'GitLab had been asked to start a pipeline of project 2 for main, and whether it has is not known.',
    )
  })

  test('SIGTERM during the wait cancels the pipeline with --cancel-on-abort, and says so', async () => {
    const stopped: {stop?: () => void} = {}
    const job = {...jobOf({status: 'running'}), pipeline: pipeline(9)}
    const server = await serveRoutes(
      scene([], [], {
        'GET /projects/2/jobs': () => [200, []],
        'GET /projects/2/pipelines/9/trigger_jobs': () => [200, []],
        'GET /projects/2/pipelines/9': () => [200, pipeline(9, {status: 'running'})],
        'GET /projects/2/pipelines/9/jobs': ({count}) => {
          if (count > 1) stopped.stop?.()
          return [200, [job]]
        },
        'POST /projects/2/pipelines/9/cancel': () => [200, pipeline(9, {status: 'canceled'})],
      }),
    )
    const {code, said} = await runAt(
      server,
      'trigger-pipeline',
      [...argv, '--wait', '--interval', '1s', '--cancel-on-abort'],
      {
        cwd: folder,
        during: (child) => void (stopped.stop = () => child.kill('SIGTERM')),
      },
    )
    expect({code, posts: posts(server.asked)}).toEqual({
      code: 143,
      posts: [trigger, 'POST /projects/2/pipelines/9/cancel'],
    })
    expect(said).toContain('Pipeline 9, which this command started, has been told to cancel.')
  })

  test('the end of --timeout cancels the pipeline with --cancel-on-timeout alone, and says so', async () => {
    const job = {...jobOf({status: 'running'}), pipeline: pipeline(9)}
    for (const isAsked of [true, false]) {
      const server = await serveRoutes(
        scene([], [], {
          'GET /projects/2/jobs': () => [200, []],
          'GET /projects/2/pipelines/9/trigger_jobs': () => [200, []],
          'GET /projects/2/pipelines/9': () => [200, pipeline(9, {status: 'running'})],
          'GET /projects/2/pipelines/9/jobs': () => [200, [job]],
          'POST /projects/2/pipelines/9/cancel': () => [200, pipeline(9, {status: 'canceled'})],
        }),
      )
      const given = [...argv, '--wait', '--timeout', '20s', ...(isAsked ? ['--cancel-on-timeout'] : [])]
      const {code, said} = await runAt(server, 'trigger-pipeline', given, fast())
      const canceled = isAsked ? ['POST /projects/2/pipelines/9/cancel'] : []
      expect({code, posts: posts(server.asked)}).toEqual({code: 75, posts: [trigger, ...canceled]})
      expect(said.includes('has been told to cancel')).toBe(isAsked)
    }
  })

  test('--cancel-on-abort without an access token is refused before anything is started', async () => {
    const server = await serveRoutes(scene([], []))
    const env = {GITLAB_TOKEN: ''}
    const {code} = await runAt(server, 'trigger-pipeline', [...argv, '--wait', '--cancel-on-abort'], {cwd: folder, env})
    expect({code, asked: server.asked}).toEqual({code: 77, asked: []})
  })

  test('what cannot be waited for is not started', async () => {
    const server = await serveRoutes(scene([], [], {'GET /projects/2/jobs': () => [403, {message: '403 Forbidden'}]}))
    const {code, said} = await runAt(server, 'trigger-pipeline', [...argv, '--wait'], {cwd: folder})
    expect({code, posts: posts(server.asked)}).toEqual({code: 77, posts: []})
    expect(said).toContain('No pipeline was started')
  })
})
