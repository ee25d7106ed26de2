import {has} from '../../src/sandbox/world/versions.ts'
import {
  anything,
  bool,
  int,
  is,
  list,
  moment,
  number,
  object,
  octal,
  oneOf,
  orNull,
  seconds,
  sha,
  text,
  url,
  when,
  type Shape,
} from './shape.ts'

const statuses = [
  'created',
  'waiting_for_resource',
  'preparing',
  'waiting_for_callback',
  'pending',
  'running',
  'success',
  'failed',
  'canceling',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
]
const status = oneOf(...statuses)

const userKeys = (version: string) => ({
  id: int,
  username: text,
  name: text,
  state: text,
  ...when(has(version, 'newUserKeys'), {locked: bool}),
  avatar_url: orNull(text),
  web_url: url,
  created_at: moment,
  bio: text,
  location: text,
  public_email: orNull(text),
  ...when(!has(version, 'noSkype'), {skype: text}),
  linkedin: text,
  twitter: text,
  website_url: text,
  ...when(has(version, 'githubKey'), {github: text}),
  organization: text,
  ...when(has(version, 'newUserKeys'), {
    discord: text,
    job_title: text,
    pronouns: orNull(text),
    bot: bool,
    work_information: orNull(text),
    followers: int,
    following: int,
    local_time: orNull(text),
  }),
})

const commit = (version: string) =>
  object({
    id: sha,
    short_id: text,
    created_at: moment,
    parent_ids: list(sha),
    title: text,
    message: text,
    author_name: text,
    author_email: text,
    authored_date: moment,
    committer_name: text,
    committer_email: text,
    committed_date: moment,
    ...when(has(version, 'commitTrailers'), {trailers: object({})}),
    ...when(has(version, 'newUserKeys'), {extended_trailers: object({})}),
    ...when(has(version, 'commitWebUrl'), {web_url: url}),
  })

const pipelineKeys = (version: string) => ({
  id: int,
  ...when(has(version, 'pipelineIid'), {iid: int}),
  ...when(has(version, 'pipelineProject'), {project_id: int}),
  sha,
  ref: text,
  status,
  ...when(has(version, 'pipelineSource'), {source: text}),
  created_at: moment,
  updated_at: moment,
  web_url: url,
})
export const pipelineShape = (version: string) => object(pipelineKeys(version))

const basicKeys = (version: string) => ({
  id: int,
  status,
  stage: text,
  name: text,
  ref: text,
  tag: bool,
  coverage: orNull(number),
  allow_failure: bool,
  created_at: moment,
  started_at: orNull(moment),
  finished_at: orNull(moment),
  ...when(has(version, 'erasedAt'), {erased_at: orNull(moment)}),
  duration: orNull(seconds),
  ...when(has(version, 'queuedDuration'), {queued_duration: orNull(seconds)}),
  user: orNull(object(userKeys(version))),
  commit: orNull(commit(version)),
  pipeline: pipelineShape(version),
  ...when(has(version, 'failureReason'), {'failure_reason?': text}),
  web_url: url,
  ...when(has(version, 'jobProject'), {project: object({ci_job_token_scope_enabled: bool})}),
})

const artifact = object({file_type: text, size: int, filename: text, file_format: orNull(oneOf('zip', 'gzip', 'raw'))})

const runner = (version: string) =>
  object({
    id: int,
    description: orNull(text),
    ip_address: is('null', (value) => value === null),
    active: bool,
    ...when(has(version, 'runnerPaused'), {paused: bool}),
    is_shared: bool,
    ...when(has(version, 'runnerType'), {runner_type: oneOf('instance_type', 'group_type', 'project_type')}),
    name: orNull(text),
    online: orNull(bool),
    ...when(has(version, 'jobExecutionStatus'), {created_at: moment, job_execution_status: oneOf('active', 'idle')}),
    status: text,
  })

const runnerManager = object({
  id: int,
  system_id: text,
  version: text,
  revision: text,
  platform: text,
  architecture: text,
  created_at: moment,
  contacted_at: moment,
  ip_address: orNull(text),
  status: text,
})

