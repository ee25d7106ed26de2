import {action as cancelJob} from '../../actions/cancel-job/action.ts'
import {action as deleteArtifacts} from '../../actions/delete-artifacts/action.ts'
import {action as downloadArtifacts} from '../../actions/download-artifacts/action.ts'
import {action as downloadByRef} from '../../actions/download-artifacts-by-ref/action.ts'
import {action as eraseJob} from '../../actions/erase-job/action.ts'
import {action as fetchSelf} from '../../actions/fetch-self/action.ts'
import {action as getArtifactFile} from '../../actions/get-artifact-file/action.ts'
import {action as getJob} from '../../actions/get-job/action.ts'
import {action as getJobLog} from '../../actions/get-job-log/action.ts'
import {action as keepArtifacts} from '../../actions/keep-artifacts/action.ts'
import {action as listAllowedAgents} from '../../actions/list-allowed-agents/action.ts'
import {action as listArtifacts} from '../../actions/list-artifacts/action.ts'
import {action as listJobs} from '../../actions/list-jobs/action.ts'
import {action as playManualJob} from '../../actions/play-manual-job/action.ts'
import {action as retryJob} from '../../actions/retry-job/action.ts'
import {action as triggerPipeline} from '../../actions/trigger-pipeline/action.ts'
import {action as waitForJob} from '../../actions/wait-for-job/action.ts'
import type {AnyAction} from '../../src/command/action.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {files, job, library, worldWith} from './world.ts'

/** One plain use of a command. */
export interface Scenario {
  readonly action: AnyAction
  readonly argv: readonly string[]
  /** With `--job-id` it needs no list of jobs, which older versions close to job tokens. */
  readonly worksById?: boolean
  /** What it asks GitLab 19.2 for where both tokens are at hand, in order. */
  readonly asks: readonly string[]
  /** Exit code by GitLab version with nothing but the job token. */
  readonly byJobToken: readonly [v17: number, v18: number, v19: number]
  /** The same with nothing but an access token of a maintainer. */
  readonly byToken: number
  /** A part of the outputs. */
  readonly puts: Readonly<Record<string, unknown>>
}

const list = 'GET /projects/1/pipelines/11/jobs job-token'

