import v8 from 'node:v8'
import {outputsOf} from '../command/action.ts'
import type {Action, AnyAction, Context, OwnJob} from '../command/action.ts'
import type {Clock} from '../base/clock.ts'
import {ActionError, exitCodes} from '../base/errors.ts'
import type {Fields} from '../command/fields.ts'
import {usageError} from '../command/fields.ts'
import type {ClientDeps, GitLab} from '../gitlab/http/client.ts'
import {readConnection, type Connection} from '../gitlab/http/connection.ts'
import {withinJob} from '../command/job-time.ts'
import {explainCalls} from './explain.ts'
import {StdoutClosed} from '../hosts/host.ts'
import type {Host} from '../hosts/host.ts'
import {readOwnJob} from '../hosts/own-job.ts'
import {readInputs, withVariables} from '../command/inputs.ts'
import type {ReadInputs} from '../command/inputs.ts'
import {createReports} from './reports.ts'
import type {Reports} from './reports.ts'
import {sharedInputs} from '../command/shared-inputs.ts'
import type {SharedInputs} from '../command/shared-inputs.ts'
import {readPlaces, resultProblems, takesStandardOutput} from './results.ts'

/** What a run needs from the process it happens in. */
export interface Run {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly host: Host
  readonly clock: Clock
  readonly signal: AbortSignal
}

type Call = ReadInputs<Fields & SharedInputs> & {readonly own: OwnJob}

/** Runs a command from its inputs to its outputs and gives the exit code. Never throws: every failure is told by the host. */
export async function run(anyAction: AnyAction, surroundings: Run): Promise<number> {
  const action = anyAction as unknown as Action
  const {host, argv, env} = surroundings
  const call: Call = {...readInputs(action, sharedInputs, {argv, env}), own: readOwnJob(env)}
  // Before the first byte: from here on it is known whose standard output is.
  host.narrateTo(takesStandardOutput(action, call.values) ? 'stderr' : 'stdout')
  const reports = createReports(outputsOf(action), host)
  try {
    await reports.write(await perform(action, call, reports, surroundings), 'done')
    return exitCodes.done.code
  } catch (error) {
    const failure = surroundings.signal.aborted ? abortFailure(surroundings.signal, error) : error
    if (failure instanceof StdoutClosed) {
      await reports.writeIfPossible({}, 'done')
      return exitCodes.done.code
    }
    host.failed(failure)
    if (!(failure instanceof ActionError)) {
      await reports.writeIfPossible({}, 'unexpected')
      return exitCodes.unexpected.code
    }
    await reports.writeIfPossible(failure.outputs ?? {}, failure.kind, failure)
    return failure.exitCode
  } finally {
    await host.close()
  }
}

type OutputValues = Readonly<Record<string, unknown>>

async function perform(action: Action, call: Call, reports: Reports, surroundings: Run): Promise<OutputValues> {
  const {env, cwd, host, clock, signal} = surroundings
  const {values, own} = call
  host.mask(secretsIn({...sharedInputs, ...action.inputs}, values))
  host.hideValues(pairsOf(action.inputs, values))
  const {connection, problems: unreachable} = await readConnection(values, {env, own, cwd, given: call.given})
  host.mask(secretsOf(connection.token))
  const {problems: conflicts, files} = await readPlaces(action, values, {cwd, env})
  const found = [
    ...unreachable,
    ...resultProblems(action, values),
    ...conflicts,
    ...(call.problems.length === 0 ? (action.check?.(values) ?? []) : []),
  ]
  const problems = [...call.problems, ...found.map((problem) => withVariables(problem, call.given))]
  if (problems.length > 0) {
    const error = usageError(action.name, problems)
    // What lies there from an earlier run would else be taken for this one's.
    if (conflicts.length === 0 && !values.explain) await reports.openIfPossible({...values, field: []})
    throw error
  }

  host.setLevel(values.log)
  return withinJob({own, clock, signal}, (inTime) =>
    act(action, {...call, resultFiles: files}, reports, connection, {...surroundings, signal: inTime}),
  )
}

async function act(
  action: Action,
  {values, own, given, resultFiles}: Call & Pick<Context<unknown>, 'resultFiles'>,
  reports: Reports,
  connection: Connection,
  {cwd, host, clock, signal}: Run,
): Promise<OutputValues> {
  const gitlab = await connect({connection, clock, log: host.log, signal})
  try {
    if (values.explain) {
      explainCalls(action, values, gitlab, host)
      return {}
    }
    await reports.open('field' in action.inputs ? {...values, field: []} : values)
    const context: Context<typeof values> = {
      inputs: values,
      given,
      own,
      gitlab,
      hideValues: (texts) => host.hideValues(texts),
      clock,
      signal,
      cwd,
      resultFiles,
      log: host.log,
      print: printer(host, action.judges?.(values) === true),
      printLog: (lines) => host.printLog(lines),
      areOutputsRead: host.takesOutputs(values),
    }
    return await action.run(context)
  } finally {
    await gitlab.close()
  }
}

/** The client, with the network stack, which a wrong input and `--help` need none of. */
async function connect(deps: ClientDeps): Promise<GitLab> {
  // undici's HTTP parser is WebAssembly. Node 20 would put its optimising compiler to it, a third of a short run's time, and gain nothing.
  if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--liftoff-only')
  const {createClient} = await import(/* webpackMode: "eager" */ '../gitlab/http/client.ts')
  return createClient(deps)
}

/** A run that judges goes on when nobody reads it any more: its verdict is the exit code. */
function printer(host: Host, judges: boolean): Context<unknown>['print'] {
  return async (data) => {
    try {
      await host.print(data)
    } catch (error) {
      if (!(judges && error instanceof StdoutClosed)) throw error
    }
  }
}

function abortFailure(signal: AbortSignal, error: unknown): unknown {
  // Only what the abort itself caused is an interruption; a failure that was on its way stays what it is.
  return signal.reason instanceof ActionError && !(error instanceof ActionError) ? signal.reason : error
}

/** Of every input that is a credential. */
function secretsIn(fields: Fields, values: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(fields).filter((name) => fields[name]?.type === 'secret')
  return secretsOf(...names.map((name) => values[name] as string | undefined))
}

/** The values of all KEY=value inputs. */
function pairsOf(fields: Fields, values: OutputValues): readonly string[] {
  return Object.entries(fields).flatMap(([name, {type}]) =>
    type === 'pairs' ? [...(values[name] as ReadonlyMap<string, string>).values()] : [],
  )
}

function secretsOf(...values: readonly (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined)
}
