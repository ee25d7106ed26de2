import {defineAction} from '../../src/command/action.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {selectorCalls} from '../../src/steps/choose.ts'
import {waitForSelection, waitCalls} from '../../src/steps/wait.ts'
import {gateInputs, waitInputs, waitOutputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'wait-for-job',
  about:
    'Waits until one or many jobs of any pipeline are done, and fails unless they are good: the gate in front of a deploy.',
  group: 'wait',
  needs: [['pipeline-jobs']],
  inputs: {...jobSelector, ...waitInputs, ...gateInputs},
  outputs: waitOutputs,
  calls: [...selectorCalls, ...waitCalls],
  component: true,
  examples: [
    {about: 'Wait for a job of the own pipeline', line: '--job build'},
    {
      about: 'Wait up to 30 minutes for the newest build of main in another project',
      line: '--project grp/lib --ref main --job build --timeout 30m',
    },
    {
      about: 'Wait for everything of a pipeline but its linters, child pipelines too',
      line: "--pipeline-id 4711 --family --job-match '!lint*'",
    },
    {about: 'Wait for all jobs of a matrix', line: "--job-match 'test: [*'"},
  ],
  check: ({status, followNewest, ref, mergeRequest}) => [
    ...(status.length > 0
      ? ['status cannot choose jobs to wait for, since it changes meanwhile: use until and ok']
      : []),
    ...(followNewest && ref.length === 0 && mergeRequest === undefined
      ? ['follow-newest needs a ref or a merge-request, of which another pipeline can be the newest']
      : []),
  ],
  run: (context) => waitForSelection(context, context.inputs),
})
