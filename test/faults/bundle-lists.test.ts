import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals'
import {ask, askAt, json, type Answer} from '../support/raw-answers.ts'
import {closeServers, serveHttp} from '../support/servers.ts'
import {jobOf} from '../support/sequence.ts'

/** A built command that judges a list: it never says yes to one that may have a hole or is about something else. */
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobside-lists-'))
})
afterEach(closeServers)
afterAll(() => rmSync(folder, {recursive: true, force: true}))

interface Entry {
  readonly id: number
  readonly name: string
  readonly status: string
}
const good = (id: number): Entry => ({id, name: `t: ${id}`, status: 'success'})
const wait = {command: 'wait-for-job', argv: ['--job-match', 't: *', '--timeout', '30s']}
const expectNone = {command: 'list-jobs', argv: ['--status', 'failed', '--expect', '0']}

/** A pipeline whose jobs change once before each request for a page, as told; newest first, a hundred a page. */
async function serveMoving(
  entries: readonly Entry[],
  change: (entries: readonly Entry[], request: number) => readonly Entry[],
) {
  let [now, requests] = [entries, 0]
  const origin = await serveHttp((request, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    if (!url.pathname.endsWith('/pipelines/1/jobs')) return void response.writeHead(200).end('[]')
    now = change(now, ++requests)
    const page = Number(url.searchParams.get('page') ?? 1)
    const shown = now.toSorted((a, b) => b.id - a.id).slice((page - 1) * 100, page * 100)
    const hasMore = page * 100 < now.length
    response.writeHead(200, {'content-type': 'application/json', 'x-next-page': hasMore ? String(page + 1) : ''})
    response.end(JSON.stringify(shown.map(jobOf)))
  })
  return {origin, requests: () => requests}
}

const many = Array.from({length: 150}, (_, at) => good(at + 1))

describe('while the pages of a list are read', () => {
  const failed = {...good(50), status: 'failed'}
  const withFailed = many.map((entry) => (entry.id === failed.id ? failed : entry))

  test.each([
    ['a failed job is retried and its new attempt fails', wait, 20],
    ['the same, and its failures are counted', expectNone, 1],
  ])('%s: it is seen', async (_, asking, bad) => {
    const retried = {...failed, id: 900}
    const {origin} = await serveMoving(withFailed, (now, request) =>
      request === 2 ? [...now.filter((entry) => entry !== failed), retried] : now,
    )
    const result = await askAt(folder, origin, asking)
    expect(result).not.toMatchObject({code: 0})
    if (bad > 1) expect(result.code).toBe(bad)
  })

  test.each([
    ['a job is deleted before the edge of a page, and a failed one slips over it', wait],
    ['the same, and the failures are counted', expectNone],
  ])('%s: it is seen', async (_, asking) => {
    const slips = many.map((entry) => (entry.id === 50 ? {...entry, status: 'failed'} : entry))
    const {origin} = await serveMoving(slips, (now, request) =>
      request === 2 ? now.filter(({id}) => id !== 150) : now,
    )
    expect(await askAt(folder, origin, asking)).not.toMatchObject({code: 0})
  })

  test('jobs come and go without an end: no verdict, and the reason is said', async () => {
    const {origin} = await serveMoving(many, (now, request) => [...now, good(1_000 + request)])
    const result = await askAt(folder, origin, expectNone)
    expect(result).toMatchObject({code: 76})
    expect(result.said).toMatch(/changed each time while its pages were read/)
  })

  test('nothing moves: two readings of the pages, and no more', async () => {
    const {origin, requests} = await serveMoving(many, (now) => now)
    expect(await askAt(folder, origin, wait)).toMatchObject({code: 0})
    expect(requests()).toBe(4)
  })
})

