import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {askAt} from '../support/raw-answers.ts'
import {jobOf as plainJob} from '../support/sequence.ts'
import {closeServers, serveHttp} from '../support/servers.ts'

/** Built commands that change something, against a GitLab that says yes and does not show it. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-promises-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const jobOf = (more: object): object => ({...plainJob({}), ...more})

type Body = object | 'empty' | 'lost'

interface Promised {
  /** The job in every list and alone. */
  readonly job: object
  /** What is answered to each POST; the last one to all that follow. */
  readonly posts: readonly (readonly [status: number, body: Body])[]
  /** The job once that many POSTs have come. */
  readonly later?: object
}

/** Runs a command for job 7, "build". */
async function change(command: string, argv: readonly string[], {job, posts, later}: Promised) {
  let sent = 0
  const origin = await serveHttp((request, response) => {
    const {pathname} = new URL(request.url ?? '', 'http://x')
    const answer = (status: number, body: Body): void => {
      if (body === 'lost') return void request.socket.resetAndDestroy()
      response.writeHead(status, {'content-type': 'application/json'})
      response.end(body === 'empty' ? '' : JSON.stringify(body))
    }
    if (request.method !== 'GET') {
      const [status, body] = posts[sent++] ?? posts.at(-1) ?? [500, {}]
      return answer(status, body)
    }
    const now = jobOf(sent > 0 && later ? later : job)
    if (pathname.endsWith('/pipelines/1/jobs')) return answer(200, [now])
    if (pathname.endsWith('/jobs/7')) return answer(200, now)
    if (/\/(?:bridges|trigger_jobs)$/.test(pathname)) return answer(200, [])
    return answer(404, {message: '404 Not found'})
  })
  const env = {CI_JOB_TOKEN: '', GITLAB_TOKEN: 'glpat-canary', CI_SERVER_VERSION: '19.2.0'}
  const {code, said} = await askAt(folder, origin, {command, argv: ['--job', 'build', ...argv], env})
  return {code, said, sent}
}

