import {badParameter, forbidden, noProject, noRecord, row, unauthorized, type Row} from './row.ts'

const badScope = badParameter('scope does not have a valid value')
const noKeyset = badParameter('Keyset pagination is not yet available for this type of request')

/** Sections 1.3 and 4. */
const projectJobs: readonly Row[] = [
  row('nobody', 'GET /projects/4/jobs', 401, unauthorized),
  row('reporter', 'GET /projects/1/jobs?per_page=3', 200, {
    ids: [1510, 181, 171],
    headers: {
      'x-page': '1',
      'x-per-page': '3',
      'x-next-page': '2',
      'x-prev-page': '',
      'x-total': null,
      'x-total-pages': null,
      link: /^<[^>]+page=2&per_page=3>; rel="next", <[^>]+page=1&per_page=3>; rel="first"$/,
    },
  }),
  row('guest', 'GET /projects/1/jobs', 403, forbidden),
  row('stranger', 'GET /projects/1/jobs', 404, noProject),
  row('stranger', 'GET /projects/4/jobs', 200, {ids: [4001]}),
  row('stranger', 'GET /projects/11/jobs', 200, {ids: [11001]}),
  row('stranger', 'GET /projects/12/jobs', 403, forbidden),
  row('guest', 'GET /projects/12/jobs', 403, forbidden),
  row('dev', 'GET /projects/grp%2Fapp/jobs?scope=running', 200, {ids: [116, 115, 101]}),
  row('dev', 'GET /projects/1/jobs?scope[]=pending&scope[]=created', 200, {ids: [107, 106]}),
  row('dev', 'GET /projects/1/jobs?scope[0]=manual', 200, {ids: [122, 104]}),
  row('dev', 'GET /projects/1/jobs?scope%5B%5D=canceling', 200, {ids: [110]}),
  row('dev', 'GET /projects/1/jobs?scope=waiting_for_callback', 200, {ids: []}),
  row('dev', 'GET /projects/1/jobs?scope=done', 400, badScope),
  row('dev', 'GET /projects/1/jobs?scope[]=running&scope[]=done', 400, badScope),
  row('dev', 'GET /projects/1/jobs?ref=feat/x', 200, {ids: [161]}),
  row('dev', 'GET /projects/1/jobs?ref=no', 200, {ids: []}),
  row('dev', 'GET /projects/1/jobs?ref=&per_page=1', 200, {ids: [1510]}),
  row('dev', 'GET /projects/1/jobs?ref=feat/x&per_page=2', 200, {version: '18.10', ids: [1510, 181]}),
  row('dev', 'GET /projects/1/jobs?page=99', 200, {ids: [], headers: {'x-next-page': '', 'x-prev-page': '98'}}),
  row('dev', 'GET /projects/1/jobs?order_by=name&sort=asc&per_page=1', 200, {ids: [1510]}),
  row('dev', 'GET /projects/1/jobs?per_page=500', 200, {headers: {'x-per-page': '100'}}),
  row('dev', 'GET /projects/1/jobs?per_page=0', 400, badParameter('per_page has a value not allowed')),
  row('dev', 'GET /projects/1/jobs?page=-1', 400, badParameter('page does not have a valid value')),
  row('dev', 'GET /projects/1/jobs?per_page=-1', 400, badParameter('per_page does not have a valid value')),
  row('dev', 'GET /projects/1/jobs?page=-1', 200, {version: '18.10', headers: {'x-page': '1'}}),
  row('dev', 'GET /projects/1/jobs?page=two', 400, badParameter('page is invalid')),
  row('dev', 'GET /projects/1/jobs?pagination=keyset&per_page=2', 200, {
    ids: [1510, 181],
    headers: {'x-page': null, 'x-total': null, 'x-next-page': null, link: /^<[^>]+cursor=[^>]+>; rel="next"$/},
  }),
  row('dev', 'GET /projects/1/jobs?pagination=keyset&per_page=100', 200, {headers: {link: null}}),
  row('dev', 'GET /projects/1/jobs?pagination=keyset&order_by=id&sort=desc&per_page=100', 200),
  row('dev', 'GET /projects/1/jobs?pagination=keyset&sort=asc', 405, noKeyset),
  row('dev', 'GET /projects/1/jobs?pagination=keyset&order_by=name', 405, noKeyset),
  row('dev', 'GET /projects/999/jobs', 404, noProject),
  row('dev', 'GET /projects/old%2Fapp/jobs', 301, {headers: {location: /\/projects\/1\/jobs$/}}),
  row('dev', 'POST /projects/old%2Fapp/jobs/101/cancel', 405, {
    json: {message: 'Non GET methods are not allowed for moved projects'},
  }),
  row('stranger', 'GET /projects/old%2Fapp/jobs', 404, noProject),
]

