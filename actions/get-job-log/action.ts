import {defineAction, output} from '../../src/command/action.ts'
import {flag, integer, optional, text} from '../../src/command/fields.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {chooseJob, selectorCalls} from '../../src/steps/choose.ts'
import {getLog} from '../../src/steps/get-log.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'
import {requireRoute} from '../../src/steps/require-route.ts'

export const action = defineAction({
  name: 'get-job-log',
  about: 'Prints the log of a job, or follows it until the job has ended.',
  group: 'look',
  needs: [['pipeline-jobs'], ['trace']],
  inputs: {
    ...jobSelector,
    follow: flag('Go on until the job has ended'),
    tail: optional(integer('Only this many lines at the end', {min: 1, max: 100_000})),
    plain: flag('Without colours'),
    output: optional(text('File for the log exactly as GitLab has it, instead of standard output')),
  },
  outputs: {
    ...jobOutputs,
    bytes: output.integer('Bytes of the log that were read'),
    path: output.text('File that was written; empty for standard output'),
  },
  calls: [
    ...selectorCalls,
    {route: 'trace', why: 'to read the log'},
    {route: 'job', why: 'to see whether the job has ended', when: ({follow}) => follow},
  ],
  examples: [
    {about: 'Print the last 50 lines of a job', line: '--job build --tail 50'},
    {about: 'Follow a job of another project', line: '--project grp/lib --ref main --job build --follow'},
  ],
  check: ({follow, tail}) => (follow && tail !== undefined ? ['follow and tail exclude each other'] : []),
  prints: ({output: target}) => target === undefined,
  async run(context) {
    requireRoute(context.gitlab, 'trace')
    const chosen = await chooseJob(context, context.inputs)
    const {found, path, bytes} = await getLog(context, chosen, context.inputs)
    return {...jobOutputValues(found), bytes, path}
  },
})
