import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type {AnyAction} from '../../src/command/action.ts'
import type {Clock} from '../../src/base/clock.ts'
import {detectHost} from '../../src/hosts/detect.ts'
import {run} from '../../src/cli/run.ts'
import type {RequestRecord} from '../../src/sandbox/world/record.ts'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {createClock} from './clock.ts'
import {memoryStream} from './memory-stream.ts'

export interface CommandRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both streams, for asking whether something was said at all. */
  readonly said: string
  /** What the command put out beside its outcome, by the names its manifest gives them; undefined if it came to no outputs. */
  readonly outputs: Readonly<Record<string, unknown>> | undefined
  /** What the sandbox saw of it. */
  readonly requests: readonly RequestRecord[]
  /** The same, a line each: `GET /projects/1/jobs job-token`. */
  readonly transcript: readonly string[]
  /** Where it ran: empty before, the files it left after. */
  readonly cwd: string
}

export interface CommandOptions {
  /** `job` unless given: what a CI job has by itself. */
  readonly credentials?: 'job' | 'token' | 'both' | 'none'
  /** On top of what the job would find; an empty text takes a variable away. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly columns?: number
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

const folders: string[] = []

/**
 * Runs a command inside the test's process as the sandbox's own job would: real inputs, real client, streams in memory. Whenever the command sleeps,
 * the sandbox's clock moves on by that much and no real time passes.
 */
export async function runCommand(
  action: AnyAction,
  sandbox: Sandbox,
  argv: readonly string[] = [],
  options: CommandOptions = {},
): Promise<CommandRun> {
  const cwd = options.cwd ?? temporaryFolder()
  const outputs = path.join(temporaryFolder(), 'outputs.json')
  const env = environment(sandbox, options)
  const [stdout, stderr] = [memoryStream(options.columns), memoryStream(options.columns)]
  const clock = options.clock ?? linkedClock(sandbox)
  const date = (): Date => clock.date()
  const args = argv.some((argument) => argument.startsWith('--json')) ? argv : [...argv, '--json', outputs]
  const host = await detectHost({argv: args, env, cwd, stdout: stdout.stream, stderr: stderr.stream}, date)
  const signal = options.signal ?? new AbortController().signal
  sandbox.clearRequests()
  const code = await run(action, {argv: args, env, cwd, host, clock, signal})
  const requests = sandbox.requests()
  const unknown = requests.find((request) => request.unknown)
  if (unknown) throw new Error(`${action.name} asked for ${unknown.method} ${unknown.path}, which GitLab does not have`)
  return {
    code,
    stdout: stdout.text(),
    stderr: stderr.text(),
    said: stdout.text() + stderr.text(),
    outputs: readOutputs(outputs),
    requests,
    transcript: requests.map(lineOf),
    cwd,
  }
}

/** A new folder that `removeFolders` takes away. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'jobside-command-'))
  folders.push(folder)
  return folder
}

/** For afterAll. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true})
}

/** A clock on which every sleep moves the sandbox on and takes no time. */
export function linkedClock(sandbox: Sandbox): Clock {
  const clock = createClock({auto: true, date: new Date('2026-09-01T09:00:00Z')})
  return {
    ...clock,
    sleep: (ms, signal) => {
      sandbox.advance(`${Math.ceil(ms)}ms`)
      return clock.sleep(ms, signal)
    },
  }
}

function environment(sandbox: Sandbox, {credentials = 'job', env = {}}: CommandOptions): Record<string, string> {
  const {CI_JOB_TOKEN: jobToken = '', GITLAB_TOKEN: token = '', ...rest} = sandbox.env
  return {
    ...rest,
    GITLAB_CI: 'true',
    NO_COLOR: '1',
    ...(credentials === 'job' || credentials === 'both' ? {CI_JOB_TOKEN: jobToken} : {}),
    ...(credentials === 'token' || credentials === 'both' ? {GITLAB_TOKEN: token} : {}),
    ...env,
  }
}

function readOutputs(file: string): CommandRun['outputs'] {
  try {
    const {outcome: _, ...outputs} = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    return Object.values(outputs).every((value) => value === null) ? undefined : outputs
  } catch {
    return undefined
  }
}

function lineOf({method, path: address, origin, credentials}: RequestRecord): string {
  const place = origin === 'storage' ? 'storage' : address.replace('/api/v4', '')
  return [method, place, ...credentials].join(' ')
}
