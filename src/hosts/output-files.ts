import {stat} from 'node:fs/promises'
import path from 'node:path'
import type {Outputs} from '../command/action.ts'
import {clean} from '../base/clean.ts'
import {ActionError, errorCode} from '../base/errors.ts'
import {spell} from '../base/names.ts'
import {annotationsReport, withoutOurLinks} from './annotations.ts'
import {dotenvEntries, dotenvReport, withoutKeys} from './dotenv.ts'
import type {Host, OutputTargets, Surroundings} from './host.ts'
import {appendTo, changeFile, tryAppending, tryFile} from './report-file.ts'

type Values = Readonly<Record<string, unknown>>
type Files = Pick<Surroundings, 'cwd' | 'env'>

/** Whether a path names standard output. */
export function isStandardOutput(file: string | undefined): boolean {
  return file === '-' || /^\/(?:dev\/(?:stdout|fd\/1)|proc\/self\/fd\/1)$/.test(file ?? '')
}

/**
 * Takes out of the files asked for what an earlier run has left there, so that whatever happens from now on nobody takes it for ours; and
 * tries whether they can be written, while nothing has been changed yet.
 */
export async function prepareOutputFiles(
  {cwd, env}: Files,
  definitions: Outputs,
  {dotenv, json, annotations, gitlabEnv, outputPrefix}: OutputTargets,
): Promise<void> {
  const prepare = async (named: string | undefined, clear: (existing: string) => string | undefined): Promise<void> => {
    if (!named || isStandardOutput(named)) return
    const file = path.resolve(cwd, named)
    await reporting(file, async () => {
      await tryFile(file)
      if (await hasText(file)) await changeFile(file, clear)
    })
  }
  await prepare(dotenv, (existing) => withoutKeys(existing, definitions, outputPrefix))
  await prepare(json, () => jsonOf(definitions, {}))
  await prepare(annotations, withoutOurLinks)
  const file = env['GITLAB_ENV']
  if (gitlabEnv && file) await reporting(file, () => tryAppending(file))
}

/** Writes the files that the user asked for, each as a whole or not at all. Returns warnings. */
export async function writeOutputFiles(
  {cwd, env}: Files,
  print: Host['print'],
  definitions: Outputs,
  values: Values,
  {dotenv, json, annotations, gitlabEnv, outputPrefix, dotenvOutputs}: OutputTargets,
): Promise<readonly string[]> {
  const warnings: string[] = []
  const change = async (named: string, make: (existing: string) => string | undefined): Promise<void> => {
    if (isStandardOutput(named)) return print(make('') ?? '')
    const file = path.resolve(cwd, named)
    await reporting(file, () => changeFile(file, make))
  }
  if (dotenv) {
    await change(dotenv, (existing) => {
      const report = dotenvReport(definitions, values, {prefix: outputPrefix, existing, chosen: dotenvOutputs})
      warnings.push(...report.warnings)
      return report.text
    })
  }
  if (gitlabEnv) {
    const lines = dotenvEntries(definitions, values, outputPrefix, dotenvOutputs).entries.map(
      ({key, value}) => `${key}=${value}\n`,
    )
    const file = env['GITLAB_ENV']
    if (file) await reporting(file, () => appendTo(file, lines.join('')))
    else warnings.push('GITLAB_ENV is not set: this runner has no file for the variables of later steps.')
  }
  if (annotations) {
    await change(annotations, (existing) => {
      const report = annotationsReport(values, existing)
      warnings.push(...(report?.warnings ?? []))
      return report?.text
    })
  }
  // Last: whoever reads standard output finds the files complete.
  if (json) await change(json, () => jsonOf(definitions, values))
  return warnings
}

/** One object with GitLab's spelling of names. Unknown is null. */
function jsonOf(definitions: Outputs, values: Values): string {
  const entries = Object.keys(definitions).map((name) => [spell.snake(name), values[name] ?? null] as const)
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`
}

async function hasText(file: string): Promise<boolean> {
  const about = await stat(file).catch(() => undefined)
  return about?.isFile() === true && about.size > 0
}

async function reporting<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw cannotWrite(file, cause)
  }
}

/** The error for a place where outputs could not be written. */
export function cannotWrite(file: string, cause: unknown): ActionError {
  return new ActionError('cannotWrite', `Writing the outputs to ${clean(file)} failed: ${errorCode(cause)}.`, {
    cause,
    hint: 'Check that the folder may be written to, that nothing else has this name, and that the disk is not full.',
  })
}
