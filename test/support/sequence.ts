import {createServer as createHttpServer} from 'node:http'
import {listen} from './servers.ts'

export interface SequenceJob {
  readonly id?: number
  readonly name?: string
  readonly status?: string
  readonly stage?: string
  readonly allow_failure?: boolean
  readonly tag_list?: readonly string[]
  readonly queued_duration?: number
}

/** A job as GitLab lists it. */
export function jobOf(more: SequenceJob) {
  return {
    id: 7,
    name: 'build',
    stage: 'test',
    status: 'success',
    ref: 'main',
    tag: false,
    allow_failure: false,
    created_at: '2026-01-01T00:00:00Z',
    started_at: null,
    finished_at: null,
    duration: 1,
    web_url: 'http://127.0.0.1/7',
    pipeline: {id: 1, project_id: 1, ref: 'main', sha: 'a'.repeat(40), status: 'running'},
    ...more,
  }
}

/** What a list of jobs shows at one look, or the status of a failure; `lost` takes the connection away. */
export type Look = readonly SequenceJob[] | number | 'lost'

/**
 * A GitLab whose one pipeline, or a job of it, shows these looks in turn, the last one for ever. Every other GET is a 404, a POST is handed on. Gives its
 * origin, and counts.
 */
export async function serveLooks(
  looks: readonly Look[],
  onPost: (count: number) => number | 'lost' = () => 404,
): Promise<{readonly origin: string; looks(): number; posts(): number}> {
  let [seen, posts] = [0, 0]
  const server = createHttpServer((request, response) => {
    const [, list, id] = /\/pipelines\/\d+\/(jobs)\?|\/jobs\/(\d+)$/.exec(request.url ?? '') ?? []
    const isLook = list !== undefined || id !== undefined
    const look = request.method === 'POST' ? onPost(++posts) : isLook ? (looks[seen++] ?? looks.at(-1) ?? 404) : 404
    if (look === 'lost') return void request.socket.resetAndDestroy()
    const job = typeof look === 'number' ? undefined : look.find((job) => (job.id ?? 7) === Number(id))
    const [status, body] =
      typeof look === 'number'
        ? [look, {message: `${look} Nothing`}]
        : id === undefined
          ? [200, look.map(jobOf)]
          : job
            ? [200, jobOf(job)]
            : [404, {message: '404 Not found'}]
    response.writeHead(status, {'content-type': 'application/json'})
    return void response.end(JSON.stringify(body))
  })
  return {origin: `http://127.0.0.1:${await listen(server)}`, looks: () => seen, posts: () => posts}
}
