import {defineAction, output} from '../../src/command/action.ts'
import {clean} from '../../src/base/clean.ts'
import {ActionError} from '../../src/base/errors.ts'
import {job as oneJob, keepArtifacts} from '../../src/gitlab/api/endpoints.ts'
import type {GitLab} from '../../src/gitlab/http/client.ts'
import type {FoundJob, Job} from '../../src/gitlab/api/types.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {allInput, changeCalls, changeEach, changeInputs, nothingChosen} from '../../src/steps/change.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {changing} from '../../src/steps/job-actions.ts'
import {requireRoute} from '../../src/steps/require-route.ts'

export const action = defineAction({
  name: 'keep-artifacts',
  about: 'Keeps the artifacts of jobs from expiring, and checks that GitLab has done so.',
  group: 'change',
  needs: [['pipeline-jobs'], ['keep']],
  inputs: {...jobSelector, ...allInput, ...changeInputs},
  outputs: {
    ...jobOutputs,
    artifactsExpireAt: output.text(
      'When the artifacts of the first of them expire, as GitLab answered: empty means never',
    ),
    jobs: output.json<readonly object[]>('The jobs as GitLab answered'),
    kept: output.integer('How many jobs have artifacts that no longer expire'),
    ids: output.text('Their ids, comma separated'),
  },
  calls: [
    ...selectorCalls,
    ...changeCalls,
    {route: 'keep', why: 'to keep the artifacts of each chosen job'},
    {route: 'job', why: 'to see whether a request whose answer was lost was done'},
  ],
  component: true,
  examples: [{about: 'Keep the artifacts of the release job for good', line: '--ref v1.0 --job release'}],
  check: nothingChosen,
  async run(context) {
    const {inputs, gitlab} = context
    requireRoute(gitlab, 'keep')
    const chosen = await chooseJobs(context, inputs, {isChange: true})
    const outputs = (jobs: readonly FoundJob[]) => ({
      ...jobOutputValues(jobs[0]),
      artifactsExpireAt: expiry(jobs[0]),
      jobs: inputs.dryRun ? [] : jobs.map(({job}) => job),
      kept: inputs.dryRun ? 0 : jobs.length,
      ids: jobs.map(({job}) => job.id).join(','),
    })
    const kept = await changeEach(context, chosen, {
      change: 'keep',
      title: 'Kept artifacts',
      would: () => 'would keep its artifacts',
      did: 'artifacts kept',
      make: (found, hold) => keep(found, {...context, hold}),
      outputs,
    })
    return outputs(kept)
  },
})

function expiry(found: FoundJob | undefined): string | undefined {
  return found && 'artifacts_expire_at' in found.job ? (found.job.artifacts_expire_at ?? undefined) : undefined
}

/** Keeping is safe to repeat: after an answer that was lost the job itself tells, and else it is asked again, two more times. */
function keep(
  found: FoundJob,
  asking: {readonly gitlab: GitLab; readonly signal: AbortSignal; readonly hold: () => void},
): Promise<FoundJob> {
  return changing('keep the artifacts of', found, asking, async (send) => {
    const {gitlab, signal} = asking
    const target = {project: found.projectId, job: found.job.id}
    for (let left = 2; ; left--) {
      const sent = await send(keepArtifacts(target))
      if (sent.kind === 'refused') throw noArchive(found, sent.error)
      const job = sent.kind === 'answered' ? sent.value : await gitlab.call(oneJob(target), {signal})
      // A job that has no archive shows no date either.
      const isKept = !job.artifacts_expire_at && (sent.kind === 'answered' || job.artifacts_file !== undefined)
      if (isKept) return {...found, job}
      if (sent.kind === 'answered') throw notKept(job)
      if (left === 0) throw sent.error
    }
  })
}

function notKept({id, artifacts_expire_at: at}: Job): ActionError {
  return new ActionError(
    'untrusted',
    `The artifacts of job ${id} still expire at ${clean(at ?? '', 60)}, although GitLab was asked to keep them.`,
    {hint: 'Try again; if it stays so, look at the job page.'},
  )
}

/** GitLab answers 404 with an object's memory address where there is no archive. */
function noArchive(found: FoundJob, error: ActionError): ActionError {
  if (error.status !== 404) return error
  return new ActionError(
    'notFound',
    `Job ${found.job.id} "${found.label}" has no artifacts to keep: it made none, or they have expired.`,
    {
      cause: error,
      status: 404,
    },
  )
}
