import type {Context, OutputValues} from '../command/action.ts'
import {ActionError} from '../base/errors.ts'
import {look, projectName} from '../gitlab/jobs/select.ts'
import type {Selection} from '../gitlab/jobs/select.ts'
import {isByPlace} from '../gitlab/jobs/selection.ts'
import {missingError} from '../gitlab/jobs/diagnosis.ts'
import type {FoundJob, Job, Snapshot} from '../gitlab/api/types.ts'
import {projectJobs} from '../gitlab/api/endpoints.ts'
import {waitPolicy} from '../command/wait-inputs.ts'
import type {WaitInputs, waitOutputs, WaitScope} from '../command/wait-inputs.ts'
import {waitFailure, waitOutputsOf} from '../waiting/result.ts'
import {waitForJobs} from '../waiting/until.ts'
import type {WaitOptions} from '../waiting/until.ts'
import {excerptOfLog, followJobLog} from './job-log.ts'
import {cancelAfterAbort, play} from './job-actions.ts'

type Waiting = Pick<Context<unknown>, 'gitlab' | 'own' | 'log' | 'clock' | 'signal'>
type Waited = OutputValues<typeof waitOutputs>
type Outputs = Readonly<Record<string, unknown>>

const tailLines = 20

/** The waiting engine paces outages itself. */
function attemptsOfALook({attempts = 2}: {readonly attempts?: number}): number {
  return Math.min(2, attempts)
}

/** What waiting calls beside the selector. */
export const waitCalls = [
  {route: 'project-jobs', why: 'to see how long earlier runs took, so as to look more closely near the likely end'},
  {route: 'trace', why: 'to print the log, or its end when the job has failed'},
  {
    route: 'job',
    why: 'to see whether a job whose log is followed has ended',
    when: ({follow}: {readonly follow: boolean}) => follow,
  },
  {
    route: 'play',
    why: 'to play a manual job',
    when: ({onManual}: {readonly onManual: string | undefined}) => onManual === 'play',
  },
] as const

/** Waits for the jobs that a selector names. Throws what the exit code asks for, with outputs, unless they end well. */
export async function waitForSelection(
  context: Waiting,
  inputs: Selection & WaitInputs & {readonly attempts?: number},
  outputs: Outputs = {},
  /** Cancels what this command has started, where that is more than single jobs. */
  cancelAll?: (signal: AbortSignal) => Promise<void>,
): Promise<Waited> {
  const {gitlab, own} = context
  let last: Snapshot | undefined
  const observe: WaitOptions['observe'] = async ({signal, pipelines}) =>
    (last = await look(gitlab, inputs, own, {
      signal,
      pipelines,
      followRetries: true,
      attempts: attemptsOfALook(inputs),
    }))
  const named = [...(inputs.job ?? []), ...(inputs.jobId ?? []).map(String)]
  const canMove = isByPlace(inputs) && inputs.sha === undefined
  const absent = (): ActionError | undefined =>
    last && (last.missing.length > 0 || last.jobs.length === 0)
      ? missingError(last, inputs, {project: projectName(gitlab, inputs, own)})
      : undefined
  // A trigger job of that name may be there, unseen.
  const knownNames: WaitOptions['knownNames'] = async (names, signal) =>
    last?.unseen?.length ? new Set() : namesInProject(context, inputs, names, signal)
  const isById = inputs.pipelineId !== undefined || (inputs.jobId ?? []).length > 0
  return wait(
    context,
    inputs,
    {observe, named, canMove, isById, knownNames, scope: scopeOf(inputs), isFamily: inputs.family, cancelAll},
    {absent, outputs},
  )
}

/** Waits for jobs that are known, each followed to its newest attempt. `byUs` are those that this command started. */
export async function waitForStarted(
  context: Waiting,
  jobs: readonly FoundJob[],
  inputs: WaitInputs & {readonly attempts?: number; readonly byUs: readonly FoundJob[]},
  outputs: Outputs = {},
): Promise<Waited> {
  const observe: WaitOptions['observe'] = ({signal}) =>
    lookAt(context, jobs, {signal, attempts: attemptsOfALook(inputs)})
  const named = jobs.map(({job}) => job.name)
  return wait(context, inputs, {observe, named, known: jobs, byUs: inputs.byUs}, {outputs})
}

interface Target extends Pick<
  WaitOptions,
  'observe' | 'named' | 'canMove' | 'isById' | 'isFamily' | 'known' | 'knownNames'
> {
  readonly scope?: WaitScope
  readonly byUs?: readonly FoundJob[]
  readonly cancelAll?: ((signal: AbortSignal) => Promise<void>) | undefined
}

