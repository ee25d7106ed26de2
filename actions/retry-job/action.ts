import {ActionError} from '../../src/base/errors.ts'
import {defineAction, output} from '../../src/command/action.ts'
import {expression, flag, integer, list, optional} from '../../src/command/fields.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {allInput, changeCalls, changeEach, changeInputs, nothingChosen} from '../../src/steps/change.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
import {demandParameter, perhapsIgnored, typedInputs, withInputs} from '../../src/steps/job-inputs.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {logFits} from '../../src/steps/job-log.ts'
import {retry} from '../../src/steps/job-actions.ts'
import {requireRoute} from '../../src/steps/require-route.ts'
import {retryUntilGood} from '../../src/steps/retry-until-good.ts'
import type {Attempt} from '../../src/steps/retry-until-good.ts'
import {waitCalls, waitForStarted} from '../../src/steps/wait.ts'
import {waitInputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'retry-job',
  about: 'Retries finished jobs exactly once each and, if asked, waits for the new attempts.',
  group: 'change',
  needs: [['pipeline-jobs'], ['retry']],
  inputs: {
    ...jobSelector,
    ...allInput,
    onlyFailureReason: list('Retry only jobs that failed for one of these reasons, such as runner_system_failure'),
    onlyLogMatch: optional(
      expression('Retry only jobs whose log has a line that this regular expression fits; needs an access token'),
    ),
    times: integer('Retry until the jobs are good, each at most this many times; more than once implies wait', {
      default: 1,
      min: 1,
      max: 20,
    }),
    inputs: typedInputs('Inputs for the new attempts, name=value a line (GitLab 18.10)'),
    wait: flag('Wait until the new attempts have finished'),
    ...waitInputs,
    ...changeInputs,
  },
  outputs: {
    ...jobOutputs,
    previousIds: output.text('Ids of the jobs that were retried, comma separated, in the order of ids'),
    jobs: output.json<readonly object[]>('The newest attempts as GitLab answered'),
    retried: output.integer('How many jobs were retried'),
    history: output.json<readonly object[]>('With times: each attempt made, with its id, number, status and reason'),
    ids: output.text('Ids of the newest attempts, comma separated'),
  },
  calls: [
    ...selectorCalls,
    ...changeCalls,
    {
      route: 'version',
      why: 'to see whether GitLab knows inputs, where CI_SERVER_VERSION does not tell',
      when: ({inputs}) => inputs.size > 0,
    },
    {route: 'trace', why: 'to look for a line of the log', when: ({onlyLogMatch}) => onlyLogMatch !== undefined},
    {route: 'retry', why: 'to retry each chosen job'},
    ...waitCalls.map((call) => ({
      ...call,
      when: ({wait, times}: {readonly wait: boolean; readonly times: number}) => wait || times > 1,
    })),
  ],
  component: true,
  examples: [
    {about: 'Retry a job of the own pipeline and wait for it', line: '--job flaky --wait'},
    {
      about: 'Retry what failed because of the runner, and nothing else',
      line: '--status failed --only-failure-reason runner_system_failure',
    },
    {about: 'Retry a flaky job until it is good, three times at most', line: '--job flaky --times 3 --timeout 1h'},
  ],
  check: (inputs) => [
    ...nothingChosen(inputs),
    ...(inputs.times > 1 && (inputs.until !== 'finished' || inputs.mode !== 'all')
      ? ['times waits for the end of every attempt: leave out until and mode']
      : []),
  ],
  async run(context) {
    const {inputs, gitlab, log, signal} = context
    requireRoute(gitlab, 'retry')
    const isSure = inputs.inputs.size === 0 || (await demandParameter('retry inputs', gitlab, signal))
    if (inputs.onlyLogMatch) requireRoute(gitlab, 'trace')
    const mayRetry = async (found: FoundJob): Promise<boolean> =>
      hasReason(found, inputs.onlyFailureReason) &&
      (inputs.onlyLogMatch === undefined || (await logFits(found, context, inputs.onlyLogMatch)))
    const chosen: FoundJob[] = []
    for (const found of await chooseJobs(context, inputs, {tellsTriggerJobs: true, isChange: true})) {
      if (await mayRetry(found)) chosen.push(found)
    }
    if (chosen.length === 0) log.info('No chosen job failed for one of these reasons: nothing was retried.')
    const retryAll = (jobs: readonly FoundJob[]) =>
      changeEach(context, jobs, {
        change: 'retry',
        title: 'Retried jobs',
        would: () => 'would be retried',
        make: (found, hold) =>
          withInputs(inputs.inputs, log, async (values) => (await retry(found, {...context, hold}, values)).found),
        outputs: (started) => outputsOf(jobs, started),
      })
    if (inputs.times > 1 && !inputs.dryRun && chosen.length > 0) {
      const outputs = (jobs: readonly FoundJob[], history: readonly Attempt[]) => ({
        ...outputsOf(chosen, jobs),
        retried: history.length,
        history,
      })
      const {times} = inputs
      const {newest, history} = await retryUntilGood(context, chosen, {times, retryAll, mayRetry, inputs, outputs})
      return outputs(newest, history)
    }
    const newest = await retryAll(chosen)
    const outputs = outputsOf(chosen, inputs.dryRun ? [] : newest)
    if (!isSure && !inputs.dryRun && newest.length > 0) log.warn(perhapsIgnored('retry inputs'))
    if (!inputs.wait || inputs.dryRun || newest.length === 0) return outputs
    const {retried, ids} = outputs
    const waited = await waitForStarted(context, newest, {...inputs, byUs: newest}, {retried, ids})
    return {...outputs, status: waited.status}
  },
})

function outputsOf(before: readonly FoundJob[], jobs: readonly FoundJob[]) {
  const previous = before.filter(({job}) => jobs.some((now) => now.job.name === job.name && now.job.id !== job.id))
  return {
    ...jobOutputValues(jobs[0]),
    previousIds: previous.map(({job}) => job.id).join(','),
    jobs: jobs.map(({job}) => job),
    retried: jobs.length,
    history: [],
    ids: jobs.map(({job}) => job.id).join(','),
  }
}

function hasReason({job}: FoundJob, reasons: readonly string[]): boolean {
  if (reasons.length > 0 && job.status === 'failed' && job.failure_reason === undefined) {
    throw new ActionError('refused', 'GitLab tells why a job failed since 14.0, and this one does not.', {
      hint: 'Leave out --only-failure-reason; --only-log-match looks into the logs instead.',
    })
  }
  return reasons.length === 0 || (job.failure_reason !== undefined && reasons.includes(job.failure_reason))
}
