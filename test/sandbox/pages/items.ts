import {page13, page14, page18, type Kind} from './shapes.ts'

/** One thing that a page of GitLab's Jobs API says: an endpoint with its example, an attribute, a status code, a sentence. */
export interface Item {
  /** Of which age the page is: the sandbox is asked as this GitLab. */
  readonly page: string
  readonly item: string
  /** Commands that use it. */
  readonly command: string
  /** Asked as a maintainer, or with the job's token where the page says so. */
  readonly ask: string
  readonly as?: 'job'
  readonly body?: object
  readonly status?: number
  readonly example?: Kind
  readonly text?: string
  /** Ids of the answer, in order. */
  readonly ids?: readonly number[]
}

const jobs = '/projects/1/jobs'
const lists = {
  project: 'list-jobs, wait-for-job',
  pipeline: 'wait-for-job, list-jobs',
  bridges: 'wait-for-job, list-jobs',
} as const
const scopes = 'scope[]=failed&scope[]=canceled'

/** What the pages of every age say. */
const everywhere = (page: string): readonly Item[] => [
  {
    page,
    item: 'List project jobs: newest first',
    command: lists.project,
    ask: `GET ${jobs}?scope=failed`,
    ids: [7, 6, 4],
  },
  {
    page,
    item: 'scope: one or several statuses',
    command: lists.project,
    ask: `GET ${jobs}?${scopes}`,
    ids: [42, 41, 7, 6, 4],
  },
  {page, item: 'scope: an unknown status is 400', command: lists.project, ask: `GET ${jobs}?scope=nope`, status: 400},
  {
    page,
    item: 'Pagination: 20 a page by default',
    command: lists.project,
    ask: `GET ${jobs}?per_page=1&page=2&scope=failed`,
    ids: [6],
  },
  {page, item: 'id: a URL-encoded path', command: 'all', ask: 'GET /projects/grp%2Fapp/jobs/7', status: 200},
  {
    page,
    item: 'List pipeline jobs: scope',
    command: lists.pipeline,
    ask: 'GET /projects/1/pipelines/6/jobs?scope[]=canceled',
    ids: [42],
  },
  {
    page,
    item: 'List pipeline jobs: a child pipeline too',
    command: lists.pipeline,
    ask: 'GET /projects/1/pipelines/5/jobs',
    ids: [4],
  },
  {page, item: 'Single job: unknown is 404', command: 'get-job', ask: `GET ${jobs}/999`, status: 404},
  {page, item: 'Log: 200 serves it', command: 'get-job-log', ask: `GET ${jobs}/7/trace`, text: 'bad\n'},
  {page, item: 'Log: job not found is 404', command: 'get-job-log', ask: `GET ${jobs}/999/trace`, status: 404},
]

const artifacts = (page: string): readonly Item[] => [
  {
    page,
    item: 'Artifacts: 200 serves the archive',
    command: 'download-artifacts',
    ask: `GET ${jobs}/7/artifacts`,
    status: 200,
  },
  {
    page,
    item: 'Artifacts with JOB-TOKEN (Premium)',
    command: 'download-artifacts',
    as: 'job',
    ask: `GET ${jobs}/7/artifacts`,
    status: 200,
  },
  {page, item: 'Artifacts: none is 404', command: 'download-artifacts', ask: `GET ${jobs}/6/artifacts`, status: 404},
  {
    page,
    item: 'Archive by ref: job is required',
    command: 'download-artifacts-by-ref',
    ask: `GET ${jobs}/artifacts/v1/download`,
    status: 400,
  },
  {
    page,
    item: 'Archive by ref',
    command: 'download-artifacts-by-ref',
    as: 'job',
    ask: `GET ${jobs}/artifacts/v1/download?job=pack`,
    status: 200,
  },
  {
    page,
    item: 'File by job',
    command: 'get-artifact-file',
    as: 'job',
    ask: `GET ${jobs}/7/artifacts/a.txt`,
    text: 'a\n',
  },
  {
    page,
    item: 'File by job: none is 404',
    command: 'get-artifact-file',
    ask: `GET ${jobs}/7/artifacts/no.txt`,
    status: 404,
  },
  {
    page,
    item: 'File by ref',
    command: 'get-artifact-file',
    ask: `GET ${jobs}/artifacts/v1/raw/a.txt?job=pack`,
    text: 'a\n',
  },
  {page, item: 'Delete artifacts: 204', command: 'delete-artifacts', ask: `DELETE ${jobs}/7/artifacts`, status: 204},
]

/** The changes and their examples, which each age shows in its own words. */
const changes = (
  page: string,
  {canceled, waiting, erased}: {readonly canceled: Kind; readonly waiting: Kind; readonly erased: Kind},
): readonly Item[] => [
  {page, item: 'Cancel a job', command: 'cancel-job', ask: `POST ${jobs}/43/cancel`, status: 201, example: canceled},
  {page, item: 'Retry a job', command: 'retry-job', ask: `POST ${jobs}/42/retry`, status: 201, example: waiting},
  {page, item: 'Erase a job', command: 'erase-job', ask: `POST ${jobs}/44/erase`, status: 201, example: erased},
  {page, item: 'Play a job', command: 'play-manual-job', ask: `POST ${jobs}/45/play`, status: 200, example: waiting},
]

