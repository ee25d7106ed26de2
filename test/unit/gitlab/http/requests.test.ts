import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import * as endpoints from '../../../../src/gitlab/api/endpoints.ts'

const target = {project: 'grp/app', job: 5}

describe('a path', () => {
  test.each([
    [endpoints.job(target).path, '/projects/grp%2Fapp/jobs/5'],
    [
      endpoints.artifactFile({...target, path: 'a b/ü?#.txt'}).path,
      '/projects/grp%2Fapp/jobs/5/artifacts/a%20b/%C3%BC%3F%23.txt',
    ],
    [
      endpoints.artifactsByRef({project: 7, ref: 'feature/a/../b', job: 'x'}).path,
      '/projects/7/jobs/artifacts/feature%2Fa%2F..%2Fb/download',
    ],
    [
      endpoints.artifactsByRef({project: 7, ref: '%2e%2e', job: 'x'}).path,
      '/projects/7/jobs/artifacts/%252e%252e/download',
    ],
    [
      endpoints.artifactFileByRef({project: 7, ref: 'main', job: 'x', path: 'a/b'}).path,
      '/projects/7/jobs/artifacts/main/raw/a/b',
    ],
    [endpoints.triggerJobs({project: 7, pipeline: 3}).path, '/projects/7/pipelines/3/trigger_jobs'],
  ])('%s', (path, expected) => {
    expect(path).toBe(expected)
  })

  test.each(['', '.', '..', '\ud800', 'a\0b'])('refuses the ref %j', (ref) => {
    expect(() => endpoints.artifactsByRef({project: 7, ref, job: 'x'})).toThrow(
      expect.objectContaining({kind: 'usage'}),
    )
  })

  test.each(['', '.', '../x', 'a/../../b', 'a//b', '/a', 'a/', 'a\0'])('refuses the artifact path %j', (path) => {
    expect(() => endpoints.artifactFile({...target, path})).toThrow(expect.objectContaining({kind: 'usage'}))
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('refuses the job id %d', (job) => {
    expect(() => endpoints.job({project: 7, job})).toThrow(expect.objectContaining({kind: 'usage'}))
  })

  test('gives every ref back to the server as it was, and nothing else changes', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary', minLength: 1, maxLength: 300}), (ref) => {
        fc.pre(!/\p{Surrogate}|\0/u.test(ref) && ref !== '.' && ref !== '..')
        const {path} = endpoints.artifactsByRef({project: 7, ref, job: 'x'})
        const seen = new URL(`https://gitlab.example.com/api/v4${path}`).pathname
        const part = /^\/api\/v4\/projects\/7\/jobs\/artifacts\/([^/]+)\/download$/.exec(seen)?.[1]
        expect(decodeURIComponent(part ?? '')).toBe(ref)
      }),
    )
  })
})

describe('a query', () => {
  test.each([
    [
      endpoints.projectJobs({project: 7, statuses: ['failed', 'canceled'], ref: 'main'}),
      [
        ['pagination', 'keyset'],
        ['per_page', '100'],
        ['scope[]', 'failed'],
        ['scope[]', 'canceled'],
        ['ref', 'main'],
      ],
    ],
    [
      endpoints.pipelineJobs({project: 7, pipeline: 1, includeRetried: true}),
      [
        ['per_page', '100'],
        ['include_retried', 'true'],
      ],
    ],
    [
      endpoints.artifactsByRef({project: 7, ref: 'main', job: 'a & b', searchRecent: true}),
      [
        ['job', 'a & b'],
        ['search_recent_successful_pipelines', 'true'],
      ],
    ],
    [
      endpoints.artifactsTree({...target, path: 'dist', recursive: true}),
      [
        ['per_page', '100'],
        ['path', 'dist'],
        ['recursive', 'true'],
      ],
    ],
    [
      endpoints.trace({...target, offset: 0, limit: 10}),
      [
        ['byte_offset', '0'],
        ['byte_limit', '10'],
      ],
    ],
    [
      endpoints.pipelines({project: 7, sha: 'abc', perPage: 1}),
      [
        ['sha', 'abc'],
        ['per_page', '1'],
      ],
    ],
  ])('of %j', ({query}, expected) => {
    expect(query).toEqual(expected)
  })
})

test('a body holds variables and inputs only where there are any', () => {
  expect(endpoints.playJob(target)).not.toHaveProperty('body')
  expect(endpoints.playJob({...target, variables: new Map([['A', '1']]), inputs: new Map([['n', 2]])}).body).toEqual({
    job_variables_attributes: [{key: 'A', value: '1'}],
    job_inputs: {n: 2},
  })
  expect(endpoints.retryJob({...target, inputs: new Map([['x', true]])}).body).toEqual({inputs: {x: true}})
})