describe('a list that may have been cut is asked for again, and never counted', () => {
  const body = JSON.stringify([jobOf({})])
  test.each<[string, string]>([
    ['a status 206', `HTTP/1.1 206 Partial Content\r\nContent-Length: ${body.length}\r\n\r\n${body}`],
    ['HTTP/1.0 without a length', `HTTP/1.0 200 OK\r\n\r\n${body}`],
    ['a connection that ends without a length', `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`],
  ])('%s', async (_, cut) => {
    expect(await ask(folder, [cut], expectNone)).toMatchObject({code: 0, requests: 2})
    const never = await ask(folder, [], {...expectNone, last: cut})
    expect(never).toMatchObject({code: 76})
    expect(never.said).toMatch(/nothing shows that the list is whole/)
  })

  test('fewer jobs than GitLab counts', async () => {
    const short = `HTTP/1.1 200 OK\r\nX-Total: 2\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    expect(await ask(folder, [], {...expectNone, last: short})).toMatchObject({code: 76})
  })

  test('an empty page that names a next one', async () => {
    const empty = 'HTTP/1.1 200 OK\r\nX-Next-Page: 2\r\nContent-Length: 2\r\n\r\n[]'
    expect(await ask(folder, [], {...expectNone, last: empty})).toMatchObject({code: 76})
  })
})

describe('pages whose headers lie or are gone', () => {
  /** Jobs 350 to 1, the one on page 2 that failed, and what the headers of a page say. */
  async function servePages(
    headers: (page: number, isByCursor: boolean) => Readonly<Record<string, string>>,
    count = 350,
  ) {
    const jobs = Array.from({length: count}, (_, at) =>
      jobOf({id: count - at, name: `t: ${count - at}`, status: at === 120 ? 'failed' : 'success'}),
    )
    return serveHttp((request, response) => {
      const {pathname, searchParams} = new URL(request.url ?? '', 'http://x')
      if (!pathname.endsWith('/jobs')) return void response.writeHead(200, {'x-next-page': ''}).end('[]')
      const page = Number(searchParams.get('page') ?? 1)
      const shown = jobs.slice((page - 1) * 100, page * 100)
      const told = headers(page, searchParams.get('pagination') === 'keyset')
      response.writeHead(200, {'content-type': 'application/json', ...told}).end(JSON.stringify(shown))
    })
  }
  const all = {...expectNone, argv: ['--all', ...expectNone.argv]}

  test.each([
    [
      'a next page that leaves one out',
      (page: number) => ({'x-next-page': page < 3 ? String(page + 2) : ''}),
      expectNone,
    ],
    ['a link that leaves one out', (page: number) => ({link: `<http://x/?page=${page + 2}>; rel="next"`}), expectNone],
    ['no next page, although there are four', () => ({'x-next-page': '', 'x-total-pages': '4'}), expectNone],
    ['of a project, no link by cursors, although there are more', () => ({}), all],
    ['of a project, more than GitLab counts', () => ({'x-next-page': '', 'x-total': '350'}), all],
  ])('are no list that is whole: %s', async (_, headers, asking) => {
    expect(await askAt(folder, await servePages(headers), asking)).toMatchObject({code: 76})
  })

  test('a full page of which nobody says whether it is the last is not taken for the last', async () => {
    const origin = await servePages(() => ({}))
    expect(await askAt(folder, origin, expectNone)).toMatchObject({
      code: 20,
      said: expect.stringContaining('found 1 job'),
    })
    const wait = {command: 'wait-for-job', argv: ['--job-match', 't: *', '--timeout', '30s']}
    expect(await askAt(folder, origin, wait)).toMatchObject({code: 20})
  })

  test('a full last page is the last where the next one is empty', async () => {
    expect(await askAt(folder, await servePages(() => ({}), 100), all)).toMatchObject({code: 0})
    expect(await askAt(folder, await servePages(() => ({}), 100), expectNone)).toMatchObject({code: 0})
  })
})

describe('an answer that is not about what was asked is no answer', () => {
  const pipeline = {id: 1, project_id: 1, ref: 'main', sha: 'a'.repeat(40), status: 'success'}
  const job = (more: object): object => ({...jobOf({}), ...more})
  test.each<[string, readonly object[]]>([
    ['jobs of another pipeline', [job({pipeline: {...pipeline, id: 2}})]],
    ['jobs of another project', [job({pipeline: {...pipeline, project_id: 2}})]],
    ['one id with two statuses', [job({}), job({status: 'failed'})]],
    ['a commit that is not that of the pipeline', [job({commit: {id: 'b'.repeat(40)}})]],
    ['one pipeline of two commits', [job({id: 8, pipeline: {...pipeline, sha: 'b'.repeat(40)}}), job({})]],
    ['one pipeline of two refs', [job({id: 8, pipeline: {...pipeline, ref: 'v2'}}), job({})]],
  ])('%s', async (_, jobs) => {
    const last: Answer = json(JSON.stringify(jobs))
    expect(await ask(folder, [], {...expectNone, last})).toMatchObject({code: 76})
    const waited = await ask(folder, [], {command: 'wait-for-job', argv: ['--job', 'build', '--timeout', '10s'], last})
    expect(waited).not.toMatchObject({code: 0})
  })
})

