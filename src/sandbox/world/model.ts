import type {Archive} from './archive.ts'
import type {
  AgentFile,
  Fault,
  InputFile,
  MergeRequestFile,
  PipelineVariable,
  ProjectFile,
  RefAccess,
  RoleName,
  TestCaseFile,
  TimelineStep,
  TokenFile,
  Variable,
} from './world-types.ts'

/** The world as it lives in memory. Times are milliseconds since 1970 on the sandbox's clock; null is "not yet". */

export interface User {
  readonly id: number
  readonly username: string
  readonly name: string
  readonly tokens: readonly TokenFile[]
}

export interface Project {
  readonly id: number
  readonly path: string
  readonly file: ProjectFile
  readonly visibility: 'private' | 'internal' | 'public'
  readonly publicPipelines: boolean
  readonly ciForMembersOnly: boolean
  readonly defaultBranch: string
  readonly archived: boolean
  readonly protectedBranches: readonly ProtectedRef[]
  readonly protectedTags: readonly ProtectedRef[]
  readonly members: ReadonlyMap<User, RoleName>
  readonly triggerTokens: readonly TriggerToken[]
  readonly agents: readonly AgentFile[]
  /** By id, oldest first. */
  readonly jobs: Job[]
  readonly pipelines: Pipeline[]
  /** Files of generic packages, by `name/version/file`. */
  readonly packages: Map<string, Buffer>
}

/** A branch or tag, or a pattern with `*`, and who may push or merge to it, or create it. */
export interface ProtectedRef {
  readonly name: string
  readonly who: readonly RefAccess[]
}

interface TriggerToken {
  readonly token: string
  /** Whose rights the pipelines have that it starts. */
  readonly user: User | null
}

export interface Pipeline {
  readonly id: number
  readonly iid: number
  readonly project: Project
  readonly ref: string
  readonly tag: boolean
  readonly sha: string
  readonly source: string
  readonly user: User | null
  readonly parent: Pipeline | null
  readonly children: Pipeline[]
  readonly createdAt: number
  updatedAt: number
  /** What the world file says, until a job of the pipeline moves; null when it has to be composed anew. */
  status: string | null
  /** By id, oldest first; with every attempt. */
  readonly jobs: Job[]
  readonly bridges: Bridge[]
  /** The jobs that no newer attempt replaces. */
  currentJobs: Job[]
  /** As the pipeline was started with. */
  variables: readonly PipelineVariable[]
  inputs: Readonly<Record<string, unknown>>
  /** The job whose token started it through the trigger API, or the bridge that did. */
  upstream?: AnyJob
  readonly mergeRequest: MergeRequestFile
}

export interface AnyJob {
  readonly id: number
  readonly name: string
  readonly stage: string
  readonly pipeline: Pipeline
  readonly project: Project
  readonly allowFailure: boolean
  readonly when: string
  readonly coverage: number | null
  readonly createdAt: number
  status: string
  user: User | null
  retriedBy: number | null
  failureReason: string | null
  queuedAt: number | null
  startedAt: number | null
  finishedAt: number | null
  /** Steps still to come. */
  timeline: readonly TimelineStep[]
  readonly retryTimeline: readonly TimelineStep[] | undefined
  readonly wholeTimeline: readonly TimelineStep[]
  /** Its timeline begins when the stages before it are done, not with the world. */
  readonly isInTurn: boolean
  /** Grows with each change of plan, so that steps of an older plan do nothing. */
  plan: number
}

export interface Job extends AnyJob {
  readonly kind: 'job'
  readonly token: string
  readonly tags: readonly string[]
  readonly environment: {readonly name: string; readonly tier: string | null; readonly slug: string} | null
  readonly inputSpecs: Readonly<Record<string, InputFile>>
  readonly resourceGroupBusy: boolean
  readonly gracefulCancel: boolean
  readonly debugTrace: boolean
  readonly archived: boolean
  log: Buffer | null
  /** What the script says first, where the log is as a runner writes it; null: the log is as it was given. */
  readonly runnerText: string | null
  readonly timeoutMs: number | null
  variables: readonly Variable[]
  inputs: Readonly<Record<string, unknown>>
  erasedAt: number | null
  /** What the runner uploads when the job ends. */
  readonly upload: Upload | null
  /** What has been uploaded and not been removed since. */
  artifacts: Artifacts | null
}

export interface Bridge extends AnyJob {
  readonly kind: 'bridge'
  downstream: Pipeline | null
}

export interface Upload {
  readonly archive: Archive | null
  readonly reports: readonly string[]
  readonly access: 'all' | 'developer' | 'maintainer' | 'none'
  readonly when: 'on_success' | 'on_failure' | 'always'
  readonly hasMetadata: boolean
  readonly testCases: readonly TestCaseFile[]
  readonly expireInMs: number | null
  readonly expireAt: number | null
}

export interface Artifacts {
  archive: Archive | null
  reports: readonly string[]
  readonly access: Upload['access']
  readonly hasMetadata: boolean
  readonly testCases: readonly TestCaseFile[]
  expireAt: number | null
}

/** A fault rule with its count of the requests that reached it. */
export interface LiveRule {
  readonly on: string
  readonly after: number
  readonly times: number
  readonly fault: Fault
  seen: number
}
