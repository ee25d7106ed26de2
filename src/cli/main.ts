import type {AnyAction} from '../command/action.ts'
import {systemClock} from '../base/clock.ts'
import {ActionError, exitCodes} from '../base/errors.ts'
import {currentFolder, folderGone} from './current-folder.ts'
import {parseArguments} from '../command/arguments.ts'
import {helpFor} from './help.ts'
import {detectHost} from '../hosts/detect.ts'
import {writePage} from '../hosts/outlet.ts'
import {run} from './run.ts'
import {standardStream} from '../hosts/standard-stream.ts'
import {sharedInputs} from '../command/shared-inputs.ts'
import {version} from '../base/version.ts'

/** Binds a command to this process: arguments, environment, streams, signals, exit code. */
export async function main(action: AnyAction, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // Without this, NODE_DEBUG=http would make Node print every header, credentials included.
  delete process.env['NODE_DEBUG']
  const {page} = parseArguments(argv, {...sharedInputs, ...action.inputs})
  if (page === 'help') return writePage(standardStream('stdout'), helpFor(action, sharedInputs))
  if (page === 'version') return writePage(standardStream('stdout'), `${version}\n`)
  const cwd = currentFolder()
  const {env} = process
  const [stdout, stderr] = [standardStream('stdout'), standardStream('stderr')]
  const host = await detectHost({argv, env, cwd: cwd ?? '/', stdout, stderr})
  if (cwd === undefined) {
    host.narrateTo('stderr')
    host.failed(folderGone)
    process.exitCode = folderGone.exitCode
    return
  }
  const stop = new AbortController()
  stopOnSignals(stop)
  const bug = stopOnBugs(stop, (error) => host.failed(error))
  const {signal} = stop
  // Node would end with 13 and no word.
  const stuck = (): void => bug(new Error('Nothing was left that could have ended the run.'))
  process.once('beforeExit', stuck)
  const code = await run(action, {argv, env, cwd, host, clock: systemClock, signal})
  process.off('beforeExit', stuck)
  // A bug beside the run has set it already, and a good end of the run does not undo that.
  process.exitCode ??= code
}

const stops = {SIGHUP: 'hungUp', SIGINT: 'interrupted', SIGTERM: 'terminated'} as const

/**
 * Aborts on the first signal that asks to stop; a second one ends the process at once, as if nobody had listened. SIGPIPE is none: Node ignores
 * it, and a reader that went away is seen where it is written to.
 */
function stopOnSignals(controller: AbortController): void {
  const stop = (name: NodeJS.Signals): void => {
    process.off('SIGHUP', stop).off('SIGINT', stop).off('SIGTERM', stop)
    controller.abort(new ActionError(stops[name as keyof typeof stops], `Stopped by ${name}.`))
  }
  process.on('SIGHUP', stop).on('SIGINT', stop).on('SIGTERM', stop)
}

/** How long what has begun may still take to end after a bug. */
const endAfterBugMs = 3_000

/** What nobody caught is told redacted, which Node itself would not do, and ends the run: what it waits for may never come now. */
function stopOnBugs(controller: AbortController, tell: (error: unknown) => void): (error: unknown) => void {
  const stop = (error: unknown): void => {
    tell(error)
    process.exitCode = exitCodes.unexpected.code
    controller.abort(new ActionError('terminated', 'Stopped after an unexpected error.'))
    // What is broken may also keep the process from ending by itself: a socket whose end nobody heard of, a timer that waits for it.
    setTimeout(() => process.exit(exitCodes.unexpected.code), endAfterBugMs).unref()
  }
  process.on('unhandledRejection', stop).on('uncaughtException', stop)
  return stop
}
