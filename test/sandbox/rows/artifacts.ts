import {badParameter, forbidden, noFile, noProject, noRecord, row, unauthorized, type Row} from './row.ts'

const sharedTag = 'W/"12ae32cb1ec02d01eda3581b127c1fee"'
const attached = `attachment; filename="artifacts.zip"; filename*=UTF-8''artifacts.zip`

/** Sections 1.12 and 6. */
const byId: readonly Row[] = [
  row('reporter', 'GET /projects/1/jobs/102/artifacts', 200, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': attached,
      'content-transfer-encoding': 'binary',
      'accept-ranges': 'bytes',
      etag: sharedTag,
    },
  }),
  row('reporter', 'GET /projects/1/jobs/131/artifacts', 200, {
    headers: {'content-disposition': /filename\*=UTF-8''pack%20age\.zip$/},
  }),
  row('reporter', 'HEAD /projects/1/jobs/102/artifacts', 200, {text: '', headers: {'content-length': /^[1-9]/}}),
  row('reporter', 'GET /projects/1/jobs/102/artifacts', 206, {
    with: {range: 'bytes=0-3'},
    text: 'PK\u0003\u0004',
    headers: {'content-range': /^bytes 0-3\/\d+$/},
  }),
  row('reporter', 'GET /projects/1/jobs/102/artifacts', 206, {
    with: {range: 'bytes=-2'},
    headers: {'content-length': '2'},
  }),
  row('reporter', 'GET /projects/1/jobs/102/artifacts', 416, {
    with: {range: 'bytes=999999-'},
    headers: {'content-range': /^bytes \*\/\d+$/},
  }),
  row('reporter', 'GET /projects/1/jobs/102/artifacts', 200, {with: {range: 'bytes=0-3', 'if-range': sharedTag}}),
  row('reporter', 'GET /projects/1/jobs/103/artifacts', 304, {with: {'if-none-match': sharedTag}}),
  row('reporter', 'GET /projects/1/jobs/103/artifacts', 200, {
    version: '19.3',
    with: {'if-none-match': sharedTag},
    headers: {etag: /^"[0-9a-f]{64}"$/},
  }),
  row('reporter', 'GET /projects/1/jobs/102/artifacts', 302, {
    options: {storage: 'redirect'},
    headers: {location: /X-Amz-Expires=600.*X-Amz-Signature=/},
  }),
  row('reporter', 'GET /projects/1/jobs/102/artifacts', 200, {
    options: {storage: 'proxy'},
    headers: {etag: /^"[0-9a-f]{32}"$/, 'accept-ranges': 'bytes'},
  }),
  row('reporter', 'GET /projects/1/jobs/103/artifacts', 200),
  row('reporter', 'GET /projects/1/jobs/91/artifacts', 200),
  row('reporter', 'GET /projects/1/jobs/132/artifacts', 404, noFile),
  row('reporter', 'GET /projects/1/jobs/106/artifacts', 404, noFile),
  row('reporter', 'GET /projects/1/jobs/133/artifacts', 403, forbidden),
  row('dev', 'GET /projects/1/jobs/133/artifacts', 200),
  row('maint', 'GET /projects/1/jobs/134/artifacts', 403, forbidden),
  row('dev', 'GET /projects/1/jobs/136/artifacts', 403, forbidden),
  row('maint', 'GET /projects/1/jobs/136/artifacts', 200),
  row('guest', 'GET /projects/1/jobs/102/artifacts', 403, forbidden),
  row('nobody', 'GET /projects/1/jobs/102/artifacts', 404, noProject),
  row('nobody', 'GET /projects/4/jobs/4001/artifacts', 200),
  row('nobody', 'GET /projects/7/jobs/7001/artifacts', 403, forbidden),
  row('nobody', 'GET /projects/12/jobs/12001/artifacts', 403, forbidden),
  row('dev', 'GET /projects/1/jobs/999/artifacts', 404, noRecord),
  row('dev', 'GET /projects/1/jobs/150/artifacts', 404, noRecord),
]

