import {defineAction, output} from '../../src/command/action.ts'
import type {Context} from '../../src/command/action.ts'
import {ActionError} from '../../src/base/errors.ts'
import {flag} from '../../src/command/fields.ts'
import type {Values} from '../../src/command/fields.ts'
import {deleteArtifacts, deleteProjectArtifacts, job as oneJob} from '../../src/gitlab/api/endpoints.ts'
import {isByPlace} from '../../src/gitlab/jobs/selection.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {changeCalls, changeEach, changeInputs, choosesJobs, dryRunOfProject} from '../../src/steps/change.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
import {changing} from '../../src/steps/job-actions.ts'
import {requireRoute} from '../../src/steps/require-route.ts'

export const action = defineAction({
  name: 'delete-artifacts',
  about: 'Deletes the artifacts of jobs, or with --all those of the whole project; logs are kept.',
  group: 'change',
  needs: [['pipeline-jobs'], ['delete-artifacts']],
  inputs: {
    ...jobSelector,
    all: flag('All artifacts of the project that GitLab lets go: those of the latest successful pipelines stay'),
    yes: flag('Yes, delete: it cannot be undone'),
    ...changeInputs,
  },
  outputs: {
    deleted: output.integer(
      'How many jobs have lost their artifacts; empty with --all, where GitLab works on after its answer',
    ),
    ids: output.text('Their ids, comma separated'),
    underWay: output.flag('Whether GitLab still deletes (--all)'),
  },
  calls: [
    ...selectorCalls.map((call) => ({...call, when: ({all}: {readonly all: boolean}) => !all})),
    ...changeCalls,
    {route: 'delete-artifacts', why: 'to delete the artifacts of each chosen job', when: ({all}) => !all},
    {route: 'job', why: 'to see whether that was done, where the answer does not say', when: ({all}) => !all},
    {route: 'delete-project-artifacts', why: 'to delete all artifacts of the project', when: ({all}) => all},
  ],
  component: true,
  examples: [
    {about: 'Show which jobs would lose their artifacts', line: '--ref main --stage build --dry-run'},
    {about: 'Delete them', line: '--ref main --stage build --yes'},
  ],
  check: (inputs) => [
    ...(inputs.yes || inputs.dryRun ? [] : ['--yes is required: deleting cannot be undone (or use --dry-run)']),
    ...whatIsMeant(inputs),
  ],
  async run(context) {
    const {inputs, gitlab} = context
    requireRoute(gitlab, inputs.all ? 'delete-project-artifacts' : 'delete-artifacts')
    if (inputs.all) return deleteAll(context, inputs.dryRun)
    const chosen = await chooseJobs(context, inputs, {isChange: true})
    const outputs = (jobs: readonly FoundJob[]) => ({
      deleted: inputs.dryRun ? 0 : jobs.length,
      ids: jobs.map(({job}) => job.id).join(','),
      underWay: false,
    })
    const changed = await changeEach(context, chosen, {
      change: 'delete-artifacts',
      title: 'Deleted artifacts',
      would: () => 'would lose its artifacts',
      did: 'artifacts deleted',
      make: (found, hold) => remove(found, {...context, hold}),
      outputs,
    })
    return outputs(changed)
  },
})

/** Whoever gives `all` beside a job means less than everything; whoever gives neither may have an empty variable. */
function whatIsMeant(inputs: Values<typeof jobSelector> & {readonly all: boolean}): readonly string[] {
  const {pipelineId, upstream, family} = inputs
  const isPlaced = pipelineId !== undefined || isByPlace(inputs) || upstream || family
  if (inputs.all) {
    const isMixed = choosesJobs(inputs) || isPlaced
    return isMixed ? ['all excludes the inputs that choose jobs: it deletes everything'] : []
  }
  if (choosesJobs(inputs)) return []
  return [
    'no job is chosen: give job, job-match, job-id, stage or status (job-match "*" is every job of the pipeline), or all for the whole project',
  ]
}

/** Deleting twice is deleting once, so a lost answer is answered by asking again, two more times. */
function remove(
  found: FoundJob,
  asking: Pick<Context<unknown>, 'gitlab' | 'signal'> & {readonly hold: () => void},
): Promise<FoundJob> {
  const endpoint = deleteArtifacts({project: found.projectId, job: found.job.id})
  return changing('delete the artifacts of', found, asking, async (send) => {
    for (let left = 2; ; left--) {
      const sent = await send(endpoint)
      if (sent.kind === 'answered' && sent.status === 204) return found
      // GitLab says 204: what says anything else may not be GitLab, and the job tells.
      if (sent.kind === 'answered') return shownDeleted(found, asking)
      if (sent.kind === 'refused' || left === 0) throw sent.error
    }
  })
}

async function shownDeleted(found: FoundJob, {gitlab, signal}: Pick<Context<unknown>, 'gitlab' | 'signal'>) {
  const {id} = found.job
  const job = await gitlab.call(oneJob({project: found.projectId, job: id}), {signal})
  if (job.artifacts_file === undefined) return {...found, job}
  throw new ActionError(
    'untrusted',
    `DELETE …/jobs/${id}/artifacts was answered with a yes, and job ${id} still has its archive.`,
    {
      hint: `Look at ${job.web_url} before trying again.`,
    },
  )
}

async function deleteAll(context: Pick<Context<unknown>, 'gitlab' | 'log' | 'signal'>, isDryRun: boolean) {
  const {gitlab, log, signal} = context
  const {project} = gitlab
  if (project === undefined)
    throw new ActionError('usage', 'delete-artifacts --all needs a project.', {hint: 'Give --project.'})
  if (isDryRun) {
    await dryRunOfProject(context, project)
    log.info(
      `All artifacts of project ${project} would be deleted, but for those GitLab locks. Dry run: nothing was changed.`,
    )
    return {deleted: 0, ids: '', underWay: false}
  }
  const sent = await gitlab.send(deleteProjectArtifacts({project}), {signal})
  if (sent.kind !== 'answered' && signal.aborted) throw stopped(project, sent.error)
  if (sent.kind !== 'answered') throw sent.error
  if (sent.status !== 202 && sent.status !== 204)
    throw new ActionError(
      'untrusted',
      `DELETE /projects/${project}/artifacts → ${sent.status}, where GitLab says 202: whether it deletes is not known.`,
      {
        hint: 'Look at the artifacts page of the project (Build > Artifacts).',
      },
    )
  log.info(`GitLab has begun to delete the artifacts of project ${project}; it goes on for a while.`)
  return {deleted: undefined, ids: undefined, underWay: true}
}

function stopped(project: string, {kind, message}: ActionError): ActionError {
  return new ActionError(
    kind,
    `${message} GitLab had been asked to delete the artifacts of project ${project}: it may do so.`,
    {
      hint: 'Look at the artifacts page of the project (Build > Artifacts).',
    },
  )
}
