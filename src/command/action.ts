import type {Clock} from '../base/clock.ts'
import {spell} from '../base/names.ts'
import type {Field, Fields, Values} from './fields.ts'
import type {RouteName} from '../gitlab/api/access.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import type {OwnJob as AwaitingJob} from '../waiting/policy.ts'
import type {SharedInputs} from './shared-inputs.ts'

/** What a command is: everything that its flags, manifests, help pages and README tables are made from. */
export interface Action<F extends Fields = Fields, O extends Outputs = Outputs> {
  readonly name: string
  /** One sentence in the present tense: what it does for the user. */
  readonly about: string
  readonly group: Group
  /**
   * The routes without which it cannot work, as it is called without special inputs: one list a step, of which the first route that
   * works is enough. The doctor judges by them. None where there is nothing to judge.
   */
  readonly needs: readonly (readonly RouteName[])[]
  readonly inputs: F
  /** Inputs that had another name: the old one, in camelCase, is an error that tells the new one. */
  readonly renamed?: Readonly<Record<string, string>>
  readonly outputs: O
  /** The routes it may call, for `--explain` and the README. */
  readonly calls: readonly Call<F>[]
  /** Example command lines after the name, with what each does. */
  readonly examples: readonly Example[]
  /** True for commands that make sense as a job of their own: they get a CI/CD component. */
  readonly component?: boolean
  /** Problems that only several inputs together show, one sentence each. All are reported with those of single inputs. */
  readonly check?: (inputs: InputValues<F>) => readonly string[]
  /** What it writes, where that is not just each input marked so. */
  readonly places?: (inputs: InputValues<F>) => readonly Place[]
  /** True if this run writes its result to standard output, so that everything else goes to standard error. */
  readonly prints?: (inputs: InputValues<F>) => boolean
  /** True if this run judges what it prints: it goes on to its verdict although nobody reads standard output any more. */
  readonly judges?: (inputs: InputValues<F>) => boolean
  readonly run: (context: Context<InputValues<F>>) => Promise<OutputValues<O>>
}

/** What a command is given: its own inputs, and of the shared ones those that it does not define itself. */
type InputValues<F extends Fields> = Values<string extends keyof F ? F & SharedInputs : F & Omit<SharedInputs, keyof F>>

/** A file or folder that a run writes to. */
export interface Place {
  /** As its input or variable is called. */
  readonly name: string
  readonly path: string
  readonly kind: 'file' | 'folder'
  /** What the folder held before is deleted. */
  readonly isEmptied?: boolean
}

/** Where the catalogue lists a command. */
export type Group = 'wait' | 'fetch' | 'look' | 'change'

export interface Call<F extends Fields> {
  readonly route: RouteName
  /** Why or when it is called, as the end of a sentence: "to find the job". */
  readonly why: string
  /** Absent: always. */
  readonly when?: (inputs: InputValues<F>) => boolean
}

interface Example {
  readonly about: string
  /** What follows the command's name, exactly as typed in a POSIX shell. */
  readonly line: string
}

export interface Output<T> {
  readonly type: 'text' | 'integer' | 'number' | 'flag' | 'json'
  readonly about: string
  /** No gate branches on it: it is left out of a dotenv report, which may have few variables, unless it is asked for. */
  readonly isDetail?: true
  /** Never filled: carries the type. */
  readonly value?: T
}

export type Outputs = Readonly<Record<string, Output<unknown>>>
export type OutputValues<O extends Outputs> = {
  readonly [K in keyof O]: (O[K] extends Output<infer T> ? T : never) | undefined
}

/** What an output holds. An undefined value is written as the empty string: unknown is never guessed. */
export const output = {
  text: (about: string): Output<string> => ({type: 'text', about}),
  integer: (about: string): Output<number> => ({type: 'integer', about}),
  number: (about: string): Output<number> => ({type: 'number', about}),
  flag: (about: string): Output<boolean> => ({type: 'flag', about}),
  json: <T = unknown>(about: string): Output<T> => ({type: 'json', about}),
} as const

/** The same output, marked as a detail. */
export function detail<T>(definition: Output<T>): Output<T> {
  return {...definition, isDetail: true}
}

