import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {JobDump} from '../../src/sandbox/world/world-dump.ts'
import type {JobFile, ProjectFile, WorldFile} from '../../src/sandbox/world/world-types.ts'

const files = {
  'a.txt': 'alpha\n',
  'dir/b.js': 'b()\n',
  'dir/deep/c.bin': {base64: 'AAEC'},
  run: {text: '#!/bin/sh\n', mode: '0755'},
}
const made = {files}

/** Who holds which token, by the name that the rows use. */
export const credentials: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nobody: {},
  dev: {'private-token': 'glpat-dev'},
  maint: {'private-token': 'glpat-maint'},
  reporter: {'private-token': 'glpat-rep'},
  guest: {'private-token': 'glpat-gus'},
  stranger: {'private-token': 'glpat-out'},
  readonly: {'private-token': 'glpat-ro'},
  'user scope': {'private-token': 'glpat-user'},
  expired: {'private-token': 'glpat-old'},
  revoked: {'private-token': 'glpat-gone'},
  unknown: {'private-token': 'glpat-nope'},
  bearer: {authorization: 'Bearer glpat-dev'},
  'unknown bearer': {authorization: 'Bearer nope'},
  job: {'job-token': 'glcbt-self'},
  'job as bearer': {authorization: 'Bearer glcbt-self'},
  'job as private token': {'private-token': 'glcbt-self'},
  'job as basic': {authorization: `Basic ${Buffer.from('gitlab-ci-token:glcbt-self').toString('base64')}`},
  'finished job': {'job-token': 'glcbt-102'},
  'finished job as bearer': {authorization: 'Bearer glcbt-102'},
  'canceling job': {'job-token': 'glcbt-110'},
  'malformed job': {'job-token': 'nope'},
  'orphan job': {'job-token': 'glcbt-116'},
  'both tokens': {'private-token': 'glpat-dev', 'job-token': 'glcbt-self'},
}

const job = (id: number, name: string, status: string, more: Partial<JobFile> = {}): JobFile => ({
  id,
  name,
  status,
  ...more,
})

/** A project with one passed pipeline of `main` and its job "build". Ids follow from the project's. */
function simple(id: number, path: string, more: Partial<ProjectFile>): ProjectFile {
  const build = job(id * 1000 + 1, 'build', 'success', {artifacts: made, log: 'built\n'})
  const bridges = [{id: id * 1000 + 50, name: 'child', status: 'success', downstream: null}]
  return {
    id,
    path,
    members: {dev: 'developer', maint: 'maintainer'},
    pipelines: [{id: id * 100 + 1, ref: 'main', jobs: [build], bridges}],
    ...more,
  }
}

const statuses = [
  job(101, 'build', 'running', {token: 'glcbt-self', user: 'dev', log: 'line 1\nline 2\n', tags: ['linux', 'docker']}),
  job(102, 'test', 'success', {artifacts: made, log: 'ok\n', user: 'dev', coverage: 91.5}),
  job(103, 'lint', 'failed', {allow_failure: true, log: 'bad\n', artifacts: {...made, when: 'always'}}),
  job(104, 'deploy', 'manual', {
    inputs: {environment: {options: ['staging', 'production']}},
    timeline: [
      {after: '2s', status: 'running'},
      {after: '2s', status: 'success'},
    ],
  }),
  job(105, 'later', 'scheduled'),
  job(106, 'queued', 'pending'),
  job(107, 'fresh', 'created'),
  job(108, 'busy', 'waiting_for_resource'),
  job(109, 'prepared', 'preparing'),
  job(110, 'stopping', 'canceling', {user: 'dev'}),
  job(111, 'stopped', 'canceled', {log: 'stop\n'}),
  job(112, 'passed over', 'skipped'),
  job(113, 'flaky', 'failed', {retried_by: 114, log: 'oh\n', failure_reason: 'runner_system_failure'}),
  job(114, 'flaky', 'success', {log: 'ah\n', inputs: {level: {type: 'number', default: 1}}}),
  job(115, 'graceful', 'running', {graceful_cancel: true}),
  job(116, 'orphan', 'running', {user: null}),
  job(117, 'debugged', 'success', {debug_trace: true, log: 'secret\n'}),
  job(118, 'archived', 'success', {archived: true}),
  job(119, 'tidy', 'success'),
  job(120, 'redo', 'failed', {when: 'manual', log: 'x\n'}),
  job(122, 'locked door', 'manual', {resource_group_busy: true}),
  job(123, 'rolled out', 'success', {environment: {name: 'Prod EU', tier: 'production'}, user: 'dev'}),
  job(124, 'erased', 'success', {erased_at: '2026-08-31T00:00:00Z'}),
]

const passed = [
  job(131, 'pack', 'success', {artifacts: {...made, name: 'pack age'}}),
  job(132, 'reports', 'success', {artifacts: {reports: ['junit']}}),
  job(133, 'for developers', 'success', {artifacts: {...made, access: 'developer'}}),
  job(134, 'for nobody', 'success', {artifacts: {...made, access: 'none'}}),
  job(135, 'old', 'success', {artifacts: {...made, expire_at: '2026-08-01T00:00:00Z'}}),
  job(136, 'for maintainers', 'success', {artifacts: {...made, access: 'maintainer'}}),
  job(137, 'matrix: [a, b]', 'success', {artifacts: made}),
  job(138, 'no index', 'success', {artifacts: {...made, metadata: false}}),
  job(139, 'lonely', 'failed', {allow_failure: true, artifacts: {...made, when: 'always'}}),
]