/** Section 1.4. */
const pipelineJobs: readonly Row[] = [
  row('dev', 'GET /projects/1/pipelines/11/jobs?per_page=4', 200, {
    ids: [124, 123, 122, 120],
    headers: {
      'x-total': '22',
      'x-total-pages': '6',
      link: /rel="next", <[^>]+>; rel="first", <[^>]+page=6&per_page=4&pipeline_id=11>; rel="last"$/,
    },
  }),
  row('dev', 'GET /projects/1/pipelines/11/jobs?per_page=100&include_retried=true', 200, {headers: {'x-total': '23'}}),
  row(
    'dev',
    'GET /projects/1/pipelines/11/jobs?include_retried=maybe',
    400,
    badParameter('include_retried is invalid'),
  ),
  row('dev', 'GET /projects/1/pipelines/11/jobs?scope=failed', 200, {ids: [120, 103]}),
  row('dev', 'GET /projects/1/pipelines/11/jobs?scope=failed&include_retried=true', 200, {ids: [120, 113, 103]}),
  row('dev', 'GET /projects/1/pipelines/11/jobs?scope=x', 400, badScope),
  row('dev', 'GET /projects/1/pipelines/12/jobs', 200, {ids: [121]}),
  row('nobody', 'GET /projects/4/pipelines/401/jobs', 200, {
    ids: [4001],
    headers: {'x-total': '1', 'x-total-pages': '1'},
  }),
  row('nobody', 'GET /projects/12/pipelines/1201/jobs', 200, {
    ids: [],
    headers: {'x-total': '0', 'x-total-pages': '1'},
  }),
  row('nobody', 'GET /projects/7/pipelines/701/jobs', 403, forbidden),
  row('nobody', 'GET /projects/1/pipelines/11/jobs', 404, noProject),
  row('guest', 'GET /projects/1/pipelines/11/jobs', 403, forbidden),
  row('dev', 'GET /projects/1/pipelines/999/jobs', 404, noRecord),
  row('dev', 'GET /projects/1/pipelines/201/jobs', 404, noRecord),
  row('dev', 'GET /projects/1/pipelines/abc/jobs', 400, badParameter('pipeline_id is invalid')),
]

/** Section 1.5. */
const bridges: readonly Row[] = [
  row('dev', 'GET /projects/1/pipelines/11/bridges', 200, {ids: [153, 151, 150], headers: {'x-total': '3'}}),
  row('dev', 'GET /projects/1/pipelines/11/bridges?scope=manual', 200, {ids: [151]}),
  row('dev', 'GET /projects/1/pipelines/11/bridges?include_retried=true', 200, {ids: [153, 151, 150]}),
  row('dev', 'GET /projects/1/pipelines/11/bridges?scope=x', 400, badScope),
  row('guest', 'GET /projects/1/pipelines/11/bridges', 403, forbidden),
  row('nobody', 'GET /projects/12/pipelines/1201/bridges', 403, forbidden),
  row('nobody', 'GET /projects/4/pipelines/401/bridges', 200, {ids: [4050]}),
  row('dev', 'GET /projects/1/pipelines/999/bridges', 404, noRecord),
  row('dev', 'GET /projects/1/pipelines/11/trigger_jobs', 200, {ids: [153, 151, 150]}),
]

/** What clients need around jobs. */
const around: readonly Row[] = [
  row('dev', 'GET /version', 200, {json: {version: '19.2.0-ee'}}),
  row('dev', 'GET /version', 200, {version: '17.8', json: {version: '17.8.0-ee'}}),
  row('nobody', 'GET /version', 401, unauthorized),
  row('nobody', 'GET /user', 401, unauthorized),
  row('dev', 'GET /projects/1', 200, {
    json: {id: 1, path_with_namespace: 'grp/app', default_branch: 'main', visibility: 'private'},
  }),
  row('nobody', 'GET /projects/4', 200, {json: {id: 4}}),
  row('nobody', 'GET /projects/11', 404, noProject),
  row('stranger', 'GET /projects/11', 200, {json: {id: 11}}),
  row('dev', 'GET /projects/1/pipelines', 200, {ids: [18, 17, 16, 15, 13, 11, 9], headers: {'x-total': '7'}}),
  row('dev', 'GET /projects/1/pipelines?ref=feat%2Fx', 200, {ids: [16]}),
  row('dev', 'GET /projects/1/pipelines?status=failed', 200, {ids: [15]}),
  row('dev', 'GET /projects/1/pipelines?status=odd', 400, badParameter('status does not have a valid value')),
  row('dev', 'GET /projects/1/pipelines?source=parent_pipeline', 200, {ids: [14, 12]}),
  row('dev', `GET /projects/1/pipelines?sha=${'0'.repeat(40)}`, 200, {ids: []}),
  row('dev', 'GET /projects/1/pipelines/latest', 200, {json: {id: 15}}),
  row('dev', 'GET /projects/1/pipelines/latest?ref=feat/x', 200, {json: {id: 16}}),
  row('dev', 'GET /projects/1/pipelines/latest?ref=none', 404, noRecord),
  row('dev', 'GET /projects/1/pipelines/201', 404, noRecord),
  row('dev', 'PUT /projects/1/jobs', 405, badParameter('405 Not Allowed')),
  row('dev', 'GET /projects/1/issues', 501),
]

export const listRows = [...projectJobs, ...pipelineJobs, ...bridges, ...around]
