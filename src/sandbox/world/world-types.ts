/** What a world file may say, as the JSON Schema in world-schema.ts describes it. Durations are text such as "2s" or "1h". */
export interface WorldFile {
  readonly $schema?: string
  readonly gitlab?: {
    readonly version?: string
    readonly edition?: 'ee' | 'ce'
    readonly licence?: Licence
    /** The URL that GitLab believes it has: the base of Link headers and web URLs. */
    readonly external_url?: string
  }
  readonly self?: number
  readonly users?: readonly UserFile[]
  readonly projects?: readonly ProjectFile[]
  readonly faults?: readonly FaultRule[]
}

export type Licence = 'free' | 'premium' | 'ultimate'

interface UserFile {
  readonly id: number
  readonly username: string
  readonly name?: string
  readonly tokens?: readonly TokenFile[]
}

export interface TokenFile {
  readonly token: string
  readonly scopes?: readonly string[]
  readonly expired?: boolean
  readonly revoked?: boolean
}

export type RoleName = 'guest' | 'planner' | 'reporter' | 'security_manager' | 'developer' | 'maintainer' | 'owner'

export interface ProjectFile {
  readonly id: number
  readonly path: string
  readonly visibility?: 'private' | 'internal' | 'public'
  readonly public_pipelines?: boolean
  readonly ci_visibility?: 'everyone' | 'members'
  readonly default_branch?: string
  readonly archived?: boolean
  /** Absent: the default branch, to which developers may merge. */
  readonly protected_branches?: readonly ProtectedBranchFile[]
  readonly protected_tags?: readonly ProtectedTagFile[]
  /** Beside the default branch and the refs of the pipelines. */
  readonly branches?: readonly string[]
  readonly tags?: readonly string[]
  readonly trigger_tokens?: readonly {readonly token: string; readonly user?: string}[]
  /** What a pipeline is made of that the API starts; absent: the project has no CI configuration. */
  readonly pipeline_template?: TemplateFile
  readonly members?: Readonly<Record<string, RoleName>>
  readonly job_token_allowlist?: {
    readonly enabled?: boolean
    readonly projects?: Readonly<Record<string, 'default' | readonly string[]>>
  }
  /** Before 18.0 a project could limit where its own tokens go. */
  readonly job_token_outbound?: {readonly enabled?: boolean; readonly projects?: readonly string[]}
  readonly pipeline_variables_role?: 'developer' | 'maintainer' | 'owner' | 'no_one_allowed'
  /** Former full paths, answered with a redirect. */
  readonly renamed_from?: readonly string[]
  /** A refresh of the artifact sizes is under way: erase and delete answer 409. */
  readonly stats_refresh?: boolean
  readonly keep_latest_artifact?: boolean
  readonly agents?: readonly AgentFile[]
  /** Text of files, by `name/version/file`. */
  readonly generic_packages?: Readonly<Record<string, string>>
  readonly pipelines?: readonly PipelineFile[]
}

export type RefAccess = 'no_one' | 'developer' | 'maintainer'

/** A name, which may have `*` in it; alone: maintainers may push and merge. */
export type ProtectedBranchFile =
  string | {readonly name: string; readonly push?: RefAccess; readonly merge?: RefAccess}
export type ProtectedTagFile = string | {readonly name: string; readonly create?: RefAccess}

/** Jobs without ids. Stage follows stage, and a timeline begins when its job's turn comes. */
export interface TemplateFile {
  readonly jobs?: readonly TemplateJobFile[]
  readonly bridges?: readonly TemplateBridgeFile[]
  /** Absent: the pipeline takes no inputs. */
  readonly inputs?: Readonly<Record<string, InputFile>>
}

type MadeUp = 'id' | 'status' | 'token' | 'retried_by' | 'created_at' | 'started_at' | 'finished_at'
export type TemplateJobFile = Omit<JobFile, MadeUp>
export type TemplateBridgeFile = Omit<BridgeFile, MadeUp>

export interface AgentFile {
  readonly id: number
  /** Path of the project that configures the agent. */
  readonly config_project: string
  readonly configuration?: Readonly<Record<string, unknown>>
}

export interface PipelineFile {
  readonly id: number
  readonly ref?: string
  readonly tag?: boolean
  readonly sha?: string
  readonly source?: string
  readonly status?: string
  readonly user?: string
  readonly parent?: number | null
  readonly created_at?: string
  readonly variables?: readonly PipelineVariable[]
  /** Of a pipeline whose ref is that of a merge request. */
  readonly merge_request?: MergeRequestFile
  readonly jobs?: readonly JobFile[]
  readonly bridges?: readonly BridgeFile[]
}

