import {freeWorld, limitedWorld} from '../world.ts'
import {badParameter, forbidden, lacking, noProject, noRoute, notAllowedTo, row, unauthorized, type Row} from './row.ts'

const archive = (id: number) => `GET /projects/${id}/jobs/${id}001/artifacts`
const byRef = (id: number) => `GET /projects/${id}/jobs/artifacts/main/download?job=build`
const rawByRef = (id: number) => `GET /projects/${id}/jobs/artifacts/main/raw/a.txt?job=build`
const tree = (id: number) => `GET /projects/${id}/jobs/${id}001/artifacts/tree`
const jobs = (id: number) => `GET /projects/${id}/jobs`
const pipelineJobs = (id: number) => `GET /projects/${id}/pipelines/${id}01/jobs`
const bridges = (id: number) => `GET /projects/${id}/pipelines/${id}01/bridges`

/** The routes that no job token opens, on any version. */
const personal = [
  'GET /projects/1/jobs/101',
  'GET /projects/1/jobs/101/trace',
  'POST /projects/1/jobs/101/cancel',
  'POST /projects/1/jobs/102/retry',
  'POST /projects/1/jobs/102/erase',
  'POST /projects/1/jobs/104/play',
  'POST /projects/1/jobs/102/artifacts/keep',
  'DELETE /projects/1/jobs/102/artifacts',
  'DELETE /projects/1/artifacts',
  'GET /version',
  'GET /user',
]

/** Section 0: what a job token may call, by version. */
const keyTable: readonly Row[] = [
  ...personal.flatMap((ask) => [
    row('job', ask, 401, unauthorized),
    row('job', ask, 401, {version: '17.8', ...unauthorized}),
  ]),
  ...['17.8', '18.0', '19.2'].map((version) =>
    row('job', 'GET /job', 200, {version, json: {id: 101, status: 'running'}}),
  ),
  row('job', 'GET /job/allowed_agents', 200, {json: {job: {id: 101}, user: {id: 1, username: 'dev'}}}),
  row('job', 'GET /projects/1/jobs', 401, {version: '17.8', ...unauthorized}),
  row('job', 'GET /projects/1/jobs', 200, {version: '18.0'}),
  row('job', 'GET /projects/1/pipelines/13/jobs', 404, {version: '17.8', ...noProject}),
  row('job', 'GET /projects/1/pipelines/13/jobs', 200, {version: '18.0'}),
  row('job', 'GET /projects/4/pipelines/401/jobs', 200, {version: '17.8', ids: [4001]}),
  row('job', 'GET /projects/1/pipelines/11/bridges', 404, {version: '18.10', ...noProject}),
  row('job', 'GET /projects/1/pipelines/11/bridges', 200, {ids: [153, 151, 150]}),
  row('job', 'GET /projects/1/pipelines/11/trigger_jobs', 404, {version: '18.10', ...noRoute}),
  row('job', 'GET /projects/1/pipelines/11/trigger_jobs', 200, {ids: [153, 151, 150]}),
  row('job', 'GET /projects/1/pipelines', 404, {version: '18.10', ...noProject}),
  row('job', 'GET /projects/1/pipelines', 200),
  row('job', 'GET /projects/1/pipelines/13', 404, {version: '18.10', ...noProject}),
  row('job', 'GET /projects/1/pipelines/13', 200, {json: {id: 13, status: 'success'}}),
  row('job', 'GET /projects/1/pipelines/latest', 404, noProject),
  row('job', 'GET /projects/1', 404, noProject),
  row('job', 'GET /projects/1/jobs/102/artifacts', 200, {version: '17.8'}),
  row('job', 'GET /projects/1/jobs/102/artifacts/a.txt', 200, {version: '17.8', text: 'alpha\n'}),
  row('job', 'GET /projects/1/jobs/artifacts/main/download?job=pack', 200, {version: '17.8'}),
  row('job', 'GET /projects/1/jobs/artifacts/main/raw/a.txt?job=pack', 200, {version: '17.8', text: 'alpha\n'}),
  row('job', 'GET /projects/1/jobs/102/artifacts/tree', 404, {version: '18.7', text: '404 page not found\n'}),
  row('job', 'GET /projects/1/jobs/102/artifacts/tree', 200, {version: '18.8'}),
  row('job', 'GET /jobs/102/artifacts', 200),
]

/** The licence, that only downloads by job token ask for. */
const licence: readonly Row[] = [
  row('job', 'GET /projects/1/jobs/102/artifacts', 404, {world: freeWorld, ...noProject}),
  row('job', 'GET /projects/1/jobs/102/artifacts/a.txt', 404, {world: freeWorld, ...noProject}),
  row('job', 'GET /projects/1/jobs/102/artifacts/tree', 404, {world: freeWorld, ...noProject}),
  row('job', 'GET /projects/1/jobs/artifacts/main/download?job=pack', 404, {world: freeWorld, ...noProject}),
  row('job', 'GET /projects/1/jobs', 200, {world: freeWorld}),
  row('job', 'GET /projects/1/pipelines/13/jobs', 200, {world: freeWorld}),
  row('dev', 'GET /projects/1/jobs/102/artifacts', 200, {world: freeWorld}),
  row('job', 'GET /projects/1/jobs/102/artifacts', 200, {
    world: {...freeWorld, gitlab: {licence: 'free', edition: 'ce'}},
  }),
]

const everywhere = (id: number, status: number, more: object = {}): readonly Row[] =>
  [archive, byRef, rawByRef, tree, jobs, pipelineJobs, bridges].map((path) => row('job', path(id), status, more))

