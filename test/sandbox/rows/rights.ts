import type {WorldFile} from '../../../src/sandbox/world/world-types.ts'
import {world} from '../world.ts'
import {forbidden, noRecord, noRoute, row, unauthorized, type Row} from './row.ts'

const first = world.projects?.[0]
const rest = (world.projects ?? []).slice(1)
const other = (more: Partial<NonNullable<typeof first>>): WorldFile =>
  first ? {...world, projects: [{...first, ...more}, ...rest]} : world

const closed = other({protected_branches: ['main']})
const merging = other({protected_branches: [{name: 'ma*', push: 'no_one', merge: 'developer'}]})
const sealed = other({protected_branches: [{name: 'main', push: 'no_one', merge: 'no_one'}]})
const archived = other({archived: true})

const changes = [
  ['POST /projects/1/jobs/104/play', 200],
  ['POST /projects/1/jobs/102/retry', 201],
  ['POST /projects/1/jobs/101/cancel', 201],
  ['POST /projects/1/jobs/102/artifacts/keep', 200],
] as const

/** Who may push or merge to a protected branch may change its jobs. */
const protection: readonly Row[] = [
  ...changes.flatMap(([ask, status]) => [
    row('dev', ask, 403, {world: closed, ...forbidden}),
    row('maint', ask, status, {world: closed}),
    row('dev', ask, status, {world: merging}),
    row('maint', ask, 403, {world: sealed, ...forbidden}),
  ]),
  row('maint', 'POST /projects/1/jobs/102/erase', 403, {world: sealed, ...forbidden}),
  row('dev', 'POST /projects/1/jobs/161/retry', 201, {world: sealed}),
]

/** An archived job, and any job of an archived project: what changes it is refused before its state is looked at. */
const archive: readonly Row[] = [
  ...['play', 'retry', 'artifacts/keep'].flatMap((change) => [
    row('maint', `POST /projects/1/jobs/118/${change}`, 403, forbidden),
    row('maint', `POST /projects/1/jobs/102/${change}`, 403, {world: archived, ...forbidden}),
  ]),
  row('maint', 'POST /projects/1/jobs/118/cancel', 201),
  row('maint', 'POST /projects/1/jobs/118/cancel', 403, {version: '17.8', ...forbidden}),
  row('maint', 'POST /projects/1/jobs/102/erase', 403, {world: archived, ...forbidden}),
  row('maint', 'POST /projects/1/pipeline', 403, {world: archived, send: {ref: 'main'}, ...forbidden}),
  row('dev', 'GET /projects/1', 200, {world: archived, json: {archived: true}}),
]

/** What is looked at first. */
const order: readonly Row[] = [
  row('reporter', 'POST /projects/1/jobs/999/retry', 404, noRecord),
  row('reporter', 'POST /projects/1/jobs/999/retry', 403, {version: '17.8', ...forbidden}),
  row('job', 'GET /jobs/99999/artifacts', 403, forbidden),
  row('nobody', 'GET /jobs/102/artifacts', 401, unauthorized),
]

/** Pipelines of projects that are open while their jobs are not. */
const lists: readonly Row[] = [
  row('nobody', 'GET /projects/12/pipelines', 403, forbidden),
  row('nobody', 'GET /projects/12/pipelines/1201', 200),
  row('job', 'GET /projects/4/pipelines/401/jobs', 200, {ids: [4001]}),
  row('job', 'GET /projects/4/pipelines/401/jobs', 403, {version: '18.0', ...forbidden}),
  row('job', 'GET /projects/4/jobs', 200, {version: '18.0', ids: [4001]}),
]

/** A blank parameter is as if absent. */
const blanks: readonly Row[] = [
  row('dev', 'GET /projects/2/jobs?ref=%20', 200, {ids: [2001]}),
  row('dev', 'GET /projects/2/jobs?ref=', 200, {ids: [2001]}),
  row('dev', 'GET /projects/2/jobs?per_page=&page=%20', 200, {ids: [2001]}),
  row('dev', 'GET /projects/2/pipelines?ref=%20&sha=&source=', 200, {ids: [201]}),
  row('dev', 'GET /projects/2/pipelines/latest?ref=%20', 200, {json: {id: 201}}),
  row('dev', 'GET /projects/2/pipelines/201/jobs?include_retried=', 200, {ids: [2001]}),
  row('dev', 'GET /projects/1/jobs/101/trace?byte_offset=&byte_limit=', 200, {text: 'line 1\nline 2\n'}),
  row('dev', 'POST /projects/1/jobs/110/cancel?force=', 201, {json: {status: 'canceling'}}),
]

/** No GitLab has these; what GitLab has and the sandbox lacks is 501. */
const unknown: readonly Row[] = [
  row('dev', 'GET /projects/1/jobs/102/nope', 404, noRoute),
  row('dev', 'GET /projects/1/pipelines/11/nope', 404, noRoute),
  row('dev', 'GET /projects/1/nope', 404, noRoute),
  row('dev', 'GET /nope', 404, noRoute),
  row('dev', 'GET /projects/1/jobs/102/artifacts', 200),
  row('dev', 'GET /projects/1/pipelines/11/test_report_summary', 501),
  row('dev', 'GET /projects/1/merge_requests', 501),
  row('dev', 'GET /groups/1', 501),
  row('dev', 'GET /users?search=x', 501),
]

/** Artifacts come and go with the job, its expiry and the lock. */
const artifacts: readonly Row[] = [
  row('dev', 'GET /projects/1/jobs/101', 200, {json: {artifacts: []}}),
  row('dev', 'GET /projects/1/jobs/119', 200, {json: {artifacts: []}}),
  row('dev', 'GET /projects/1/jobs/111', 200, {json: {artifacts: [{file_type: 'trace', file_format: 'raw'}]}}),
  row('dev', 'GET /projects/1/jobs/135', 200, {lacks: ['artifacts_file']}),
  row('dev', 'GET /projects/1/jobs/135/artifacts/a.txt', 200),
]

export const rightsRows = [...protection, ...archive, ...order, ...lists, ...blanks, ...unknown, ...artifacts]
