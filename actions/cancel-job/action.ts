import {defineAction, output} from '../../src/command/action.ts'
import {flag} from '../../src/command/fields.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {isFinal} from '../../src/gitlab/api/job-status.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
import {allInput, changeCalls, changeEach, changeInputs, nothingChosen} from '../../src/steps/change.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {demandParameter} from '../../src/steps/job-inputs.ts'
import {cancel} from '../../src/steps/job-actions.ts'
import {requireRoute} from '../../src/steps/require-route.ts'
import {waitForStarted} from '../../src/steps/wait.ts'
import {waitDefaults, waitInputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'cancel-job',
  about: 'Cancels jobs; those that have ended already are left alone, and that is success.',
  group: 'change',
  needs: [['pipeline-jobs'], ['cancel']],
  inputs: {
    ...jobSelector,
    ...allInput,
    force: flag('Do not let a canceling job finish its after_script; needs the Maintainer role (GitLab 17.10)'),
    wait: flag('Wait until each job has really ended, after_script included'),
    timeout: waitInputs.timeout,
    ...changeInputs,
  },
  outputs: {
    ...jobOutputs,
    jobs: output.json<readonly object[]>('The jobs as GitLab answered'),
    canceled: output.integer('How many jobs this command canceled'),
    ids: output.text('The ids of all chosen jobs, comma separated'),
  },
  calls: [
    ...selectorCalls,
    ...changeCalls,
    {route: 'cancel', why: 'to cancel each chosen job'},
    {route: 'job', why: 'to see whether a cancel whose answer was lost was done'},
  ],
  component: true,
  examples: [
    {about: 'Cancel one job of the own pipeline and wait for its after_script', line: '--job deploy --wait'},
    {about: 'Show what would be canceled', line: '--status pending --status running --dry-run'},
  ],
  check: nothingChosen,
  async run(context) {
    const {inputs, gitlab, signal} = context
    requireRoute(gitlab, 'cancel')
    if (inputs.force) await demandParameter('cancel force', gitlab, signal)
    const chosen = await chooseJobs(context, inputs, {tellsTriggerJobs: true, isChange: true})
    const after = await changeEach(context, chosen, {
      change: 'cancel',
      title: 'Canceled jobs',
      would: ({job}) => (isFinal(job.status) ? `is ${job.status} already` : 'would be canceled'),
      make: (found, hold) => cancel(found, {...context, hold}, inputs.force),
      outputs: (jobs) => ({
        ...jobOutputValues(jobs[0]),
        ids: jobs.map(({job}) => job.id).join(','),
        jobs: jobs.map(({job}) => job),
      }),
    })
    const canceled = after.filter(({job}, at) => job.status !== chosen[at]?.job.status).length
    const summary = {canceled, ids: after.map(({job}) => job.id).join(','), jobs: after.map(({job}) => job)}
    const outputs = {...jobOutputValues(after[0]), ...summary}
    if (!inputs.wait || inputs.dryRun) return outputs
    const waiting = {...waitDefaults, timeout: inputs.timeout, ok: anyEnd, onSkipped: 'ok', byUs: []} as const
    const {status} = await waitForStarted(context, after, waiting, summary)
    return {...outputs, status}
  },
})

const anyEnd = ['success', 'failed', 'canceled', 'skipped'] as const