/** Section 7: the token of a running job of grp/app, caused by dev, in other projects. */
const matrix: readonly Row[] = [
  ...everywhere(3, 403, notAllowedTo('project #3')),
  row('job', jobs(3), 403, {version: '18.10', ...notAllowedTo('closed')}),
  ...everywhere(9, 403, notAllowedTo('project #9')),
  ...everywhere(10, 403, forbidden),
  ...[archive, byRef, rawByRef, tree, jobs, pipelineJobs].map((path) =>
    row('job', path(5), 403, lacking('read_jobs', 'project #5')),
  ),
  row('job', archive(5), 403, {version: '18.8', ...lacking('read_jobs', 'project fine')}),
  row('job', archive(5), 200, {version: '17.8'}),
  row('job', bridges(5), 200),
  row('job', bridges(15), 403, lacking('read_pipelines', 'project #15')),
  row('job', jobs(15), 200),
  ...everywhere(4, 200),
  ...[archive, byRef, tree, jobs].map((path) => row('job', path(6), 403, lacking('read_jobs', 'project #6'))),
  ...[rawByRef, pipelineJobs, bridges].map((path) => row('job', path(6), 200)),
  ...everywhere(7, 403, forbidden),
  ...everywhere(2, 200),
  ...everywhere(8, 200),
  ...everywhere(11, 200),
  row('job', 'GET /projects/999/jobs', 404, noProject),
  row('job', 'GET /projects/no%2Fsuch/jobs', 404, noProject),
  row('job', jobs(2), 401, {world: limitedWorld, version: '17.8', ...unauthorized}),
  row('job', archive(2), 403, {world: limitedWorld, version: '17.8', ...notAllowedTo('lib')}),
  row('job', archive(2), 200, {world: limitedWorld, version: '18.0'}),
  row('finished job', archive(4), 401, unauthorized),
  row('finished job', jobs(4), 401, unauthorized),
  row('finished job', pipelineJobs(4), 401, unauthorized),
  row('finished job as bearer', archive(4), 200),
  row('finished job as bearer', archive(2), 404, noProject),
  row('finished job as bearer', jobs(4), 401, unauthorized),
  row('finished job as bearer', pipelineJobs(4), 200),
  row('finished job as bearer', 'GET /job', 401, unauthorized),
  row('malformed job', archive(4), 401, unauthorized),
  row('malformed job', 'GET /job', 401, unauthorized),
]

/** Section 1.0: the channels, their order, and what is wrong with a token. */
const channels: readonly Row[] = [
  row('nobody', 'GET /job', 401, unauthorized),
  row('dev', 'GET /job', 404, {json: {message: '404 Job Not Found'}}),
  row('dev', 'GET /job/allowed_agents', 404, {json: {message: '404 Job Not Found'}}),
  row('nobody', 'GET /job/allowed_agents', 401, unauthorized),
  row('orphan job', 'GET /job', 401, unauthorized),
  row('orphan job', 'GET /job/allowed_agents', 401, unauthorized),
  row('canceling job', 'GET /job', 200, {json: {id: 110, status: 'canceling'}}),
  row('finished job', 'GET /job', 401, unauthorized),
  row('both tokens', 'GET /job', 404, {json: {message: '404 Job Not Found'}}),
  row('job as bearer', 'GET /job', 200, {json: {id: 101}}),
  row('job as private token', 'GET /job', 401, unauthorized),
  row('job as private token', pipelineJobs(4), 200),
  row('job as basic', 'GET /job', 401, unauthorized),
  row('nobody', 'GET /job?job_token=glcbt-self', 200, {json: {id: 101}}),
  row('nobody', 'GET /job?token=glcbt-self', 200, {json: {id: 101}}),
  row('nobody', 'GET /job?job_token=nope', 401, unauthorized),
  row('job', 'GET /job?job_token=nope', 401, unauthorized),
  row('nobody', 'GET /user?private_token=glpat-dev', 200, {json: {username: 'dev'}}),
  row('maint', 'GET /user?private_token=glpat-dev', 200, {json: {username: 'dev'}}),
  row('bearer', 'GET /user', 200, {json: {id: 1, username: 'dev'}}),
  row('unknown bearer', 'GET /user', 401, unauthorized),
  row('unknown', 'GET /projects/4', 401, unauthorized),
  row('unknown', archive(4), 401, unauthorized),
  row('readonly', 'GET /projects/1/jobs', 200),
  row('readonly', 'HEAD /projects/1/jobs', 200),
  row('readonly', 'POST /projects/1/jobs/101/cancel', 403, {
    json: {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges than provided by the access token.',
      scope: 'api',
    },
  }),
  row('user scope', 'GET /projects/1/jobs', 403, {
    json: {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges than provided by the access token.',
      scope: 'api read_api',
    },
  }),
  row('expired', 'GET /projects/1/jobs', 401, {
    json: {
      error: 'invalid_token',
      error_description: 'Token is expired. You can either do re-authorization or token refresh.',
    },
  }),
  row('revoked', 'GET /projects/1/jobs', 401, {
    json: {error: 'invalid_token', error_description: 'Token was revoked. You have to re-authorize from the user.'},
  }),
  row('dev', 'GET /projects/1/jobs/abc', 400, badParameter('job_id is invalid')),
  row('nobody', 'GET /projects/1/jobs/abc', 401, unauthorized),
  row('nobody', 'GET /projects/999', 404, noProject),
]

export const tokenRows = [...keyTable, ...licence, ...matrix, ...channels]
