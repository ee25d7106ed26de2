import {badParameter, noFile, noProject, noRecord, noRoute, row, type Row} from './row.ts'

/** What came with the years: the last version without, and the first with it. */
export const ageRows: readonly Row[] = [
  row('job', 'GET /job', 404, {version: '13.9', ...noRoute}),
  row('job', 'GET /job', 200, {version: '13.10', json: {id: 101}}),
  row('job', 'GET /job/allowed_agents', 404, {version: '13.10', ...noRoute}),
  row('job', 'GET /job/allowed_agents', 200, {version: '13.11', json: {job: {id: 101}}}),
  row('dev', 'GET /projects/1/pipelines/11/jobs?scope=failed', 200, {version: '13.4', ids: [103, 113, 120]}),
  row('dev', 'GET /projects/1/pipelines/11/jobs?scope=failed', 200, {version: '13.5', ids: [120, 103]}),
  row('dev', 'GET /projects/1/pipelines/11/jobs?scope=failed&include_retried=true', 200, {
    version: '13.6',
    ids: [120, 103],
  }),
  row('dev', 'GET /projects/1/pipelines/11/jobs?scope=failed&include_retried=true', 200, {
    version: '13.7',
    ids: [120, 113, 103],
  }),
  row('dev', 'GET /projects/1/jobs/135/artifacts/a.txt', 404, {version: '13.8', ...noFile}),
  row('dev', 'GET /projects/1/jobs/135/artifacts/a.txt', 200, {version: '13.9'}),
  row('dev', 'POST /projects/1/jobs/151/play', 404, {version: '13.11', ...noRecord}),
  row('dev', 'POST /projects/1/jobs/150/retry', 404, {version: '16.11', ...noRecord}),
  row('dev', 'POST /projects/1/jobs/150/retry', 201, {version: '17.0', json: {name: 'deploy-child'}}),
  row('dev', 'POST /projects/1/jobs/115/cancel', 201, {version: '16.11', json: {status: 'canceled'}}),
  row('dev', 'POST /projects/1/jobs/115/cancel', 201, {version: '17.0', json: {status: 'canceling'}}),
  row('maint', 'DELETE /projects/1/artifacts', 404, {version: '14.6', ...noRoute}),
  row('maint', 'DELETE /projects/1/artifacts', 202, {version: '14.7'}),
  row('dev', 'GET /projects/2/jobs?pagination=keyset', 200, {
    version: '15.8',
    headers: {'x-total': '1', 'x-page': '1'},
  }),
  row('dev', 'GET /projects/2/jobs?pagination=keyset', 200, {
    version: '15.9',
    headers: {'x-total': null, 'x-page': null},
  }),
  row('dev', 'GET /projects/1/jobs?scope=canceling', 400, {
    version: '16.11',
    ...badParameter('scope does not have a valid value'),
  }),
  row('dev', 'GET /projects/1/jobs?scope=canceling', 200, {version: '17.0', ids: [110]}),
  row('dev', 'GET /projects/1/jobs?scope=waiting_for_callback', 400, {version: '16.7'}),
  row('job', 'GET /projects/3/jobs/3001/artifacts', 200, {version: '15.8'}),
  row('job', 'GET /projects/3/jobs/3001/artifacts', 404, {version: '15.9', ...noProject}),
  row('job', 'GET /projects/3/jobs/3001/artifacts', 404, {version: '17.5', ...noProject}),
  row('job', 'GET /projects/3/jobs/3001/artifacts', 403, {version: '17.6'}),
  row('dev', 'GET /personal_access_tokens/self', 404, {version: '15.4', ...noRoute}),
  row('dev', 'GET /projects/1/pipelines/13', 200, {
    version: '13.3',
    json: {id: 13},
    lacks: ['iid', 'project_id', 'source', 'queued_duration'],
  }),
  row('dev', 'GET /projects/1/jobs/102', 200, {
    version: '13.3',
    lacks: ['tag_list', 'archived', 'runner_manager', 'erased_at', 'project', 'queued_duration'],
  }),
  row('dev', 'GET /projects/1/jobs/103', 200, {version: '13.12', lacks: ['failure_reason']}),
  row('maint', 'POST /projects/1/jobs/102/erase', 201, {version: '18.10', json: {download_url: null}}),
  row('dev', 'GET /version', 200, {version: '13.3', json: {version: '13.3.0-ee'}}),
]
