import {action} from '../../actions/doctor/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand, type CommandOptions, type CommandRun} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {closeServers} from '../support/servers.ts'
import {job, worldWith, type WorldOptions} from './world.ts'

export type Options = CommandOptions & WorldOptions & {readonly sandbox?: SandboxOptions; readonly world?: WorldFile}

let sandbox: Sandbox | undefined

export const build = job(102, 'build', 'success', {artifacts: {files: {'a.txt': 'a\n'}}, log: 'built\n'})

/** Runs the doctor in the own job of a sandbox, which serves the further runs of a test too. */
export async function doctor(argv: readonly string[] = [], options: Options = {}): Promise<CommandRun> {
  sandbox ??= await startSandbox(options.world ?? worldWith([build], options), options.sandbox)
  return runCommand(action, sandbox, argv, options)
}

/** For afterEach. */
export async function endVisit(): Promise<void> {
  await Promise.all([sandbox?.close(), closeServers()])
  sandbox = undefined
}

/** For afterAll. */
export const endVisits = removeFolders

export interface Row {
  readonly command: string
  readonly works: string
  readonly why: string
  readonly hint: string | null
}

export function commandsOf(run: CommandRun): Readonly<Record<string, Row>> {
  const rows = run.outputs?.['commands'] as readonly Row[]
  return Object.fromEntries(rows.map((row) => [row.command, row]))
}

export function those(run: CommandRun, works: string): readonly string[] {
  return Object.values(commandsOf(run))
    .filter((row) => row.works === works)
    .map(({command}) => command)
}

export interface Shown {
  readonly name: string
  readonly result: string
  readonly details: string
}

export function checkOf(run: CommandRun, name: string): Shown | undefined {
  const checks = run.outputs?.['checks'] as readonly Shown[] | undefined
  return checks?.find((check) => check.name === name)
}
