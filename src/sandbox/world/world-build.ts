import {bridgeOf, jobOf, pipelineOf, type Builder} from './build-pipeline.ts'
import type {SandboxClock} from './clock.ts'
import {startTimeline, uploadNow, writeLog} from './lifecycle.ts'
import type {Job, Project, ProtectedRef, User} from './model.ts'
import {hasStarted, isComplete} from './status.ts'
import {World, type WorldSettings} from './world.ts'
import type {PipelineFile, ProjectFile, ProtectedBranchFile, ProtectedTagFile, WorldFile} from './world-types.ts'

/** Where things of a world stood before it began, in milliseconds before its start. */
const ages = {created: 600_000, started: 540_000, finished: 480_000} as const

/** Builds a world from a checked file. `folder` is where its relative paths begin. */
export function buildWorld(file: WorldFile, clock: SandboxClock, settings: WorldSettings, folder: string): World {
  const users = (file.users ?? []).map((user) => ({name: user.username, tokens: [], ...user}))
  const projects = (file.projects ?? []).map((project) => projectOf(project, users))
  const world = new World(clock, settings, users, projects, folder)
  const builder: Builder = {world, start: clock.now(), before: ages}
  for (const project of projects) addPipelines(builder, project)
  for (const [index, project] of projects.entries()) addBridges(builder, file.projects?.[index], project)
  for (const bridge of world.bridges()) if (bridge.downstream) bridge.downstream.upstream ??= bridge
  for (const project of projects) for (const job of project.jobs) begin(builder, job)
  world.self = selfOf(world, file.self)
  world.setFaults(file.faults ?? [])
  return world
}

function projectOf(file: ProjectFile, users: readonly User[]): Project {
  const defaultBranch = file.default_branch ?? 'main'
  const members = Object.entries(file.members ?? {}).flatMap(([name, role]) => {
    const user = users.find(({username}) => username === name)
    return user ? [[user, role] as const] : []
  })
  return {
    id: file.id,
    path: file.path,
    file,
    visibility: file.visibility ?? 'private',
    publicPipelines: file.public_pipelines ?? true,
    ciForMembersOnly: file.ci_visibility === 'members',
    defaultBranch,
    archived: file.archived ?? false,
    protectedBranches: file.protected_branches?.map(protectedBranch) ?? [mergeable(defaultBranch)],
    protectedTags: (file.protected_tags ?? []).map(protectedTag),
    members: new Map(members),
    triggerTokens: (file.trigger_tokens ?? []).map(({token, user}) => ({
      token,
      user: users.find(({username}) => username === user) ?? users[0] ?? null,
    })),
    agents: file.agents ?? [],
    jobs: [],
    pipelines: [],
    packages: new Map(Object.entries(file.generic_packages ?? {}).map(([key, text]) => [key, Buffer.from(text)])),
  }
}

/** As the API of protected branches protects one that says no more. */
function protectedBranch(file: ProtectedBranchFile): ProtectedRef {
  return typeof file === 'string'
    ? {name: file, who: ['maintainer']}
    : {name: file.name, who: [file.push ?? 'maintainer', file.merge ?? 'maintainer']}
}

function protectedTag(file: ProtectedTagFile): ProtectedRef {
  return typeof file === 'string'
    ? {name: file, who: ['maintainer']}
    : {name: file.name, who: [file.create ?? 'maintainer']}
}

/** GitLab's setting "protected against pushes" for default branches: developers may merge, so they may run jobs. */
const mergeable = (name: string): ProtectedRef => ({name, who: ['maintainer', 'developer']})

/** Ids grow with time in GitLab, and the lists depend on it, so everything goes in by id. */
function addPipelines(builder: Builder, project: Project): void {
  const files = parentsFirst(byId(project.file.pipelines ?? []))
  for (const [index, file] of files.entries()) {
    const pipeline = pipelineOf(builder, project, file, index + 1)
    builder.world.addPipeline(pipeline)
  }
  project.pipelines.sort((a, b) => a.id - b.id)
  const jobs = files.flatMap((file) => (file.jobs ?? []).map((job) => ({job, pipeline: file.id, id: job.id})))
  for (const {job, pipeline: id} of byId(jobs)) {
    const pipeline = builder.world.pipeline(id)
    if (pipeline) builder.world.addJob(jobOf(builder, pipeline, job))
  }
}

function addBridges(builder: Builder, file: ProjectFile | undefined, project: Project): void {
  for (const pipelineFile of file?.pipelines ?? []) {
    const pipeline = builder.world.pipeline(pipelineFile.id)
    if (!pipeline || pipeline.project !== project) continue
    for (const bridgeFile of byId(pipelineFile.bridges ?? [])) {
      const bridge = bridgeOf(builder, pipeline, bridgeFile)
      builder.world.addJob(bridge)
      startTimeline(builder.world, bridge)
    }
  }
}

/** A job that has begun has uploaded what it declares; one that has not uploads when it ends. */
function begin({world}: Builder, job: Job): void {
  if (hasStarted(job.status) && job.erasedAt === null) {
    writeLog(world, job, true)
    if (isComplete(job.status)) writeLog(world, job, false)
  }
  if (hasStarted(job.status) && job.erasedAt === null) uploadNow(world, job)
  startTimeline(world, job)
}

function selfOf(world: World, id: number | undefined): Job | null {
  if (id !== undefined) return world.job(id) ?? null
  const jobs = world.projects.flatMap((project) => project.jobs)
  return jobs.find((job) => job.status === 'running') ?? null
}

function byId<T extends {readonly id: number}>(rows: readonly T[]): readonly T[] {
  return [...rows].sort((a, b) => a.id - b.id)
}

function parentsFirst(files: readonly PipelineFile[]): readonly PipelineFile[] {
  const depth = (file: PipelineFile): number => {
    const parent = files.find(({id}) => id === file.parent)
    return parent && parent !== file ? depth(parent) + 1 : 0
  }
  return files.some((file) => typeof file.parent === 'number')
    ? files
        .map((file) => ({file, depth: depth(file)}))
        .sort((a, b) => a.depth - b.depth)
        .map(({file}) => file)
    : files
}
