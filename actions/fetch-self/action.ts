import {defineAction, output} from '../../src/command/action.ts'
import type {Log, OwnJob} from '../../src/command/action.ts'
import {list} from '../../src/command/fields.ts'
import {ownJob} from '../../src/gitlab/api/endpoints.ts'
import {idOf} from '../../src/gitlab/api/paths.ts'
import type {Job} from '../../src/gitlab/api/types.ts'
import {fieldOf} from '../../src/steps/field-of.ts'

export const action = defineAction({
  name: 'fetch-self',
  about: 'Tells what GitLab knows about the job that runs this command.',
  group: 'look',
  needs: [['own-job']],
  inputs: {
    field: list(
      'Value of the answer to print, one a line: id, name, stage, status, ref, tag, sha as commit.id, web_url, created_at, started_at, finished_at, duration, queued_duration, allow_failure, failure_reason, tag_list, and paths such as pipeline.id, pipeline.ref, commit.title, user.username, runner.description, artifacts_file.size',
    ),
  },
  outputs: {
    id: output.integer('Id of the job'),
    name: output.text('Name of the job'),
    stage: output.text('Stage of the job'),
    status: output.text('Status, usually running'),
    ref: output.text('Branch, tag or merge request ref'),
    tag: output.flag('Whether the ref is a tag'),
    sha: output.text('Commit'),
    pipelineId: output.integer('Id of the pipeline'),
    projectId: output.integer('Id of the project'),
    user: output.text('Username of whoever started the job'),
    runner: output.text('Description of the runner'),
    tags: output.text('Runner tags of the job, comma separated'),
    webUrl: output.text('Page of the job'),
    createdAt: output.text('When it was created, ISO 8601'),
    startedAt: output.text('When it was started, ISO 8601'),
    queuedDuration: output.number('Seconds it waited for a runner'),
    allowFailure: output.flag('Whether it may fail'),
  },
  calls: [{route: 'own-job', why: 'to read the job that holds the job token'}],
  examples: [
    {about: 'Show this job', line: ''},
    {about: 'Print the pipeline and who started it, one a line', line: '--field pipeline.id --field user.username'},
  ],
  prints: ({field}) => field.length > 0,
  async run({inputs, gitlab, own, log, print}) {
    const job = await gitlab.call(ownJob())
    warnOfDifferences(job, own, log)
    if (inputs.field.length > 0) await print(inputs.field.map((path) => `${fieldOf(job, path)}\n`).join(''))
    else
      log.info(
        `Job ${job.id} "${job.name}" is ${job.status}, in pipeline ${job.pipeline.id} for ${job.ref}. ${job.web_url}`,
      )
    return {
      id: job.id,
      name: job.name,
      stage: job.stage,
      status: job.status,
      ref: job.ref,
      tag: job.tag,
      sha: job.pipeline.sha,
      pipelineId: job.pipeline.id,
      projectId: idOf(job.pipeline.project_id),
      user: job.user?.username,
      runner: job.runner?.description ?? undefined,
      tags: job.tag_list?.join(','),
      webUrl: job.web_url,
      createdAt: job.created_at,
      startedAt: job.started_at ?? undefined,
      queuedDuration: job.queued_duration ?? undefined,
      allowFailure: job.allow_failure,
    }
  },
})

/** A CI variable can be overridden by whoever starts the pipeline; the token cannot. */
function warnOfDifferences(job: Job, own: OwnJob, log: Log): void {
  const claims: readonly (readonly [string, string | number | undefined, string | number])[] = [
    ['CI_JOB_ID', own.id, job.id],
    ['CI_JOB_NAME', own.name, job.name],
    ['CI_PIPELINE_ID', own.pipelineId, job.pipeline.id],
    ['CI_PROJECT_ID', own.projectId, job.pipeline.project_id],
    ['CI_COMMIT_SHA', own.sha, job.pipeline.sha],
  ]
  for (const [variable, said, known] of claims) {
    if (said !== undefined && said !== known)
      log.warn(`${variable} says ${said}, but the job token belongs to ${known}.`)
  }
}
