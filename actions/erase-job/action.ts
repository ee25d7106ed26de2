import {defineAction, output} from '../../src/command/action.ts'
import {ActionError} from '../../src/base/errors.ts'
import {flag} from '../../src/command/fields.ts'
import type {GitLab} from '../../src/gitlab/http/client.ts'
import {eraseJob, job as oneJob} from '../../src/gitlab/api/endpoints.ts'
import {isFinal} from '../../src/gitlab/api/job-status.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {changeEach, changeInputs} from '../../src/steps/change.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {requireRoute} from '../../src/steps/require-route.ts'

export const action = defineAction({
  name: 'erase-job',
  about: 'Erases the log and the artifacts of finished jobs, for good.',
  group: 'change',
  needs: [['pipeline-jobs'], ['erase']],
  inputs: {...jobSelector, yes: flag('Yes, erase: it cannot be undone'), ...changeInputs},
  outputs: {
    ...jobOutputs,
    erased: output.integer('How many jobs were erased'),
    ids: output.text('Their ids, comma separated'),
  },
  calls: [
    ...selectorCalls,
    {route: 'erase', why: 'to erase each chosen job'},
    {route: 'job', why: 'to see whether a request whose answer was lost was done'},
  ],
  examples: [
    {about: 'Show what would be erased', line: '--job leak --dry-run'},
    {about: 'Erase the log that showed a secret', line: '--job leak --yes'},
  ],
  check: ({yes, dryRun}) => (yes || dryRun ? [] : ['yes is required: erasing cannot be undone (or use --dry-run)']),
  async run(context) {
    const {inputs, gitlab} = context
    requireRoute(gitlab, 'erase')
    const chosen = await chooseJobs(context, inputs)
    const outputs = (jobs: readonly FoundJob[]) => ({
      ...jobOutputValues(jobs[0]),
      erased: inputs.dryRun ? 0 : jobs.length,
      ids: jobs.map(({job}) => job.id).join(','),
    })
    const erased = await changeEach(context, chosen, {
      title: 'Erased jobs',
      would: ({job}) =>
        isFinal(job.status) ? 'would lose its log and artifacts' : `is ${job.status} and cannot be erased`,
      did: 'erased',
      change: (found) => erase(found, gitlab),
      outputs,
    })
    return outputs(erased)
  },
})

async function erase(found: FoundJob, gitlab: GitLab): Promise<FoundJob> {
  if (!isFinal(found.job.status)) {
    throw new ActionError(
      'wrongState',
      `Job ${found.job.id} "${found.label}" is ${found.job.status}: only a finished job can be erased.`,
    )
  }
  const of = {project: found.projectId, job: found.job.id}
  const sent = await gitlab.send(eraseJob(of))
  if (sent.kind === 'answered') return {...found, job: sent.value}
  // A job that shows it was erased is what was asked for, whoever did it.
  if (sent.kind === 'ambiguous' || sent.error.status === 403) {
    const job = await gitlab.call(oneJob(of)).catch(() => undefined)
    if (job?.erased_at) return {...found, job}
  }
  if (sent.kind === 'refused' && /not erasable/i.test(sent.error.message)) throw notErasable(found, sent.error)
  throw sent.error
}

/** GitLab says this too where the job was erased before, which has been looked for already. */
function notErasable(found: FoundJob, error: ActionError): ActionError {
  return new ActionError('refused', `Job ${found.job.id} "${found.label}" was not erased: ${error.message}`, {
    cause: error,
    status: 403,
    hint: 'It has neither a log nor artifacts.',
  })
}
