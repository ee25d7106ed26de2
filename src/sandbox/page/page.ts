import type {IncomingMessage, ServerResponse} from 'node:http'
import type {Answer} from '../http/answers.ts'
import {isMisnamed} from '../http/foreign.ts'
import {send} from '../http/sending.ts'
import type {Bridge, Job, Project} from '../world/model.ts'
import type {World} from '../world/world.ts'
import {browseView, download, fileView, rawFile} from './artifacts.ts'
import {faultsView} from './faults.ts'
import {jobView} from './job.ts'
import type {View} from './parts.ts'
import {pipelineView} from './pipeline.ts'
import {projectView, userView, worldView} from './projects.ts'
import {requestsView} from './requests.ts'
import {drawn, missingView, pageAnswer, safeHeaders} from './shell.ts'

const credentialHeaders = ['authorization', 'private-token', 'job-token', 'deploy-token']
const eventsPath = '/-/page/events'
/** Milliseconds between two looks at the world for a page that somebody has open. */
const lookMs = 200

/**
 * Answers what a browser reads, and says whether it did. A request with a token is none of a browser's: no script reads GitLab's pages
 * with one, so none should come to rely on it here.
 */
export async function servePage(world: World, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const {method, url = '/', headers} = request
  if (credentialHeaders.some((name) => headers[name] !== undefined)) return false
  if (isMisnamed(headers, world.settings.externalUrl)) return false
  world.clock.settle()
  try {
    if (url.startsWith(`${eventsPath}?`)) {
      await sendEvents(world, new URLSearchParams(url.slice(eventsPath.length)).get('at') ?? '/', response)
      return true
    }
    const answer = (await fileAnswer(world, url)) ?? (await viewAnswer(world, url, headers.accept ?? ''))
    if (answer) send(response, answer, method === 'HEAD')
    return answer !== undefined
  } catch (error) {
    process.emitWarning(
      `The sandbox failed at the page ${url}: ${error instanceof Error ? error.stack : String(error)}`,
    )
    if (response.headersSent) response.destroy()
    else
      send(
        response,
        {status: 500, headers: {...safeHeaders}, body: Buffer.from('A bug of the sandbox: see its log\n')},
        false,
      )
    return true
  }
}

async function viewAnswer(world: World, url: string, accept: string): Promise<Answer | undefined> {
  const view = await viewOf(world, url)
  if (!view && !accept.includes('text/html')) return undefined
  return pageAnswer(view ? 200 : 404, drawn(world, view ?? missingView(url), pathOf(url)))
}

/** Sends what the page shows, and again each time that this has changed, until the page is closed. */
async function sendEvents(world: World, url: string, response: ServerResponse): Promise<void> {
  response.writeHead(200, {...safeHeaders, 'content-type': 'text/event-stream'})
  response.flushHeaders()
  let last = ''
  const look = async (): Promise<void> => {
    world.clock.settle()
    const text = JSON.stringify(drawn(world, (await viewOf(world, url)) ?? missingView(url), pathOf(url)))
    if (text !== last && !response.writableNeedDrain) response.write(`data: ${(last = text)}\n\n`)
  }
  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void look()
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
      .finally(() => (isLooking = false))
  }, lookMs)
  response.on('close', () => clearInterval(timer))
  await look()
}

const pathOf = (url: string): string => url.split('?')[0] ?? ''

async function viewOf(world: World, url: string): Promise<View | undefined> {
  const path = decoded(pathOf(url))
  if (path === undefined) return undefined
  if (path === '/') return worldView(world)
  if (path === '/-/requests') return requestsView(world, url.endsWith('?only=refused'))
  if (path === '/-/faults') return faultsView(world)
  const place = placeOf(world, path)
  if (!place) return userOf(world, path)
  const {project, kind, name} = place
  if (kind === undefined || (kind === 'pipelines' && name === '')) return projectView(project)
  if (kind === 'commit') return projectView(project, {sha: name})
  if (kind === 'tree') return projectView(project, {ref: name})
  if (kind === 'pipelines') {
    const pipeline = world.pipeline(Number(name))
    return pipeline?.project === project ? pipelineView(world, pipeline) : undefined
  }
  const found = jobOf(world, place)
  if (!found) return undefined
  const {job, rest} = found
  if (rest === '') return jobView(world, job)
  if (job.kind === 'bridge') return undefined
  const [, how, file = ''] = /^artifacts\/(browse|file)(?:\/(.*))?$/s.exec(rest) ?? []
  if (how === 'browse') return browseView(job, file.replace(/\/$/, ''))
  return how === 'file' ? fileView(job, file) : undefined
}

function userOf(world: World, path: string): View | undefined {
  const user = world.user(path.slice(1))
  return user && userView(world, user)
}

/** What is downloaded instead of shown. */
async function fileAnswer(world: World, url: string): Promise<Answer | undefined> {
  const path = decoded(pathOf(url))
  const place = path === undefined ? undefined : placeOf(world, path)
  const found = place && jobOf(world, place)
  if (!found || found.job.kind === 'bridge') return undefined
  const {job, rest} = found
  if (rest === 'raw' && job.log !== null)
    return {status: 200, headers: {...safeHeaders, 'content-type': 'text/plain; charset=utf-8'}, body: job.log}
  const name = /^artifacts\/raw\/(.+)$/s.exec(rest)?.[1]
  const answer = rest === 'artifacts/download' ? await download(job) : name && (await rawFile(job, name))
  return answer ? {...answer, headers: {...safeHeaders, ...answer.headers}} : undefined
}

interface Place {
  readonly project: Project
  /** Undefined for the project itself. */
  readonly kind: string | undefined
  readonly name: string
}

/** `/grp/app/-/KIND/NAME` */
function placeOf(world: World, path: string): Place | undefined {
  const [, name = '', kind, rest = ''] = /^\/(.+?)(?:\/-\/([a-z]+)(?:\/(.*))?)?\/?$/s.exec(path) ?? []
  const project = world.projects.find((candidate) => candidate.path.toLowerCase() === name.toLowerCase())
  return project && {project, kind, name: rest}
}

function jobOf(
  world: World,
  {project, kind, name}: Place,
): {readonly job: Job | Bridge; readonly rest: string} | undefined {
  const [, id, rest = ''] = /^(\d+)(?:\/(.*))?$/s.exec(name) ?? []
  if (kind !== 'jobs' || id === undefined) return undefined
  const job = world.job(Number(id)) ?? world.bridge(Number(id))
  return job?.project === project ? {job, rest} : undefined
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
