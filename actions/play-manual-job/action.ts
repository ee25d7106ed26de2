import {defineAction, output} from '../../src/command/action.ts'
import {flag, oneOf, optional, pairs, text} from '../../src/command/fields.ts'
import {isFinal} from '../../src/gitlab/api/job-status.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {ActionError} from '../../src/base/errors.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {chooseJob, selectorCalls} from '../../src/steps/choose.ts'
import {changeInputs} from '../../src/steps/change.ts'
import {jobInputs} from '../../src/steps/job-inputs.ts'
import {jobOutputValues} from '../../src/steps/job-outputs.ts'
import {play} from '../../src/steps/once.ts'
import {requireRoute} from '../../src/steps/require-route.ts'
import {readVariables} from '../../src/steps/variables-file.ts'
import {waitCalls, waitForStarted} from '../../src/steps/wait.ts'
import {waitInputs, waitOutputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'play-manual-job',
  about: 'Starts a manual job exactly once and, if asked, waits until it has finished.',
  group: 'change',
  needs: [['pipeline-jobs'], ['play']],
  inputs: {
    ...jobSelector,
    variables: pairs('Variables for the job, KEY=value a line; values are never printed'),
    variablesFile: optional(text('File with such variables, one a line')),
    inputs: jobInputs('Inputs for the job, name=value a line (GitLab 18.10)'),
    ifStarted: oneOf('What to do if somebody has started it already', ['ok', 'fail'], {default: 'ok'}),
    rerun: flag('Run the job once more if it has finished; playing a finished job always starts another run'),
    wait: flag('Wait until the job has finished'),
    ...waitInputs,
    strict: flag(
      'Count a failed job as failed although it has allow_failure, which manual jobs have unless told otherwise',
      {
        default: true,
      },
    ),
    ...changeInputs,
  },
  outputs: {
    played: output.flag('Whether this command started the job'),
    previousStatus: output.text('Status before'),
    ...waitOutputs,
  },
  calls: [
    ...selectorCalls,
    {
      route: 'play',
      why: 'to start the job; who calls it must also be allowed to deploy to a protected environment of the job',
    },
    ...waitCalls.map((call) => ({...call, when: ({wait}: {readonly wait: boolean}) => wait})),
  ],
  component: true,
  examples: [
    {about: 'Start the manual job of the own pipeline and wait for it', line: '--job deploy --wait'},
    {about: 'Start it with variables', line: '--job deploy --variables TARGET=staging --variables DRY_RUN=1'},
  ],
  async run(context) {
    const {inputs, gitlab, log, cwd} = context
    requireRoute(gitlab, 'play')
    const variables = await readVariables(inputs, cwd)
    const found = await chooseJob(context, inputs)
    const before = {previousStatus: found.job.status}
    refuseOtherCommit(found, inputs.expectSha)
    const isStarted = !['manual', 'scheduled'].includes(found.job.status)
    if (isStarted && inputs.ifStarted === 'fail' && !inputs.rerun) throw alreadyStarted(found)
    if (inputs.dryRun) {
      log.info(
        `Job ${found.job.id} "${found.label}" is ${found.job.status} and would ${isStarted && !inputs.rerun ? 'be left alone' : 'be played'}. Dry run: nothing was changed.`,
      )
      return {...unwaited(found), ...before, played: false}
    }
    const {found: started, byUs} = await play(found, context, {variables, inputs: inputs.inputs, rerun: inputs.rerun})
    log.info(
      `Job ${started.job.id} "${started.label}" is ${started.job.status}${byUs ? '' : ': somebody had started it already'}. ${started.job.web_url}`,
    )
    const outputs = {...before, played: byUs}
    if (!inputs.wait) return {...unwaited(started), ...outputs}
    return {
      ...(await waitForStarted(context, [started], {...inputs, byUs: byUs ? [started] : []}, outputs)),
      ...outputs,
    }
  },
})

function unwaited(found: FoundJob) {
  const {startedAt, finishedAt, duration, queuedDuration, attempts, waited, polls, jobs} = nothingWaited
  return {
    ...jobOutputValues(found),
    jobName: found.job.name,
    startedAt,
    finishedAt,
    duration,
    queuedDuration,
    attempts,
    waited,
    polls,
    jobs,
  }
}

const nothingWaited = {
  startedAt: undefined,
  finishedAt: undefined,
  duration: undefined,
  queuedDuration: undefined,
  attempts: undefined,
  waited: undefined,
  polls: undefined,
  jobs: undefined,
} as const

function alreadyStarted({job, label}: FoundJob): ActionError {
  return new ActionError('wrongState', `Job ${job.id} "${label}" is ${job.status}: it has been started already.`, {
    hint: isFinal(job.status) ? 'Use --rerun to run it once more.' : 'Use --if-started ok to go on with it.',
    outputs: {
      ...jobOutputValues(undefined),
      played: false,
      previousStatus: job.status,
      status: job.status,
      jobId: job.id,
    },
  })
}

function refuseOtherCommit({job, label}: FoundJob, expected: string | undefined): void {
  if (expected === undefined || job.pipeline.sha.startsWith(expected.toLowerCase())) return
  throw new ActionError(
    'wrongState',
    `Job ${job.id} "${label}" belongs to commit ${job.pipeline.sha}, not to ${expected} as expected: it was not played.`,
  )
}
