import type {JobFile, WorldFile} from '../../src/sandbox/world/world-types.ts'

const job = (id: number, name: string, status: string, more: Partial<JobFile> = {}): JobFile => ({
  id,
  name,
  stage: 'build',
  status,
  user: 'maint',
  ...more,
})

const good = [
  {after: '500ms', status: 'running', log: 'working\n'},
  {after: '500ms', status: 'success'},
]

/** A pipeline with one job for each way that a call of the library may end. */
export const libraryWorld: WorldFile = {
  users: [{id: 1, username: 'maint', tokens: [{token: 'glpat-maint'}]}],
  projects: [
    {
      id: 2,
      path: 'grp/lib',
      members: {maint: 'maintainer'},
      pipelines: [
        {
          id: 21,
          ref: 'main',
          user: 'maint',
          jobs: [
            job(201, 'build', 'pending', {
              timeline: good,
              artifacts: {files: {'dist/lib.js': 'lib()\n', 'bin/tool': 'x\n'}},
            }),
            job(202, 'lint', 'failed', {failure_reason: 'script_failure', log: 'line 7: no semicolon\n'}),
            job(203, 'slow', 'running'),
            job(204, 'deploy', 'manual', {when: 'manual', timeline: good}),
            job(205, 'flaky', 'failed', {failure_reason: 'runner_system_failure', retry_timeline: good}),
          ],
        },
      ],
      pipeline_template: {jobs: [{name: 'started', stage: 'build', timeline: good}]},
    },
  ],
}
