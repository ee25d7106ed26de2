import {output} from '../command/action.ts'
import type {OutputValues} from '../command/action.ts'
import {idOf} from '../gitlab/api/paths.ts'
import type {FoundJob} from '../gitlab/api/types.ts'

/** What commands that deal with one job put out about it. */
export const jobOutputs = {
  jobId: output.integer('Id of the job'),
  jobName: output.text('Name of the job'),
  status: output.text('Status of the job'),
  stage: output.text('Stage of the job'),
  pipelineId: output.integer('Id of its pipeline'),
  project: output.integer('Id of its project'),
  ref: output.text('Branch, tag or merge request ref'),
  sha: output.text('Commit'),
  failureReason: output.text('Why it failed, in GitLab’s words'),
  webUrl: output.text('Page of the job'),
} as const

/** Of several jobs, these are the first one's; of none, all are empty. */
export function jobOutputValues(found: FoundJob | undefined): OutputValues<typeof jobOutputs> {
  const job = found?.unseenIn === undefined ? found?.job : undefined
  return {
    jobId: found?.job.id,
    jobName: job?.name,
    status: job?.status,
    stage: job?.stage,
    pipelineId: job?.pipeline.id,
    project: job && idOf(found?.projectId),
    ref: job?.ref,
    sha: job?.pipeline.sha,
    failureReason: job?.failure_reason,
    webUrl: job?.web_url,
  }
}