/** What every command puts out, however it ends. */
const sharedOutputs = {
  outcome: output.text('How the command ended: done, or the failure in a word, such as job-failed, deadline or usage'),
} as const

/** All outputs of a command, by the names that a definition uses. */
export function outputsOf({outputs}: {readonly outputs: Outputs}): Outputs {
  return {...outputs, ...sharedOutputs}
}

/** Whether a person means this output, in the spelling of any surface. */
export function isNamed(text: string, name: string): boolean {
  return text.toLowerCase().replaceAll('_', '-') === spell.kebab(name)
}

/** Everything a command may touch. Nothing else reaches it: no process, no environment, no global clock. */
export interface Context<I> {
  readonly inputs: I
  /** Where each given input came from: `--ref`, `INPUT_REF`, `CI_DEFAULT_BRANCH`. A default is not listed. */
  readonly given: Readonly<Partial<Record<string, string>>>
  readonly gitlab: GitLab
  readonly own: OwnJob
  readonly log: Log
  /** Writes the command's result to standard output, as it is, obeying back-pressure. */
  readonly print: (data: string | Uint8Array) => Promise<void>
  /** Writes lines of a job's log to standard output so that they cannot act on our own log. */
  readonly printLog: (lines: readonly string[]) => Promise<void>
  /** False where nobody is given the outputs: what only they tell need not be found out. */
  readonly areOutputsRead: boolean
  /** Values that may be secret and come from a file: hidden in what servers are quoted with, as those of inputs are. */
  readonly hideValues: (values: Iterable<string>) => void
  readonly clock: Clock
  /** Aborts on SIGHUP, SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /** The folder that relative paths start from. */
  readonly cwd: string
  /** Files that hold results of this run or will, by their absolute path: nothing that is unpacked may take their place. */
  readonly resultFiles: readonly Pick<Place, 'name' | 'path'>[]
}

/** What the CI variables say about the job we run in. Input, not trusted fact; all absent on a terminal. */
export interface OwnJob extends AwaitingJob {
  readonly projectId?: number | undefined
  readonly projectPath?: string | undefined
  readonly defaultBranch?: string | undefined
  readonly upstreamProjectId?: number | undefined
  readonly ref?: string | undefined
  readonly sha?: string | undefined
  readonly serverVersion?: string | undefined
  readonly home?: string | undefined
}

/** How long a job stood in the queue and how long it ran, in seconds; what is not known is left out. */
export interface JobTime {
  readonly queued?: number | null | undefined
  readonly ran?: number | null | undefined
}

/** The narrative. Every text is cleaned and redacted by the host before it is shown. */
export interface Log {
  debug(text: string): void
  info(text: string): void
  /** Also an annotation on GitHub. */
  warn(text: string): void
  error(text: string): void
  /** Collapsible on GitLab and GitHub; always closed, on errors and signals too. */
  section<T>(title: string, body: () => Promise<T>): Promise<T>
  /** Replaces the lines shown live on a terminal; none clears them. Nothing elsewhere. */
  live(lines: readonly string[]): void
  /** Lines that a server wrote (a job's log): shown so that they cannot act on our own log. */
  foreign(lines: readonly string[]): void
  /** A table for people, and in the step summary on GitHub. `times`, in seconds, of rows that are jobs are drawn as bars. */
  table(
    title: string,
    header: readonly string[],
    rows: readonly (readonly string[])[],
    times?: readonly JobTime[],
  ): void
  /** True on a terminal that can redraw lines. */
  readonly isLive: boolean
}

/** Gives a definition its exact type. */
export function defineAction<F extends Fields, O extends Outputs>(action: Action<F, O>): Action<F, O> {
  return action
}

/** An action whose types have been checked where it was defined, as main and the generator see it. */
export type AnyAction = Omit<Action, 'run' | 'prints' | 'judges' | 'calls' | 'check' | 'places'> & {
  readonly check?: (inputs: never) => readonly string[]
  readonly calls: readonly (Omit<Call<Fields>, 'when'> & {readonly when?: (inputs: never) => boolean})[]
  readonly places?: (inputs: never) => readonly Place[]
  readonly prints?: (inputs: never) => boolean
  readonly judges?: (inputs: never) => boolean
  readonly run: (context: never) => Promise<Readonly<Record<string, unknown>>>
}

export type AnyField = Field<unknown>
