/** What an example of GitLab's pages is made of: its keys, and what kind of value each has. Null says nothing of the kind. */
export type Kind = 'text' | 'number' | 'flag' | 'null' | readonly [Kind] | {readonly [key: string]: Kind}

const person = {
  id: 'number',
  name: 'text',
  username: 'text',
  state: 'text',
  avatar_url: 'text',
  web_url: 'text',
  created_at: 'text',
  bio: 'null',
  location: 'null',
  public_email: 'text',
  skype: 'text',
  linkedin: 'text',
  twitter: 'text',
  website_url: 'text',
  organization: 'text',
} as const
const commit = {
  author_email: 'text',
  author_name: 'text',
  created_at: 'text',
  id: 'text',
  message: 'text',
  short_id: 'text',
  title: 'text',
} as const
const pipeline = {id: 'number', ref: 'text', sha: 'text', status: 'text'} as const
const dated = {created_at: 'text', updated_at: 'text', web_url: 'text'} as const
const artifact = {file_type: 'text', size: 'number', filename: 'text', file_format: 'text'} as const
const basics = {
  commit,
  coverage: 'null',
  allow_failure: 'flag',
  created_at: 'text',
  id: 'number',
  name: 'text',
  ref: 'text',
  stage: 'text',
  status: 'text',
  tag: 'flag',
  web_url: 'text',
} as const
const ran = {started_at: 'text', finished_at: 'text', duration: 'number'} as const
const waits = {started_at: 'null', finished_at: 'null', duration: 'null'} as const
const runs = {started_at: 'text', finished_at: 'null', duration: 'number'} as const
const archive = {artifacts_file: {filename: 'text', size: 'number'}, artifacts: [artifact]} as const
const nothing = {artifacts: [artifact], runner: 'null', user: 'null'} as const
const runner = {
  id: 'number',
  description: 'text',
  ip_address: 'null',
  active: 'flag',
  paused: 'flag',
  is_shared: 'flag',
  runner_type: 'text',
  name: 'null',
  online: 'flag',
  status: 'text',
} as const
const manager = {
  id: 'number',
  system_id: 'text',
  version: 'text',
  revision: 'text',
  platform: 'text',
  architecture: 'text',
  created_at: 'text',
  contacted_at: 'text',
  ip_address: 'text',
  status: 'text',
} as const

/** The page of 13.3 and the one before it have the same examples. */
const old = {...basics, pipeline, user: person}
export const page13 = {
  job: {...old, ...ran, artifacts_expire_at: 'text', runner: 'null', artifacts: [artifact]},
  jobWithArchive: {...old, ...ran, ...archive, artifacts_expire_at: 'text', runner: 'null'},
  bridge: {...old, ...ran, pipeline: {...pipeline, ...dated}, downstream_pipeline: {...pipeline, ...dated}},
  canceled: {...basics, ...nothing, ...runs},
  waiting: {...basics, ...nothing, ...waits},
  erased: {...basics, ...nothing, ...ran, download_url: 'null'},
} as const satisfies Readonly<Record<string, Kind>>

const middling = {
  ...basics,
  ...ran,
  pipeline: {...pipeline, project_id: 'number'},
  user: person,
  queued_duration: 'number',
  tag_list: ['text'],
  artifacts_expire_at: 'text',
  runner: 'null',
  failure_reason: 'text',
} as const
export const page14 = {
  job: {...middling, artifacts: [artifact]},
  jobWithArchive: {...middling, ...archive},
} as const satisfies Readonly<Record<string, Kind>>

const newer = {
  ...basics,
  archived: 'flag',
  erased_at: 'null',
  project: {ci_job_token_scope_enabled: 'flag'},
} as const
const newJob = {
  ...newer,
  ...ran,
  pipeline: {...pipeline, project_id: 'number'},
  user: person,
  queued_duration: 'number',
  artifacts_expire_at: 'text',
  runner,
  runner_manager: manager,
} as const
const afterwards = {...newer, ...nothing, runner_manager: 'null', queued_duration: 'null'} as const
export const page18 = {
  job: {...newJob, artifacts: [artifact], tag_list: ['text'], failure_reason: 'text'},
  jobWithArchive: {...newJob, ...archive, tag_list: ['text'], failure_reason: 'text'},
  ownJob: {...newJob, finished_at: 'null', artifacts_expire_at: 'null', artifacts: [artifact]},
  bridge: {
    ...newer,
    ...ran,
    queued_duration: 'number',
    user: person,
    pipeline: {...pipeline, project_id: 'number', ...dated},
    downstream_pipeline: {...pipeline, ...dated},
  },
  agents: {
    allowed_agents: [
      {
        id: 'number',
        config_project: {
          id: 'number',
          description: 'null',
          name: 'text',
          name_with_namespace: 'text',
          path: 'text',
          path_with_namespace: 'text',
          created_at: 'text',
        },
      },
    ],
    job: {id: 'number'},
    pipeline: {id: 'number'},
    project: {id: 'number', groups: [{id: 'number'}]},
    user: {id: 'number', name: 'text', username: 'text', state: 'text', avatar_url: 'text', web_url: 'text'},
  },
  canceled: {...afterwards, ...runs},
  waiting: {...afterwards, ...waits},
  erased: {...afterwards, ...ran, erased_at: 'text', download_url: 'null'},
} as const satisfies Readonly<Record<string, Kind>>

/** Keys that GitLab got later than a page, wherever they stand. */
const later15 = ['erased_at', 'archived', 'project', 'runner_manager', 'source', 'locked', 'discord', 'github']
const later13 = [
  'queued_duration',
  'tag_list',
  'failure_reason',
  'project_id',
  'iid',
  'paused',
  'runner_type',
  'pronouns',
]
export const unknownTo: Readonly<Record<string, readonly string[]>> = {
  '13.3': [...later13, ...later15],
  '13.5': [...later13, ...later15],
  // GitLab had the source of a pipeline within these years, in its pipeline.
  '14.0': later15,
  '15.11': later15.filter((key) => key !== 'source'),
  '18.0': ['job_execution_status'],
}
