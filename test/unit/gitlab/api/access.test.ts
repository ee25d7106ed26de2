import {describe, expect, test} from '@jest/globals'
import {chooseCredential, mayBeTooOld, routeRow, routes} from '../../../../src/gitlab/api/access.ts'
import type {AccessFacts, Credentials, RouteName} from '../../../../src/gitlab/api/access.ts'

const both: Credentials = {jobToken: 'j', token: 't', auth: 'auto'}
const onlyJob: Credentials = {...both, token: undefined}
const onlyToken: Credentials = {...both, jobToken: undefined}
const none: Credentials = {...onlyToken, token: undefined}
const on = (serverVersion?: string, ...closed: RouteName[]): AccessFacts => ({
  serverVersion,
  closedToJobToken: new Set(closed),
})

describe('the credential for a route', () => {
  test.each<[RouteName, Credentials, string | undefined, string]>([
    ['own-job', both, '19.2', 'job-token'],
    ['own-job', onlyToken, '19.2', 'job'],
    ['own-job', both, '13.10', 'job-token'],
    ['own-job', both, '13.9', 'absent'],
    ['artifacts-tree', both, '18.7', 'absent'],
    ['delete-project-artifacts', onlyToken, '14.6', 'absent'],
    ['artifacts', onlyJob, '13.3', 'job-token'],
    ['own-job', none, '19.2', 'job'],
    ['pipeline-jobs', both, '19.2', 'job-token'],
    ['pipeline-jobs', both, '18.0.1-ee', 'job-token'],
    ['pipeline-jobs', both, '17.10', 'job-token'],
    ['pipeline-jobs', both, '17.9', 'token'],
    ['pipeline-jobs', both, undefined, 'job-token'],
    ['pipeline-jobs', both, 'nonsense', 'job-token'],
    ['pipeline-jobs', onlyJob, '17.8', 'anonymous'],
    ['pipeline-jobs', onlyToken, '19.2', 'token'],
    ['pipeline-jobs', none, '19.2', 'anonymous'],
    ['project-jobs', onlyJob, '17.8', 'version'],
    ['project-jobs', none, '19.2', 'none'],
    ['bridges', both, '19.2', 'job-token'],
    ['bridges', both, '18.11', 'token'],
    ['pipelines', onlyJob, '18.11', 'anonymous'],
    ['job', both, '19.2', 'token'],
    ['job', onlyJob, '19.2', 'never'],
    ['play', onlyJob, undefined, 'never'],
    ['play', none, undefined, 'none'],
    ['artifacts', both, '17.8', 'job-token'],
    ['artifacts', none, '17.8', 'anonymous'],
    ['job', {...both, auth: 'job-token'}, '19.2', 'never'],
    ['pipeline-jobs', {...both, auth: 'job-token'}, '17.8', 'version'],
    ['pipeline-jobs', {...onlyToken, auth: 'job-token'}, '19.2', 'none'],
    ['artifacts', {...both, auth: 'token'}, '19.2', 'token'],
    ['artifacts', {...onlyJob, auth: 'token'}, '19.2', 'none'],
    ['own-job', {...both, auth: 'token'}, '19.2', 'job'],
    ['artifacts', {...both, auth: 'anonymous'}, '19.2', 'anonymous'],
    ['project-jobs', {...both, auth: 'anonymous'}, '19.2', 'auth'],
  ])('%s with %j on %s: %s', (route, credentials, version, expected) => {
    const choice = chooseCredential(route, credentials, on(version))
    expect(choice.kind === 'refused' ? choice.reason : choice.kind).toBe(expected)
  })

  test('moves on once the job token was turned away', () => {
    expect(chooseCredential('pipeline-jobs', both, on(undefined, 'pipeline-jobs')).kind).toBe('token')
    expect(chooseCredential('project-jobs', both, on(undefined, 'pipeline-jobs')).kind).toBe('job-token')
  })
})

test.each<[RouteName, number, string | undefined, boolean]>([
  ['pipeline-jobs', 404, undefined, true],
  ['pipeline-jobs', 401, '17.11', true],
  ['pipeline-jobs', 404, '18.0', false],
  ['pipeline-jobs', 403, undefined, false],
  ['artifacts', 404, undefined, false],
  ['job', 401, undefined, false],
])('%s refused by %i on %s may be the age of GitLab: %s', (route, status, version, expected) => {
  expect(mayBeTooOld(route, status, on(version))).toBe(expected)
})

describe('the table of routes', () => {
  test('never lets a job token write, but for starting a pipeline', () => {
    const writing = Object.entries(routes).flatMap(([name, route]) =>
      route.method === 'GET' || name === 'trigger' ? [] : [route],
    )
    expect(writing).toHaveLength(9)
    for (const {jobToken, anonymous, scope} of writing)
      expect([jobToken, anonymous, scope]).toEqual([false, false, 'api'])
  })

  test('is told to people', () => {
    expect(routeRow('project-jobs')).toEqual([
      'GET /projects/:id/jobs',
      'since 18.0, permission read_jobs',
      'scope read_api, Reporter',
      '',
    ])
    expect(routeRow('artifacts-tree')).toEqual([
      'GET /projects/:id/jobs/:job_id/artifacts/tree',
      'yes, permission read_jobs, Premium',
      'scope read_api, Reporter',
      '18.8',
    ])
    expect(routeRow('play').slice(1)).toEqual(['no', 'scope api, Developer', ''])
    expect(routeRow('own-job').slice(1)).toEqual(['yes', 'no', '13.10'])
  })
})
