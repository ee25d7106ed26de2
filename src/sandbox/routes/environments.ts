import {forbidden, json, noRecord, type Answer} from '../http/answers.ts'
import {offsetPage} from '../http/paging.ts'
import {filled, textOf} from '../http/params.ts'
import {canReadCode, findProject} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'
import {basicUser, iso, jobEntity, projectUrl} from '../world/entities.ts'
import type {Job, Project} from '../world/model.ts'
import type {World} from '../world/world.ts'

const read = {method: 'GET', login: 'required'} as const
const deploymentStatuses = ['created', 'running', 'success', 'failed', 'canceled', 'skipped', 'blocked'] as const

/** https://docs.gitlab.com/api/environments/ and /deployments/, as far as a gate asks: what is deployed where. */
export const environmentRoutes: readonly Route[] = [
  {...read, path: '/projects/:id/environments', isList: true, handle: listEnvironments},
  {
    ...read,
    path: '/projects/:id/environments/:environment_id',
    params: {environment_id: {type: 'integer'}},
    handle: singleEnvironment,
  },
  {
    ...read,
    path: '/projects/:id/deployments',
    isList: true,
    params: {status: {type: 'string', values: deploymentStatuses}, sort: {type: 'string', values: ['asc', 'desc']}},
    handle: listDeployments,
  },
  {
    ...read,
    path: '/projects/:id/deployments/:deployment_id',
    params: {deployment_id: {type: 'integer'}},
    handle: singleDeployment,
  },
]

/** An environment is there once a job names it; its jobs are its deployments, and their ids those of the deployments. */
interface Environment {
  readonly id: number
  readonly name: string
  readonly slug: string
  readonly tier: string | null
  readonly jobs: readonly Job[]
}

function environmentsOf(project: Project): readonly Environment[] {
  return [...grouped(project)].map(([name, jobs], index) => {
    const {slug = '', tier = null} = jobs[0]?.environment ?? {}
    return {id: index + 1, name, slug, tier, jobs}
  })
}

function grouped(project: Project): Map<string, Job[]> {
  const groups = new Map<string, Job[]>()
  for (const job of deployments(project)) {
    const name = job.environment?.name ?? ''
    groups.set(name, [...(groups.get(name) ?? []), job])
  }
  return groups
}

const deployments = ({jobs}: Project): readonly Job[] => jobs.filter(({environment}) => environment !== null)

function readableProject(call: Call): Project {
  const project = findProject(call, String(call.params['id']))
  if (!canReadCode(call, project)) throw forbidden()
  return project
}

async function listEnvironments(call: Call): Promise<Answer> {
  const project = readableProject(call)
  const {name, search, states} = filled(call.params)
  const rows = environmentsOf(project).filter((environment) => {
    if (name !== undefined && environment.name !== name) return false
    if (search !== undefined && !environment.name.includes(textOf(search))) return false
    return states === undefined || states === 'available'
  })
  return offsetPage(call, rows, async (page) =>
    page.map((environment) => JSON.stringify(environmentEntity(call.world, project, environment))),
  )
}

async function singleEnvironment(call: Call): Promise<Answer> {
  const project = readableProject(call)
  const environment = environmentsOf(project).find(({id}) => id === call.params['environment_id'])
  if (!environment) throw noRecord()
  const last = environment.jobs.findLast(({status}) => status === 'success')
  return json(200, {
    ...environmentEntity(call.world, project, environment),
    last_deployment: last ? await deploymentEntity(call.world, last) : null,
  })
}

async function listDeployments(call: Call): Promise<Answer> {
  const project = readableProject(call)
  const {environment, status, sort} = filled(call.params)
  const rows = deployments(project).filter((job) => {
    if (environment !== undefined && job.environment?.name !== environment) return false
    return status === undefined || deploymentStatus(job) === status
  })
  const ordered = sort === 'desc' ? rows.toReversed() : rows
  return offsetPage(call, ordered, async (page) =>
    Promise.all(page.map(async (job) => JSON.stringify(await deploymentEntity(call.world, job)))),
  )
}

async function singleDeployment(call: Call): Promise<Answer> {
  const project = readableProject(call)
  const job = deployments(project).find(({id}) => id === call.params['deployment_id'])
  if (!job) throw noRecord()
  return json(200, await deploymentEntity(call.world, job))
}

function environmentEntity(world: World, project: Project, {id, name, slug, tier, jobs}: Environment): object {
  const created = jobs[0]?.createdAt ?? 0
  return {
    id,
    name,
    slug,
    external_url: null,
    created_at: iso(created),
    updated_at: iso(jobs.at(-1)?.createdAt ?? created),
    tier: tier ?? 'other',
    state: 'available',
    project: {id: project.id, path_with_namespace: project.path, web_url: projectUrl(world, project)},
  }
}

async function deploymentEntity(world: World, job: Job): Promise<object> {
  await job.artifacts?.archive?.ready()
  const deployed = deployments(job.project)
  const environment = environmentsOf(job.project).find(({name}) => name === job.environment?.name)
  return {
    id: job.id,
    iid: deployed.indexOf(job) + 1,
    ref: job.pipeline.ref,
    sha: job.pipeline.sha,
    created_at: iso(job.createdAt),
    updated_at: iso(job.finishedAt ?? job.startedAt ?? job.createdAt),
    user: job.user && basicUser(world, job.user),
    environment: environment && {
      id: environment.id,
      name: environment.name,
      slug: environment.slug,
      external_url: null,
    },
    deployable: jobEntity(world, job),
    status: deploymentStatus(job),
  }
}

function deploymentStatus({status}: Job): (typeof deploymentStatuses)[number] {
  const same = deploymentStatuses.find((candidate) => candidate === status)
  if (same) return same
  return status === 'canceling' ? 'running' : 'created'
}