/** Every state, every role, and a project for every row of the matrix of job tokens. */
export const world: WorldFile = {
  self: 101,
  users: [
    {
      id: 1,
      username: 'dev',
      tokens: [
        {token: 'glpat-dev'},
        {token: 'glpat-ro', scopes: ['read_api']},
        {token: 'glpat-user', scopes: ['read_user']},
      ],
    },
    {
      id: 2,
      username: 'maint',
      tokens: [{token: 'glpat-maint'}, {token: 'glpat-old', expired: true}, {token: 'glpat-gone', revoked: true}],
    },
    {id: 3, username: 'rep', tokens: [{token: 'glpat-rep'}]},
    {id: 4, username: 'gus', tokens: [{token: 'glpat-gus'}]},
    {id: 5, username: 'out', tokens: [{token: 'glpat-out'}]},
  ],
  projects: [
    {
      id: 1,
      path: 'grp/app',
      public_pipelines: false,
      members: {dev: 'developer', maint: 'maintainer', rep: 'reporter', gus: 'guest'},
      renamed_from: ['old/app'],
      agents: [{id: 7, config_project: 'grp/lib', configuration: {default_namespace: 'x'}}],
      pipelines: [
        {
          id: 11,
          ref: 'main',
          user: 'maint',
          jobs: statuses,
          bridges: [
            {id: 150, name: 'deploy-child', status: 'success', downstream: 12},
            {id: 151, name: 'hand', status: 'manual', downstream: null},
            {id: 152, name: 'again', status: 'failed', retried_by: 153, downstream: null},
            {id: 153, name: 'again', status: 'success', downstream: 12},
          ],
        },
        {
          id: 12,
          ref: 'main',
          parent: 11,
          status: 'success',
          jobs: [job(121, 'child job', 'success', {artifacts: made})],
        },
        {
          id: 9,
          ref: 'main',
          status: 'success',
          jobs: [job(91, 'vintage', 'success', {artifacts: {...made, expire_at: '2026-08-01T00:00:00Z'}})],
        },
        {id: 13, ref: 'main', status: 'success', jobs: passed},
        {
          id: 14,
          ref: 'main',
          status: 'success',
          parent: 13,
          jobs: [job(141, 'in child', 'success', {artifacts: made})],
        },
        {id: 15, ref: 'main', status: 'failed', jobs: [job(1510, 'newest', 'success', {artifacts: made})]},
        {
          id: 16,
          ref: 'feat/x',
          status: 'success',
          jobs: [job(161, 'pack', 'success', {artifacts: made, user: 'dev', log: 'own\n'})],
        },
        {
          id: 17,
          ref: 'refs/merge-requests/5/head',
          source: 'merge_request_event',
          status: 'success',
          jobs: [job(171, 'pack', 'success', {artifacts: made})],
        },
        {
          id: 18,
          ref: 'web',
          source: 'webide',
          status: 'success',
          jobs: [job(181, 'pack', 'success', {artifacts: made})],
        },
      ],
    },
    simple(2, 'grp/lib', {job_token_allowlist: {projects: {'grp/app': 'default'}}}),
    simple(3, 'grp/closed', {}),
    simple(4, 'grp/pub', {visibility: 'public', members: {}}),
    simple(5, 'grp/fine', {job_token_allowlist: {projects: {'grp/app': ['read_pipelines']}}}),
    simple(6, 'grp/pubfine', {
      visibility: 'public',
      members: {},
      job_token_allowlist: {projects: {'grp/lib': ['read_jobs']}},
    }),
    simple(7, 'grp/pubmembers', {visibility: 'public', ci_visibility: 'members'}),
    simple(8, 'grp/open', {job_token_allowlist: {enabled: false}}),
    simple(9, 'grp/strange', {members: {maint: 'maintainer'}, job_token_allowlist: {projects: {'grp/app': 'default'}}}),
    simple(10, 'grp/guesty', {
      public_pipelines: false,
      members: {dev: 'guest'},
      job_token_allowlist: {projects: {'grp/app': 'default'}},
    }),
    simple(11, 'grp/inside', {visibility: 'internal', members: {}}),
    simple(12, 'grp/pubclosed', {visibility: 'public', public_pipelines: false, members: {gus: 'guest'}}),
    simple(13, 'grp/refreshing', {stats_refresh: true}),
    simple(14, 'grp/tight', {
      pipeline_variables_role: 'maintainer',
      pipelines: [{id: 1401, jobs: [job(14001, 'go', 'manual')]}],
    }),
    simple(15, 'grp/jobsonly', {job_token_allowlist: {projects: {'grp/app': ['read_jobs']}}}),
  ],
}

/** The same on a server without a licence. */
export const freeWorld: WorldFile = {...world, gitlab: {licence: 'free'}}

/** The same, where the token's own project limits where its tokens go, as before 18.0. */
export const limitedWorld: WorldFile = {
  ...world,
  projects: (world.projects ?? []).map((project) =>
    project.id === 1 ? {...project, job_token_outbound: {projects: []}} : project,
  ),
}

/** A job of the sandbox as it stands. */
export function jobOf(sandbox: Sandbox, id: number): JobDump | undefined {
  return sandbox
    .world()
    .projects.flatMap(({pipelines}) => pipelines.flatMap(({jobs}) => jobs))
    .find((job) => job.id === id)
}
