import type {AnyAction} from '../../src/command/action.ts'
import {withArguments} from '../../src/command/arguments.ts'
import {completionScript, shells} from '../../src/cli/completion.ts'
import {catalogue, suggest} from '../../src/cli/help.ts'
import {writePage} from '../../src/hosts/outlet.ts'
import {standardStream} from '../../src/hosts/standard-stream.ts'
import {main} from '../../src/cli/main.ts'
import {commandSchema} from '../../src/command/schema.ts'
import {version} from '../../src/base/version.ts'

/** The program of all commands: the npm package's `jobside`, and the root GitHub action, which names its command by an input. */
const [first = process.env['INPUT_ACTION'], ...rest] = process.argv.slice(2)
const name = first?.trim() ?? '--help'

if (name === '--version') writePage(standardStream('stdout'), `${version}\n`)
else {
  // Reading the definitions of all commands takes as long as the rest of a start.
  const {actions} = await import(/* webpackMode: "eager" */ '../catalogue.ts')
  const action = actions.find((candidate) => candidate.name === name)
  if (action) await main(action, [...rest, ...withArguments(process.env)])
  else if (name === 'completion') complete(actions, rest[0] ?? '')
  else if (name === 'schema') describe(actions, rest[0] ?? '')
  else if (['--help', '-h', 'help'].includes(name)) writePage(standardStream('stdout'), catalogue(actions))
  else refuse(suggest(name, actions))
}

function complete(actions: readonly AnyAction[], shell: string): void {
  const known = shells.find((candidate) => candidate === shell)
  if (known) writePage(standardStream('stdout'), completionScript(known, actions))
  else refuse(`jobside completion: name the shell, one of ${shells.join(', ')}`)
}

function describe(actions: readonly AnyAction[], command: string): void {
  const known = actions.find((candidate) => candidate.name === command)
  if (known) writePage(standardStream('stdout'), `${JSON.stringify(commandSchema(known), undefined, 2)}\n`)
  else refuse(`jobside schema: name the command, one of ${actions.map((candidate) => candidate.name).join(', ')}`)
}

function refuse(message: string): void {
  writePage(standardStream('stderr'), `${message}\n`)
  process.exitCode = 64
}
