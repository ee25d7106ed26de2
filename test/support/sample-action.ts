import {defineAction, output} from '../../src/command/action.ts'
import {duration, flag, integer, list, oneOf, optional, pairs, text} from '../../src/command/fields.ts'

/** An action with every kind of input and output, for tests of what is made from a definition. */
export const sample = defineAction({
  name: 'sample-job',
  about: 'Shows every kind of input and output that a definition can hold, in one sentence long enough to be wrapped.',
  group: 'look',
  needs: [],
  inputs: {
    ref: text('Branch or tag', {from: 'CI_COMMIT_REF_NAME'}),
    job: list('Exact name of a job; "quotes", $dollars, `ticks` and [brackets] stay as they are'),
    pipelineId: optional(integer('Id of the pipeline', {min: 1, from: 'CI_PIPELINE_ID'})),
    variables: pairs('Variables for the job'),
    wait: flag('Wait until the job has finished'),
    strict: flag('Count an allowed failure as a failure', {default: true}),
    timeout: duration("How long to wait at most; it's cut to what the job has left", {default: '60m'}),
    limit: integer('How many', {default: 100}),
    mode: oneOf('Which jobs count', ['all', 'any'], {default: 'all'}),
    strategy: oneOf('How to look', ['latest-pipeline', 'recent-successful', 'latest-job'], {
      default: 'latest-pipeline',
    }),
  },
  outputs: {
    jobId: output.integer('Id of the job'),
    jobName: output.text('Name of the job'),
    waited: output.number('Seconds waited'),
    found: output.flag('Whether it was found'),
    jobs: output.json('All jobs | as JSON'),
    webUrl: output.text('Page of the job'),
  },
  component: true,
  calls: [
    {route: 'pipeline-jobs', why: 'to find the job'},
    {route: 'play', why: 'to start it', when: ({wait}) => wait},
  ],
  examples: [
    {
      about: 'Wait for one job',
      line: '--ref main --job "build: [linux, arm64]" --timeout 30m --mode any --strategy latest-job',
    },
    {about: 'Look only', line: ''},
  ],
  run: async () => ({jobId: 7, jobName: 'build', waited: 1.5, found: true, jobs: [], webUrl: undefined}),
})
