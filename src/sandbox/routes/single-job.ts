import {because, json, noRecord, notFound, plain, unauthorized} from '../http/answers.ts'
import type {Job, Project} from '../world/model.ts'
import {demandReadBuilds, demandRole, findProject, levelOf, roleLevels} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'
import {basicUser} from '../world/entities.ts'
import {isProtected, namePattern} from '../world/refs.ts'
import {has, type Feature} from '../world/versions.ts'
import type {AgentFile} from '../world/world-types.ts'
import type {World} from '../world/world.ts'
import {jobAnswer} from './job-lists.ts'

const mostTraceBytes = 512_000

/** https://docs.gitlab.com/api/jobs/#get-job-tokens-job, #get-a-single-job, #get-a-log-file */
export const singleJobRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/job',
    since: 'ownJob',
    jobToken: true,
    login: 'required',
    handle: async (call) => jobAnswer(call.world, ownJob(call)),
  },
  {
    method: 'GET',
    path: '/job/allowed_agents',
    since: 'allowedAgents',
    jobToken: true,
    login: 'required',
    handle: allowedAgents,
  },
  {
    method: 'GET',
    path: '/projects/:id/jobs/:job_id',
    login: 'required',
    params: {job_id: {type: 'integer'}},
    handle: async (call) => jobAnswer(call.world, readableJob(call)),
  },
  {
    method: 'GET',
    path: '/projects/:id/jobs/:job_id/trace',
    login: 'required',
    params: {
      job_id: {type: 'integer'},
      byte_offset: {type: 'integer', min: 0, since: 'traceByteRange'},
      byte_limit: {type: 'integer', min: 1, max: mostTraceBytes, since: 'traceByteRange'},
    },
    handle: trace,
  },
]

function ownJob({caller}: Call): Job {
  if (caller.kind === 'anonymous') throw unauthorized()
  if (caller.kind === 'user') throw notFound('Job')
  return caller.job
}

function allowedAgents(call: Call) {
  const job = ownJob(call)
  const {world} = call
  const {project, environment} = job
  const {user} = job.user ? {user: job.user} : {user: null}
  const level = levelOf(world, call.caller, project)
  const roles = Object.entries(roleLevels).filter(
    ([name, needed]) => needed <= level && isRoleKnown(world.settings.version, name),
  )
  return json(200, {
    allowed_agents: project.agents
      .filter((agent) => isAgentFor(agent, job))
      .map((agent) => ({
        id: agent.id,
        config_project: configProject(world.project(agent.config_project) ?? project),
        configuration: agent.configuration ?? {},
      })),
    job: {id: job.id},
    pipeline: {id: job.pipeline.id},
    project: {id: project.id, groups: groupsOf(world, project)},
    user: {...(user && basicUser(world, user)), roles_in_project: roles.map(([name]) => name)},
    ...(environment && {environment: {tier: environment.tier, slug: environment.slug}}),
  })
}

const roleFeatures: Readonly<Record<string, Feature>> = {planner: 'planner', security_manager: 'securityManager'}

function isRoleKnown(version: string, role: string): boolean {
  const feature = roleFeatures[role]
  return feature === undefined || has(version, feature)
}

/** An agent may be bound to environments, by names with `*`, and to protected branches. */
function isAgentFor({configuration = {}}: AgentFile, {environment, pipeline}: Job): boolean {
  const {environments, protected_branches_only: onlyProtected} = configuration
  if (onlyProtected === true && !isProtected(pipeline)) return false
  if (!Array.isArray(environments) || environments.length === 0) return true
  return environments.some((name) => environment !== null && namePattern(String(name)).test(environment.name))
}

/** Groups have no place in a world file; each level of the path stands for one, unless it is somebody's own namespace. */
function groupsOf(world: World, {path}: Project): readonly object[] {
  const levels = path.split('/').slice(0, -1)
  if (world.user(levels[0] ?? '')) return []
  return levels.map((_, depth) => ({id: 100 + depth}))
}

function configProject(project: Project): object {
  const names = project.path.split('/')
  return {
    id: project.id,
    description: null,
    name: names.at(-1),
    name_with_namespace: names.join(' / '),
    path: names.at(-1),
    path_with_namespace: project.path,
    created_at: '2024-01-01T00:00:00.000Z',
  }
}

/** A job that the caller may read. Bridges are not found here. */
function readableJob(call: Call): Job {
  const project = findProject(call, String(call.params['id']))
  demandReadBuilds(call, project)
  return findJob(call, project)
}

export function findJob({world, params}: Call, project: Project): Job {
  const job = world.job(Number(params['job_id']))
  if (job?.project !== project) throw because(`${project.path} has no job ${String(params['job_id'])}`, noRecord())
  return job
}

function trace(call: Call) {
  const job = readableJob(call)
  if (job.debugTrace) demandRole(call, job.project, 'developer')
  const log = job.log ?? Buffer.alloc(0)
  const {byte_offset: offset = 0, byte_limit: limit = Infinity} = call.params as Record<string, number | undefined>
  const hasRange = has(call.world.settings.version, 'traceByteRange')
  const part = hasRange ? log.subarray(offset, offset + limit) : log
  return plain(200, part, {'content-disposition': `infile; filename="${job.id}.log"`})
}
