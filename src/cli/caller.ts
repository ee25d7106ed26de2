import type {Action, Context, Log} from '../command/action.ts'
import {clean, cleanLogLines} from '../base/clean.ts'
import {systemClock} from '../base/clock.ts'
import {ActionError} from '../base/errors.ts'
import {usageError} from '../command/fields.ts'
import type {Fields, Values} from '../command/fields.ts'
import {sharedInputs, type SharedInputs} from '../command/shared-inputs.ts'
import {projectOf} from '../gitlab/api/addresses.ts'
import {createClient, endingWith, type GitLab} from '../gitlab/http/client.ts'
import {readConnection} from '../gitlab/http/connection.ts'
import {createRedactor, withoutQuotedValues, type Redactor} from '../hosts/redact.ts'
import {currentFolder, folderGone} from './current-folder.ts'
import {inCamelCase, readOptions, type Options} from './options.ts'

type Level = 'debug' | 'info' | 'warn' | 'error' | 'job'
export type Tell = (line: {readonly level: Level; readonly text: string}) => void

/** Who calls commands as functions, in place of a process: where GitLab is, and where the narrative goes. */
export interface Caller {
  readonly gitlab: GitLab
  readonly log: Log
  readonly redactor: Redactor
  readonly values: Values<SharedInputs>
  readonly signal: AbortSignal
  close(): Promise<void>
}

/** The shared inputs that say how to reach GitLab; all others are about a process. */
const connecting = [
  'apiUrl',
  'project',
  'jobToken',
  'token',
  'oauth',
  'auth',
  'caFile',
  'certFile',
  'keyFile',
  'requestTimeout',
  'attempts',
  'allowHttp',
] as const

const openFields = {
  ...Object.fromEntries(connecting.map((name) => [name, sharedInputs[name]])),
  triggerToken: sharedInputs.token,
} as Fields

/** Reads what leads to GitLab out of options alone: no environment, no file that is not named. Throws `usage` with all problems. */
export async function openCaller({proxy, noProxy, ...options}: Options, tell: Tell = () => undefined): Promise<Caller> {
  const {values: read, problems: wrong} = readOptions(openFields, withoutAbsent(options))
  const values = {...defaultsOf(sharedInputs), ...read} as Values<SharedInputs> & {readonly triggerToken?: string}
  const redactor = createRedactor()
  redactor.add([values.token, values.jobToken, values.triggerToken].filter((secret) => secret !== undefined))
  const env = {HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: noProxy} as Readonly<Record<string, string | undefined>>
  const untyped = Object.entries({proxy, noProxy}).filter(([, text]) => text !== undefined && typeof text !== 'string')
  const reading =
    untyped.length > 0
      ? undefined
      : await readConnection(values, {env, cwd: folder(), given: {jobToken: 'jobToken', token: 'token'}})
  const problems = [
    ...wrong,
    ...untyped.map(([name]) => `${name} must be a string`),
    // One option stands for both variables.
    ...new Set(
      (reading?.problems ?? []).map((problem) => inCamelCase(problem, openFields).replace(/^HTTPS?_PROXY/, 'proxy')),
    ),
  ]
  if (reading === undefined || problems.length > 0) throw usageOf('createClient', problems)
  const log = narrative(tell, redactor)
  const end = new AbortController()
  const gitlab = createClient({connection: reading.connection, clock: systemClock, log, signal: end.signal})
  return {
    gitlab,
    log,
    redactor,
    values,
    signal: end.signal,
    async close() {
      end.abort(closed())
      await gitlab.close()
    },
  }
}

function closed(): ActionError {
  return new ActionError('usage', 'The client was closed.', {hint: 'Make another one with createClient.'})
}

interface Calling {
  /** What the caller calls it. */
  readonly name: string
  readonly options: Options
  /** Inputs of the command that have no meaning here. */
  readonly without?: readonly string[]
  /** What is wrong with the options beyond what the command itself says. */
  readonly check?: (options: Options) => readonly string[]
}

