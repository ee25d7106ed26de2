import {startSandbox} from '../support/sandbox.ts'

/** One run of a command that any host can make: inputs by their flags' names, and some of the outputs that must come of it. */
export interface Trial {
  readonly inputs: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>
  /** By camelCase name; the other outputs are not looked at. */
  readonly outputs: Readonly<Record<string, string | number | boolean>>
}

/** A sandbox in which every trial works, once each and in any order. */
export async function startTrials(): ReturnType<typeof startSandbox> {
  return startSandbox(world, {storage: 'redirect'})
}

/** A trial for every command. Downloads go to the current folder. */
export const trials: Readonly<Record<string, Trial>> = {
  'wait-for-job': {
    inputs: {job: ['build', 'test: [linux, 20]'], timeout: '30s', interval: '1s'},
    outputs: {status: 'success', jobId: 103, stage: 'test'},
  },
  'download-artifacts-by-ref': {
    inputs: {project: 'grp/lib', ref: 'main', job: 'package', path: 'vendor', files: ['lib/**']},
    outputs: {found: true, files: 1, ref: 'main'},
  },
  'download-artifacts': {
    inputs: {'job-match': ['build*'], path: 'out', layout: 'merged'},
    outputs: {found: true, files: 2, ids: '102'},
  },
  'get-artifact-file': {
    inputs: {job: ['build'], file: 'bin/tool', output: 'tool'},
    outputs: {jobId: 102, bytes: 10},
  },
  'list-artifacts': {inputs: {job: ['build']}, outputs: {jobId: 102, files: 2}},
  'keep-artifacts': {inputs: {'job-id': [107]}, outputs: {kept: 1, ids: '107'}},
  'delete-artifacts': {inputs: {'job-id': [108], yes: true}, outputs: {deleted: 1, ids: '108'}},
  'play-manual-job': {
    inputs: {job: ['deploy'], variables: ['TARGET=live=1', 'NOTE=a, b']},
    outputs: {played: true, previousStatus: 'manual', jobId: 104},
  },
  'retry-job': {inputs: {job: ['flaky']}, outputs: {retried: 1, jobName: 'flaky', status: 'pending'}},
  'cancel-job': {inputs: {job: ['endless']}, outputs: {canceled: 1, ids: '106', status: 'canceled'}},
  'erase-job': {inputs: {job: ['leak'], yes: true}, outputs: {erased: 1, ids: '109'}},
  'list-jobs': {inputs: {stage: ['build'], status: ['success', 'failed'], expect: 1}, outputs: {count: 1, ids: '102'}},
  'get-job': {inputs: {job: ['test: [linux, 20]']}, outputs: {jobName: 'test: [linux, 20]', allowFailure: true}},
  'get-job-log': {inputs: {job: ['build'], output: 'build.log'}, outputs: {jobId: 102, bytes: 10}},
  'fetch-self': {inputs: {}, outputs: {id: 101, name: 'self', pipelineId: 11}},
  'trigger-pipeline': {
    inputs: {project: 'grp/lib', ref: 'main', variables: ['TARGET=live=1']},
    outputs: {ref: 'main', source: 'pipeline', project: 2},
  },
  doctor: {inputs: {for: ['wait-for-job', 'get-job-log']}, outputs: {ok: true, tokenOk: true, tokenUser: 'dev'}},
  'list-allowed-agents': {inputs: {}, outputs: {count: 1, ids: '5'}},
}

const world = {
  gitlab: {version: '19.2', edition: 'ee' as const, licence: 'premium' as const},
  self: 101,
  users: [{id: 1, username: 'dev', tokens: [{token: 'glpat-trials-dev', scopes: ['api']}]}],
  projects: [
    {
      id: 1,
      path: 'grp/app',
      members: {dev: 'maintainer' as const},
      agents: [{id: 5, config_project: 'grp/app'}],
      pipelines: [
        {
          id: 11,
          ref: 'main',
          status: 'running',
          user: 'dev',
          jobs: [
            {id: 101, name: 'self', stage: 'test', status: 'running', user: 'dev', token: 'glcbt-trials-self'},
            {
              id: 102,
              name: 'build',
              stage: 'build',
              status: 'success',
              log: 'compiling\n',
              artifacts: {
                expire_in: '30d',
                files: {'lib/app.js': 'export {}\n', 'bin/tool': {text: '#!/bin/sh\n', mode: '0755'}},
              },
            },
            {id: 103, name: 'test: [linux, 20]', stage: 'test', status: 'success', allow_failure: true},
            {id: 104, name: 'deploy', stage: 'deploy', status: 'manual'},
            {id: 105, name: 'flaky', stage: 'test', status: 'failed', failure_reason: 'runner_system_failure'},
            {id: 106, name: 'endless', stage: 'test', status: 'running'},
            {id: 107, name: 'keep', status: 'success', artifacts: {expire_in: '1h', files: {a: 'a'}}},
            {id: 108, name: 'drop', status: 'success', artifacts: {files: {a: 'a'}}},
            {id: 109, name: 'leak', status: 'success', log: 'password\n', artifacts: {files: {a: 'a'}}},
          ],
        },
      ],
    },
    {
      id: 2,
      path: 'grp/lib',
      members: {dev: 'developer' as const},
      protected_branches: [],
      pipeline_template: {jobs: [{name: 'compile'}]},
      job_token_allowlist: {projects: {'grp/app': 'default' as const}},
      pipelines: [
        {
          id: 21,
          ref: 'main',
          jobs: [
            {
              id: 201,
              name: 'package',
              status: 'success',
              artifacts: {files: {'lib/lib.js': 'export {}\n', 'README.md': '# lib\n'}},
            },
          ],
        },
      ],
    },
  ],
}

export const predefined = {
  CI_JOB_NAME: 'self',
  CI_JOB_STAGE: 'test',
  CI_JOB_STARTED_AT: new Date().toISOString(),
  CI_JOB_TIMEOUT: '3600',
  CI_COMMIT_REF_NAME: 'main',
  CI_COMMIT_SHA: '',
  CI_DEFAULT_BRANCH: 'main',
  CI_SERVER_VERSION: '19.2.0',
}
