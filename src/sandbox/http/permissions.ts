import {because, forbidden, message, notFound} from './answers.ts'
import type {Artifacts, Job, Project} from '../world/model.ts'
import type {Call, Caller, Policy} from './route.ts'
import {protectionsOf, type RefKind} from '../world/refs.ts'
import {has} from '../world/versions.ts'
import type {RoleName} from '../world/world-types.ts'
import type {World} from '../world/world.ts'

export const roleLevels: Readonly<Record<RoleName, number>> = {
  guest: 10,
  planner: 15,
  reporter: 20,
  security_manager: 25,
  developer: 30,
  maintainer: 40,
  owner: 50,
}

/** Finds the project that `:id` names, if the caller may know of it. */
export function findProject(call: Call, idOrPath: string): Project {
  const {world, caller} = call
  const project = world.project(idOrPath)
  if (!project) throw moved(call, idOrPath) ?? because(`this world has no project ${idOrPath}`, notFound('Project'))
  if (!canReadProject(world, caller, project)) {
    if (caller.kind !== 'job' || !has(world.settings.version, 'tokenRefusedAloud'))
      throw because(hiddenReason(world, caller, project), notFound('Project'))
    const source = caller.job.project.path.split('/').at(-1) ?? ''
    const target = has(world.settings.version, 'refusalByProjectId')
      ? `project #${project.id}`
      : (project.path.split('/').at(-1) ?? '')
    const refusal = forbidden(`Authentication by CI/CD job token not allowed from ${source} to ${target}.`)
    throw because(hiddenReason(world, caller, project), refusal)
  }
  if (call.route.policy !== undefined) demandPolicy(call, project, call.route.policy)
  return project
}

/** Which of the checks of `canReadProject` a caller fails. */
function hiddenReason(world: World, caller: Caller, project: Project): string {
  const {path, visibility, members} = project
  if (caller.kind === 'anonymous') return `${path} is ${visibility}, and no credential that counts was shown`
  if (caller.kind === 'job' && !isInScope(world, caller.job, project))
    return `the job token allowlist of ${path} does not hold ${caller.job.project.path}`
  const {username} = caller.user
  return members.has(caller.user)
    ? `${username} has too low a role in ${path}`
    : `${path} is ${visibility}, and ${username} is no member of it`
}

function roleReason({world, caller}: Call, project: Project, needed: string): string {
  if (caller.kind === 'anonymous') return `nobody was recognised; ${needed} is needed in ${project.path}`
  const role = project.members.get(caller.user)
  if (caller.kind === 'job' && !isInScope(world, caller.job, project)) return hiddenReason(world, caller, project)
  return `${caller.user.username} is ${role ?? 'no member'} in ${project.path}; ${needed} is needed`
}

function moved({world, caller, request, route}: Call, path: string): Error | undefined {
  const project = world.projectOnceAt(path)
  if (!project || !canReadProject(world, caller, project)) return undefined
  if (route.method !== 'GET') return message(405, 'Non GET methods are not allowed for moved projects')
  const location = request.path.replace(/^\/projects\/[^/]+/, `/projects/${project.id}`)
  return message(301, `This resource has been moved permanently to ${location}`, {location: `/api/v4${location}`})
}

/** The role a caller has in a project: 0 for a stranger who is known, -1 for nobody. */
export function levelOf(world: World, caller: Caller, project: Project): number {
  if (caller.kind === 'anonymous') return -1
  if (caller.kind === 'job' && !isInScope(world, caller.job, project)) return 0
  const role = project.members.get(caller.user)
  return role === undefined ? 0 : roleLevels[role]
}

export function canReadProject(world: World, caller: Caller, project: Project): boolean {
  if (project.visibility === 'public') return true
  const level = levelOf(world, caller, project)
  return project.visibility === 'internal' ? level >= 0 : level >= roleLevels.guest
}

/** Whether the allowlists let the token of a job into a project with its user's rights. */
function isInScope(world: World, job: Job, target: Project): boolean {
  const source = job.project
  if (source === target) return true
  const outbound = source.file.job_token_outbound
  const isLimited =
    outbound !== undefined && outbound.enabled !== false && !has(world.settings.version, 'noOutboundLimit')
  if (isLimited && !(outbound.projects ?? []).includes(target.path)) return false
  if (!has(world.settings.version, 'inboundAllowlist')) return true
  const allowlist = target.file.job_token_allowlist
  return allowlist?.enabled === false || allowlist?.projects?.[source.path] !== undefined
}

