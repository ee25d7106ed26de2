import {defineAction, output} from '../../src/command/action.ts'
import type {Context} from '../../src/command/action.ts'
import {flag, optional, pairs, path, secret, text} from '../../src/command/fields.ts'
import {gateInputs, waitInputs, waitOutputs} from '../../src/command/wait-inputs.ts'
import {ActionError} from '../../src/base/errors.ts'
import {idOf} from '../../src/gitlab/api/paths.ts'
import type {PipelineRef} from '../../src/gitlab/api/types.ts'
import {changeInputs} from '../../src/steps/change.ts'
import {demandParameter, perhapsIgnored, typedInputs, withInputs} from '../../src/steps/job-inputs.ts'
import {requireRoute} from '../../src/steps/require-route.ts'
import {cancelStarted, demandWait, examineStart, startPipeline, wayToStart} from '../../src/steps/start-pipeline.ts'
import type {Start} from '../../src/steps/start-pipeline.ts'
import {readVariables} from '../../src/steps/variables-file.ts'
import {waitCalls, waitForSelection} from '../../src/steps/wait.ts'

export const action = defineAction({
  name: 'trigger-pipeline',
  about: 'Starts a pipeline exactly once, in another project too, and, if asked, waits until its jobs are done.',
  group: 'change',
  needs: [['trigger', 'create-pipeline']],
  inputs: {
    ref: text('Branch or tag to run the pipeline for'),
    triggerToken: secret('Token of a pipeline trigger of that project, used instead of the job token', []),
    variables: pairs('Variables for the pipeline, KEY=value a line; values are never printed'),
    variablesFile: optional(path('File with such variables, one a line')),
    inputs: typedInputs('Inputs for the pipeline, name=value a line (GitLab 17.11)'),
    wait: flag('Wait until the jobs of the pipeline have finished'),
    family: flag('Wait for the jobs of child and downstream pipelines too, five levels deep'),
    ...waitInputs,
    pipeline: gateInputs.pipeline,
    cancelOnAbort: flag('When interrupted, cancel the pipeline; needs an access token'),
    cancelOnTimeout: flag('When the time to wait is over, cancel the pipeline; needs an access token'),
    ...changeInputs,
  },
  outputs: {
    ...waitOutputs,
    pipelineId: output.integer('Id of the pipeline'),
    sha: output.text('Its commit'),
    status: output.text('Its status when it was made; with wait, the status of the job that decided'),
    webUrl: output.text('Its page'),
    source: output.text('What GitLab calls its source: trigger, pipeline or api'),
    jobUrl: output.text('With wait: the page of the job that decided'),
  },
  calls: [
    {route: 'pipelines', why: 'to see what is there before, and whether a request whose answer was lost was done'},
    {route: 'trigger', why: 'to start the pipeline by job token or trigger token'},
    {route: 'create-pipeline', why: 'to start it by access token, where there is no other'},
    {route: 'pipeline', why: 'after a lost answer: to see who started a pipeline'},
    {route: 'own-job', why: 'for the same: whose job this is'},
    {route: 'user', why: 'for the same: whose access token it is'},
    {route: 'project-jobs', why: 'with wait: to see beforehand whether the jobs can be read', when: ({wait}) => wait},
    {route: 'project', why: 'in a dry run by access token: the role', when: ({dryRun}) => dryRun},
    {route: 'branch', why: 'in a dry run by access token: whether the ref is there', when: ({dryRun}) => dryRun},
    {route: 'tag', why: 'for the same', when: ({dryRun}) => dryRun},
    {route: 'token-self', why: 'in a dry run by access token: the scopes', when: ({dryRun}) => dryRun},
    {
      route: 'version',
      why: 'to see whether GitLab knows inputs, where CI_SERVER_VERSION does not tell',
      when: ({inputs}) => inputs.size > 0,
    },
    {route: 'pipeline-jobs', why: 'to list the jobs of the pipeline', when: ({wait}) => wait},
    {route: 'trigger-jobs', why: 'to find child and downstream pipelines', when: ({wait, family}) => wait && family},
    {route: 'bridges', why: 'for the same, before GitLab 19.2', when: ({wait, family}) => wait && family},
    ...waitCalls.map((call) => ({...call, when: ({wait}: {readonly wait: boolean}) => wait})),
    {
      route: 'cancel-pipeline',
      why: 'to cancel the pipeline when interrupted or out of time',
      when: ({cancelOnAbort, cancelOnTimeout}) => cancelOnAbort || cancelOnTimeout,
    },
  ],
  component: true,
  examples: [
    {
      about: 'Start the pipeline of another project and wait for it',
      line: '--project grp/lib --ref main --wait --timeout 30m',
    },
    {about: 'Start it with variables', line: '--project grp/lib --ref main --variables TARGET=staging'},
    {about: 'Show how it would be started', line: '--project grp/lib --ref main --dry-run'},
  ],
  check: ({wait, follow, cancelOnAbort, cancelOnTimeout}) =>
    wait
      ? []
      : [
          ...(follow ? ['follow needs wait'] : []),
          ...(cancelOnAbort ? ['cancel-on-abort needs wait'] : []),
          ...(cancelOnTimeout ? ['cancel-on-timeout needs wait'] : []),
        ],
  async run(context) {
    const {inputs, gitlab, log, cwd, signal} = context
    const project = projectOf(context)
    const way = wayToStart(gitlab)
    if (inputs.follow) requireRoute(gitlab, 'trace')
    if (inputs.cancelOnAbort || inputs.cancelOnTimeout) requireRoute(gitlab, 'cancel-pipeline')
    const variables = await readVariables(inputs, {command: 'trigger-pipeline', cwd})
    context.hideValues(variables.values())
    const isSure = inputs.inputs.size === 0 || (await demandParameter('trigger inputs', gitlab, signal))
    if (inputs.wait) await demandWait(project, gitlab, signal)
    if (inputs.dryRun) {
      await examineStart({project, ref: inputs.ref}, context)
      log.info(`A pipeline of project ${project} would be started for ${inputs.ref} ${shown(way)}.`)
      log.info('Dry run: nothing was changed.')
      return outputsOf(undefined)
    }
    const start = (values: ReadonlyMap<string, unknown>) =>
      startPipeline({project, ref: inputs.ref, variables, inputs: values}, context)
    const {pipeline, isAnswered} = await withInputs(inputs.inputs, log, start)
    const found = isAnswered ? '' : ' The answer was lost: it was found by its ref, its source and its time.'
    log.info(
      `Pipeline ${pipeline.id} of project ${project} for ${pipeline.ref} is ${pipeline.status}. ${pipeline.web_url ?? ''}${found}`,
    )
    if (!isSure) log.warn(perhapsIgnored('trigger inputs'))
    const made = outputsOf({...pipeline, source: pipeline.source ?? way.source})
    if (!inputs.wait) return made
    const {status: _, ...lasting} = made
    const waited = await waitForStarted(pipeline, context, lasting)
    return {...waited, ...known(lasting), source: made.source, jobUrl: waited.webUrl}
  },
})

