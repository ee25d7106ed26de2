import {output} from './action.ts'
import {duration, flag, Invalid, list, oneOf, optional, text, type Field, type Values} from './fields.ts'
import {isFinal} from '../gitlab/api/job-status.ts'
import {defaultPolicy, type Policy} from '../waiting/policy.ts'

/** Of every command that can wait for jobs. */
export const waitInputs = {
  until: oneOf(
    'Wait until the job has finished, a runner has started it, or it has succeeded (a failed one may still be retried)',
    ['finished', 'started', 'success'],
    {default: 'finished'},
  ),
  mode: oneOf('Whether all of several jobs must be good or any one of them', ['all', 'any'], {default: 'all'}),
  ok: statuses('Statuses that count as good'),
  strict: flag('Count a failed job as failed even if it has allow_failure'),
  onManual: oneOf('What to do about a manual job', ['fail', 'wait', 'play', 'ok'], {default: 'fail'}),
  onSkipped: oneOf('What a skipped job counts as', ['fail', 'ok'], {default: 'fail'}),
  laterStage: oneOf(
    'What to do about a job of a later stage of the own pipeline, which only `needs:` can start in time',
    ['fail', 'wait'],
    {default: 'fail'},
  ),
  appearTimeout: duration('How long a job may be absent before it counts as not found', {default: '5m'}),
  settle: duration('How long a bad end must stand before it is believed: a retry may follow at once', {default: '10s'}),
  timeout: duration('How long to wait; cut to what CI_JOB_TIMEOUT leaves, less 30s', {default: '60m'}),
  interval: duration('Pause between the first looks', {default: '5s'}),
  maxInterval: duration('Longest pause between looks', {default: '30s'}),
  spread: duration('Makes the first look at a random moment within this time', {default: '0s', max: '10m'}),
  outage: duration('How long GitLab may be out of reach while waiting', {default: '10m'}),
  expectSha: optional(
    text('Commit that the jobs must belong to', {
      pattern: /^[0-9a-fA-F]{8,64}$/,
      rule: 'must be 8 to 64 hexadecimal digits',
    }),
  ),
  follow: flag('Print the log of the awaited job while waiting; needs an access token'),
  cancelOnAbort: flag('When interrupted, cancel what this command has played or retried'),
} as const

export type WaitInputs = Values<typeof waitInputs>

/** What a wait uses where a command does not offer these inputs. */
export const waitDefaults = Object.fromEntries(
  Object.entries(waitInputs).map(([name, {fallback}]) => [name, fallback]),
) as unknown as WaitInputs

/** Filled by `waitOutputsOf`. */
export const waitOutputs = {
  status: output.text('Status of the job that decided'),
  jobId: output.integer('Its id'),
  jobName: output.text('Its name'),
  pipelineId: output.integer('Its pipeline'),
  project: output.integer('Id of its project'),
  stage: output.text('Its stage'),
  ref: output.text('Its branch or tag'),
  sha: output.text('Its commit'),
  failureReason: output.text('Why it failed, in GitLab’s words'),
  webUrl: output.text('Its page'),
  startedAt: output.text('When it started'),
  finishedAt: output.text('When it ended'),
  duration: output.number('Seconds it ran'),
  queuedDuration: output.number('Seconds it was queued'),
  attempts: output.integer('How many attempts of it are known'),
  waited: output.integer('Seconds this command waited'),
  polls: output.integer('How often it looked'),
  jobs: output.json<readonly object[]>('All awaited jobs'),
} as const

/** The policy that the inputs ask for. */
export function waitPolicy(inputs: WaitInputs & {readonly attempts?: number}): Policy {
  return {
    until: inputs.until,
    mode: inputs.mode,
    ok: inputs.ok,
    strict: inputs.strict,
    onManual: inputs.onManual,
    onSkipped: inputs.onSkipped,
    laterStage: inputs.laterStage,
    appearTimeoutMs: inputs.appearTimeout,
    settleMs: inputs.settle,
    timeoutMs: inputs.timeout,
    // Less than this would hammer the server; the limit holds for typing errors such as `5ms`.
    intervalMs: Math.max(1_000, inputs.interval),
    maxIntervalMs: Math.max(1_000, inputs.interval, inputs.maxInterval),
    spreadMs: inputs.spread,
    outageMs: inputs.outage,
    outageLooks: defaultPolicy.outageLooks,
    firstContactMs: inputs.attempts === undefined ? defaultPolicy.firstContactMs : inputs.attempts * 30_000,
    expectSha: inputs.expectSha?.toLowerCase(),
  }
}

function statuses(about: string): Field<readonly string[]> {
  const inner = list(about, {default: defaultPolicy.ok})
  const parse = (given: readonly string[]): readonly string[] => {
    const wrong = given.find((status) => !isFinal(status) && status !== 'manual')
    if (wrong !== undefined) throw new Invalid('must list only success, failed, canceled, skipped and manual')
    return inner.parse(given)
  }
  return {...inner, parse}
}
