import {defineAction, output} from '../../src/command/action.ts'
import {ActionError} from '../../src/base/errors.ts'
import {flag, list} from '../../src/command/fields.ts'
import {isRetryable} from '../../src/gitlab/api/job-status.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {changeEach, changeInputs} from '../../src/steps/change.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
import {jobInputs} from '../../src/steps/job-inputs.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {retry} from '../../src/steps/once.ts'
import {requireRoute} from '../../src/steps/require-route.ts'
import {waitCalls, waitForStarted} from '../../src/steps/wait.ts'
import {waitInputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'retry-job',
  about: 'Retries finished jobs exactly once each and, if asked, waits for the new attempts.',
  group: 'change',
  needs: [['pipeline-jobs'], ['retry']],
  inputs: {
    ...jobSelector,
    onlyFailureReason: list('Retry only jobs that failed for one of these reasons, such as runner_system_failure'),
    inputs: jobInputs('Inputs for the new attempts, name=value a line (GitLab 18.10)'),
    wait: flag('Wait until the new attempts have finished'),
    ...waitInputs,
    ...changeInputs,
  },
  outputs: {
    ...jobOutputs,
    retried: output.integer('How many jobs were retried'),
    ids: output.text('Ids of the newest attempts, comma separated'),
  },
  calls: [
    ...selectorCalls,
    {route: 'retry', why: 'to retry each chosen job'},
    ...waitCalls.map((call) => ({...call, when: ({wait}: {readonly wait: boolean}) => wait})),
  ],
  examples: [
    {about: 'Retry a job of the own pipeline and wait for it', line: '--job flaky --wait'},
    {
      about: 'Retry what failed because of the runner, and nothing else',
      line: '--status failed --only-failure-reason runner_system_failure',
    },
  ],
  async run(context) {
    const {inputs, gitlab, log} = context
    requireRoute(gitlab, 'retry')
    const chosen = (await chooseJobs(context, inputs)).filter((found) => hasReason(found, inputs.onlyFailureReason))
    if (chosen.length === 0) log.info('No chosen job failed for one of these reasons: nothing was retried.')
    const newest = await changeEach(context, chosen, {
      title: 'Retried jobs',
      would: ({job}) => (isRetryable(job.status) ? 'would be retried' : `is ${job.status} and cannot be retried`),
      change: (found) => retryOne(found, context, inputs.inputs),
      outputs: outputsOf,
    })
    const outputs = outputsOf(inputs.dryRun ? [] : newest)
    if (!inputs.wait || inputs.dryRun || newest.length === 0) return outputs
    const {retried, ids} = outputs
    const waited = await waitForStarted(context, newest, {...inputs, byUs: newest}, {retried, ids})
    return {...outputs, status: waited.status}
  },
})

function outputsOf(jobs: readonly FoundJob[]) {
  return {...jobOutputValues(jobs[0]), retried: jobs.length, ids: jobs.map(({job}) => job.id).join(',')}
}

function hasReason({job}: FoundJob, reasons: readonly string[]): boolean {
  return reasons.length === 0 || (job.failure_reason !== undefined && reasons.includes(job.failure_reason))
}

async function retryOne(
  found: FoundJob,
  context: Parameters<typeof retry>[1],
  inputs: Parameters<typeof retry>[2],
): Promise<FoundJob> {
  if (!isRetryable(found.job.status)) {
    throw new ActionError(
      'wrongState',
      `Job ${found.job.id} "${found.label}" is ${found.job.status}: only a finished job can be retried.`,
    )
  }
  return (await retry(found, context, inputs)).found
}