export interface MergeRequestFile {
  readonly source_branch?: string
  readonly target_branch?: string
}

export interface BaseJobFile {
  readonly id: number
  readonly name: string
  readonly stage?: string
  readonly status: string
  readonly user?: string | null
  readonly allow_failure?: boolean
  readonly when?: 'on_success' | 'manual' | 'delayed' | 'always'
  readonly failure_reason?: string | null
  readonly retried_by?: number | null
  readonly coverage?: number | null
  readonly created_at?: string
  readonly started_at?: string
  readonly finished_at?: string
  readonly timeline?: readonly TimelineStep[]
  /** What the next attempt (a retry, or the play of a finished job) does; absent: `timeline` again. */
  readonly retry_timeline?: readonly TimelineStep[]
}

export interface JobFile extends BaseJobFile {
  readonly token?: string
  readonly tags?: readonly string[]
  /** `runner`: what the script says; the runner's own lines, sections and stamps are put around it. */
  readonly log?: string | {readonly file: string} | {readonly runner: string}
  /** How long the runner lets it run, as text such as "1h". */
  readonly timeout?: string
  readonly artifacts?: ArtifactsFile
  readonly environment?: {readonly name: string; readonly tier?: string | null; readonly slug?: string} | null
  readonly inputs?: Readonly<Record<string, InputFile>>
  readonly resource_group_busy?: boolean
  readonly graceful_cancel?: boolean
  readonly debug_trace?: boolean
  readonly archived?: boolean
  readonly erased_at?: string
  readonly variables?: readonly Variable[]
}

export interface BridgeFile extends BaseJobFile {
  readonly downstream?: number | null
}

export interface Variable {
  readonly key: string
  readonly value: string
}

export interface PipelineVariable extends Variable {
  readonly variable_type?: 'env_var' | 'file'
}

export interface InputFile {
  readonly type?: 'string' | 'number' | 'boolean' | 'array'
  readonly options?: readonly unknown[]
  readonly default?: unknown
}

export interface TimelineStep {
  readonly after: string
  readonly status?: string
  readonly log?: string
  readonly failure_reason?: string
  /** For bridges: from now on this is the downstream pipeline. */
  readonly downstream?: number
}

export interface ArtifactsFile {
  readonly name?: string
  readonly files?: Readonly<Record<string, EntryFile>>
  /** A ready zip, served byte by byte as it is. */
  readonly file?: string
  readonly base64?: string
  readonly reports?: readonly string[]
  readonly expire_in?: string
  readonly expire_at?: string
  readonly access?: 'all' | 'developer' | 'maintainer' | 'none'
  readonly when?: 'on_success' | 'on_failure' | 'always'
  /** False: no metadata file, as of old uploads; the tree is then a 404. */
  readonly metadata?: boolean
  /** What a report of the kind junit says. */
  readonly test_cases?: readonly TestCaseFile[]
}

export interface TestCaseFile {
  readonly name: string
  readonly classname?: string
  readonly status?: 'success' | 'failed' | 'skipped' | 'error'
  /** Seconds. */
  readonly execution_time?: number
  readonly system_output?: string | null
}

export type EntryFile =
  | string
  | {readonly text: string; readonly mode?: string}
  | {readonly base64: string; readonly mode?: string}
  | {readonly symlink: string}
  | {readonly directory: true; readonly mode?: string}

/** How one matching request goes wrong. Exactly one of the shapes is given. */
export interface Fault {
  readonly answer?: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: unknown
  }
  readonly html?: boolean
  readonly reset?: 'before' | 'headers' | {readonly bytes: number}
  readonly cut?: {readonly bytes: number}
  readonly close_delimited?: {readonly bytes: number}
  readonly longer?: {readonly bytes: number}
  readonly stall?: {readonly bytes: number; readonly for: string}
  readonly drip?: {readonly bytes_per_second: number}
  readonly delay?: string
  readonly ignore_range?: boolean
  readonly replace_object?: boolean
  readonly etag?: 'strong' | 'weak' | 'none'
  readonly expired_signature?: boolean
  readonly redirect?: {readonly location: string; readonly status?: number}
  readonly apply_then?: Fault
}

export interface FaultRule extends Fault {
  /** Method and path pattern, or `storage` for the second origin. */
  readonly on: string
  readonly after?: number
  readonly times?: number
}
