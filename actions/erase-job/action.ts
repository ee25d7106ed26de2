import {defineAction, output} from '../../src/command/action.ts'
import {clean} from '../../src/base/clean.ts'
import {ActionError} from '../../src/base/errors.ts'
import {flag} from '../../src/command/fields.ts'
import type {GitLab} from '../../src/gitlab/http/client.ts'
import {eraseJob, job as oneJob} from '../../src/gitlab/api/endpoints.ts'
import type {FoundJob, Job} from '../../src/gitlab/api/types.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {allInput, changeCalls, changeEach, changeInputs, nothingChosen} from '../../src/steps/change.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {changing} from '../../src/steps/job-actions.ts'
import {requireRoute} from '../../src/steps/require-route.ts'

interface Changing {
  readonly gitlab: GitLab
  readonly signal: AbortSignal
  readonly hold: () => void
}

export const action = defineAction({
  name: 'erase-job',
  about: 'Erases the log and the artifacts of finished jobs, for good.',
  group: 'change',
  needs: [['pipeline-jobs'], ['erase']],
  inputs: {...jobSelector, ...allInput, yes: flag('Yes, erase: it cannot be undone'), ...changeInputs},
  outputs: {
    ...jobOutputs,
    erasedAt: output.text('When the first of them was erased, by GitLab’s clock'),
    jobs: output.json<readonly object[]>('The jobs as GitLab answered'),
    erased: output.integer('How many jobs were erased'),
    ids: output.text('Their ids, comma separated'),
  },
  calls: [
    ...selectorCalls,
    ...changeCalls,
    {route: 'erase', why: 'to erase each chosen job'},
    {route: 'job', why: 'to see whether a request whose answer was lost was done'},
  ],
  component: true,
  examples: [
    {about: 'Show what would be erased', line: '--job leak --dry-run'},
    {about: 'Erase the log that showed a secret', line: '--job leak --yes'},
  ],
  check: (inputs) => [
    ...nothingChosen(inputs),
    ...(inputs.yes || inputs.dryRun ? [] : ['--yes is required: erasing cannot be undone (or use --dry-run)']),
  ],
  async run(context) {
    const {inputs, gitlab} = context
    requireRoute(gitlab, 'erase')
    const chosen = await chooseJobs(context, inputs, {isChange: true})
    const outputs = (jobs: readonly FoundJob[]) => ({
      ...jobOutputValues(jobs[0]),
      erasedAt: erasedAt(jobs[0]),
      jobs: inputs.dryRun ? [] : jobs.map(({job}) => job),
      erased: inputs.dryRun ? 0 : jobs.length,
      ids: jobs.map(({job}) => job.id).join(','),
    })
    const erased = await changeEach(context, chosen, {
      title: 'Erased jobs',
      change: 'erase',
      would: () => 'would lose its log and artifacts',
      did: 'erased',
      make: (found, hold) => erase(found, {...context, hold}),
      outputs,
    })
    return outputs(erased)
  },
})

function erasedAt(found: FoundJob | undefined): string | undefined {
  return found && 'erased_at' in found.job ? (found.job.erased_at ?? undefined) : undefined
}

function erase(found: FoundJob, asking: Changing): Promise<FoundJob> {
  return changing('erase', found, asking, async (send) => {
    const {gitlab, signal} = asking
    const target = {project: found.projectId, job: found.job.id}
    const sent = await send(eraseJob(target))
    if (sent.kind === 'answered' && showsErased(sent.value)) return {...found, job: sent.value}
    const read = async (): Promise<Job | undefined> => gitlab.call(oneJob(target), {signal}).catch(() => undefined)
    if (sent.kind === 'answered') {
      const job = await read()
      if (job && showsErased(job)) return {...found, job}
      throw notErased(found)
    }
    // A job that shows it was erased is what was asked for, whoever did it.
    if (sent.kind === 'ambiguous' || sent.error.status === 403) {
      const job = await read()
      if (job?.erased_at) return {...found, job}
      if (job && !job.archived && /not erasable/i.test(sent.error.message)) throw nothingToErase(found, sent.error)
    }
    throw sent.error
  })
}

/** GitLab tells when a job was erased since 16.0; before, that nothing is left of it. */
function showsErased({erased_at: at, artifacts_file: archive, artifacts = []}: Job): boolean {
  return at === undefined ? archive === undefined && artifacts.length === 0 : at !== null && at !== ''
}

function notErased({job, label}: FoundJob): ActionError {
  return new ActionError(
    'untrusted',
    `GitLab said yes to erase job ${job.id} "${clean(label, 200)}", and shows it as it was: whether its log and artifacts are gone is not known.`,
    {hint: `Look at ${job.web_url}: what it still shows is still there.`},
  )
}

/** GitLab says the same of a job that was erased before, which has been looked for already. */
function nothingToErase(found: FoundJob, error: ActionError): ActionError {
  return new ActionError(
    'wrongState',
    `Job ${found.job.id} "${found.label}" has neither a log nor artifacts to erase.`,
    {
      cause: error,
      hint: 'Leave it out: there is nothing to do.',
    },
  )
}