/** Section 1.13. */
const tree: readonly Row[] = [
  row('dev', 'GET /projects/1/jobs/102/artifacts/tree', 200, {
    json: [
      {name: 'dir', path: 'dir/', type: 'directory'},
      {name: 'a.txt', path: 'a.txt', type: 'file', size: 6, mode: '100644'},
      {name: 'run', path: 'run', type: 'file', size: 10, mode: '100755'},
    ],
    headers: {'x-total': '3'},
  }),
  row('dev', 'GET /projects/1/jobs/102/artifacts/tree?path=dir', 200, {
    json: [{path: 'dir/deep/'}, {path: 'dir/b.js'}],
  }),
  row('dev', 'GET /projects/1/jobs/102/artifacts/tree?path=dir%2F', 200, {headers: {'x-total': '2'}}),
  row('dev', 'GET /projects/1/jobs/102/artifacts/tree?recursive=true', 200, {headers: {'x-total': '6'}}),
  row('dev', 'GET /projects/1/jobs/102/artifacts/tree?recursive=true&per_page=2&page=2', 200, {
    headers: {'x-page': '2', 'x-prev-page': '1'},
  }),
  row('dev', 'GET /projects/1/jobs/102/artifacts/tree?path=nowhere', 404, {json: {message: '404 Path Not Found'}}),
  row('dev', 'GET /projects/1/jobs/106/artifacts/tree', 404, {json: {message: '404 Artifacts Not Found'}}),
  row('dev', 'GET /projects/1/jobs/91/artifacts/tree', 404, {json: {message: '404 Artifacts Not Found'}}),
  row('dev', 'GET /projects/1/jobs/135/artifacts/tree', 200),
  row('dev', 'GET /projects/1/jobs/138/artifacts/tree', 404, {json: {message: '404 Artifacts metadata Not Found'}}),
  row('dev', 'GET /projects/1/jobs/999/artifacts/tree', 404, noRecord),
  row('reporter', 'GET /projects/1/jobs/133/artifacts/tree', 403, forbidden),
]

const pageNotFound = {text: '404 page not found\n', headers: {'content-type': /^text\/plain/}}

/** Section 1.14. */
const file: readonly Row[] = [
  row('dev', 'GET /projects/1/jobs/102/artifacts/a.txt', 200, {
    text: 'alpha\n',
    headers: {
      'content-length': '6',
      'content-disposition': 'attachment; filename="a.txt"',
      'accept-ranges': null,
      'content-type': /^text\/plain/,
    },
  }),
  row('dev', 'GET /projects/1/jobs/102/artifacts/a.txt', 200, {with: {range: 'bytes=0-1'}, text: 'alpha\n'}),
  row('dev', 'GET /projects/1/jobs/102/artifacts/dir/b.js', 200, {
    text: 'b()\n',
    headers: {'content-type': /javascript/},
  }),
  row('dev', 'GET /projects/1/jobs/102/artifacts/dir%2Fb.js', 200, {text: 'b()\n'}),
  row('dev', 'GET /projects/1/jobs/102/artifacts/dir/deep/c.bin', 200, {
    headers: {'content-type': 'application/octet-stream', 'content-length': '3'},
  }),
  row('dev', 'GET /projects/1/jobs/102/artifacts/a.txt', 200, {options: {storage: 'redirect'}, text: 'alpha\n'}),
  row('dev', 'GET /projects/1/jobs/102/artifacts/none', 404, pageNotFound),
  row('dev', 'GET /projects/1/jobs/102/artifacts/dir/%2e%2e%2fa.txt', 404, pageNotFound),
  row('dev', 'GET /projects/1/jobs/102/artifacts/a%00b', 400, {json: {message: '400 Bad request'}}),
  row('dev', 'GET /projects/1/jobs/91/artifacts/a.txt', 404, noFile),
  row('dev', 'GET /projects/1/jobs/135/artifacts/a.txt', 200, {text: 'alpha\n'}),
  row('reporter', 'GET /projects/1/jobs/133/artifacts/a.txt', 403, forbidden),
  row('nobody', 'GET /projects/4/jobs/4001/artifacts/a.txt', 200, {text: 'alpha\n'}),
]

const from = (ref: string, job: string, more = '') => `GET /projects/1/jobs/artifacts/${ref}/download?job=${job}${more}`