/** Fine-grained permissions bind the tokens of other projects only. */
function demandPolicy({world, caller, route}: Call, target: Project, policy: Policy): void {
  if (caller.kind !== 'job' || caller.job.project === target) return
  if (!has(world.settings.version, 'tokenPolicies')) return
  const {enabled = true, projects = {}} = target.file.job_token_allowlist ?? {}
  const granted = projects[caller.job.project.path]
  if (!enabled || granted === 'default' || granted?.includes(policy)) return
  const isFineGrained = Object.values(projects).some((grant) => grant !== 'default')
  if (!isFineGrained) return
  if (route.openToPublic && target.visibility === 'public' && !target.ciForMembersOnly) return
  const where = has(world.settings.version, 'refusalByProjectId')
    ? `project #${target.id}`
    : `project ${target.path.split('/').at(-1) ?? ''}`
  throw forbidden(
    `Insufficient permissions to access this resource in ${where}. The following token permission is required: ${policy}.`,
  )
}

export function canReadBuilds({world, caller}: Call, project: Project): boolean {
  const level = levelOf(world, caller, project)
  if (level >= roleLevels.reporter) return true
  return project.publicPipelines && isOpenTo(project, level)
}

/** In a public or internal project without public pipelines, strangers see the pipelines and not what is in them. */
export function canReadPipelines(call: Call, project: Project): boolean {
  const {world, caller} = call
  const isForeign = caller.kind === 'job' && !isInScope(world, caller.job, project)
  if (isForeign && !has(world.settings.version, 'publicPipelinesByToken')) return false
  const level = levelOf(world, caller, project)
  return canReadBuilds(call, project) || (project.visibility !== 'private' && isOpenTo(project, level))
}

function isOpenTo(project: Project, level: number): boolean {
  if (level >= roleLevels.guest) return true
  if (project.ciForMembersOnly) return false
  return project.visibility === 'public' || (project.visibility === 'internal' && level >= 0)
}

export function hasRole({world, caller}: Call, project: Project, role: RoleName): boolean {
  return hasLevel(world, caller, project, role)
}

export function hasLevel(world: World, caller: Caller, project: Project, role: RoleName): boolean {
  return levelOf(world, caller, project) >= roleLevels[role]
}

/** The repository: for reporters, and for everybody where the project is open to everybody. */
export function canReadCode({world, caller}: Call, project: Project): boolean {
  const level = levelOf(world, caller, project)
  if (level >= roleLevels.reporter || project.visibility === 'public') return true
  return project.visibility === 'internal' && level >= 0
}

/** Whether somebody may push or merge to a branch, or create a tag: GitLab asks it of whoever changes a job there. */
export function canWriteRef(world: World, caller: Caller, project: Project, ref: string, kind: RefKind): boolean {
  const level = levelOf(world, caller, project)
  if (level < roleLevels.developer) return false
  const protections = protectionsOf(project, ref, kind)
  const levels = protections.flatMap(({who}) =>
    who.map((access) => (access === 'no_one' ? Infinity : roleLevels[access])),
  )
  return levels.length === 0 || level >= Math.min(...levels)
}

/** `artifacts:access` of the job, and the older `artifacts:public: false` as `developer`. */
export function canReadArtifacts(call: Call, project: Project, {access}: Artifacts): boolean {
  if (access === 'all') return true
  if (access === 'none') return false
  const isKnown = access === 'developer' || has(call.world.settings.version, 'maintainerArtifacts')
  return hasRole(call, project, isKnown ? access : 'developer')
}

export function demandRole(call: Call, project: Project, role: RoleName): void {
  if (!hasRole(call, project, role)) throw because(roleReason(call, project, role), forbidden())
}

export function demandReadBuilds(call: Call, project: Project): void {
  if (!canReadBuilds(call, project)) throw because(roleReason(call, project, 'reporter'), forbidden())
}
