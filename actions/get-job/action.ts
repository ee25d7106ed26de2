import {defineAction, output} from '../../src/command/action.ts'
import {list} from '../../src/command/fields.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {chooseJob, selectorCalls} from '../../src/steps/choose.ts'
import {fieldOf} from '../../src/steps/field-of.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'

export const action = defineAction({
  name: 'get-job',
  about: 'Tells what GitLab knows about one job.',
  group: 'look',
  needs: [['pipeline-jobs']],
  inputs: {
    ...jobSelector,
    field: list(
      'Value of the answer to print, one a line: id, name, stage, status, ref, tag, sha as commit.id, web_url, created_at, started_at, finished_at, duration, queued_duration, allow_failure, failure_reason, tag_list, and paths such as pipeline.id, pipeline.ref, commit.title, user.username, runner.description, artifacts_file.size',
    ),
  },
  outputs: {
    ...jobOutputs,
    createdAt: output.text('When it was created, ISO 8601'),
    startedAt: output.text('When it started'),
    finishedAt: output.text('When it ended'),
    duration: output.number('Seconds it ran'),
    queuedDuration: output.number('Seconds it was queued'),
    allowFailure: output.flag('Whether it may fail'),
    artifactsSize: output.integer('Bytes of its artifacts archive; empty if it has none'),
    artifactsExpireAt: output.text('When its artifacts expire; empty if they do not'),
    job: output.json('The answer as GitLab gave it'),
  },
  calls: selectorCalls,
  component: true,
  examples: [
    {about: 'Show a job of the own pipeline', line: '--job build'},
    {
      about: 'Print the status of the newest build of main in another project',
      line: '--project grp/lib --ref main --job build --field status',
    },
  ],
  prints: ({field}) => field.length > 0,
  async run(context) {
    const {inputs, log, print} = context
    const found = await chooseJob(context, inputs)
    const {job} = found
    if (inputs.field.length > 0) await print(inputs.field.map((path) => `${fieldOf(job, path)}\n`).join(''))
    else
      log.info(
        `Job ${job.id} "${found.label}" is ${job.status}, in pipeline ${job.pipeline.id} for ${job.ref}. ${job.web_url}`,
      )
    const archive = 'artifacts_file' in job ? job.artifacts_file : undefined
    return {
      ...jobOutputValues(found),
      createdAt: job.created_at,
      startedAt: job.started_at ?? undefined,
      finishedAt: job.finished_at ?? undefined,
      duration: job.duration ?? undefined,
      queuedDuration: job.queued_duration ?? undefined,
      allowFailure: job.allow_failure,
      artifactsSize: archive?.size,
      artifactsExpireAt: ('artifacts_expire_at' in job ? job.artifacts_expire_at : undefined) ?? undefined,
      job,
    }
  },
})
