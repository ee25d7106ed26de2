import {
  text,
  id,
  span,
  moment,
  mode,
  status,
  flag,
  number,
  refAccess,
  type Schemas,
  object,
  list,
  map,
  ref,
  orNull,
} from './schema-parts.ts'

/** JSON Schema of a world file: what `check` enforces, and what editors complete by. `world.schema.json` is made from it. */

const anyJob: Schemas = {
  id,
  name: text,
  stage: {...text, default: 'test'},
  status,
  user: {...orNull(text), description: 'A username; null: the user is gone'},
  allow_failure: {...flag, description: 'Absent: true for manual jobs'},
  when: {enum: ['on_success', 'manual', 'delayed', 'always']},
  failure_reason: orNull(text),
  retried_by: {...orNull(id), description: 'Id of the newer attempt'},
  coverage: orNull({type: 'number'}),
  created_at: moment,
  started_at: moment,
  finished_at: moment,
  timeline: {...list(ref('step')), description: "What happens by itself, on the sandbox's clock"},
  retry_timeline: {...list(ref('step')), description: 'The timeline of the next attempt; absent: the same again'},
}

const inputs = map(
  object({type: {enum: ['string', 'number', 'boolean', 'array']}, options: {type: 'array'}, default: {}}),
)

const jobOnly: Schemas = {
  tags: list(text),
  log: {
    anyOf: [{type: 'string'}, object({file: text}, ['file']), object({runner: {type: 'string'}}, ['runner'])],
    description: "runner: what the script says, with the runner's own lines, sections and stamps around it",
  },
  timeout: {...span, default: '1h'},
  artifacts: ref('artifacts'),
  environment: orNull(object({name: text, tier: orNull(text), slug: text}, ['name'])),
  inputs,
  resource_group_busy: flag,
  graceful_cancel: {...flag, description: 'A canceled job is canceling first'},
  debug_trace: flag,
  archived: flag,
  erased_at: moment,
  variables: list(object({key: text, value: {type: 'string'}}, ['key', 'value'])),
}

/** A job of a template has no past. */
const {id: _i, status: _s, retried_by: _r, created_at: _c, started_at: _b, finished_at: _f, ...madeUp} = anyJob

const fault: Schemas = {
  answer: object({status: {type: 'integer', minimum: 100, maximum: 599}, headers: map({type: 'string'}), body: {}}, [
    'status',
  ]),
  html: flag,
  reset: {anyOf: [{enum: ['before', 'headers']}, object({bytes: number}, ['bytes'])]},
  cut: {...object({bytes: number}, ['bytes']), description: 'Ends short of Content-Length'},
  close_delimited: object({bytes: number}, ['bytes']),
  longer: object({bytes: number}, ['bytes']),
  stall: object({bytes: number, for: span}, ['bytes', 'for']),
  drip: object({bytes_per_second: {type: 'integer', minimum: 1}}, ['bytes_per_second']),
  delay: span,
  ignore_range: flag,
  replace_object: flag,
  etag: {enum: ['strong', 'weak', 'none']},
  expired_signature: flag,
  redirect: object({location: text, status: {type: 'integer', minimum: 300, maximum: 399}}, ['location']),
  apply_then: {...ref('fault'), description: 'The request takes effect, then its answer goes wrong like this'},
}

