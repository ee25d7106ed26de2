import {array, id, integer, nullable, number, object, optional, text, truth} from './responses.ts'
import type {Shape} from './responses.ts'
import type {AllowedAgents, Bridge, Job, PipelineRef, ProjectKey, TreeEntry} from './types.ts'

/** The answers we read. Only what some command relies on is demanded, so that older and newer GitLab versions pass. */
export const pipelineShape: Shape<PipelineRef> = object({
  id,
  // Told since 13.10; the checks of an answer put in the project that was asked where it is not.
  project_id: optional(id) as Shape<ProjectKey>,
  ref: text,
  sha: text,
  status: text,
  web_url: optional(text),
  source: optional(text),
  created_at: optional(text),
  user: optional(nullable(object({id, username: text}))),
})

const anyJob = {
  id,
  name: text,
  stage: text,
  status: text,
  ref: text,
  tag: truth,
  allow_failure: truth,
  created_at: text,
  started_at: nullable(text),
  finished_at: nullable(text),
  duration: nullable(number),
  queued_duration: optional(nullable(number)),
  web_url: text,
  pipeline: pipelineShape,
  user: optional(nullable(object({id, username: text}))),
  commit: optional(nullable(object({id: text}))),
  failure_reason: optional(text),
}

export const jobShape: Shape<Job> = object({
  ...anyJob,
  artifacts_file: optional(object({filename: text, size: integer})),
  artifacts: optional(array(object({file_type: text, size: integer, filename: text, file_format: nullable(text)}))),
  artifacts_expire_at: optional(nullable(text)),
  erased_at: optional(nullable(text)),
  archived: optional(truth),
  tag_list: optional(array(text)),
  runner: optional(nullable(object({id, description: nullable(text)}))),
})

const bridge: Shape<Bridge> = object({...anyJob, downstream_pipeline: nullable(pipelineShape)})
/** Whatever stands in a list of trigger jobs is one, also where what answers leaves out that it has no pipeline yet. */
export const bridgeShape: Shape<Bridge> = (value, at) =>
  bridge(typeof value === 'object' && value !== null ? {downstream_pipeline: null, ...value} : value, at)

/** Playing works on both; a bridge has `downstream_pipeline`. */
export const jobOrBridgeShape: Shape<Job | Bridge> = (value, at) =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'downstream_pipeline')
    ? bridgeShape(value, at)
    : jobShape(value, at)

export const treeShape: Shape<readonly TreeEntry[]> = array(
  object({
    name: text,
    path: text,
    type: text as Shape<TreeEntry['type']>,
    size: optional(integer),
    mode: nullable(text),
  }),
)

export const allowedAgentsShape: Shape<AllowedAgents> = object({
  allowed_agents: array(object({id, config_project: object({id, path_with_namespace: text})})),
  job: object({id}),
  pipeline: object({id}),
  project: object({id, groups: optional(array(object({id})))}),
  user: object({id, username: text, roles_in_project: optional(array(text))}),
  environment: optional(object({tier: nullable(text), slug: text})),
})

export interface ServerVersion {
  readonly version: string
}
export const versionShape: Shape<ServerVersion> = object({version: text})

export interface CurrentUser {
  readonly id: number
  readonly username: string
  readonly bot?: boolean | undefined
}
export const userShape: Shape<CurrentUser> = object({id, username: text, bot: optional(truth)})

export interface Project {
  readonly id: number
  readonly path_with_namespace: string
  readonly default_branch?: string | null | undefined
  readonly visibility?: string | undefined
  readonly archived?: boolean | undefined
  /** The role of who asks, by itself and through the group; of a person whom nobody invited, neither. */
  readonly permissions?: {readonly project_access?: Level; readonly group_access?: Level} | null | undefined
}
type Level = {readonly access_level: number} | null | undefined
const level: Shape<Level> = optional(nullable(object({access_level: integer})))

export const projectShape: Shape<Project> = object({
  id,
  path_with_namespace: text,
  default_branch: optional(nullable(text)),
  visibility: optional(text),
  archived: optional(truth),
  permissions: optional(nullable(object({project_access: level, group_access: level}))),
})

/** A branch or a tag, as far as protection goes. https://docs.gitlab.com/api/branches/ */
export interface Ref {
  readonly protected?: boolean | undefined
  /** Of branches: whether who asks may push to it. */
  readonly can_push?: boolean | undefined
  readonly developers_can_merge?: boolean | undefined
}
export const refShape: Shape<Ref> = object({
  protected: optional(truth),
  can_push: optional(truth),
  developers_can_merge: optional(truth),
})

export const commitShape: Shape<{readonly id: string}> = object({id: text})

/** https://docs.gitlab.com/api/personal_access_tokens/#get-details-on-a-personal-access-token */
export interface TokenSelf {
  readonly id: number
  readonly name: string
  readonly scopes: readonly string[]
  readonly active: boolean
  readonly expires_at: string | null
}
export const tokenSelfShape: Shape<TokenSelf> = object({
  id,
  name: text,
  scopes: array(text),
  active: truth,
  expires_at: nullable(text),
})
