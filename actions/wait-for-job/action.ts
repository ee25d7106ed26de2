import {defineAction} from '../../src/command/action.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {selectorCalls} from '../../src/steps/choose.ts'
import {waitForSelection, waitCalls} from '../../src/steps/wait.ts'
import {waitInputs, waitOutputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'wait-for-job',
  about:
    'Waits until one or many jobs of any pipeline are done, and fails unless they are good: the gate in front of a deploy.',
  group: 'wait',
  needs: [['pipeline-jobs']],
  inputs: {...jobSelector, ...waitInputs},
  outputs: waitOutputs,
  calls: [...selectorCalls, ...waitCalls],
  component: true,
  examples: [
    {about: 'Wait for a job of the own pipeline', line: '--job build'},
    {
      about: 'Wait up to 30 minutes for the newest build of main in another project',
      line: '--project grp/lib --ref main --job build --timeout 30m',
    },
    {about: 'Wait for all jobs of a matrix', line: "--job-match 'test: [*'"},
  ],
  check: ({status}) =>
    status.length > 0 ? ['status cannot choose jobs to wait for, since it changes meanwhile: use until and ok'] : [],
  run: (context) => waitForSelection(context, context.inputs),
})
