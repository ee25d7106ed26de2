import {spawn} from 'node:child_process'
import type {ChildProcess} from 'node:child_process'
import {existsSync} from 'node:fs'
import path from 'node:path'

/** The built bundles. `JOBSIDE_NODE` names another Node, `JOBSIDE_BINARY` a single executable that holds all commands. */
export const dist = path.resolve(import.meta.dirname, '..', '..', 'dist')

export interface BundleRun {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface BundleOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly node?: string
  /** Processor time after which the system ends the child. A sleeping child is left to the test's own limit. */
  readonly cpuSeconds?: number
  /** Given to Node before the bundle. */
  readonly nodeOptions?: readonly string[]
  /** Called with the running child, to signal it or watch it. */
  readonly during?: (child: ChildProcess) => void
}

/** Runs `dist/<name>.mjs` as a child process with nothing of our environment but PATH, and tells how it ended. */
export async function runBundle(
  name: string,
  argv: readonly string[],
  options: BundleOptions = {},
): Promise<BundleRun> {
  const child = startBundle(name, argv, options)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  options.during?.(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString()})
    })
  })
}

export function startBundle(name: string, argv: readonly string[], options: BundleOptions = {}): ChildProcess {
  const line = commandLine(name, argv, options)
  const [program, args] = options.cpuSeconds === undefined ? line : limited(line, options.cpuSeconds)
  return spawn(program, args, {
    cwd: options.cwd ?? process.cwd(),
    env: {PATH: process.env['PATH'], ...options.env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The shell sets the limit and becomes the program, so signals reach it. */
function limited([program, args]: [string, string[]], cpuSeconds: number): [string, string[]] {
  return ['sh', ['-c', `ulimit -t ${cpuSeconds}; exec "$0" "$@"`, program, ...args]]
}

export function commandLine(name: string, argv: readonly string[], options: BundleOptions): [string, string[]] {
  const binary = process.env['JOBSIDE_BINARY']
  if (binary !== undefined && name !== 'sandbox') return [binary, name === 'jobside' ? [...argv] : [name, ...argv]]
  const file = path.join(dist, `${name}.mjs`)
  if (!existsSync(file)) throw new Error(`dist/${name}.mjs is not there: run "npm run build" first`)
  return [
    options.node ?? process.env['JOBSIDE_NODE'] ?? process.execPath,
    [...(options.nodeOptions ?? []), file, ...argv],
  ]
}
