import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {createArchive} from './archive.ts'
import type {SandboxClock} from './clock.ts'
import {duration} from './duration.ts'
import {startTimeline, uploadNow} from './lifecycle.ts'
import type {AnyJob, Bridge, Job, Pipeline, Project, Upload, User} from './model.ts'
import {hasStarted, isComplete} from './status.ts'
import {World, type WorldSettings} from './world.ts'
import type {
  ArtifactsFile,
  BaseJobFile,
  BridgeFile,
  JobFile,
  PipelineFile,
  ProjectFile,
  WorldFile,
} from './world-types.ts'

/** Where things of a world stood before it began, in milliseconds before its start. */
const ages = {created: 600_000, started: 540_000, finished: 480_000} as const

/** Builds a world from a checked file. `folder` is where its relative paths begin. */
export function buildWorld(file: WorldFile, clock: SandboxClock, settings: WorldSettings, folder: string): World {
  const users = (file.users ?? []).map((user) => ({name: user.username, tokens: [], ...user}))
  const projects = (file.projects ?? []).map((project) => projectOf(project, users))
  const world = new World(clock, settings, users, projects)
  const builder: Builder = {
    world,
    folder,
    start: clock.now(),
    users: new Map(users.map((user) => [user.username, user])),
  }
  for (const project of projects) addPipelines(builder, project)
  for (const [index, project] of projects.entries()) addBridges(builder, file.projects?.[index], project)
  for (const project of projects) for (const job of project.jobs) begin(builder, job)
  world.self = selfOf(world, file.self)
  world.setFaults(file.faults ?? [])
  return world
}

interface Builder {
  readonly world: World
  readonly folder: string
  readonly start: number
  readonly users: ReadonlyMap<string, User>
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
    protectedBranches: file.protected_branches ?? [defaultBranch],
    members: new Map(members),
    agents: file.agents ?? [],
    jobs: [],
    pipelines: [],
  }
}

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

function pipelineOf({world, users, start}: Builder, project: Project, file: PipelineFile, iid: number): Pipeline {
  const createdAt = file.created_at === undefined ? start - ages.created : Date.parse(file.created_at)
  const ref = file.ref ?? project.defaultBranch
  return {
    id: file.id,
    iid,
    project,
    ref,
    tag: file.tag ?? false,
    sha: file.sha ?? createHash('sha1').update(`${project.path} ${ref} ${file.id}`).digest('hex'),
    source: file.source ?? (typeof file.parent === 'number' ? 'parent_pipeline' : 'push'),
    user: (file.user === undefined ? world.users[0] : users.get(file.user)) ?? null,
    parent: typeof file.parent === 'number' ? (world.pipeline(file.parent) ?? null) : null,
    children: [],
    createdAt,
    updatedAt: createdAt,
    status: file.status ?? null,
    jobs: [],
    bridges: [],
    currentJobs: [],
  }
}

function baseOf({users, start}: Builder, pipeline: Pipeline, file: BaseJobFile): AnyJob {
  const when =
    file.when ?? (file.status === 'manual' ? 'manual' : file.status === 'scheduled' ? 'delayed' : 'on_success')
  const started = hasStarted(file.status)
  const finished = isComplete(file.status) && file.status !== 'skipped'
  return {
    id: file.id,
    name: file.name,
    stage: file.stage ?? 'test',
    pipeline,
    project: pipeline.project,
    allowFailure: file.allow_failure ?? when === 'manual',
    when,
    coverage: file.coverage ?? null,
    createdAt: time(file.created_at) ?? pipeline.createdAt,
    status: file.status,
    user: file.user === undefined ? pipeline.user : file.user === null ? null : (users.get(file.user) ?? null),
    retriedBy: file.retried_by ?? null,
    failureReason: file.failure_reason ?? (file.status === 'failed' ? 'script_failure' : null),
    queuedAt: started ? pipeline.createdAt : file.status === 'pending' ? start : null,
    startedAt: time(file.started_at) ?? (started ? start - ages.started : null),
    finishedAt: time(file.finished_at) ?? (finished ? start - ages.finished : null),
    timeline: file.timeline ?? [],
    wholeTimeline: file.timeline ?? [],
    retryTimeline: file.retry_timeline,
    plan: 0,
  }
}

function jobOf(builder: Builder, pipeline: Pipeline, file: JobFile): Job {
  const environment = file.environment
  return {
    ...baseOf(builder, pipeline, file),
    kind: 'job',
    token: file.token ?? `glcbt-${file.id}`,
    tags: file.tags ?? [],
    environment: environment ? {tier: null, slug: slugOf(environment.name), ...environment} : null,
    inputSpecs: file.inputs ?? {},
    resourceGroupBusy: file.resource_group_busy ?? false,
    gracefulCancel: file.graceful_cancel ?? false,
    debugTrace: file.debug_trace ?? false,
    archived: file.archived ?? false,
    log: logOf(builder, file.log),
    variables: file.variables ?? [],
    inputs: {},
    erasedAt: time(file.erased_at) ?? null,
    upload: file.artifacts ? uploadOf(file.artifacts, builder.folder) : null,
    artifacts: null,
  }
}

function bridgeOf(builder: Builder, pipeline: Pipeline, file: BridgeFile): Bridge {
  const downstream = typeof file.downstream === 'number' ? (builder.world.pipeline(file.downstream) ?? null) : null
  return {...baseOf(builder, pipeline, file), kind: 'bridge', downstream}
}

function uploadOf(file: ArtifactsFile, folder: string): Upload {
  return {
    archive: createArchive(file, folder),
    reports: file.reports ?? [],
    access: file.access ?? 'all',
    when: file.when ?? 'on_success',
    hasMetadata: file.metadata ?? true,
    expireInMs: file.expire_in === undefined ? null : duration(file.expire_in),
    expireAt: time(file.expire_at) ?? null,
  }
}

/** A job that has begun has uploaded what it declares; one that has not uploads when it ends. */
function begin({world}: Builder, job: Job): void {
  if (hasStarted(job.status) && job.erasedAt === null) uploadNow(world, job)
  startTimeline(world, job)
}

function selfOf(world: World, id: number | undefined): Job | null {
  if (id !== undefined) return world.job(id) ?? null
  const jobs = world.projects.flatMap((project) => project.jobs)
  return jobs.find((job) => job.status === 'running') ?? null
}

function logOf({folder}: Builder, log: JobFile['log']): Buffer | null {
  if (log === undefined) return null
  return typeof log === 'string' ? Buffer.from(log) : readFileSync(resolve(folder, log.file))
}

function time(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text)
}

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 24)
}

function byId<T extends {readonly id: number}>(things: readonly T[]): readonly T[] {
  return [...things].sort((a, b) => a.id - b.id)
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