async function wait(
  context: Waiting,
  inputs: WaitInputs & {readonly attempts?: number},
  {byUs = [], scope = 'some', cancelAll, ...target}: Target,
  {outputs, absent}: {readonly outputs: Outputs; readonly absent?: () => ActionError | undefined},
): Promise<Waited> {
  const {gitlab, clock, log, signal} = context
  const follow = (found: FoundJob, own: AbortSignal): Promise<void> => followJobLog(found, context, own)
  const started = [...byUs]
  const result = await waitForJobs({
    ...target,
    policy: waitPolicy(inputs, scope),
    own: context.own,
    clock,
    log,
    signal,
    facts: () => gitlab.facts,
    past: (found, own) => lastSuccesses(context, found, own),
    play: async (manual) => {
      const {found, byUs: isOurs} = await play(manual, context)
      if (isOurs) started.push(found)
      return found
    },
    tailOf: (found) => excerptOfLog(found, context, tailLines),
    ...(inputs.follow ? {follow} : {}),
    cancelStarted: async (budget) => {
      await cancelAll?.(budget)
      await Promise.all(started.map((found) => cancelOurs(found, context, budget)))
    },
    cancelOn: {abort: inputs.cancelOnAbort, timeout: inputs.cancelOnTimeout},
    followNewest: inputs.followNewest,
  })
  const failure = waitFailure(result)
  if (failure) {
    const shown = (result.verdict === 'absent' ? absent?.() : undefined) ?? failure
    throw withOutputs(shown, {...failure.outputs, ...outputs}, gitlab.api)
  }
  log.info(result.reason)
  return waitOutputsOf(result)
}

async function cancelOurs(found: FoundJob, {gitlab, log}: Waiting, budget: AbortSignal): Promise<void> {
  await cancelAfterAbort(found, gitlab, budget)
  log.info(`Job ${found.job.id} "${found.label}", which this command started, has been told to cancel.`)
}

/** One list request for each pipeline in which there are jobs to look at. */
async function lookAt(
  {gitlab, own}: Waiting,
  jobs: readonly FoundJob[],
  {signal, attempts}: {readonly signal: AbortSignal; readonly attempts: number},
): Promise<Snapshot> {
  const places = new Map<string, FoundJob[]>()
  for (const found of jobs) {
    const place = `${found.projectId}/${found.job.pipeline.id}`
    places.set(place, [...(places.get(place) ?? []), found])
  }
  const snapshots = await Promise.all(
    [...places.values()].map((found) => {
      const [{projectId, job}] = found as [FoundJob]
      const selection = {project: String(projectId), pipelineId: job.pipeline.id, job: found.map(({job}) => job.name)}
      return look(gitlab, selection, own, {signal, attempts, pipelines: []})
    }),
  )
  return {
    jobs: snapshots.flatMap((snapshot) => snapshot.jobs),
    pipelines: snapshots.flatMap((snapshot) => snapshot.pipelines),
    pendingBridges: snapshots.flatMap((snapshot) => snapshot.pendingBridges),
    missing: snapshots.flatMap((snapshot) => snapshot.missing),
    names: snapshots.flatMap((snapshot) => snapshot.names),
    holes: snapshots.flatMap((snapshot) => snapshot.holes ?? []),
  }
}

/** `whole`: nothing but the pipeline is named, so that all of its jobs are meant. `rest`: all but some. */
function scopeOf({job = [], jobId = [], jobMatch = [], stage = [], triggerJobs}: Selection): WaitScope {
  if (job.length + jobId.length + stage.length > 0) return 'some'
  if (triggerJobs !== 'ignore' && jobMatch.every((pattern) => /^\*+$/.test(pattern))) return 'whole'
  return jobMatch.every((pattern) => /^(?:\*+$|!)/.test(pattern)) ? 'rest' : 'some'
}

/** How many pages of a project's newest jobs are read for a name. */
const pagesForNames = 5

/** Those of the names that the newest jobs of the project have, in whichever pipeline. */
async function namesInProject(
  {gitlab}: Waiting,
  selection: Selection,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const project = selection.project ?? gitlab.project ?? ''
  const known = new Set<string>()
  for await (const page of gitlab.pages(projectJobs({project}), {signal, limit: pagesForNames})) {
    for (const {name} of page) if (names.includes(name)) known.add(name)
    if (names.every((name) => known.has(name))) break
  }
  return known
}

/** The newest hundred good runs of the project: most likely some of this job among them. */
async function lastSuccesses({gitlab}: Waiting, {projectId}: FoundJob, signal: AbortSignal): Promise<readonly Job[]> {
  const pages = gitlab.pages(projectJobs({project: projectId, statuses: ['success']}), {signal, attempts: 1, limit: 1})
  for await (const page of pages) return page
  return []
}

function withOutputs(error: ActionError, outputs: Outputs, api: string): ActionError {
  const {kind, message, cause, status} = error
  const isOutage = kind === 'unreachable' || kind === 'untrusted'
  const hint = error.hint ?? (isOutage ? `Asked was ${api}: is that the root of the API?` : undefined)
  return new ActionError(kind, message, {hint, cause, status, outputs})
}