const thirteen = (page: string): readonly Item[] => [
  ...everywhere(page),
  {
    page,
    item: 'List project jobs, example',
    command: lists.project,
    ask: `GET ${jobs}?scope=failed&per_page=1`,
    example: [page13.jobWithArchive],
  },
  {
    page,
    item: 'List project jobs, second of the example',
    command: lists.project,
    ask: `GET ${jobs}?scope=failed&per_page=1&page=2`,
    example: [page13.job],
  },
  {
    page,
    item: 'List pipeline jobs, example',
    command: lists.pipeline,
    ask: 'GET /projects/1/pipelines/5/jobs',
    example: [page13.job],
  },
  {
    page,
    item: 'List pipeline bridges, example',
    command: lists.bridges,
    ask: 'GET /projects/1/pipelines/6/bridges',
    example: [page13.bridge],
  },
  {page, item: 'Single job, example', command: 'get-job', ask: `GET ${jobs}/6`, example: page13.job},
  ...changes(page, page13),
]

const fourteen = (page: string): readonly Item[] => [
  ...everywhere(page),
  {
    page,
    item: 'List project jobs, example',
    command: lists.project,
    ask: `GET ${jobs}?scope=failed&per_page=1`,
    example: [page14.jobWithArchive],
  },
  {
    page,
    item: 'List project jobs, second of the example',
    command: lists.project,
    ask: `GET ${jobs}?scope=failed&per_page=1&page=2`,
    example: [page14.job],
  },
  {
    page,
    item: 'include_retried',
    command: lists.pipeline,
    ask: 'GET /projects/1/pipelines/6/jobs?include_retried=true&scope=canceled',
    ids: [42, 41],
  },
]

const eighteen = (page: string): readonly Item[] => [
  ...everywhere(page),
  {
    page,
    item: 'List project jobs, example',
    command: lists.project,
    ask: `GET ${jobs}?scope=failed&per_page=1`,
    example: [page18.jobWithArchive],
  },
  {
    page,
    item: 'List project jobs, second of the example',
    command: lists.project,
    ask: `GET ${jobs}?scope=failed&per_page=1&page=2`,
    example: [page18.job],
  },
  {
    page,
    item: 'Keyset pages',
    command: lists.project,
    ask: `GET ${jobs}?pagination=keyset&per_page=1&scope=failed`,
    ids: [7],
  },
  {
    page,
    item: 'scope: waiting_for_resource',
    command: lists.project,
    ask: `GET ${jobs}?scope=waiting_for_resource`,
    ids: [],
  },
  {
    page,
    item: 'List pipeline jobs, example',
    command: lists.pipeline,
    ask: 'GET /projects/1/pipelines/5/jobs',
    example: [page18.job],
  },
  {
    page,
    item: 'include_retried',
    command: lists.pipeline,
    ask: 'GET /projects/1/pipelines/6/jobs?include_retried=true&scope=canceled',
    ids: [42, 41],
  },
  {
    page,
    item: 'Retried jobs are not listed by default',
    command: lists.pipeline,
    ask: 'GET /projects/1/pipelines/6/jobs?scope=canceled',
    ids: [42],
  },
  {
    page,
    item: 'List pipeline trigger jobs, example',
    command: lists.bridges,
    ask: 'GET /projects/1/pipelines/6/bridges',
    example: [page18.bridge],
  },
  {page, item: "Job token's job, example", command: 'fetch-self', as: 'job', ask: 'GET /job', example: page18.ownJob},
  {
    page,
    item: 'Agents by job token, example',
    command: 'fetch-self',
    as: 'job',
    ask: 'GET /job/allowed_agents',
    example: page18.agents,
  },
  {page, item: 'Single job, example', command: 'get-job', ask: `GET ${jobs}/6`, example: page18.job},
  ...changes(page, page18),
  {page, item: 'Retry: trigger jobs since 17.0', command: 'retry-job', ask: `POST ${jobs}/50/retry`, status: 201},
  {
    page,
    item: 'Run a job: job_variables_attributes',
    command: 'play-manual-job',
    ask: `POST ${jobs}/45/play`,
    body: {job_variables_attributes: [{key: 'TEST_VAR_1', value: 'test1'}]},
    status: 200,
  },
]

/** Every item of the four pages. */
export const items: readonly Item[] = [
  ...thirteen('13.3'),
  ...artifacts('13.3'),
  {
    page: '13.3',
    item: 'Keep artifacts',
    command: 'keep-artifacts',
    ask: `POST ${jobs}/7/artifacts/keep`,
    status: 200,
    example: {...page13.erased, artifacts_file: page13.jobWithArchive.artifacts_file},
  },
  ...thirteen('13.5'),
  ...fourteen('14.0'),
  ...fourteen('15.11'),
  ...eighteen('18.0'),
]
