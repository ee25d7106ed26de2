import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {createArchive} from './archive.ts'
import {duration} from './duration.ts'
import type {AnyJob, Bridge, Job, Pipeline, Project, Upload} from './model.ts'
import {hasStarted, isComplete} from './status.ts'
import type {ArtifactsFile, BaseJobFile, BridgeFile, JobFile, PipelineFile} from './world-types.ts'
import type {World} from './world.ts'

/** What building a pipeline needs to know of its surroundings. Times are milliseconds. */
export interface Builder {
  readonly world: World
  readonly start: number
  /** How long before the start things happened whose times the file leaves out. */
  readonly before: {readonly created: number; readonly started: number; readonly finished: number}
}

export function pipelineOf(
  {world, start, before}: Builder,
  project: Project,
  file: PipelineFile,
  iid: number,
): Pipeline {
  const createdAt = file.created_at === undefined ? start - before.created : Date.parse(file.created_at)
  const ref = file.ref ?? project.defaultBranch
  return {
    id: file.id,
    iid,
    project,
    ref,
    tag: file.tag ?? false,
    sha: file.sha ?? createHash('sha1').update(`${project.path} ${ref} ${file.id}`).digest('hex'),
    source: file.source ?? (typeof file.parent === 'number' ? 'parent_pipeline' : 'push'),
    user: (file.user === undefined ? world.users[0] : world.user(file.user)) ?? null,
    parent: typeof file.parent === 'number' ? (world.pipeline(file.parent) ?? null) : null,
    children: [],
    createdAt,
    updatedAt: createdAt,
    status: file.status ?? null,
    jobs: [],
    bridges: [],
    currentJobs: [],
    variables: file.variables ?? [],
    inputs: {},
    mergeRequest: file.merge_request ?? {},
  }
}

function baseOf({world, start, before}: Builder, pipeline: Pipeline, file: BaseJobFile): AnyJob {
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
    user: file.user === undefined ? pipeline.user : file.user === null ? null : (world.user(file.user) ?? null),
    retriedBy: file.retried_by ?? null,
    failureReason: file.failure_reason ?? (file.status === 'failed' ? 'script_failure' : null),
    queuedAt: started ? pipeline.createdAt : file.status === 'pending' ? start : null,
    startedAt: time(file.started_at) ?? (started ? start - before.started : null),
    finishedAt: time(file.finished_at) ?? (finished ? start - before.finished : null),
    timeline: file.timeline ?? [],
    wholeTimeline: file.timeline ?? [],
    retryTimeline: file.retry_timeline,
    isInTurn: false,
    plan: 0,
  }
}

export function jobOf(builder: Builder, pipeline: Pipeline, file: JobFile): Job {
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
    runnerText: typeof file.log === 'object' && 'runner' in file.log ? file.log.runner : null,
    timeoutMs: file.timeout === undefined ? null : duration(file.timeout),
    variables: file.variables ?? [],
    inputs: {},
    erasedAt: time(file.erased_at) ?? null,
    upload: file.artifacts ? uploadOf(file.artifacts, builder.world.folder) : null,
    artifacts: null,
  }
}

export function bridgeOf(builder: Builder, pipeline: Pipeline, file: BridgeFile): Bridge {
  const downstream = typeof file.downstream === 'number' ? (builder.world.pipeline(file.downstream) ?? null) : null
  return {...baseOf(builder, pipeline, file), kind: 'bridge', downstream}
}

export function uploadOf(file: ArtifactsFile, folder: string): Upload {
  return {
    archive: createArchive(file, folder),
    reports: file.reports ?? [],
    access: file.access ?? 'all',
    when: file.when ?? 'on_success',
    hasMetadata: file.metadata ?? true,
    testCases: file.test_cases ?? [],
    expireInMs: file.expire_in === undefined ? null : duration(file.expire_in),
    expireAt: time(file.expire_at) ?? null,
  }
}

function logOf({world}: Builder, log: JobFile['log']): Buffer | null {
  if (log === undefined || (typeof log === 'object' && 'runner' in log)) return null
  return typeof log === 'string' ? Buffer.from(log) : readFileSync(resolve(world.folder, log.file))
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
