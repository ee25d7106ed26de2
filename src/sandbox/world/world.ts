import type {Archive} from './archive.ts'
import type {SandboxClock} from './clock.ts'
import type {AnyJob, Bridge, Job, LiveRule, Pipeline, Project, User} from './model.ts'
import type {RequestRecord} from './record.ts'
import {composeStatus} from './status.ts'
import type {FaultRule, Licence, TokenFile} from './world-types.ts'

export type StorageMode = 'disk' | 'redirect' | 'proxy' | 'cdn'

export interface WorldSettings {
  readonly version: string
  readonly edition: 'ee' | 'ce'
  readonly licence: Licence
  readonly storage: StorageMode
  /** Requests a minute and user on `GET /projects/:id/jobs`; 0 is no limit. */
  readonly rateLimit: number
  /** Base of Link headers and web URLs, without a slash at its end; empty for the address listened on. */
  readonly externalUrl: string
}

/** All that GitLab would keep in its database, with the ways to find it again. */
export class World {
  readonly clock: SandboxClock
  settings: WorldSettings
  readonly users: readonly User[]
  readonly projects: readonly Project[]
  /** Where the relative paths of the world file begin. */
  readonly folder: string
  self: Job | null = null
  faults: LiveRule[] = []
  readonly requests: RequestRecord[] = []
  /** When the counted window began of what a user does, and how many requests it holds. */
  readonly rates = new Map<string, {since: number; count: number}>()

  /** Grows with everything that changes, so that texts made of the world know when they are old. */
  revision = 0
  /** What lies in the object store, by path. */
  readonly objects = new Map<string, Archive>()

  readonly #projectsById = new Map<number, Project>()
  readonly #projectsByPath = new Map<string, Project>()
  readonly #formerPaths = new Map<string, Project>()
  readonly #pipelines = new Map<number, Pipeline>()
  readonly #jobs = new Map<number, Job>()
  readonly #bridges = new Map<number, Bridge>()
  readonly #jobTokens = new Map<string, Job>()
  readonly #personalTokens = new Map<string, {readonly user: User; readonly token: TokenFile}>()
  #lastJobId = 0
  #lastPipelineId = 0

  constructor(
    clock: SandboxClock,
    settings: WorldSettings,
    users: readonly User[],
    projects: readonly Project[],
    folder: string,
  ) {
    this.folder = folder
    this.clock = clock
    this.settings = settings
    this.users = users
    this.projects = projects
    for (const user of users) for (const token of user.tokens) this.#personalTokens.set(token.token, {user, token})
    for (const project of projects) {
      this.#projectsById.set(project.id, project)
      this.#projectsByPath.set(project.path.toLowerCase(), project)
      for (const path of project.file.renamed_from ?? []) this.#formerPaths.set(path.toLowerCase(), project)
    }
  }

  user(username: string): User | undefined {
    return this.users.find((user) => user.username === username)
  }

  /** By number or full path, as GitLab takes either. */
  project(idOrPath: string): Project | undefined {
    if (/^\d+$/.test(idOrPath)) return this.#projectsById.get(Number(idOrPath))
    return this.#projectsByPath.get(idOrPath.toLowerCase())
  }

  projectOnceAt(path: string): Project | undefined {
    return this.#formerPaths.get(path.toLowerCase())
  }

  pipeline(id: number): Pipeline | undefined {
    return this.#pipelines.get(id)
  }

  job(id: number): Job | undefined {
    return this.#jobs.get(id)
  }

  bridge(id: number): Bridge | undefined {
    return this.#bridges.get(id)
  }

  bridges(): Iterable<Bridge> {
    return this.#bridges.values()
  }

  /** The job that a token was made for, whether it still counts or not. */
  jobOfToken(token: string): Job | undefined {
    return this.#jobTokens.get(token)
  }

  personalToken(token: string): {readonly user: User; readonly token: TokenFile} | undefined {
    return this.#personalTokens.get(token)
  }

  nextJobId(): number {
    return this.#lastJobId + 1
  }

  nextPipelineId(): number {
    return this.#lastPipelineId + 1
  }

  addPipeline(pipeline: Pipeline): void {
    this.#lastPipelineId = Math.max(this.#lastPipelineId, pipeline.id)
    this.#pipelines.set(pipeline.id, pipeline)
    pipeline.project.pipelines.push(pipeline)
    pipeline.parent?.children.push(pipeline)
  }

  /** Gone for good, its jobs and their tokens with it. Child pipelines go too. */
  removePipeline(pipeline: Pipeline): void {
    while (pipeline.children[0]) this.removePipeline(pipeline.children[0])
    this.#pipelines.delete(pipeline.id)
    remove(pipeline.project.pipelines, pipeline)
    if (pipeline.parent) remove(pipeline.parent.children, pipeline)
    for (const job of pipeline.jobs) {
      this.#jobs.delete(job.id)
      this.#jobTokens.delete(job.token)
      remove(job.project.jobs, job)
      job.plan++
    }
    for (const bridge of this.#bridges.values()) {
      if (bridge.pipeline === pipeline) {
        this.#bridges.delete(bridge.id)
        bridge.plan++
      } else if (bridge.downstream === pipeline) bridge.downstream = null
    }
  }

  addJob(job: Job | Bridge): void {
    this.#lastJobId = Math.max(this.#lastJobId, job.id)
    if (job.kind === 'bridge') {
      this.#bridges.set(job.id, job)
      job.pipeline.bridges.push(job)
      return
    }
    this.#jobs.set(job.id, job)
    this.#jobTokens.set(job.token, job)
    job.project.jobs.push(job)
    job.pipeline.jobs.push(job)
    if (job.retriedBy === null) job.pipeline.currentJobs.push(job)
  }

  /** Marks an attempt as replaced by a newer one. */
  replace(old: AnyJob, newerId: number): void {
    old.retriedBy = newerId
    old.pipeline.currentJobs = old.pipeline.currentJobs.filter((job) => job !== old)
  }

  /** To be called whenever a job of the pipeline has moved. */
  touch(pipeline: Pipeline): void {
    pipeline.status = null
    this.revision++
    pipeline.updatedAt = this.clock.now()
  }

  setFaults(rules: readonly FaultRule[]): void {
    this.faults = rules.map(({on, after = 0, times = Infinity, ...fault}) => ({on, after, times, fault, seen: 0}))
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item)
  if (index >= 0) list.splice(index, 1)
}

export function statusOf(pipeline: Pipeline): string {
  const bridges = pipeline.bridges.filter((bridge) => bridge.retriedBy === null)
  return (pipeline.status ??= composeStatus([...pipeline.currentJobs, ...bridges]))
}
