import {defineAction, output} from '../../src/command/action.ts'
import {flag, oneOf, optional, pairs, path} from '../../src/command/fields.ts'
import {isFinal} from '../../src/gitlab/api/job-status.ts'
import type {FoundJob} from '../../src/gitlab/api/types.ts'
import {ActionError} from '../../src/base/errors.ts'
import {jobSelector} from '../../src/command/job-selector.ts'
import {chooseJob, selectorCalls} from '../../src/steps/choose.ts'
import {changeCalls, changeInputs, dryRun, nothingChosen, permitted} from '../../src/steps/change.ts'
import {demandParameter, perhapsIgnored, typedInputs, withInputs} from '../../src/steps/job-inputs.ts'
import {jobOutputValues} from '../../src/steps/job-outputs.ts'
import {play} from '../../src/steps/job-actions.ts'
import {requireRoute} from '../../src/steps/require-route.ts'
import {readVariables} from '../../src/steps/variables-file.ts'
import {waitCalls, waitForStarted} from '../../src/steps/wait.ts'
import {hasBeenStarted} from '../../src/waiting/exactly-once.ts'
import {playProblem} from '../../src/waiting/once.ts'
import {waitInputs, waitOutputs} from '../../src/command/wait-inputs.ts'

export const action = defineAction({
  name: 'play-manual-job',
  about: 'Starts a manual job exactly once and, if asked, waits until it has finished.',
  group: 'change',
  needs: [['pipeline-jobs'], ['play']],
  inputs: {
    ...jobSelector,
    variables: pairs('Variables for the job, KEY=value a line; values are never printed'),
    variablesFile: optional(path('File with such variables, one a line')),
    inputs: typedInputs('Inputs for the job, name=value a line (GitLab 18.10)'),
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
    ...changeCalls,
    {
      route: 'version',
      why: 'to see whether GitLab knows inputs and variables of jobs, where CI_SERVER_VERSION does not tell',
      when: ({inputs, variables, variablesFile}) =>
        inputs.size > 0 || variables.size > 0 || variablesFile !== undefined,
    },
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
  check: nothingChosen,
  async run(context) {
    const {inputs, gitlab, log, cwd, signal} = context
    requireRoute(gitlab, 'play')
    const variables = await readVariables(inputs, {command: 'play-manual-job', cwd})
    context.hideValues(variables.values())
    if (variables.size > 0) await demandParameter('play variables', gitlab, signal)
    const isSure = inputs.inputs.size === 0 || (await demandParameter('play inputs', gitlab, signal))
    const found = await chooseJob(context, inputs)
    const before = {previousStatus: found.job.status}
    refuseOtherCommit(found, inputs.expectSha)
    const isStarted = hasBeenStarted(found.job)
    const isToPlay = !isStarted || inputs.rerun
    if (isStarted && inputs.ifStarted === 'fail' && !inputs.rerun) throw alreadyStarted(found)
    if (inputs.dryRun) {
      const problem = playProblem(found.job, inputs.rerun)
      if (problem) throw problem
      const would = () => `is ${found.job.status} and would be ${isToPlay ? 'played' : 'left alone'}`
      if (isToPlay) await dryRun(context, [found], {change: 'play', title: 'Played', would})
      else log.info(`Job ${found.job.id} "${found.label}" ${would()}. Dry run: nothing was changed.`)
      return {...unwaited(found), ...before, played: false}
    }
    const start = async () =>
      withInputs(inputs.inputs, log, (values) => play(found, context, {variables, inputs: values, rerun: inputs.rerun}))
    const {found: started, byUs} = await (isToPlay ? permitted('play', found, context, start) : start())
    log.info(
      `Job ${started.job.id} "${started.label}" is ${started.job.status}${byUs ? '' : ': somebody had started it already'}. ${started.job.web_url}`,
    )
    if (!isSure && byUs) log.warn(perhapsIgnored('play inputs'))
    const outputs = {...before, played: byUs}
    if (!inputs.wait) return {...unwaited(started), ...outputs}
    return {
      ...(await waitForStarted(context, [started], {...inputs, byUs: byUs ? [started] : []}, outputs)),
      ...outputs,
    }
  },
})

/** What GitLab answered, where nothing was waited for. */
function unwaited(found: FoundJob) {
  const {job, attempts} = found
  return {
    ...jobOutputValues(found),
    startedAt: job.started_at ?? undefined,
    finishedAt: job.finished_at ?? undefined,
    duration: job.duration ?? undefined,
    queuedDuration: job.queued_duration ?? undefined,
    attempts,
    waited: undefined,
    polls: undefined,
    jobs: [job],
    failures: undefined,
  }
}

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
