import type {Bridge, Job, Pipeline, Project} from './model.ts'
import type {PipelineVariable, Variable} from './world-types.ts'
import {statusOf, type World} from './world.ts'

export interface WorldDump {
  /** ISO 8601, on the sandbox's clock. */
  readonly now: string
  readonly gitlab: {
    readonly version: string
    readonly edition: string
    readonly licence: string
    readonly external_url: string
  }
  readonly self: number | null
  readonly users: readonly {readonly id: number; readonly username: string; readonly name: string}[]
  readonly projects: readonly {
    readonly id: number
    readonly path: string
    readonly pipelines: readonly PipelineDump[]
  }[]
  readonly faults: readonly {
    readonly on: string
    readonly after: number
    readonly times: number | null
    readonly seen: number
  }[]
}

interface PipelineDump {
  readonly id: number
  readonly ref: string
  readonly tag: boolean
  readonly user: string | null
  readonly sha: string
  readonly source: string
  readonly status: string
  readonly parent: number | null
  readonly variables: readonly PipelineVariable[]
  readonly inputs: Readonly<Record<string, unknown>>
  /** The job of another pipeline whose token started this one. */
  readonly upstream_job: number | null
  readonly jobs: readonly JobDump[]
  readonly bridges: readonly (BaseDump & {readonly downstream: number | null})[]
}

interface BaseDump {
  readonly id: number
  readonly name: string
  readonly stage: string
  readonly status: string
  readonly user: string | null
  readonly allow_failure: boolean
  readonly when: string
  readonly retried_by: number | null
  readonly failure_reason: string | null
}

export interface JobDump extends BaseDump {
  readonly tags: readonly string[]
  readonly log: string | null
  readonly variables: readonly Variable[]
  readonly inputs: Readonly<Record<string, unknown>>
  readonly erased_at: string | null
  readonly artifacts: {
    readonly archive: string | null
    readonly reports: readonly string[]
    readonly access: string
    readonly expire_at: string | null
  } | null
}

/** The world as it is now, in the words of a world file. Artifacts are told by their sizes, not their contents. */
export function dumpWorld(world: World): WorldDump {
  const {version, edition, licence, externalUrl} = world.settings
  return {
    now: new Date(world.clock.now()).toISOString(),
    gitlab: {version, edition, licence, external_url: externalUrl},
    self: world.self?.id ?? null,
    users: world.users.map(({id, username, name}) => ({id, username, name})),
    projects: world.projects.map(dumpProject),
    faults: world.faults.map(({on, after, times, seen, fault}) => {
      return {on, after, times: Number.isFinite(times) ? times : null, seen, ...fault}
    }),
  }
}

function dumpProject(project: Project): WorldDump['projects'][number] {
  const {pipelines: _, ...settings} = project.file
  return {...settings, pipelines: project.pipelines.map(dumpPipeline)}
}

function dumpPipeline(pipeline: Pipeline): PipelineDump {
  return {
    id: pipeline.id,
    ref: pipeline.ref,
    tag: pipeline.tag,
    sha: pipeline.sha,
    source: pipeline.source,
    status: statusOf(pipeline),
    user: pipeline.user?.username ?? null,
    parent: pipeline.parent?.id ?? null,
    variables: pipeline.variables,
    inputs: pipeline.inputs,
    upstream_job: pipeline.upstream?.id ?? null,
    jobs: pipeline.jobs.map(dumpJob),
    bridges: pipeline.bridges.map(dumpBridge),
  }
}

function dumpBase(job: Job | Bridge): BaseDump {
  return {
    id: job.id,
    name: job.name,
    stage: job.stage,
    status: job.status,
    user: job.user?.username ?? null,
    allow_failure: job.allowFailure,
    when: job.when,
    retried_by: job.retriedBy,
    failure_reason: job.failureReason,
  }
}

function dumpJob(job: Job): JobDump {
  const {artifacts} = job
  return {
    ...dumpBase(job),
    tags: job.tags,
    log: job.log?.toString() ?? null,
    variables: job.variables,
    inputs: job.inputs,
    erased_at: job.erasedAt === null ? null : new Date(job.erasedAt).toISOString(),
    artifacts: artifacts && {
      archive: artifacts.archive?.filename ?? null,
      reports: artifacts.reports,
      access: artifacts.access,
      expire_at: artifacts.expireAt === null ? null : new Date(artifacts.expireAt).toISOString(),
    },
  }
}

function dumpBridge(bridge: Bridge): PipelineDump['bridges'][number] {
  return {...dumpBase(bridge), downstream: bridge.downstream?.id ?? null}
}
