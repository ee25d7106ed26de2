import type {JobFile, WorldFile} from '../../src/sandbox/world/world-types.ts'

const job = (id: number, name: string, stage: string, status: string, more: Partial<JobFile> = {}): JobFile => ({
  id,
  name,
  stage,
  status,
  user: 'maint',
  ...more,
})

const runs = [
  {after: '200ms', status: 'running', log: 'working\n'},
  {after: '300ms', status: 'success'},
]
const buildLog =
  'section_start:1700000000:step_script\r\u001b[0K$ make\nerror: one warning, treated as none\nsection_end:1700000001:step_script\r\u001b[0K\n'
const built = (folder: string, expiry: {expire_in?: string} = {}) => ({
  files: {[`${folder}/VERSION`]: '1.2.3\n', [`${folder}/app.js`]: 'app()\n', [`${folder}/app.js.map`]: '{}\n'},
  ...expiry,
})

/** What the README examples talk about: each of their jobs, refs and projects is there, in the state that the example expects. */
export function exampleWorld(command: string): WorldFile {
  const flaky = job(120, 'flaky', 'test', 'failed', {failure_reason: 'runner_system_failure', retry_timeline: runs})
  return {
    self: 101,
    users: [{id: 1, username: 'maint', tokens: [{token: 'glpat-maint'}]}],
    projects: [
      {
        id: 1,
        path: 'grp/app',
        members: {maint: 'maintainer'},
        agents: [{id: 5, config_project: 'grp/app'}],
        pipelines: [
          {
            id: 11,
            ref: 'main',
            user: 'maint',
            jobs: [
              job(101, 'integrate', 'test', 'running', {token: 'glcbt-self'}),
              job(102, 'build', 'build', 'success', {artifacts: built('dist'), log: buildLog}),
              job(103, 'build 1/2', 'build', 'success', {artifacts: {files: {'one.js': '1\n'}}}),
              job(104, 'build 2/2', 'build', 'success', {artifacts: {files: {'two.js': '2\n'}}}),
              job(105, 'test: [linux, 20]', 'test', 'success'),
              job(106, 'test: [mac, 20]', 'test', 'success'),
              job(107, 'leak', 'test', 'success', {log: 'password\n'}),
              job(108, 'queued', 'test', 'pending'),
              job(110, 'deploy', 'deploy', 'manual', {when: 'manual', timeline: runs}),
              ...(command === 'retry-job' ? [flaky] : []),
            ],
          },
          {
            id: 4711,
            ref: 'release',
            user: 'maint',
            jobs: [job(471, 'compile', 'build', 'success'), job(472, 'lint: docs', 'test', 'failed')],
          },
          {
            id: 9,
            ref: 'v1.0',
            tag: true,
            jobs: [job(90, 'release', 'build', 'success', {artifacts: built('dist', {expire_in: '30d'})})],
          },
          {
            id: 8,
            ref: 'refs/merge-requests/7/head',
            jobs: [job(80, 'build', 'build', 'failed', {artifacts: {...built('dist'), when: 'always'}})],
          },
        ],
      },
      {
        id: 2,
        path: 'grp/lib',
        members: {maint: 'maintainer'},
        pipeline_template: {jobs: [{name: 'compile', stage: 'build', timeline: runs}]},
        job_token_allowlist: {projects: {'grp/app': 'default'}},
        pipelines: [
          {
            id: 21,
            ref: 'main',
            user: 'maint',
            jobs: [job(201, 'build', 'build', 'success', {artifacts: built('dist'), log: 'built\n'})],
          },
        ],
      },
      {
        id: 3,
        path: 'grp/tool',
        members: {maint: 'maintainer'},
        job_token_allowlist: {projects: {'grp/app': 'default'}},
        pipelines: [
          {
            id: 31,
            ref: 'main',
            user: 'maint',
            jobs: [job(301, 'build', 'build', 'success', {artifacts: built('bin')})],
          },
        ],
      },
    ],
  }
}
