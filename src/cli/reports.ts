import type {Outputs} from '../command/action.ts'
import {ActionError, exitCodes} from '../base/errors.ts'
import type {Outcome} from '../base/errors.ts'
import {spell} from '../base/names.ts'
import {StdoutClosed} from '../hosts/host.ts'
import type {Host, OutputTargets} from '../hosts/host.ts'

type Values = Readonly<Record<string, unknown>>

/** The outputs of one run: what an earlier run left is taken away before anything can fail, and however this one ends is written. */
export interface Reports {
  /** Clears the places and tries them. Until it is called nothing is written. Throws `cannotWrite`. */
  readonly open: (targets: OutputTargets) => Promise<void>
  /** The same on the way to another failure, which counts more. */
  readonly openIfPossible: (targets: OutputTargets) => Promise<void>
  /** Throws `cannotWrite`. A reader of standard output that went away is no reason to. */
  readonly write: (values: Values, outcome: Outcome) => Promise<void>
  /** The same on the way to another failure, which has been told. */
  readonly writeIfPossible: (values: Values, outcome: Outcome, failure?: unknown) => Promise<void>
}

/** Writes the outputs of one run at the host. */
export function createReports(definitions: Outputs, host: Host): Reports {
  let targets: OutputTargets | undefined
  const open: Reports['open'] = async (given) => {
    targets = given
    await host.prepare(definitions, given)
  }
  const write: Reports['write'] = async (values, outcome) => {
    if (targets === undefined) return
    const outputs = {...values, outcome: spell.kebab(outcome)}
    try {
      await host.outputs(definitions, outputs, targets, exitCodes[outcome].code)
    } catch (error) {
      if (!(error instanceof StdoutClosed)) throw error
    }
  }
  return {
    open,
    openIfPossible: (given) => tolerating(host, open(given)),
    write,
    writeIfPossible: (values, outcome, failure) => tolerating(host, write(values, outcome), failure),
  }
}

async function tolerating(host: Host, work: Promise<void>, failure?: unknown): Promise<void> {
  try {
    await work
  } catch (error) {
    // What could not be written the first time cannot be the second time, and is not told again.
    if (error instanceof Error && failure instanceof Error && error.message === failure.message) return
    if (error instanceof ActionError) host.log.warn(error.message)
    else host.failed(error)
  }
}