const definitions: Schemas = {
  user: object({id, username: text, name: text, tokens: list(ref('token'))}, ['id', 'username']),
  token: object(
    {
      token: text,
      scopes: list({enum: ['api', 'read_api', 'read_user', 'read_repository', 'write_repository']}),
      expired: flag,
      revoked: flag,
    },
    ['token'],
  ),
  project: object(
    {
      id,
      path: {type: 'string', pattern: '^[^/\\s]+(/[^/\\s]+)+$', description: 'Full path, such as "grp/app"'},
      visibility: {enum: ['private', 'internal', 'public'], default: 'private'},
      public_pipelines: {...flag, default: true},
      ci_visibility: {enum: ['everyone', 'members'], default: 'everyone'},
      default_branch: {...text, default: 'main'},
      archived: {...flag, description: 'Read-only: nothing is played, retried, kept or started'},
      protected_branches: {
        ...list({anyOf: [text, object({name: text, push: refAccess, merge: refAccess}, ['name'])]}),
        description: 'A name alone: maintainers push and merge. Absent: the default branch, where developers merge',
      },
      protected_tags: list({anyOf: [text, object({name: text, create: refAccess}, ['name'])]}),
      branches: {...list(text), description: 'Beside the default branch and the refs of the pipelines'},
      tags: list(text),
      trigger_tokens: list(object({token: text, user: text}, ['token'])),
      pipeline_template: ref('template'),
      members: map({
        enum: ['guest', 'planner', 'reporter', 'security_manager', 'developer', 'maintainer', 'owner'],
      }),
      job_token_allowlist: object({
        enabled: {...flag, default: true},
        projects: map({
          anyOf: [{const: 'default'}, list({enum: ['read_jobs', 'read_pipelines', 'read_packages', 'admin_packages']})],
        }),
      }),
      job_token_outbound: object({enabled: flag, projects: list(text)}, [], 'The outbound limit of GitLab before 18.0'),
      pipeline_variables_role: {enum: ['developer', 'maintainer', 'owner', 'no_one_allowed'], default: 'developer'},
      renamed_from: {...list(text), description: 'Former full paths'},
      stats_refresh: {...flag, description: 'Erasing and deleting answer 409'},
      keep_latest_artifact: {...flag, default: true},
      agents: list(object({id, config_project: text, configuration: {type: 'object'}}, ['id', 'config_project'])),
      generic_packages: {...map({type: 'string'}), description: 'Text of files, by name/version/file'},
      pipelines: list(ref('pipeline')),
    },
    ['id', 'path'],
  ),
  pipeline: object(
    {
      id,
      ref: {...text, description: 'Absent: the default branch'},
      tag: flag,
      sha: {type: 'string', pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$'},
      source: {...text, default: 'push'},
      status: {...status, description: 'Absent: composed from its jobs, as it is again once one of them moves'},
      user: text,
      parent: {...orNull(id), description: 'Pipeline id, for child pipelines'},
      created_at: moment,
      variables: list(ref('variable')),
      merge_request: object({source_branch: text, target_branch: text}),
      jobs: list(ref('job')),
      bridges: list(ref('bridge')),
    },
    ['id'],
  ),
  template: object(
    {
      jobs: list(object({...madeUp, ...jobOnly}, ['name'])),
      bridges: list(object({...madeUp, downstream: orNull(id)}, ['name'])),
      inputs,
    },
    [],
    "What a pipeline is made of that the API starts: stage follows stage, a timeline begins at its job's turn",
  ),
  variable: object({key: text, value: {type: 'string'}, variable_type: {enum: ['env_var', 'file']}}, ['key', 'value']),
  job: object({...anyJob, token: {...text, description: 'Absent: glcbt-ID'}, ...jobOnly}, ['id', 'name', 'status']),
  bridge: object({...anyJob, downstream: orNull(id)}, ['id', 'name', 'status']),
  step: object({after: span, status, log: {type: 'string'}, failure_reason: text, downstream: id}, ['after']),
  artifacts: object({
    name: {...text, default: 'artifacts'},
    files: {...map(ref('entry')), description: 'By path'},
    file: {...text, description: 'A ready zip, served as it is; relative to the world file'},
    base64: {type: 'string', description: 'A ready zip, served as it is'},
    reports: list(text),
    expire_in: span,
    expire_at: moment,
    access: {enum: ['all', 'developer', 'maintainer', 'none'], default: 'all'},
    when: {enum: ['on_success', 'on_failure', 'always'], default: 'on_success'},
    metadata: {...flag, default: true},
    test_cases: {...list(ref('test_case')), description: 'What a report of the kind junit says'},
  }),
  test_case: object(
    {
      name: text,
      classname: text,
      status: {enum: ['success', 'failed', 'skipped', 'error']},
      execution_time: {type: 'number', minimum: 0},
      system_output: orNull({type: 'string'}),
    },
    ['name'],
  ),
  entry: {
    anyOf: [
      {type: 'string'},
      object({text: {type: 'string'}, mode}, ['text']),
      object({base64: {type: 'string'}, mode}, ['base64']),
      object({symlink: {type: 'string'}}, ['symlink']),
      object({directory: {const: true}, mode}, ['directory']),
    ],
  },
  fault: object(fault),
  rule: object(
    {
      on: {...text, description: 'Such as "GET /projects/*/jobs", or "storage" for the second origin'},
      after: {...number, description: 'Lets the first n pass'},
      times: {...number, description: 'Absent: for ever'},
      ...fault,
    },
    ['on'],
  ),
}

export const worldSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'World of the jobside sandbox',
  ...object(
    {
      $schema: {type: 'string'},
      gitlab: object({
        version: {type: 'string', pattern: '^\\d+\\.\\d+$', default: '19.2'},
        edition: {enum: ['ee', 'ce'], default: 'ee'},
        licence: {enum: ['free', 'premium', 'ultimate'], default: 'premium'},
        external_url: {type: 'string', pattern: '^https?://[^/]+[^/]$'},
      }),
      self: {...id, description: 'The job whose point of view is exported; absent: the first running job'},
      users: list(ref('user')),
      projects: list(ref('project')),
      faults: list(ref('rule')),
    },
    ['projects'],
  ),
  $defs: definitions,
} as const

/** The schema of the fault rules alone, for the option and the admin route. */
export const faultsSchema = {...list(ref('rule')), $defs: definitions} as const

/** What the admin routes take that attach an archive to a job and start a pipeline. */
export const artifactsSchema = {...ref('artifacts'), $defs: definitions} as const
export const pipelineRequestSchema = {
  ...object({ref: text, source: text, user: text, variables: list(ref('variable')), template: ref('template')}),
  $defs: definitions,
} as const
