import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {ask} from '../support/ask.ts'
import {startSandbox} from '../support/sandbox.ts'
import {credentials} from './world.ts'

const job = (id: number) => ({id, name: `job ${id}`, status: 'success', artifacts: {files: {'a.txt': `${id}\n`}}})
const many: WorldFile = {
  users: [{id: 1, username: 'dev', tokens: [{token: 'glpat-dev'}]}],
  projects: [
    {
      id: 1,
      path: 'grp/app',
      members: {dev: 'developer'},
      pipelines: [{id: 11, jobs: Array.from({length: 45}, (_, index) => job(index + 1))}],
    },
  ],
}
const headers = {...credentials['dev']}

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox(many, {storage: 'redirect'})
})
afterEach(async () => sandbox.close())

const idsOf = (json: unknown) => (json as readonly {id: number}[]).map(({id}) => id)

describe('a careless client is caught', () => {
  test('one that ignores paging does not see all jobs', async () => {
    const {json} = await ask(sandbox, 'GET /projects/1/pipelines/11/jobs', {headers})
    const wanted = idsOf(json).find((id) => id === 1)
    expect(wanted).toBeUndefined()
    expect(idsOf(json)).toHaveLength(20)
  })

  test('one that follows redirects with its token is seen by the store', async () => {
    // What fetch does with a header of its own: it is kept, also for another origin.
    await fetch(`${sandbox.api}/projects/1/jobs/1/artifacts`, {headers})
    expect(
      sandbox.requests().filter(({origin, credentials}) => origin === 'storage' && credentials.length > 0),
    ).toHaveLength(1)
  })

  test('one that sends its token as Bearer through the redirect gets 400 from the store', async () => {
    const first = await fetch(`${sandbox.api}/projects/1/jobs/1/artifacts`, {redirect: 'manual', headers})
    const second = await fetch(first.headers.get('location') ?? '', {headers: {authorization: 'Bearer glpat-dev'}})
    expect(second.status).toBe(400)
  })

  test('one that forgets the job parameter is told so', async () => {
    const reply = await ask(sandbox, 'GET /projects/1/jobs/artifacts/main/download', {headers})
    expect([reply.status, reply.json]).toEqual([400, {error: 'job is missing'}])
  })

  test('one that asks for what the sandbox has no route for is told 501, and it is recorded', async () => {
    expect((await ask(sandbox, 'GET /projects/1/merge_requests', {headers})).status).toBe(501)
    expect(sandbox.requests().at(-1)).toMatchObject({unknown: true, status: 501})
  })
})

describe('a careful client sees every job exactly once', () => {
  const next = (link: string | null) => /<([^>]+)>; rel="next"/.exec(link ?? '')?.[1]?.replace(sandbox.api, '')

  test.each([
    'GET /projects/1/jobs?per_page=7',
    'GET /projects/1/jobs?per_page=7&pagination=keyset',
    'GET /projects/1/pipelines/11/jobs?per_page=15&scope[]=success&scope[]=failed',
  ])('by following the links of %s', async (first) => {
    const seen: number[] = []
    for (let request: string | undefined = first; request !== undefined;) {
      const reply = await ask(sandbox, request, {headers})
      seen.push(...idsOf(reply.json))
      const link = next(reply.headers.get('link'))
      request = link === undefined ? undefined : `GET ${link}`
    }
    expect(seen).toEqual(Array.from({length: 45}, (_, index) => 45 - index))
  })

  test('keyset pages do not shift when a job is created meanwhile, offset pages do', async () => {
    const second = async (query: string) => {
      const own = await startSandbox(many)
      const reply = await ask(own, `GET /projects/1/jobs?per_page=20${query}`, {headers})
      await ask(own, 'POST /projects/1/jobs/45/retry', {headers})
      const link = /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1]?.replace(own.api, '') ?? ''
      const {json} = await ask(own, `GET ${link}`, {headers})
      await own.close()
      return idsOf(json)[0]
    }
    expect([await second('&pagination=keyset'), await second('')]).toEqual([25, 26])
  })

  test('links repeat parameters on the configured URL, a token parameter among them', async () => {
    const own = await startSandbox(many, {externalUrl: 'https://gitlab.example.com'})
    const reply = await ask(own, 'GET /projects/grp%2Fapp/jobs?private_token=glpat-dev&scope[]=success&per_page=2')
    expect(next(reply.headers.get('link'))).toBe(
      'https://gitlab.example.com/api/v4/projects/grp%2Fapp/jobs?id=grp%2Fapp&page=2&per_page=2&private_token=glpat-dev&scope%5B%5D=success',
    )
    await own.close()
  })
})

test('the job list is limited by user, before the project is looked at, and nothing else is', async () => {
  const own = await startSandbox(many, {rateLimit: 2})
  const statuses = async (path: string) => (await ask(own, `GET ${path}`, {headers})).status
  expect([
    await statuses('/projects/1/jobs'),
    await statuses('/projects/999/jobs'),
    await statuses('/projects/999/jobs'),
  ]).toEqual([200, 404, 429])
  const refused = await ask(own, 'GET /projects/1/jobs', {headers})
  expect(refused.json).toEqual({message: {error: 'This endpoint has been requested too many times. Try again later.'}})
  expect(refused.headers.get('retry-after')).toBe('60')
  expect(await statuses('/projects/1/pipelines/11/jobs')).toBe(200)
  own.advance('60s')
  expect(await statuses('/projects/1/jobs')).toBe(200)
  await own.close()
})

test('a list above 10,000 rows tells no totals', async () => {
  const rows = Array.from({length: 10_001}, (_, index) => ({id: index + 1, name: 'x', status: 'success'}))
  const projects = [{id: 1, path: 'grp/app', members: {dev: 'developer' as const}, pipelines: [{id: 11, jobs: rows}]}]
  const own = await startSandbox({...many, projects})
  const reply = await ask(own, 'GET /projects/1/pipelines/11/jobs?per_page=1', {headers})
  expect([reply.headers.get('x-total'), reply.headers.get('x-total-pages')]).toEqual([null, null])
  expect(reply.headers.get('link')).not.toContain('rel="last"')
  await own.close()
})

test('an unchanged list answers 304 to its tag', async () => {
  const {headers: first} = await ask(sandbox, 'GET /projects/1/jobs', {headers})
  const tag = first.get('etag') ?? ''
  expect(tag).toMatch(/^W\//)
  const again = await ask(sandbox, 'GET /projects/1/jobs', {headers: {...headers, 'if-none-match': tag}})
  expect([again.status, again.text]).toEqual([304, ''])
})
