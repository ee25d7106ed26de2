import {defineAction, output} from '../../src/command/action.ts'
import type {Context} from '../../src/command/action.ts'
import {ActionError} from '../../src/base/errors.ts'
import {flag} from '../../src/command/fields.ts'
import type {Values} from '../../src/command/fields.ts'
import type {GitLab} from '../../src/gitlab/http/client.ts'
import {deleteArtifacts, deleteProjectArtifacts} from '../../src/gitlab/api/endpoints.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {changeEach, changeInputs} from '../../src/steps/change.ts'
import {chooseJobs, selectorCalls} from '../../src/steps/choose.ts'
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
    {route: 'delete-artifacts', why: 'to delete the artifacts of each chosen job', when: ({all}) => !all},
    {route: 'delete-project-artifacts', why: 'to delete all artifacts of the project', when: ({all}) => all},
  ],
  examples: [
    {about: 'Show which jobs would lose their artifacts', line: '--ref main --stage build --dry-run'},
    {about: 'Delete them', line: '--ref main --stage build --yes'},
  ],
  check: (inputs) => [
    ...(inputs.yes || inputs.dryRun ? [] : ['yes is required: deleting cannot be undone (or use --dry-run)']),
    ...(inputs.all && choosesJobs(inputs) ? ['all excludes the inputs that choose jobs: it deletes everything'] : []),
  ],
  async run(context) {
    const {inputs, gitlab} = context
    requireRoute(gitlab, inputs.all ? 'delete-project-artifacts' : 'delete-artifacts')
    if (inputs.all) return deleteAll(context, inputs.dryRun)
    const chosen = await chooseJobs(context, inputs)
    const outputs = (jobs: readonly FoundJob[]) => ({
      deleted: inputs.dryRun ? 0 : jobs.length,
      ids: jobs.map(({job}) => job.id).join(','),
      underWay: false,
    })
    const changed = await changeEach(context, chosen, {
      title: 'Deleted artifacts',
      would: () => 'would lose its artifacts',
      did: 'artifacts deleted',
      change: (found) => remove(found, gitlab),
      outputs,
    })
    return outputs(changed)
  },
})

/** Whoever gives `all` beside a job means less than everything. */
function choosesJobs(inputs: Values<typeof jobSelector>): boolean {
  return Object.keys(jobSelector).some((name) => {
    const value = inputs[name as keyof typeof jobSelector]
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
  })
}

/** Deleting twice is deleting once, so a lost answer is answered by asking again, two more times. */
async function remove(found: FoundJob, gitlab: GitLab): Promise<FoundJob> {
  const endpoint = deleteArtifacts({project: found.projectId, job: found.job.id})
  for (let left = 2; ; left--) {
    const sent = await gitlab.send(endpoint)
    if (sent.kind === 'answered') return found
    if (sent.kind === 'refused' || left === 0) throw sent.error
  }
}

async function deleteAll({gitlab, log}: Pick<Context<unknown>, 'gitlab' | 'log'>, isDryRun: boolean) {
  const {project} = gitlab
  if (project === undefined)
    throw new ActionError('usage', 'delete-artifacts --all needs a project.', {hint: 'Give --project.'})
  if (isDryRun) {
    log.info(
      `All artifacts of project ${project} would be deleted, but for those GitLab locks. Dry run: nothing was changed.`,
    )
    return {deleted: 0, ids: '', underWay: false}
  }
  const sent = await gitlab.send(deleteProjectArtifacts({project}))
  if (sent.kind !== 'answered') throw sent.error
  log.info(`GitLab has begun to delete the artifacts of project ${project}; it goes on for a while.`)
  return {deleted: undefined, ids: undefined, underWay: true}
}