type WaitArguments = Parameters<typeof waitForSelection>

/** Waits for the jobs of a pipeline that this command started; it is cancelled where the inputs say so. */
function waitForStarted(
  pipeline: PipelineRef,
  context: WaitArguments[0] & {readonly inputs: WaitArguments[1]},
  outputs: Omit<ReturnType<typeof outputsOf>, 'status'>,
): ReturnType<typeof waitForSelection> {
  const {gitlab, log, inputs} = context
  const selection = {
    ...inputs,
    followNewest: false,
    ref: undefined,
    project: String(pipeline.project_id),
    pipelineId: pipeline.id,
  }
  return waitForSelection(context, selection, known(outputs), async (budget) => {
    await cancelStarted(pipeline, gitlab, budget)
    log.info(`Pipeline ${pipeline.id}, which this command started, has been told to cancel.`)
  })
}

function shown({credential, source}: Start): string {
  const names = {'job-token': 'the job token', 'trigger-token': 'the trigger token', token: 'the access token'}
  return `with ${names[credential as keyof typeof names]} (source ${source})`
}

/** Our own project is never meant by leaving the project out: its pipeline would start itself again and again. */
function projectOf({gitlab, given}: Pick<Context<unknown>, 'gitlab' | 'given'>): string {
  const isSaid = given['project'] !== undefined && !given['project'].startsWith('CI_')
  if (gitlab.project !== undefined && isSaid) return gitlab.project
  throw new ActionError('usage', 'trigger-pipeline needs a project: left out, a pipeline would start itself.', {
    hint: 'Give --project; to mean this project, name it.',
  })
}

function outputsOf(pipeline: PipelineRef | undefined) {
  return {
    ...nothingWaited,
    pipelineId: pipeline?.id,
    project: idOf(pipeline?.project_id),
    ref: pipeline?.ref,
    sha: pipeline?.sha,
    status: pipeline?.status,
    webUrl: pipeline?.web_url,
    source: pipeline?.source,
    jobUrl: undefined,
  }
}

const nothingWaited = Object.fromEntries(Object.keys(waitOutputs).map((name) => [name, undefined])) as {
  readonly [K in keyof typeof waitOutputs]: undefined
}

/** Those that say something, so that they can be laid over what a wait found. */
function known<T extends Readonly<Record<string, unknown>>>(outputs: T): Partial<T> {
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined)) as Partial<T>
}
