import path from 'node:path'
import {outputFileFlag} from '../command/arguments.ts'
import {cleanLogLines} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {plainDialect} from './dialect.ts'
import type {Dialect} from './dialect.ts'
import {gitlabFunction} from './gitlab-function.ts'
import {gitlabScript} from './gitlab-script.ts'
import {StdoutClosed} from './host.ts'
import type {Host, Surroundings} from './host.ts'
import {createNarrative, explainFailure} from './narrative.ts'
import {createOutlet, isFile} from './outlet.ts'
import {prepareOutputFiles, writeOutputFiles} from './output-files.ts'
import {printedOutputs} from './printed.ts'
import {formsOf} from '../base/secret.ts'
import {inputSpelling} from './spelling.ts'
import {createRedactor} from './redact.ts'
import {terminal} from './terminal.ts'

/** Finds out where we run and speaks that host's dialect. Reads nothing and writes nothing yet. */
export async function detectHost(surroundings: Surroundings, date: () => Date = () => new Date()): Promise<Host> {
  const dialect = await dialectOf(surroundings, date)
  const plain = plainDialect(dialect.kind, dialect.paint)
  const {stdout} = surroundings
  const redactor = createRedactor()
  const outlet = createOutlet(surroundings, redactor)
  const narrative = createNarrative(dialect, outlet, redactor, dialect.kind === 'terminal' && canRedraw(surroundings))
  const {log} = narrative
  const respell = inputSpelling(dialect.kind, surroundings)
  const spelled = (error: unknown, text: string): string => (error instanceof ActionError ? respell(text) : text)
  return {
    kind: dialect.kind,
    log,
    mask(secrets) {
      const known = [...secrets].filter((secret) => secret !== undefined)
      redactor.add(known)
      outlet.command(dialect.maskCommands?.(known.flatMap(formsOf)) ?? '')
    },
    hideValues: (values) => redactor.addValues(values),
    setLevel: narrative.setLevel,
    narrateTo: outlet.narrateTo,
    print: outlet.print,
    // In a file nothing acts on a log, and the host's own commands around it would become part of it.
    printLog: (lines) => outlet.print((isFile(stdout) ? plain : dialect).foreign(cleanLogLines(lines))),
    async prepare(definitions, targets) {
      await prepareOutputFiles(surroundings, definitions, targets)
      const warnings = (await dialect.tryOutputs?.()) ?? []
      warnings.forEach((warning) => log.warn(warning))
    },
    takesOutputs: ({dotenv, json, annotations, gitlabEnv, field = [], format}) =>
      dialect.takesOutputs === true || field.length > 0 || [dotenv, json, annotations, gitlabEnv, format].some(Boolean),
    async outputs(definitions, values, targets, exitCode = 0) {
      const known = mapTexts(values, redactor.hide) as typeof values
      const warnings = [
        ...((await dialect.outputs?.(definitions, known)) ?? []),
        ...(await writeOutputFiles(surroundings, outlet.print, definitions, known, targets)),
      ]
      warnings.forEach((warning) => log.warn(warning))
      const printed = printedOutputs(definitions, known, targets, exitCode)
      if (printed !== undefined) await outlet.print(printed)
    },
    failed(error) {
      narrative.settle()
      if (!(error instanceof StdoutClosed)) log.error(spelled(error, explainFailure(error, narrative.debugging())))
    },
    async close() {
      narrative.settle()
      await dialect.flush?.()
    },
  }
}

async function dialectOf(surroundings: Surroundings, date: () => Date): Promise<Dialect> {
  const {argv, env, cwd, stdout} = surroundings
  const file = outputFileOf(argv)
  if (file !== undefined) return gitlabFunction(surroundings, path.resolve(cwd, file), date)
  if (env['GITHUB_ACTIONS'] === 'true') {
    // With GitHub's own package, which is read and run here alone.
    const {github} = await import(/* webpackMode: "eager" */ './github.ts')
    return github(surroundings)
  }
  // Not GITLAB_CI alone, which gitlab-ci-local sets to false. A person who exported the variables to try something out has a terminal.
  const inJob = env['GITLAB_CI'] === 'true' || Boolean(env['CI_JOB_ID'] ?? env['CI_API_V4_URL'])
  return inJob && stdout.isTTY !== true ? gitlabScript(surroundings, date) : terminal(surroundings)
}

/** Applies a change to every text in a value, however deep. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]))
}

function outputFileOf(argv: readonly string[]): string | undefined {
  const flag = `--${outputFileFlag}`
  const at = argv.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`))
  const file = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1)
  return file === '' ? undefined : file
}

function canRedraw({env}: Surroundings): boolean {
  return env['TERM'] !== 'dumb' && !env['CI']
}
