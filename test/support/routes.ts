import {createServer as createHttpServer} from 'node:http'
import {runBundle, type BundleOptions, type BundleRun} from './bundles.ts'
import {jobOf} from './sequence.ts'
import {listen} from './servers.ts'

interface Given {
  readonly body: string
  /** How often this very route was asked, this time included. */
  readonly count: number
  readonly url: string
}
/** A status and a body, JSON unless its headers say that it is text; `never` leaves the request open, `lost` takes the connection away. */
export type Reply =
  'never' | 'lost' | readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>]
/** By method and path below `/api/v4`, without the query: `POST /projects/1/jobs/7/play`. */
export type Routes = Readonly<Record<string, (given: Given) => Reply>>

export interface RoutesServer {
  readonly origin: string
  /** Method and path of each request, in order. */
  readonly asked: readonly string[]
  readonly bodies: readonly string[]
}

/** A GitLab that knows these routes and no other. */
export async function serveRoutes(routes: Routes): Promise<RoutesServer> {
  const asked: string[] = []
  const bodies: string[] = []
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = request.url ?? ''
      const line = `${request.method} ${url.replace(/\?.*/, '').replace('/api/v4', '')}`
      asked.push(line)
      const body = Buffer.concat(chunks).toString()
      if (request.method !== 'GET') bodies.push(body)
      const count = asked.filter((other) => other === line).length
      const reply = routes[line]?.({body, count, url}) ?? [404, {message: '404 Not found'}]
      if (reply === 'never') return
      if (reply === 'lost') return void request.socket.resetAndDestroy()
      const [status, answer, headers] = reply
      response.writeHead(status, {'content-type': 'application/json', ...headers})
      const isText = typeof answer === 'string' && headers?.['content-type']?.startsWith('text/')
      response.end(answer === undefined ? '' : isText ? answer : JSON.stringify(answer))
    })
  })
  return {origin: `http://127.0.0.1:${await listen(server)}`, asked, bodies}
}

/** The list of jobs of pipeline 1 in project 1, and each job by its id. */
export function jobsRoutes(jobs: readonly (Parameters<typeof jobOf>[0] & Readonly<Record<string, unknown>>)[]): Routes {
  const shown = jobs.map((job) => jobOf(job) as {readonly id: number})
  return {
    'GET /projects/1/pipelines/1/jobs': () => [200, shown],
    'GET /projects/1/pipelines/1/trigger_jobs': () => [200, []],
    ...Object.fromEntries(shown.map((job) => [`GET /projects/1/jobs/${job.id}`, () => [200, job] as const])),
  }
}

/** Runs a bundle in a job of pipeline 1 of project 1 at that server, with both tokens. */
export function runAt(
  {origin}: RoutesServer,
  command: string,
  argv: readonly string[],
  {env, ...options}: BundleOptions = {},
): Promise<BundleRun & {readonly said: string}> {
  const given = {
    CI_API_V4_URL: `${origin}/api/v4`,
    CI_PROJECT_ID: '1',
    CI_PIPELINE_ID: '1',
    CI_JOB_TOKEN: 'glcbt-canary',
    GITLAB_TOKEN: 'glpat-canary',
    CI_SERVER_VERSION: '19.2.0',
    NO_COLOR: '1',
    ...env,
  }
  return runBundle(command, argv, {...options, env: given}).then((run) => ({...run, said: run.stdout + run.stderr}))
}
