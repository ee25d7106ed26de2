import type {Action, AnyAction, Context, OwnJob} from '../command/action.ts'
import type {Clock} from '../base/clock.ts'
import {ActionError, exitCodes} from '../base/errors.ts'
import type {Fields, Values} from '../command/fields.ts'
import {usageError} from '../command/fields.ts'
import {createClient} from '../gitlab/http/client.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {readConnection} from '../gitlab/http/connection.ts'
import {explainCalls} from './explain.ts'
import {StdoutClosed} from '../hosts/host.ts'
import type {Host} from '../hosts/host.ts'
import {readOwnJob} from '../hosts/own-job.ts'
import {readInputs} from '../command/inputs.ts'
import {sharedInputs} from '../command/shared-inputs.ts'
import type {SharedInputs} from '../command/shared-inputs.ts'

/** What a run needs from the process it happens in. */
export interface Run {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly host: Host
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Runs a command from its inputs to its outputs and gives the exit code. Never throws: every failure is told by the host. */
export async function run(action: AnyAction, surroundings: Run): Promise<number> {
  const {host} = surroundings
  try {
    await perform(action as unknown as Action, surroundings)
    return exitCodes.done.code
  } catch (error) {
    const failure = surroundings.signal.aborted ? abortFailure(surroundings.signal, error) : error
    host.failed(failure)
    if (failure instanceof StdoutClosed) return exitCodes.done.code
    return failure instanceof ActionError ? failure.exitCode : exitCodes.unexpected.code
  } finally {
    await host.close()
  }
}

async function perform(action: Action, {argv, env, cwd, host, clock, signal}: Run): Promise<void> {
  const own = readOwnJob(env)
  const {values, given, problems: unread} = readInputs(action, sharedInputs, {argv, env})
  host.mask(secretsOf(values.jobToken, values.token))
  const {connection, problems} = await readConnection(values, {env, own, cwd, given})
  host.mask(secretsOf(connection.token))
  const all = [...unread, ...problems, ...(unread.length === 0 ? (action.check?.(values) ?? []) : [])]
  if (all.length > 0) throw usageError(action.name, all)

  host.setLevel(values.log)
  host.narrateTo(values.json === '-' || action.prints?.(values) === true ? 'stderr' : 'stdout')
  const gitlab = createClient({connection, clock, log: host.log, signal})
  try {
    if (values.explain) return explainCalls(action, values, gitlab, host)
    await publish(action, values, host, await act(action, {values, given, gitlab, own, host, clock, signal, cwd}))
  } finally {
    await gitlab.close()
  }
}

interface Ready {
  readonly values: Values<Fields & SharedInputs>
  readonly given: Context<unknown>['given']
  readonly gitlab: GitLab
  readonly own: OwnJob
  readonly host: Host
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly cwd: string
}

/** Outputs that are true although the command failed are published too: a gate wants to know what it saw. */
async function act(action: Action, {values, host, ...rest}: Ready): Promise<Readonly<Record<string, unknown>>> {
  const context: Context<typeof values> = {
    ...rest,
    inputs: values,
    log: host.log,
    print: (data) => host.print(data),
    printLog: (lines) => host.printLog(lines),
  }
  try {
    return await action.run(context)
  } catch (error) {
    if (error instanceof ActionError && error.outputs) await publish(action, values, host, error.outputs)
    throw error
  }
}

async function publish(
  action: Action,
  values: Values<SharedInputs>,
  host: Host,
  outputs: Readonly<Record<string, unknown>>,
): Promise<void> {
  await host.outputs(action.outputs, outputs, values)
}

function abortFailure(signal: AbortSignal, error: unknown): unknown {
  // Only what the abort itself caused is an interruption; a failure that was on its way stays what it is.
  return signal.reason instanceof ActionError && !(error instanceof ActionError) ? signal.reason : error
}

function secretsOf(...values: readonly (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined)
}
