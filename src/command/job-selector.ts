import {flag, integer, integers, list, optional, text} from './fields.ts'

/** The inputs of every command that names jobs: which jobs, and in which pipeline. `look` and `findOne` take their values. */
export const jobSelector = {
  job: list('Name of a job, exactly as GitLab shows it, such as build or "test: [linux, 20]"'),
  jobMatch: list('Pattern for names of jobs, such as "test: [linux, *]"; * also matches /, brackets are themselves'),
  jobId: integers('Id of a job'),
  stage: list('Only jobs of this stage'),
  status: list('Only jobs of this status, such as failed'),
  pipelineId: optional(integer('Pipeline to look in, by its id; without any, the pipeline of this job', {min: 1})),
  ref: optional(text('Look in the newest pipeline of this branch or tag')),
  sha: optional(text('Look in the newest pipeline of this commit')),
  mergeRequest: optional(
    integer('Look in the newest pipeline of this merge request, by the number after "!"', {min: 1}),
  ),
  upstream: flag('Look in the pipeline that triggered this one'),
  family: flag('Look in child and downstream pipelines too, five levels deep'),
} as const

export type JobSelector = typeof jobSelector