/** Sections 1.15, 1.16 and 3. */
const byRef: readonly Row[] = [
  row('dev', from('main', 'pack'), 200, {headers: {'content-disposition': /pack age/}}),
  row('dev', 'GET /projects/1/jobs/artifacts/main/download', 400, badParameter('job is missing')),
  row('dev', from('HEAD', 'pack'), 404, noRecord),
  row('dev', from('none', 'pack'), 404, noRecord),
  row('dev', from('main', 'nope'), 404, noRecord),
  row('dev', from('main', 'newest'), 404, noRecord),
  row('dev', from('main', 'vintage'), 404, noRecord),
  row('dev', from('main', 'vintage', '&search_recent_successful_pipelines=true'), 200),
  row('dev', from('main', 'vintage', '&search_recent_successful_pipelines=true'), 404, {version: '18.0', ...noRecord}),
  row('dev', from('main', 'nope', '&search_recent_successful_pipelines=true'), 404, {
    json: {message: '404 Job Not Found'},
  }),
  row(
    'dev',
    from('main', 'nope', '&search_recent_successful_pipelines=si'),
    400,
    badParameter('search_recent_successful_pipelines is invalid'),
  ),
  row('dev', from('main', 'in%20child'), 200),
  row('dev', from('main', 'child%20job'), 404, noRecord),
  row('dev', from('main', 'lonely'), 200),
  row('dev', from('main', 'matrix:%20%5Ba,%20b%5D'), 200),
  row('dev', from('main', 'matrix'), 404, noRecord),
  row('dev', from('main', 'old'), 200),
  row('dev', from('main', 'reports'), 404, noFile),
  row('dev', from('main', 'reports'), 500, {version: '17.8', json: {message: '500 Internal Server Error'}}),
  row('dev', from('feat/x', 'pack'), 200),
  row('dev', from('feat%2Fx', 'pack'), 200),
  row('dev', from('refs/merge-requests/5/head', 'pack'), 200),
  row('dev', from('web', 'pack'), 404, noRecord),
  row('reporter', from('main', 'for%20developers'), 403, forbidden),
  row('guest', from('main', 'pack'), 403, forbidden),
  row('dev', 'GET /projects/1/jobs/artifacts/main/raw/a.txt?job=pack', 200, {
    text: 'alpha\n',
    headers: {'content-type': /^text\/plain/, 'gitlab-workhorse-detect-content-type': 'true'},
  }),
  row('dev', 'GET /projects/1/jobs/artifacts/feat/x/raw/dir/b.js?job=pack', 200, {
    text: 'b()\n',
    headers: {'content-type': /^text\/plain/},
  }),
  row('dev', 'GET /projects/1/jobs/artifacts/main/raw/a.txt', 400, badParameter('job is missing')),
  row('dev', 'GET /projects/1/jobs/artifacts/main/raw/none?job=pack', 404, pageNotFound),
  row('dev', 'GET /projects/1/jobs/artifacts/main/raw/a.txt?job=old', 200, {text: 'alpha\n'}),
  row('dev', 'GET /projects/1/jobs/artifacts/main/raw/a.txt?job=reports', 500),
]

/** Sections 1.17 to 1.20. */
const changes: readonly Row[] = [
  row('dev', 'POST /projects/1/jobs/102/artifacts/keep', 200, {json: {id: 102, artifacts_expire_at: null}}),
  row('dev', 'POST /projects/1/jobs/106/artifacts/keep', 404),
  row('dev', 'POST /projects/1/jobs/91/artifacts/keep', 404),
  row('reporter', 'POST /projects/1/jobs/102/artifacts/keep', 403, forbidden),
  row('nobody', 'POST /projects/4/jobs/4001/artifacts/keep', 401, unauthorized),
  row('maint', 'DELETE /projects/1/jobs/102/artifacts', 204, {text: ''}),
  row('maint', 'DELETE /projects/1/jobs/106/artifacts', 204, {text: ''}),
  row('dev', 'DELETE /projects/1/jobs/102/artifacts', 403, forbidden),
  row('nobody', 'DELETE /projects/4/jobs/4001/artifacts', 401, unauthorized),
  row('maint', 'DELETE /projects/1/jobs/999/artifacts', 404, noRecord),
  row('maint', 'DELETE /projects/13/jobs/13001/artifacts', 409),
  row('maint', 'DELETE /projects/1/artifacts', 202, {json: {message: '202 Accepted'}}),
  row('dev', 'DELETE /projects/1/artifacts', 403, forbidden),
  row('nobody', 'DELETE /projects/4/artifacts', 401, unauthorized),
  row('maint', 'DELETE /projects/13/artifacts', 409),
  row('job', 'GET /jobs/2001/artifacts', 200),
  row('job', 'GET /jobs/2001/artifacts', 200, {options: {storage: 'redirect'}}),
  row('job', 'GET /jobs/2001/artifacts?direct_download=true', 302, {options: {storage: 'redirect'}}),
  row('job', 'GET /jobs/3001/artifacts', 403),
  row('job', 'GET /jobs/106/artifacts', 404),
  row('dev', 'GET /jobs/102/artifacts', 403, forbidden),
  row('malformed job', 'GET /jobs/102/artifacts', 401, unauthorized),
]

export const artifactRows = [...byId, ...tree, ...file, ...byRef, ...changes]
