import type {IncomingMessage, ServerResponse} from 'node:http'
import {empty, error, json, message, type Answer} from './answers.ts'
import {foreignRefusal} from './foreign.ts'
import {bodyOf} from './params.ts'
import {send} from './sending.ts'
import {parseDuration} from '../world/duration.ts'
import {changeJob} from './job-change.ts'
import type {ArtifactsFile, FaultRule, PipelineVariable, TemplateFile} from '../world/world-types.ts'
import {dumpWorld} from '../world/world-dump.ts'
import type {World} from '../world/world.ts'
import {uploadOf} from '../world/build-pipeline.ts'
import {createPipeline} from '../world/create-pipeline.ts'
import {uploadNow} from '../world/lifecycle.ts'
import {artifactsProblems, faultProblems, pipelineRequestProblems} from '../world/world-check.ts'

export const adminPrefix = '/-/sandbox'

/** The routes by which a test drives the sandbox. They take no token and are not recorded, and no foreign web page gets at them. */
export async function serveAdmin(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {method = 'GET', url = '', headers} = request
  world.clock.settle()
  try {
    const text = (await bodyOf(request)).toString()
    const refusal = foreignRefusal(headers, world.settings.externalUrl)
    const body: unknown = refusal || text === '' ? undefined : JSON.parse(text)
    send(response, refusal ?? answerAdmin(world, method, url.split('?')[0] ?? '', body), false)
  } catch {
    send(response, error(400, 'The body is not JSON').answer, false)
  }
}

function answerAdmin(world: World, method: string, path: string, body: unknown): Answer {
  world.revision++
  const name = `${method} ${path.slice(adminPrefix.length)}`
  if (name === 'GET /requests') return json(200, world.requests)
  if (name === 'DELETE /requests') {
    world.requests.length = 0
    return empty(204)
  }
  if (name === 'POST /clock') return moveClock(world, body)
  if (name === 'PUT /faults') return replaceFaults(world, body)
  if (name === 'GET /world') return json(200, dumpWorld(world))
  const uploaded = /^PUT \/jobs\/(\d+)\/artifacts$/.exec(name)?.[1]
  if (uploaded !== undefined) return putArtifacts(world, Number(uploaded), body)
  const started = /^POST \/projects\/([^/]+)\/pipelines$/.exec(name)?.[1]
  if (started !== undefined) return postPipeline(world, decodeURIComponent(started), body)
  const job = /^PATCH \/jobs\/(\d+)$/.exec(name)?.[1]
  if (job !== undefined) return patchJob(world, Number(job), body)
  return message(404, `The sandbox has no admin route ${name}`).answer
}

function moveClock(world: World, body: unknown): Answer {
  const {advance} = (body ?? {}) as {readonly advance?: unknown}
  const ms = typeof advance === 'string' ? parseDuration(advance) : undefined
  if (ms === undefined) return message(400, 'advance must be a duration such as "10s"').answer
  world.clock.advance(ms)
  return json(200, {now: new Date(world.clock.now()).toISOString()})
}

function replaceFaults(world: World, body: unknown): Answer {
  const problems = faultProblems(body)
  if (problems.length > 0) return message(400, problems).answer
  world.setFaults(body as readonly FaultRule[])
  return json(200, {rules: world.faults.length})
}

/** What a runner would upload: attached at once, whatever the job's status. */
function putArtifacts(world: World, id: number, body: unknown): Answer {
  const job = world.job(id)
  if (!job) return message(404, `There is no job ${id} in this world`).answer
  const problems = artifactsProblems(body)
  if (problems.length > 0) return message(400, problems).answer
  uploadNow(world, job, uploadOf(body as ArtifactsFile, world.folder))
  return json(200, {id: job.id, archive: job.artifacts?.archive?.filename ?? null})
}

interface PipelineRequest {
  readonly ref?: string
  readonly source?: string
  readonly user?: string
  readonly variables?: readonly PipelineVariable[]
  readonly template?: TemplateFile
}

/** A pipeline of the project's template, or of one that comes with the request. */
function postPipeline(world: World, idOrPath: string, body: unknown): Answer {
  const project = world.project(idOrPath)
  if (!project) return message(404, `There is no project ${idOrPath} in this world`).answer
  const problems = body === undefined ? [] : pipelineRequestProblems(body)
  if (problems.length > 0) return message(400, problems).answer
  const given = (body ?? {}) as PipelineRequest
  const template = given.template ?? project.file.pipeline_template
  if (!template) return message(409, `${project.path} has no pipeline_template, and none was given`).answer
  const user = given.user === undefined ? world.users[0] : world.user(given.user)
  if (!user) return message(400, `There is no user ${given.user ?? ''} in this world`).answer
  const pipeline = createPipeline(world, project, template, {
    ref: given.ref ?? project.defaultBranch,
    source: given.source ?? 'push',
    user,
    variables: given.variables ?? [],
    inputs: {},
  })
  return json(201, {id: pipeline.id, jobs: pipeline.jobs.map(({id, name}) => ({id, name}))})
}

function patchJob(world: World, id: number, body: unknown): Answer {
  const job = world.job(id) ?? world.bridge(id)
  if (!job) return message(404, `There is no job ${id} in this world`).answer
  const problem = changeJob(world, job, body)
  if (problem !== undefined) return message(409, problem).answer
  return json(200, {id: job.id, status: job.status})
}
