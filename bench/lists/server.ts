import {createServer} from 'node:http'
import {gzipSync} from 'node:zlib'

/**
 * Serves a list of jobs as GitLab does, packed, each answer late: of a project by cursors, of pipeline 11 by numbers. Sends its port to who started it.
 * Run: server.js JOBS PER_PAGE DELAY_MS
 */
const [jobs = 0, perPage = 1, delayMs = 0] = process.argv.slice(2).map(Number)

const sha = '0'.repeat(40)
const user = {id: 5, username: 'dev', name: 'Developer', state: 'active', web_url: 'https://gitlab.example/dev'}

function jobOf(id: number): object {
  return {
    id,
    name: `test ${id}`,
    status: id % 10 === 0 ? 'failed' : 'success',
    stage: 'test',
    ref: 'main',
    tag: false,
    allow_failure: false,
    created_at: '2026-11-26T10:00:00.000Z',
    started_at: '2026-11-26T10:00:05.000Z',
    finished_at: '2026-11-26T10:01:05.000Z',
    duration: 60,
    queued_duration: 5,
    user,
    commit: {
      id: sha,
      short_id: sha.slice(0, 8),
      title: 'Change',
      message: 'Change\n',
      author_name: 'Developer',
    },
    pipeline: {id: 11, project_id: 1, sha, ref: 'main', status: 'success', source: 'push'},
    web_url: `https://gitlab.example/grp/app/-/jobs/${id}`,
    project: {ci_job_token_scope_enabled: false},
    artifacts: [{file_type: 'trace', size: 1_000, filename: 'job.log', file_format: null}],
    runner: null,
    artifacts_expire_at: null,
    archived: false,
    tag_list: [],
  }
}

const pages = Array.from({length: Math.ceil(jobs / perPage)}, (_, page) =>
  gzipSync(JSON.stringify(Array.from({length: perPage}, (_item, at) => jobOf(jobs - page * perPage - at)))),
)
const pipeline = {id: 11, iid: 1, project_id: 1, sha, ref: 'main', status: 'success', source: 'push'}
const others: Readonly<Record<string, unknown>> = {
  '/api/v4/projects/1/pipelines/11': {
    ...pipeline,
    created_at: '2026-11-26T10:00:00.000Z',
    updated_at: '2026-11-26T10:00:00.000Z',
    web_url: 'https://gitlab.example/grp/app/-/pipelines/11',
  },
  '/api/v4/projects/1/pipelines/11/bridges': [],
}

const server = createServer((request, response) => {
  const {pathname, searchParams, origin} = new URL(request.url ?? '/', `http://${request.headers.host ?? ''}`)
  const other = others[pathname]
  const at = Number(searchParams.get('cursor') ?? Number(searchParams.get('page') ?? 1) - 1)
  const more = at + 1 < pages.length
  const link = `<${origin}${pathname}?pagination=keyset&per_page=${perPage}&cursor=${at + 1}>; rel="next"`
  const numbers = {'x-total': jobs, 'x-total-pages': pages.length, 'x-next-page': more ? at + 2 : ''}
  const headers = pathname.includes('/pipelines/') ? numbers : more ? {link} : {}
  const body = pathname.endsWith('/jobs') ? pages[at] : undefined
  setTimeout(() => {
    if (body) {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'content-length': body.length,
        ...headers,
      })
      response.end(body)
    } else {
      const text = JSON.stringify(other ?? {message: '404 Not Found'})
      const status = other === undefined ? 404 : 200
      response.writeHead(status, {'content-type': 'application/json', 'content-length': text.length}).end(text)
    }
  }, delayMs)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : undefined)
})