/** Runs a command with options in place of flags, and gives what `run` gives: by default its outputs. */
export async function call<F extends Fields, T>(
  action: Pick<Action<F>, 'inputs' | 'check'>,
  caller: Caller,
  calling: Calling,
  run: (context: Parameters<Action<F>['run']>[0]) => Promise<T>,
): Promise<T> {
  const {signal: own} = calling.options
  if (own !== undefined && !(own instanceof AbortSignal)) {
    throw usageOf(calling.name, ['signal must be an AbortSignal'])
  }
  own?.throwIfAborted()
  if (caller.signal.aborted) throw closed()
  const {inputs, isProjectGiven} = inputsOfCall(action, caller, calling)
  caller.redactor.addValues(pairsOf(action.inputs, inputs))
  const signal = own === undefined ? caller.signal : AbortSignal.any([own, caller.signal])
  const context: Context<typeof inputs> = {
    inputs,
    given: isProjectGiven ? {project: 'project'} : {},
    gitlab: endingWith(signal, {...caller.gitlab, project: inputs.project}),
    own: {},
    log: caller.log,
    print: () => Promise.resolve(),
    printLog: () => Promise.resolve(),
    areOutputsRead: true,
    hideValues: (texts) => caller.redactor.addValues(texts),
    clock: systemClock,
    signal,
    cwd: folder(),
    resultFiles: [],
  }
  try {
    return await run(context as never)
  } catch (error) {
    // Only what the abort itself caused is an abort; a failure that was on its way stays what it is.
    throw signal.aborted && !(error instanceof ActionError) ? signal.reason : error
  }
}

/** The inputs of a command from the options of a call. Throws usage with everything that is wrong with them. */
function inputsOfCall<F extends Fields>(
  action: Pick<Action<F>, 'inputs' | 'check'>,
  caller: Caller,
  {name, options: all, without = [], check}: Calling,
) {
  const {signal: _, project, ...options} = all
  const fields = Object.fromEntries(Object.entries(action.inputs).filter(([input]) => !without.includes(input)))
  const {values, problems} = readOptions(fields, options)
  const {values: named, problems: projects} = readOptions(
    {project: sharedInputs.project},
    'project' in all ? {project} : {},
  )
  const given = named['project'] as string | undefined
  const place = given === undefined ? caller.gitlab.project : projectOf(given)
  if (given !== undefined && place === undefined)
    projects.push('project must be a project id or a full path such as group/app')
  const inputs = {...caller.values, ...defaultsOf(action.inputs), ...values, project: place}
  const together = problems.length === 0 ? (action.check?.(inputs as never) ?? []) : []
  const wrong = [
    ...problems,
    ...projects,
    ...(check?.(options) ?? []),
    ...together.map((problem) => inCamelCase(problem, fields)),
  ]
  if (wrong.length > 0) throw usageOf(name, wrong)
  return {inputs, isProjectGiven: given !== undefined}
}

function folder(): string {
  const cwd = currentFolder()
  if (cwd === undefined) throw folderGone
  return cwd
}

/** The words of a failure for the caller: no secret in them, and inputs named as options are. */
export function wordsOf(text: string, redactor: Redactor = createRedactor()): string {
  return redactor
    .redact(redactor.redactValues(text))
    .split(/\r?\n/)
    .map((line) => clean(line, 4000))
    .join('\n')
    .replace(/(?<![\w-])--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)/g, (_, flag: string) => camel(flag))
    .replace(/\b(?:GITLAB_TOKEN|CI_JOB_TOKEN)\b/g, (variable) => (variable === 'GITLAB_TOKEN' ? 'token' : 'jobToken'))
}

/** The undefined ones left out: to a client they mean "not given". */
function withoutAbsent(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function defaultsOf(fields: Fields): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, {fallback}]) => [name, fallback]))
}

function pairsOf(fields: Fields, values: Readonly<Record<string, unknown>>): readonly string[] {
  const names = Object.keys(fields).filter((name) => fields[name]?.type === 'pairs')
  const found = names.flatMap((name) => [...(values[name] as ReadonlyMap<string, string>).values()])
  return found.flatMap((value) => [value, value.replace(/^"(.*)"$/s, '$1')])
}

function narrative(tell: Tell, redactor: Redactor): Log {
  const say = (level: Level, text: string): void => {
    const shown = level === 'info' ? withoutQuotedValues(text, redactor) : redactor.redactValues(text)
    for (const line of redactor.redact(shown).split(/\r?\n/)) tell({level, text: clean(line, 4000)})
  }
  return {
    debug: (text) => say('debug', text),
    info: (text) => say('info', text),
    warn: (text) => say('warn', text),
    error: (text) => say('error', text),
    section: (_, body) => body(),
    live: () => undefined,
    foreign: (lines) =>
      cleanLogLines(lines.map((line) => redactor.redact(redactor.redactValues(line)))).forEach((text) =>
        tell({level: 'job', text}),
      ),
    table: () => undefined,
    isLive: false,
  }
}

function usageOf(name: string, problems: readonly string[]): ActionError {
  return new ActionError('usage', usageError(name, problems).message, {
    hint: 'Nothing was asked and nothing was changed.',
  })
}

function camel(flag: string): string {
  return flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
