import {defineAction, output} from '../../src/command/action.ts'
import {bytes, expression, flag, integer, list, optional, path} from '../../src/command/fields.ts'
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
    section: list('Only lines of this section of the log, such as step_script'),
    grep: optional(expression('Only lines that this regular expression fits, colours aside')),
    errors: flag('Only lines that tell of an error, as compilers, test runners, shells and the runner write them'),
    plain: flag('Without colours'),
    stamps: flag('With the time and stream that the runner (18.7 and newer) puts before each line'),
    maxBytes: bytes('Most bytes that a log written to a file may have', {default: '10GiB'}),
    output: optional(path('File for the log exactly as GitLab has it, instead of standard output', {isWritten: true})),
  },
  outputs: {
    ...jobOutputs,
    bytes: output.integer('Bytes of the log that were read'),
    lines: output.integer('Lines that were shown; empty for a file'),
    path: output.text('File that was written; empty for standard output'),
  },
  calls: [
    ...selectorCalls,
    {route: 'trace', why: 'to read the log'},
    {route: 'job', why: 'to see whether the job has ended', when: ({follow}) => follow},
  ],
  component: true,
  examples: [
    {about: 'Print the last 50 lines of a job', line: '--job build --tail 50'},
    {about: 'Print what the script of a job said of errors', line: '--job build --section step_script --errors'},
    {about: 'Follow a job of another project', line: '--project grp/lib --ref main --job build --follow'},
  ],
  check: ({follow, tail, output: file, section, grep, errors, stamps}) => [
    ...(follow && tail !== undefined ? ['follow and tail exclude each other'] : []),
    ...(file !== undefined && (section.length > 0 || grep !== undefined || errors || stamps)
      ? [
          'output writes the log exactly as GitLab has it: section, grep, errors and stamps go with standard output only',
        ]
      : []),
  ],
  prints: ({output: target}) => target === undefined,
  async run(context) {
    requireRoute(context.gitlab, 'trace')
    const chosen = await chooseJob(context, context.inputs)
    const {found, path, bytes: size, lines} = await getLog(context, chosen, context.inputs)
    return {...jobOutputValues(found), bytes: size, lines, path}
  },
})
