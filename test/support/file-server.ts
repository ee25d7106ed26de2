import type {IncomingMessage, ServerResponse} from 'node:http'
import {jobOf} from './sequence.ts'
import {serveHttp} from './servers.ts'

type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => void

export interface FileServer {
  readonly origin: string
  /** Paths asked for beside jobs, in order, without queries. */
  readonly asked: string[]
  /** What a job of this server would be given by the runner. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * A GitLab with a pipeline of good jobs, all of whose files are answered as a test says, at whatever route: an archive, one file of it, a log. The
 * tree of archives is not known unless `tree` gives its rows.
 */
export async function serveFiles(
  answer: Answer,
  {
    names = ['build'],
    size,
    tree,
  }: {
    readonly names?: readonly string[]
    readonly size?: (name: string) => number | undefined
    readonly tree?: readonly object[]
  } = {},
): Promise<FileServer> {
  const asked: string[] = []
  const jobs = names.map((name, index) => {
    const bytes = size?.(name) ?? 1_000
    return {...jobOf({id: 201 + index, name}), artifacts_file: {filename: 'artifacts.zip', size: bytes}}
  })
  const origin = await serveHttp((request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    const jobId = /\/jobs\/(\d+)$/.exec(path)?.[1]
    const json = (value: unknown): void => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(value))
    }
    if (jobId !== undefined) return json(jobs.find(({id}) => id === Number(jobId)))
    if (path.endsWith('/pipelines/1')) return json(jobs[0]?.pipeline)
    if (path.endsWith('/pipelines/1/bridges')) return json([])
    if (/\/(?:pipelines\/1\/jobs|projects\/1\/jobs)$/.test(path)) return json(jobs)
    if (path.endsWith('/artifacts/tree')) {
      if (tree) return json(tree)
      response.statusCode = 404
      return json({error: '404 Not Found'})
    }
    asked.push(path)
    answer(response, request, asked.length)
  })
  const env = {CI_API_V4_URL: `${origin}/api/v4`, CI_PROJECT_ID: '1', CI_PIPELINE_ID: '1', CI_JOB_ID: '7'}
  return {origin, asked, env: {...env, CI_JOB_TOKEN: 'glcbt-canary', GITLAB_TOKEN: 'glpat-canary', NO_COLOR: '1'}}
}