describe('a yes that nothing shows is no success', () => {
  test('a retry that is answered with the old job, and no new one in the list', async () => {
    const failed = {status: 'failed'}
    const {code, said, sent} = await change('retry-job', [], {job: failed, posts: [[201, jobOf(failed)]]})
    expect([code, sent, said]).toEqual([76, 1, expect.stringContaining('its list of jobs show no new one')])
  })

  test('a second run of a finished job that is answered with the old one', async () => {
    const done = {status: 'success'}
    const {code, sent} = await change('play-manual-job', ['--rerun'], {job: done, posts: [[200, jobOf(done)]]})
    expect([code, sent]).toEqual([76, 1])
  })

  const archive = {artifacts_file: {filename: 'artifacts.zip', size: 5}}
  test.each<[string, number, object, object]>([
    ['that is answered with a job that was not erased', 76, {erased_at: null}, {erased_at: null, ...archive}],
    ['before GitLab 16.0, with its archive still there', 76, archive, archive],
    ['before GitLab 16.0, with nothing left', 0, archive, {artifacts: []}],
    ['that only the job itself shows', 0, {erased_at: null}, {erased_at: '2026-01-01T00:00:00Z'}],
  ])('an erase %s', async (about, code, before, after) => {
    const posts = [[201, jobOf(about.includes('itself') ? before : after)]] as const
    const erased = await change('erase-job', ['--yes'], {job: before, later: after, posts})
    expect([erased.code, erased.sent]).toEqual([code, 1])
    if (code !== 0) expect(erased.said).toMatch(/whether its log and artifacts are gone is not known/)
  })

  test.each<[string, number, readonly string[]]>([
    ['a delete that is answered 200 with an error', 76, ['--job', 'build']],
    ['a delete of all of a project, the same', 76, ['--all']],
  ])('%s', async (_, code, argv) => {
    const origin = await serveHttp((request, response) => {
      const {pathname} = new URL(request.url ?? '', 'http://x')
      const body = pathname.endsWith('/jobs')
        ? [jobOf(archive)]
        : pathname.endsWith('/jobs/7')
          ? jobOf(archive)
          : request.method === 'DELETE'
            ? {error: 'insufficient_scope'}
            : []
      response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(body))
    })
    const env = {CI_JOB_TOKEN: '', GITLAB_TOKEN: 'glpat-canary'}
    expect(await askAt(folder, origin, {command: 'delete-artifacts', argv: [...argv, '--yes'], env})).toMatchObject({
      code,
    })
  })

  test.each([
    ['prod', 'main', false],
    ['main', 'main', true],
    ['main', 'refs/heads/main', true],
  ])('a pipeline of %s where one of %s was to be started: %s', async (ref, asked, isTaken) => {
    const pipeline = {id: 77, project_id: 1, ref, sha: 'a'.repeat(40), status: 'created', source: 'pipeline'}
    const origin = await serveHttp((request, response) => {
      const body = request.method === 'POST' ? pipeline : []
      response
        .writeHead(request.method === 'POST' ? 201 : 200, {'content-type': 'application/json'})
        .end(JSON.stringify(body))
    })
    const argv = ['--project', '1', '--ref', asked]
    const {code} = await askAt(folder, origin, {command: 'trigger-pipeline', argv, speed: 100})
    expect(code === 0).toBe(isTaken)
  })

  test('a play that is answered with another job, which waits for a person too', async () => {
    const manual = {status: 'manual', started_at: null}
    const posts = [[200, jobOf({...manual, id: 999})]] as const
    expect(await change('play-manual-job', [], {job: manual, posts})).toMatchObject({code: 76, sent: 1})
  })

  test('a keep whose answer is lost, of a job that shows no archive, is asked again and then told', async () => {
    const posts = [[200, 'lost']] as const
    const {code, sent} = await change('keep-artifacts', [], {job: {artifacts_expire_at: null}, posts})
    expect([code, sent]).toEqual([69, 3])
  })

  test('a keep whose answer is lost is sent again, and done', async () => {
    const soon = {...archive, artifacts_expire_at: '2099-01-01T00:00:00Z'}
    const kept = {...archive, artifacts_expire_at: null}
    const posts = [
      [200, 'lost'],
      [200, jobOf(kept)],
    ] as const
    expect(await change('keep-artifacts', [], {job: soon, posts})).toMatchObject({code: 0, sent: 2})
  })

  test.each([
    ['play-manual-job', 'manual', []],
    ['retry-job', 'failed', []],
    ['cancel-job', 'running', []],
    ['erase-job', 'success', ['--yes']],
    ['keep-artifacts', 'success', []],
  ])('%s that is answered 204 with nothing is looked for in the job', async (command, status, argv) => {
    const {code, said} = await change(command, argv, {job: {status}, posts: [[204, 'empty']]})
    expect(code).toBeGreaterThan(60)
    expect(said).not.toMatch(/bug/)
  })
})

describe('playing a job that nobody has started', () => {
  test('is refused for one that was canceled with its pipeline, and --rerun is named', async () => {
    const job = {status: 'canceled', started_at: null}
    const {code, said, sent} = await change('play-manual-job', [], {job, posts: []})
    expect([code, sent, said]).toEqual([22, 0, expect.stringContaining('--rerun')])
  })

  test('is refused for a status that this version has never heard of', async () => {
    const {code, said, sent} = await change('play-manual-job', [], {job: {status: 'dreaming'}, posts: []})
    expect([code, sent, said]).toEqual([22, 0, expect.stringContaining('is dreaming: it cannot be played')])
  })

  test('is done already for one that ran and was canceled', async () => {
    const job = {status: 'canceled', started_at: '2026-01-01T00:00:00Z'}
    const {code, said} = await change('play-manual-job', [], {job, posts: []})
    expect([code, said]).toEqual([0, expect.stringContaining('is canceled: somebody had started it already')])
  })
})
