import type {Log, Outputs} from '../command/action.ts'

export type HostKind = 'github' | 'gitlab-function' | 'gitlab-script' | 'terminal'
export type LogLevel = 'quiet' | 'info' | 'debug'

/** What a host needs of a stream of the process. */
export interface Stream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  readonly fd?: number | undefined
  readonly on: (event: 'error', listener: (error: Error) => void) => unknown
  /** `done` is told an error, or nothing once the data is on its way. */
  readonly write: (data: string | Uint8Array, done?: (error?: Error | null) => void) => unknown
}

/** The parts of the process that a host may see. */
export interface Surroundings {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdout: Stream
  readonly stderr: Stream
}

/** Where a command runs: how it is narrated there, where its outputs go, how a failure is told. */
export interface Host {
  readonly kind: HostKind
  readonly log: Log
  /** From now on no secret is written, in whatever form. On GitHub the runner is told to mask them too. */
  mask(secrets: Iterable<string | undefined>): void
  /** From now on these values, variables of a job for instance, are hidden in what servers are quoted with. */
  hideValues(values: Iterable<string>): void
  /** Until it is called, `info`. */
  setLevel(level: LogLevel): void
  /** Until it is called, standard output. */
  narrateTo(stream: 'stdout' | 'stderr'): void
  /** Writes a command's result to standard output. Rejects with `StdoutClosed` once nobody reads it any more. */
  print(data: string | Uint8Array): Promise<void>
  /** Writes lines of a job's log to standard output, cleaned, so that they cannot act on ours. */
  printLog(lines: readonly string[]): Promise<void>
  /**
   * Before anything is done: takes what an earlier run has left out of the places where outputs go, and tries whether they can be written.
   * Rejects with `cannotWrite`.
   */
  prepare(definitions: Outputs, targets: OutputTargets): Promise<void>
  /** Whether anything is written at all by `outputs`: to a file, for the host, or on standard output. */
  takesOutputs(targets: OutputTargets): boolean
  /** Writes the outputs where this host expects them, into the files asked for, and on standard output if they are to be printed. */
  outputs(
    definitions: Outputs,
    values: Readonly<Record<string, unknown>>,
    targets: OutputTargets,
    exitCode?: number,
  ): Promise<void>
  /** Tells why the command failed: a sentence and a hint if we understand it, else the stack. Closes what is open first. */
  failed(error: unknown): void
  /** Closes open sections, clears live lines, flushes. Call it on every way out. */
  close(): Promise<void>
}

/** Files that the user asked for, relative to the working folder. Empty and undefined mean no. */
export interface OutputTargets {
  readonly dotenv?: string | undefined
  /** `-` is standard output. */
  readonly json?: string | undefined
  readonly outputPrefix?: string | undefined
  /** Report that puts links on GitLab's job page. */
  readonly annotations?: string | undefined
  /** Also append to the file of GITLAB_ENV, for the later steps of the same job. */
  readonly gitlabEnv?: boolean | undefined
  /** Outputs for the dotenv report, by name, or `all`. */
  readonly dotenvOutputs?: readonly string[] | undefined
  /** Outputs to print, one a line. */
  readonly field?: readonly string[] | undefined
  /** How to print all outputs. Words other than `shell` are the command's own. */
  readonly format?: string | undefined
}

/** The reader of standard output went away (`| head -1`): nothing is wrong, and nothing more needs to be printed. */
export class StdoutClosed extends Error {
  override readonly name = 'StdoutClosed'
}