test('a pipeline that one of its jobs tells as failed has not passed', async () => {
  const pipeline = (status: string) => ({id: 1, project_id: 1, ref: 'main', sha: 'a'.repeat(40), status})
  const jobs = [jobOf({id: 8, name: 'lint'}), jobOf({})].map((job, at) => ({
    ...job,
    pipeline: pipeline(at ? 'failed' : 'success'),
  }))
  const asking = {command: 'wait-for-job', argv: ['--pipeline-id', '1', '--timeout', '30s'], env: {CI_PIPELINE_ID: '9'}}
  expect(await ask(folder, [], {...asking, last: json(JSON.stringify(jobs))})).toMatchObject({code: 20})
})

describe('a count is no number', () => {
  test.each<[string, readonly string[], readonly object[]]>([
    ['of failed jobs while one has a status that nobody knows', [], [jobOf({status: 'FAILED'})]],
    ['of failed jobs of a project, the same', ['--all'], [jobOf({status: ' failed'})]],
    ['of a project whose jobs do not come newest first', ['--all'], [jobOf({id: 5}), jobOf({id: 8, status: 'failed'})]],
  ])('%s', async (_, argv, jobs) => {
    const asking = {...expectNone, argv: [...argv, ...expectNone.argv], last: json(JSON.stringify(jobs))}
    expect(await ask(folder, [], asking)).toMatchObject({code: 76})
  })

  test('but is one where that job is left out', async () => {
    const jobs = [jobOf({id: 8, name: 'odd', status: 'dreaming'}), jobOf({})]
    const asking = {...expectNone, argv: ['--job-match', '!odd', ...expectNone.argv], last: json(JSON.stringify(jobs))}
    expect(await ask(folder, [], asking)).toMatchObject({code: 0})
  })
})

describe('the jobs of a whole project', () => {
  /** Keyset pages, each with these jobs of its own; there is a next one up to `pages`. Gives the queries in order. */
  async function serveProject(pages: number, jobs: (page: number) => readonly object[]) {
    const queries: URLSearchParams[] = []
    const origin = await serveHttp((request, response) => {
      const {pathname, searchParams} = new URL(request.url ?? '', 'http://x')
      if (!pathname.endsWith('/projects/1/jobs')) return void response.writeHead(404).end('{"message":"404 Not found"}')
      queries.push(searchParams)
      const page = Number(searchParams.get('cursor') ?? 1)
      const next = page < pages ? {link: `<http://x/?cursor=${page + 1}>; rel="next"`} : {}
      response.writeHead(200, {'content-type': 'application/json', ...next}).end(JSON.stringify(jobs(page)))
    })
    return {origin, queries}
  }

  test('C2 are asked for by the ref, where GitLab can choose them, and trigger jobs are said not to be counted', async () => {
    const {origin, queries} = await serveProject(1, () => [jobOf({id: 8, name: 'lint'}), jobOf({})])
    const argv = ['--all', '--ref', 'refs/heads/main', '--expect', '2']
    const {code, said} = await askAt(folder, origin, {argv})
    expect([code, said]).toEqual([0, expect.stringContaining('without its trigger jobs: they are not counted')])
    expect(queries.map((query) => query.get('ref'))).toEqual(['main'])
  })

  const argv = ['--ref', 'main', '--job', 'build', '--strategy', 'any-status']
  const pull = {command: 'download-artifacts-by-ref', argv}
  const others = (page: number): readonly object[] => [jobOf({id: 10_000 - page, name: 'lint'})]

  test('are not read without an end: an archive that may be among the rest is not known, and not missing', async () => {
    const {origin, queries} = await serveProject(1_000, others)
    const {code, said} = await askAt(folder, origin, pull)
    expect([code, said]).toEqual([
      77,
      expect.stringContaining('older ones are not read: whether there is one is not known'),
    ])
    expect(queries).toHaveLength(50)
  })

  test('which are read to their end have no such archive', async () => {
    const {origin} = await serveProject(3, others)
    const {code, said} = await askAt(folder, origin, pull)
    expect([code, said]).toEqual([66, expect.stringContaining('the ref has no such job')])
  })
})
