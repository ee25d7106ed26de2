import {defineAction, output} from '../../src/command/action.ts'
import {bytes, flag, path, text} from '../../src/command/fields.ts'
import type {Selection} from '../../src/gitlab/jobs/select.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {selectorCalls} from '../../src/steps/choose.ts'
import {getFile} from '../../src/steps/get-file.ts'
import {jobOutputs, jobOutputValues} from '../../src/steps/job-outputs.ts'

export const action = defineAction({
  name: 'get-artifact-file',
  about: 'Fetches one file out of the artifacts of a job, to a file or to standard output.',
  group: 'fetch',
  needs: [['artifact-file']],
  inputs: {
    ...jobSelector,
    file: text('Path of the file in the artifacts', {
      pattern: /^(?!(?:[^]*\/)?\.{0,2}(?:\/|$))[^\0]+$/,
      rule: 'must be a path such as dist/app.js, without ".", "..", double slashes and slashes at its ends',
    }),
    output: path('File to write; - is standard output', {default: '-', isWritten: true}),
    maxBytes: bytes('Most bytes the file may have', {default: '10GiB'}),
    byRef: flag('Let GitLab choose: the job of that name in the newest passed pipeline of --ref'),
  },
  outputs: {
    ...jobOutputs,
    path: output.text('File that was written; empty for standard output'),
    bytes: output.integer('How many bytes it has'),
  },
  calls: [
    ...selectorCalls.map((call) => ({
      ...call,
      when: (inputs: Selection & {readonly byRef: boolean}) => !inputs.byRef && (call.when?.(inputs) ?? true),
    })),
    {route: 'artifact-file', why: 'to fetch the file of the chosen job', when: ({byRef}) => !byRef},
    {
      route: 'artifacts-tree',
      why: 'to see its permissions, and its size where an answer looks like something else (GitLab 18.8)',
      when: ({byRef}) => !byRef,
    },
    {
      route: 'artifacts',
      why: 'to read its permissions at the end of the archive, where GitLab has no tree',
      when: ({byRef}) => !byRef,
    },
    {route: 'artifact-file-by-ref', why: 'to fetch the file of the job that GitLab chooses', when: ({byRef}) => byRef},
    {
      route: 'artifacts-by-ref',
      why: 'to read its permissions at the end of the archive',
      when: ({byRef}) => byRef,
    },
  ],
  component: true,
  examples: [
    {about: 'Print the version that the build of the own pipeline wrote', line: '--job build --file dist/VERSION'},
    {
      about: 'Take it from the newest passed pipeline of main in another project',
      line: '--project grp/lib --by-ref --ref main --job build --file dist/VERSION --output VERSION',
    },
  ],
  check: ({byRef, ref, job, strategy}) =>
    byRef
      ? [
          ...(ref.length !== 1 || job.length !== 1 ? ['by-ref needs exactly one ref and exactly one job'] : []),
          // GitLab's own route knows bare names alone.
          ...(ref.some((name) => /^refs\/(?:heads|tags)\//.test(name))
            ? ['by-ref takes the bare name of a branch or tag: without by-ref, ref and strategy tell them apart']
            : []),
          ...(strategy === 'newest' || strategy === 'latest-pipeline'
            ? []
            : ['by-ref means the newest passed pipeline: leave it out to give another strategy']),
        ]
      : [],
  prints: ({output: target}) => target === '-',
  async run(context) {
    const {found, path, bytes: size} = await getFile(context, context.inputs)
    return {
      ...jobOutputValues(found),
      jobName: (found?.unseenIn === undefined ? found?.job.name : undefined) ?? context.inputs.job[0],
      path,
      bytes: size,
    }
  },
})
