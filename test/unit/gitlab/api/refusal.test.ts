import {describe, expect, test} from '@jest/globals'
import {cannotCall, explainRefusal} from '../../../../src/gitlab/api/refusal.ts'
import type {Answer} from '../../../../src/gitlab/api/refusal.ts'

const facts = {serverVersion: '19.2', closedToJobToken: new Set<never>()}
const base: Answer = {
  route: 'artifacts',
  credential: 'job-token',
  status: 401,
  said: '401 Unauthorized',
  facts,
  hasJobToken: true,
  projectIsOpen: false,
}

describe('a refusal', () => {
  test.each<[string, Partial<Answer>, string, string | undefined, RegExp]>([
    [
      'of a job token whose job has ended',
      {},
      'refused',
      'ended',
      /its job has ended: it counts only while its job runs/,
    ],
    [
      'of a job token by a GitLab of unknown age',
      {route: 'pipeline-jobs', facts: {...facts, serverVersion: undefined}},
      'refused',
      'version',
      /since GitLab 18\.0.*or the job of this token has ended/,
    ],
    ['of a job token where it may never', {route: 'job'}, 'refused', 'never', /any GitLab version/],
    ['of no credential', {credential: 'anonymous'}, 'refused', 'none', /needs a credential/],
    ['of an unknown access token', {credential: 'token'}, 'refused', 'expired', /does not know/],
    [
      'of an expired access token',
      {credential: 'token', said: 'invalid_token: Token is expired.'},
      'refused',
      'expired',
      /expired or was revoked/,
    ],
    [
      'for want of a scope',
      {credential: 'token', status: 403, said: 'insufficient_scope: The request requires higher privileges'},
      'refused',
      'scope',
      /lacks a scope/,
    ],
    [
      'by the allowlist',
      {status: 403, said: '403 Forbidden - Authentication by CI/CD job token not allowed from app to project #8.'},
      'refused',
      'allowlist',
      /not allowed from app/,
    ],
    [
      'by a fine-grained permission',
      {
        status: 403,
        said: '403 Forbidden - Insufficient permissions to access this resource in project #8. The following token permission is required: read_jobs.',
      },
      'refused',
      'permission',
      /read_jobs/,
    ],
    ['for want of a role', {status: 403, said: '403 Forbidden'}, 'refused', 'role', /403 Forbidden\.$/],
    [
      'for want of Premium',
      {status: 404, said: '404 Project Not Found', projectIsOpen: true},
      'refused',
      'premium',
      /Premium/,
    ],
    [
      'by age, with a job token that was not even sent',
      {
        route: 'pipeline-jobs',
        credential: 'anonymous',
        status: 404,
        said: '404 Project Not Found',
        facts: {...facts, serverVersion: '17.8'},
      },
      'refused',
      'version',
      /since GitLab 18\.0 and this one is 17\.8/,
    ],
    [
      'that is none: the project',
      {status: 404, said: '404 Project Not Found'},
      'notFound',
      undefined,
      /Project Not Found/,
    ],
    [
      'that is none: the job',
      {status: 404, said: '404 Not found', projectIsOpen: true},
      'notFound',
      undefined,
      /404 Not found/,
    ],
    [
      'that is none: with an access token',
      {credential: 'token', status: 404, said: '404 Project Not Found'},
      'notFound',
      undefined,
      /Project Not Found/,
    ],
    [
      'that is none: without credential',
      {credential: 'anonymous', hasJobToken: false, status: 404, said: '404 Project Not Found'},
      'notFound',
      undefined,
      /Project Not Found/,
    ],
  ])('%s is told as that', (_what, answer, kind, reason, why) => {
    const explained = explainRefusal({...base, ...answer})
    expect(explained).toMatchObject({kind, reason, why: expect.stringMatching(why)})
  })

  test.each([
    ['The following token permission is required: read_pipelines.', 'grant read_pipelines to'],
    ['The following token permissions are required: read_jobs and admin_jobs.', 'grant read_jobs and admin_jobs to'],
    ['The following token permissions are required: a_a, b_b, and c_c.', 'grant a_a, b_b, and c_c to'],
    ['', 'grant read_jobs to'],
  ])('by a fine-grained permission names the one that GitLab names: %s', (named, expected) => {
    const said = `403 Forbidden - Insufficient permissions to access this resource in project #8. ${named}`
    expect(explainRefusal({...base, status: 403, said}).hint).toContain(expected)
  })

  test('by the permissions of a fine-grained access token gives GitLab the word', () => {
    const said = 'insufficient_granular_scope: Your token lacks the permission [Job: Read].'
    expect(explainRefusal({...base, credential: 'token', status: 403, said})).toMatchObject({
      kind: 'refused',
      reason: 'scope',
      why: expect.stringContaining('[Job: Read]'),
      hint: expect.stringContaining('permission that GitLab names'),
    })
  })

  test('of every job token by GitLab itself asks for an access token', () => {
    const said = '403 Forbidden - This action is unauthorized for CI/CD job tokens.'
    expect(explainRefusal({...base, status: 403, said})).toMatchObject({
      reason: 'never',
      hint: expect.stringContaining('GITLAB_TOKEN'),
    })
  })

  test('by the allowlist or a permission says where to change it', () => {
    for (const said of [
      'Authentication by CI/CD job token not allowed from a to project #8.',
      'Insufficient permissions to access',
    ]) {
      expect(explainRefusal({...base, status: 403, said}).hint).toContain('Settings > CI/CD > Job token permissions')
    }
  })

  test('of a project that may not exist names what else it may be', () => {
    const {hint} = explainRefusal({...base, status: 404, said: '404 Project Not Found'})
    expect(hint).toMatch(/Job token permissions.*Premium/)
  })

  test.each([
    [
      'play',
      'never',
      'POST /projects/:id/jobs/:job_id/play was not called: no job token may call it on any GitLab version.',
      /GITLAB_TOKEN.*scope api.*Developer/,
    ],
    [
      'project-jobs',
      'version',
      'GET /projects/:id/jobs was not called: job tokens may call it since GitLab 18.0, and this one is 17.8.',
      /GITLAB_TOKEN.*read_api/,
    ],
    ['own-job', 'job', 'GET /job was not called: only a job token can call it, and there is none.', /CI_JOB_TOKEN/],
    [
      'trace',
      'none',
      'GET /projects/:id/jobs/:job_id/trace was not called: there is no credential that may call it.',
      /^Set GITLAB_TOKEN/,
    ],
    [
      'project-jobs',
      'auth',
      'GET /projects/:id/jobs was not called: it cannot be called without a credential.',
      /--auth/,
    ],
  ] as const)('before the call: %s, %s', (route, reason, message, hint) => {
    const error = cannotCall(route, reason, {...facts, serverVersion: '17.8'})
    expect(error).toMatchObject({kind: 'refused', message, hint: expect.stringMatching(hint)})
  })
})
