import path from 'node:path'
import {loadWorld} from '../../src/sandbox/world/world-file.ts'
import {startSandbox} from '../support/sandbox.ts'

/** The pipelines of this project serve the same file to its actions. */
const {world} = loadWorld(path.join(import.meta.dirname, 'trials.world.yml'))

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
