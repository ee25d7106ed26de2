import {detail, output} from './action.ts'
import {duration, flag, Invalid, list, oneOf, optional, text, underHeading, type Field, type Values} from './fields.ts'
import {isFinal} from '../gitlab/api/job-status.ts'
import {defaultPolicy, type Policy} from '../waiting/policy.ts'

/** Of every command that can wait for jobs. */
export const waitInputs = {
  ...underHeading('What to wait for', {
    until: oneOf(
      'Wait until the job has finished, a runner has started it, or it has succeeded (a failed one may still be retried)',
      ['finished', 'started', 'success'],
      {default: 'finished'},
    ),
    mode: mode('How many of several jobs must be good: all, any one, or that many'),
    laterStage: oneOf(
      'What to do about a job of a later stage of the own pipeline, which only `needs:` can start in time',
      ['fail', 'wait'],
      {default: 'fail'},
    ),
    expectSha: optional(
      text('Commit that the jobs must belong to', {
        pattern: /^[0-9a-fA-F]{8,64}$/,
        rule: 'must be 8 to 64 hexadecimal digits',
      }),
    ),
  }),
  ...underHeading('What counts as good', {
    ok: statuses('Statuses that count as good'),
    strict: flag('Count a failed job as failed even if it has allow_failure'),
    onSkipped: oneOf('What a skipped job counts as', ['fail', 'ok'], {default: 'fail'}),
    onManual: optional(
      oneOf(
        'What to do about a manual job; by default fail, and ok-if-optional (good with allow_failure, else fail) for a whole pipeline',
        ['fail', 'wait', 'play', 'ok', 'ok-if-optional'],
      ),
    ),
  }),
  ...underHeading('How long to wait', {
    timeout: duration('How long to wait; cut to what CI_JOB_TIMEOUT and RUNNER_SCRIPT_TIMEOUT leave, less 30s', {
      default: '60m',
    }),
    appearTimeout: duration('How long a job may be absent before it counts as not found', {default: '5m'}),
    settle: duration('How long a bad end must stand before it is believed: a retry may follow at once', {
      default: '10s',
    }),
    outage: duration('How long GitLab may be out of reach while waiting', {default: '10m'}),
    interval: duration('Pause between the first looks', {default: '5s'}),
    maxInterval: duration('Longest pause between looks', {default: '30s'}),
    spread: duration('Makes the first look at a random moment within this time', {default: '0s', max: '10m'}),
  }),
  ...underHeading('What to do meanwhile and at the end', {
    follow: flag('Print the log of the awaited job while waiting; needs an access token'),
    cancelOnAbort: flag('When interrupted, cancel what this command has played or retried'),
    cancelOnTimeout: flag('When the time to wait is over, cancel what this command has played or retried'),
  }),
} as const

/** Beside those, of a command that waits for what a selector names. */
export const gateInputs = {
  ...underHeading('What counts as good', {
    onMissing: oneOf(
      'What a job named with --job counts as that its finished pipeline left out, if other pipelines of the project have it',
      ['fail', 'ok'],
      {default: 'fail'},
    ),
  }),
  ...underHeading('What to wait for', {
    pipeline: flag('Wait for the status of the pipeline itself too'),
    followNewest: flag('Go on with a newer pipeline of the ref or merge request as soon as there is one'),
  }),
} as const

export type WaitInputs = Values<typeof waitInputs> & Partial<Values<typeof gateInputs>>

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
  project: detail(output.integer('Id of its project')),
  stage: detail(output.text('Its stage')),
  ref: output.text('Its branch or tag'),
  sha: output.text('Its commit'),
  failureReason: output.text('Why it failed, in GitLab’s words'),
  webUrl: output.text('Its page'),
  startedAt: detail(output.text('When it started')),
  finishedAt: detail(output.text('When it ended')),
  duration: detail(output.number('Seconds it ran')),
  queuedDuration: detail(output.number('Seconds it was queued')),
  attempts: detail(output.integer('How many attempts of it are known')),
  waited: detail(output.integer('Seconds this command waited')),
  polls: detail(output.integer('How often it looked')),
  jobs: output.json<readonly object[]>('All awaited jobs'),
  failures: output.json<readonly object[]>(
    'Of a failure: each failed job with its reason and, where a token allows, the last lines of its log',
  ),
} as const

/** What part of a pipeline is awaited: some jobs of it, all, or all but those that are left out. */
export type WaitScope = 'some' | 'whole' | 'rest'

/** The policy that the inputs ask for. */
export function waitPolicy(inputs: WaitInputs & {readonly attempts?: number}, scope: WaitScope = 'some'): Policy {
  return {
    until: inputs.until,
    mode: inputs.mode,
    ok: inputs.ok,
    strict: inputs.strict,
    onManual: inputs.onManual ?? (scope === 'some' ? 'fail' : 'ok-if-optional'),
    onSkipped: inputs.onSkipped,
    onMissing: inputs.onMissing ?? 'fail',
    pipelineStatus: inputs.pipeline ? 'await' : scope === 'whole' && isOfTheEnd(inputs) ? 'agree' : 'ignore',
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

/** Jobs that have only begun, or some jobs of many, say nothing about the end of their pipeline. */
function isOfTheEnd({until, mode: needed}: WaitInputs): boolean {
  return until !== 'started' && needed === 'all'
}

function mode(about: string): Field<'all' | 'any' | number> {
  const inner = text(about)
  const parse = (given: readonly string[]): 'all' | 'any' | number => {
    const value = inner.parse(given)
    if (value === 'all' || value === 'any') return value
    if (!/^[1-9]\d{0,5}$/.test(value)) throw new Invalid('must be all, any or a number of jobs')
    return Number(value)
  }
  return {...inner, fallback: 'all', shown: 'all', required: false, parse}
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
