import {defineAction, output} from '../../src/command/action.ts'
import {artifactInputs, artifactOutputs} from '../../src/command/artifact-inputs.ts'
import {flag, integer, oneOf} from '../../src/command/fields.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {selectorCalls} from '../../src/steps/choose.ts'
import {pullJobs} from '../../src/steps/pull-jobs.ts'
import {waitCalls} from '../../src/steps/wait.ts'
import {waitInputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'download-artifacts',
  about: 'Pulls the artifacts of one or many jobs of a pipeline, into one folder each or merged into one tree.',
  group: 'fetch',
  needs: [['pipeline-jobs'], ['artifacts']],
  inputs: {
    ...jobSelector,
    layout: oneOf(
      'One folder a job, or all in one tree; by default one folder a job where there are several',
      ['per-job', 'merged', 'auto'],
      {
        default: 'auto',
      },
    ),
    clashes: oneOf(
      'What to do if two jobs bring the same path: refuse, or believe the first or the last of them',
      ['refuse', 'first', 'last'],
      {
        default: 'refuse',
      },
    ),
    wait: flag('Wait until the jobs have finished well first'),
    parallel: integer('How many archives are fetched at once', {default: 4, min: 1, max: 16}),
    timeout: waitInputs.timeout,
    ...artifactInputs,
  },
  outputs: {
    ...artifactOutputs,
    ids: output.text('Ids of the jobs, comma separated'),
    jobs: output.json('One object a job: id, name, status, folder, files, bytes, sha256'),
  },
  calls: [
    ...selectorCalls,
    ...waitCalls
      .filter(({route}) => route === 'trace' || route === 'project-jobs')
      .map((call) => ({...call, when: ({wait}: {readonly wait: boolean}) => wait})),
    {route: 'artifacts', why: 'to fetch the archive of each job'},
    {route: 'artifacts-tree', why: 'to see the mode of a single file'},
    {route: 'artifact-file', why: 'to fetch a single file'},
  ],
  examples: [
    {
      about: 'Bring the parts of a parallel job into one tree',
      line: "--job-match 'build *' --layout merged --path dist",
    },
    {about: 'One zip of what all jobs of a stage have made', line: '--stage build --archive all.zip'},
  ],
  run: (context) => pullJobs(context, context.inputs),
})