/** Every command but doctor, once. */
export const scenarios: readonly Scenario[] = [
  {
    action: waitForJob,
    argv: ['--job', 'build'],
    asks: [list],
    byJobToken: [77, 0, 0],
    byToken: 0,
    puts: {status: 'success', job_id: 102, polls: 1},
  },
  {
    action: downloadByRef,
    argv: ['--ref', 'main', '--job', 'old build'],
    asks: ['GET /projects/1/jobs/artifacts/main/download job-token'],
    byJobToken: [0, 0, 0],
    byToken: 0,
    puts: {found: true, job_name: 'old build', files: 4, ref: 'main', strategy: 'latest-pipeline', sha: null},
  },
  {
    action: downloadArtifacts,
    argv: ['--job', 'build'],
    asks: [list, 'GET /projects/1/jobs/102/artifacts job-token'],
    byJobToken: [77, 0, 0],
    worksById: true,
    byToken: 0,
    puts: {found: true, files: 4, ids: '102'},
  },
  {
    action: getArtifactFile,
    argv: ['--job', 'build', '--file', 'dist/VERSION', '--output', 'VERSION'],
    asks: [
      list,
      'GET /projects/1/jobs/102/artifacts/dist/VERSION job-token',
      'GET /projects/1/jobs/102/artifacts/tree job-token',
    ],
    byJobToken: [77, 0, 0],
    worksById: true,
    byToken: 0,
    puts: {job_id: 102, bytes: 6},
  },
  {
    action: listArtifacts,
    argv: ['--job', 'build'],
    asks: [list, 'GET /projects/1/jobs/102/artifacts/tree job-token'],
    byJobToken: [77, 0, 0],
    worksById: true,
    byToken: 0,
    puts: {job_id: 102, files: 4, bytes: 25},
  },
  {
    action: listJobs,
    argv: ['--status', 'success'],
    asks: [list, 'GET /projects/1/pipelines/11/trigger_jobs job-token'],
    byJobToken: [77, 0, 0],
    byToken: 0,
    puts: {count: 1, ids: '102', statuses: {success: 1}},
  },
  {
    action: getJob,
    argv: ['--job', 'build'],
    asks: [list],
    byJobToken: [77, 0, 0],
    byToken: 0,
    puts: {job_id: 102, status: 'success', allow_failure: false},
  },
  {
    action: getJobLog,
    argv: ['--job', 'build'],
    asks: [list, 'GET /projects/1/jobs/102/trace private-token'],
    byJobToken: [77, 77, 77],
    byToken: 0,
    puts: {job_id: 102, bytes: 6},
  },
  {
    action: fetchSelf,
    argv: [],
    asks: ['GET /job job-token'],
    byJobToken: [0, 0, 0],
    byToken: 77,
    puts: {id: 101, name: 'integrate', user: 'dev', pipeline_id: 11, project_id: 1},
  },
  {
    action: listAllowedAgents,
    argv: [],
    asks: ['GET /job/allowed_agents job-token'],
    byJobToken: [0, 0, 0],
    byToken: 77,
    puts: {count: 1, ids: '5'},
  },
  {
    action: playManualJob,
    argv: ['--job', 'deploy'],
    asks: [list, 'POST /projects/1/jobs/104/play private-token'],
    byJobToken: [77, 77, 77],
    byToken: 0,
    puts: {played: true, previous_status: 'manual', status: 'pending', job_id: 104},
  },
  {
    action: retryJob,
    argv: ['--job', 'flaky'],
    asks: [list, 'POST /projects/1/jobs/103/retry private-token'],
    byJobToken: [77, 77, 77],
    byToken: 0,
    puts: {retried: 1, status: 'pending'},
  },
  {
    action: cancelJob,
    argv: ['--job', 'slow'],
    asks: [list, 'POST /projects/1/jobs/105/cancel private-token'],
    byJobToken: [77, 77, 77],
    byToken: 0,
    puts: {canceled: 1, ids: '105', status: 'canceled'},
  },
  {
    action: eraseJob,
    argv: ['--job', 'build', '--yes'],
    asks: [list, 'POST /projects/1/jobs/102/erase private-token'],
    byJobToken: [77, 77, 77],
    byToken: 0,
    puts: {erased: 1, ids: '102'},
  },
  {
    action: keepArtifacts,
    argv: ['--job', 'build'],
    asks: [list, 'POST /projects/1/jobs/102/artifacts/keep private-token'],
    byJobToken: [77, 77, 77],
    byToken: 0,
    puts: {kept: 1, ids: '102'},
  },
  {
    action: deleteArtifacts,
    argv: ['--job', 'build', '--yes'],
    asks: [list, 'DELETE /projects/1/jobs/102/artifacts private-token'],
    byJobToken: [77, 77, 77],
    byToken: 0,
    puts: {deleted: 1, ids: '102', under_way: false},
  },
  {
    action: triggerPipeline,
    argv: ['--project', 'grp/lib', '--ref', 'main'],
    asks: ['GET /projects/grp%2Flib/pipelines job-token', 'POST /projects/grp%2Flib/trigger/pipeline'],
    byJobToken: [0, 0, 0],
    byToken: 0,
    puts: {ref: 'main', project: 2, status: 'created'},
  },
]

/** The world in which all of them can be done. */
export const scenarioWorld: WorldFile = worldWith(
  [
    job(102, 'build', 'success', {log: 'built\n', artifacts: {files, expire_in: '30d'}}),
    job(103, 'flaky', 'failed', {stage: 'test', failure_reason: 'script_failure', log: 'boom\n'}),
    job(104, 'deploy', 'manual', {stage: 'deploy', when: 'manual', allow_failure: true}),
    job(105, 'slow', 'running', {stage: 'test'}),
  ],
  {
    more: [{id: 10, ref: 'main', jobs: [job(90, 'old build', 'success', {artifacts: {files}})]}],
    app: {agents: [{id: 5, config_project: 'grp/app'}]},
    others: [
      library([{id: 21, ref: 'main', jobs: []}], {
        members: {dev: 'developer', maint: 'maintainer', rep: 'reporter'},
        protected_branches: [],
        pipeline_template: {jobs: [{name: 'compile'}]},
      }),
    ],
  },
)

/** An access token that may do all of it. */
export const maintainer = {GITLAB_TOKEN: 'glpat-maint'}