/** A job, with what its own values demand: a reason only and always when it failed. */
export const jobShape =
  (version: string): Shape =>
  (value, place) => {
    const shape = object({
      ...basicKeys(version),
      'artifacts_file?': object({filename: text, size: int}),
      artifacts: list(artifact),
      runner: orNull(runner(version)),
      ...when(has(version, 'runnerManager'), {runner_manager: orNull(runnerManager)}),
      artifacts_expire_at: orNull(moment),
      ...when(has(version, 'archivedKey'), {archived: bool}),
      ...when(has(version, 'jobSource'), {source: text}),
      ...when(has(version, 'tagList'), {tag_list: list(text)}),
      ...when(!has(version, 'noDownloadUrl'), {'download_url?': is('null', (url) => url === null)}),
    })
    return [...shape(value, place), ...reasonProblems(version, value, place)]
  }

/** A retried bridge, presented as a job: it has no runner manager, not even a null one. */
export const bridgeAsJobShape = (version: string): Shape =>
  object({
    ...basicKeys(version),
    artifacts: list(artifact),
    runner: orNull(runner(version)),
    artifacts_expire_at: orNull(moment),
    archived: bool,
    ...when(has(version, 'jobSource'), {source: text}),
    tag_list: list(text),
  })

export const bridgeShape =
  (version: string): Shape =>
  (value, place) => {
    const shape = object({
      ...basicKeys(version),
      ...when(has(version, 'archivedKey'), {archived: bool}),
      downstream_pipeline: orNull(pipelineShape(version)),
    })
    return [...shape(value, place), ...reasonProblems(version, value, place)]
  }

function reasonProblems(version: string, value: unknown, place: string): readonly string[] {
  if (!has(version, 'failureReason')) return []
  const {status, failure_reason: reason} = (value ?? {}) as {status?: unknown; failure_reason?: unknown}
  return (status === 'failed') === (reason !== undefined)
    ? []
    : [`${place}/failure_reason: there with status ${String(status)}`]
}

/** A single pipeline tells more than one in a list. */
export const detailedPipelineShape = (version: string): Shape =>
  object({
    ...pipelineKeys(version),
    before_sha: sha,
    tag: bool,
    yaml_errors: orNull(text),
    user: orNull(object(userKeys(version))),
    started_at: orNull(moment),
    finished_at: orNull(moment),
    committed_at: orNull(moment),
    duration: orNull(int),
    ...when(has(version, 'queuedDuration'), {queued_duration: orNull(int)}),
    coverage: orNull(text),
    detailed_status: anything,
  })

export const agentsShape = object({
  allowed_agents: list(
    object({
      id: int,
      config_project: object({
        id: int,
        description: orNull(text),
        name: text,
        name_with_namespace: text,
        path: text,
        path_with_namespace: text,
        created_at: moment,
      }),
      configuration: anything,
    }),
  ),
  job: object({id: int}),
  pipeline: object({id: int}),
  project: object({id: int, groups: list(object({id: int}))}),
  user: object({
    id: int,
    username: text,
    name: text,
    state: text,
    avatar_url: orNull(text),
    web_url: url,
    roles_in_project: list(text),
  }),
  'environment?': object({tier: orNull(text), slug: text}),
})

export const treeEntryShape: Shape = (value, place) => {
  const {type} = (value ?? {}) as {type?: unknown}
  const own = type === 'directory' ? {type: oneOf('directory')} : {type: oneOf('file'), size: int}
  return object({name: text, path: text, mode: orNull(octal), ...own})(value, place)
}

/** `message` is text, an object or a list; `error` is text; never both, never anything else but OAuth's words. */
export const errorShape: Shape = (value, place) => {
  const {message} = (value ?? {}) as {message?: unknown}
  if (message !== undefined) return object({message: anything})(value, place)
  return object({error: text, 'error_description?': text, 'scope?': text})(value, place)
}
