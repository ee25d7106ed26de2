import {defineAction, output} from '../../src/command/action.ts'
import type {Context, OwnJob} from '../../src/command/action.ts'
import {artifactInputs, artifactOutputs, targetOf} from '../../src/command/artifact-inputs.ts'
import type {ArtifactInputs} from '../../src/command/artifact-inputs.ts'
import {ActionError} from '../../src/base/errors.ts'
import {duration, flag, integer, oneOf, optional, text} from '../../src/command/fields.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {sizeOf} from '../../src/base/size.ts'
import {chosenArchive} from '../../src/steps/archive-source.ts'
import {byRefCalls, findByRef} from '../../src/steps/by-ref.ts'

import {jobOutputs} from '../../src/steps/job-outputs.ts'
import {checkTarget, nothingPulled, pull} from '../../src/steps/pull.ts'

export const action = defineAction({
  name: 'download-artifacts-by-ref',
  about: 'Pulls the artifacts of a job of a branch, tag or merge request, of this or another project.',
  group: 'fetch',
  needs: [['artifacts-by-ref']],
  inputs: {
    ref: optional(text('Branch or tag, by its full name', {from: 'CI_DEFAULT_BRANCH'})),
    mergeRequest: optional(integer('Merge request instead of a ref, by the number after "!"', {min: 1})),
    job: text('Name of the job, exactly as GitLab shows it'),
    strategy: oneOf(
      'Which pipeline: the newest of the ref if it has passed as a whole; the newest passed one with this job; any with a successful job; or any with the job',
      ['latest-pipeline', 'recent-successful', 'latest-job', 'any-status'],
      {default: 'latest-pipeline'},
    ),
    expectSha: optional(
      text('Refuse artifacts of another commit', {
        pattern: /^[0-9a-fA-F]{8,64}$/,
        rule: 'must be 8 to 64 hexadecimal digits',
      }),
    ),
    wait: optional(
      duration('Wait this long for the job to appear in the newest pipeline of the ref and finish, and pull that one'),
    ),
    dryRun: flag('Say which job and how many bytes would be fetched; fetch nothing'),
    ...artifactInputs,
    sha256: optional(
      text('SHA-256 that the archive must have', {pattern: /^[0-9a-fA-F]{64}$/, rule: 'must be 64 hexadecimal digits'}),
    ),
  },
  outputs: {
    found: artifactOutputs.found,
    jobId: jobOutputs.jobId,
    jobName: jobOutputs.jobName,
    jobStatus: output.text('Status of the job'),
    pipelineId: jobOutputs.pipelineId,
    sha: jobOutputs.sha,
    ref: jobOutputs.ref,
    path: artifactOutputs.path,
    archive: artifactOutputs.archive,
    files: artifactOutputs.files,
    bytes: artifactOutputs.bytes,
    sha256: artifactOutputs.sha256,
    strategy: output.text('The strategy that found it'),
    webUrl: jobOutputs.webUrl,
  },
  calls: byRefCalls,
  component: true,
  examples: [
    {
      about: 'Unpack the newest build of another project into vendor/',
      line: '--project grp/lib --ref main --job build --path vendor',
    },
    {
      about: 'Take two folders of a merge request, without their first folder',
      line: "--merge-request 7 --job build --files 'dist/**' --files '!**/*.map' --strip 1 --strategy any-status",
    },
  ],
  check: (inputs) =>
    inputs.ref === undefined && inputs.mergeRequest === undefined
      ? ['ref is required: give --ref, or --merge-request']
      : [],
  places: (inputs) => [targetOf(inputs)],
  async run(context) {
    const {inputs, own} = context
    const ref =
      inputs.mergeRequest === undefined ? (inputs.ref ?? '') : `refs/merge-requests/${inputs.mergeRequest}/head`
    checkTarget(context, inputs)
    try {
      const {source, found} = await findByRef(context, {...inputs, ref, project: projectOf(context, own)})
      if (inputs.dryRun && found) {
        tellDryRun(context, found)
        return {...jobOf(found), jobName: inputs.job, ref, ...nothingPulled, found: true, strategy: inputs.strategy}
      }
      const pulled = await pull(context, source, inputs)
      return {...jobOf(found), jobName: inputs.job, ref, ...pulled, strategy: inputs.strategy}
    } catch (error) {
      if (!isMissing(error, inputs)) throw error
      if (inputs.ifMissing === 'warn') context.log.warn(`${error.message} Going on without.`)
      else context.log.info(`${error.message} Going on without.`)
      return {...jobOf(undefined), jobName: inputs.job, ref, ...nothingPulled, strategy: inputs.strategy}
    }
  },
})

function projectOf({gitlab}: Pick<Context<unknown>, 'gitlab'>, own: OwnJob): string {
  const project = gitlab.project ?? own.projectPath
  if (project === undefined)
    throw new ActionError('usage', 'download-artifacts-by-ref: project is required.', {
      hint: 'Give --project, or run it in a CI job.',
    })
  return project
}

function tellDryRun({log}: Pick<Context<unknown>, 'log'>, found: FoundJob): void {
  const {job, name, pipeline, sha, bytes} = chosenArchive(found)
  const size = bytes === undefined ? 'of unknown size' : sizeOf(bytes)
  log.info(
    `Job ${job} "${name}" of pipeline ${pipeline}, commit ${sha.slice(0, 11)}: its archive, ${size}, would be fetched. Dry run: nothing was fetched.`,
  )
}

/** What GitLab does not tell on the route used stays empty. */
function jobOf(found: FoundJob | undefined) {
  const job = found?.job
  return {
    jobId: job?.id,
    jobStatus: job?.status,
    pipelineId: job?.pipeline.id,
    sha: job?.pipeline.sha,
    webUrl: job?.web_url,
  }
}

function isMissing(error: unknown, {ifMissing}: Pick<ArtifactInputs, 'ifMissing'>): error is ActionError {
  return ifMissing !== 'fail' && error instanceof ActionError && error.kind === 'notFound'
}
