import {flag, integer, integers, list, oneOrMore, oneOf, optional, text, type Values, underHeading} from './fields.ts'

/** The inputs of every command that names jobs: which jobs, and in which pipeline. `look` and `findOne` take their values. */
export const jobSelector = underHeading('Which jobs', {
  job: list(
    'Name of a job, exactly as GitLab shows it, such as build or "test: [linux, 20]"; or as printed here, child/build',
  ),
  jobMatch: list(
    'Pattern for names of jobs, such as "test: [linux, *]"; * also matches /, brackets are themselves; with ! in front, not these',
  ),
  jobId: integers('Id of a job'),
  stage: list('Only jobs of this stage'),
  status: list('Only jobs of this status, such as failed'),
  pipelineId: optional(integer('Pipeline to look in, by its id; without any, the pipeline of this job', {min: 1})),
  ref: oneOrMore(
    'Look in the newest pipeline of this branch or tag, refs/heads/x or refs/tags/x where both have the name; of several, the first that has the jobs',
  ),
  sha: optional(text('Look in the newest pipeline of this commit')),
  mergeRequest: optional(
    integer('Look in the newest pipeline of this merge request, by the number after "!"', {min: 1}),
  ),
  pipelineSource: optional(text('Only pipelines of this source, such as push, schedule or merge_request_event')),
  strategy: oneOf(
    'Which pipeline of the ref, commit or merge request: the newest; the newest that has passed as a whole; the newest passed one that has the jobs; the newest in which they have succeeded; or the newest that has them',
    ['newest', 'latest-pipeline', 'recent-successful', 'latest-job', 'any-status'],
    {default: 'newest'},
  ),
  upstream: flag('Look in the pipeline that triggered this one'),
  family: flag('Look in child and downstream pipelines too, five levels deep'),
  triggerJobs: oneOf(
    'Trigger jobs are jobs of their pipeline; ignore leaves them out, unless one is named, where they are no matter or cannot be seen',
    ['include', 'ignore'],
    {default: 'include'},
  ),
  allowUnmatched: flag('A name, pattern or stage may fit no job; without it each must fit one'),
} as const)

export type JobSelector = typeof jobSelector

/** Which of them say something beyond their defaults. */
export function givenSelectors(inputs: Values<JobSelector>): readonly (keyof JobSelector)[] {
  return (Object.keys(jobSelector) as (keyof JobSelector)[]).filter((name) => {
    const value = inputs[name]
    return Array.isArray(value) ? value.length > 0 : value !== jobSelector[name].fallback
  })
}
