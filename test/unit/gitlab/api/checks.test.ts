import {describe, expect, test} from '@jest/globals'
import {bridges, pipelineJobs, pipelines} from '../../../../src/gitlab/api/endpoints.ts'
import {onePipeline} from '../../../../src/gitlab/api/pipeline-endpoints.ts'

/** As GitLab before 13.10 shows it: without its project. */
const old = {id: 6, ref: 'main', sha: 'abc', status: 'success', web_url: 'https://git.example/grp/app/-/pipelines/6'}
const job = {
  id: 8,
  name: 'build',
  stage: 'build',
  status: 'success',
  ref: 'main',
  tag: false,
  allow_failure: false,
  created_at: '2020-06-01T00:00:00Z',
  started_at: null,
  finished_at: null,
  duration: null,
  web_url: 'https://git.example/grp/app/-/jobs/8',
  pipeline: old,
}
const below = (page: string | undefined) => ({
  ...job,
  downstream_pipeline: {id: 5, ref: 'main', sha: 'def', status: 'success', web_url: page},
})

describe('an answer of a GitLab that does not tell the project of a pipeline', () => {
  test.each([
    [1, 1],
    ['1', 1],
    ['grp/app', 'grp/app'],
  ])('is one of the project that was asked, %p', (project, key) => {
    expect(pipelineJobs({project, pipeline: 6}).read([job], '')[0]?.pipeline).toEqual({...old, project_id: key})
    expect(pipelines({project}).read([old], '')[0]?.project_id).toBe(key)
    expect(onePipeline({project, pipeline: 6}).read(old, '').project_id).toBe(key)
  })

  test.each([
    ['https://git.example/grp/app/-/pipelines/5', 1],
    ['https://git.example/grp/lib/-/pipelines/5', 'grp/lib'],
    // As the page of 13.3 shows it.
    ['https://git.example/grp/lib/pipelines/5', 'grp/lib'],
    [undefined, 1],
  ])('takes the project of a downstream pipeline from its page %p', (page, key) => {
    const [bridge] = bridges({project: 1, pipeline: 6}).read([below(page)], '')
    expect(bridge?.downstream_pipeline?.project_id).toBe(key)
  })

  test('is held to the question in all else', () => {
    expect(() => pipelineJobs({project: 1, pipeline: 7}).read([job], '')).toThrow('is a job of another pipeline')
  })
})

test('a project that is told is held against the question, and is never anything but an id', () => {
  const listed = (project_id: unknown) => [{...job, pipeline: {...old, project_id}}]
  expect(() => pipelineJobs({project: 1, pipeline: 6}).read(listed(2), '')).toThrow('is a job of another project')
  for (const wrong of [null, 'grp/app', 0, 1.5])
    expect(() => pipelineJobs({project: 'grp/app', pipeline: 6}).read(listed(wrong), '')).toThrow(
      '"[0].pipeline.project_id"',
    )
})
