import {randomBytes} from 'node:crypto'
import {appendFile, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {Outputs} from '../command/action.ts'
import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {spell} from '../base/names.ts'
import {annotationsReport} from './annotations.ts'
import {dotenvEntries, dotenvReport} from './dotenv.ts'
import type {Host, OutputTargets, Surroundings} from './host.ts'

type Values = Readonly<Record<string, unknown>>

/** Writes the files that the user asked for, each as a whole or not at all. Returns warnings. */
export async function writeOutputFiles(
  {cwd, env}: Pick<Surroundings, 'cwd' | 'env'>,
  print: Host['print'],
  definitions: Outputs,
  values: Values,
  {dotenv, json, annotations, gitlabEnv, outputPrefix}: OutputTargets,
): Promise<readonly string[]> {
  const warnings: string[] = []
  if (dotenv) {
    const file = path.resolve(cwd, dotenv)
    const existing = await readIfThere(file)
    const report = dotenvReport(definitions, values, {prefix: outputPrefix, existing})
    warnings.push(...report.warnings)
    await replaceFile(file, report.text)
  }
  if (gitlabEnv) {
    const lines = dotenvEntries(definitions, values, outputPrefix).entries.map(({key, value}) => `${key}=${value}\n`)
    const file = env['GITLAB_ENV']
    if (file) await appendFile(file, lines.join('')).catch(cannotWrite(file))
    else warnings.push('GITLAB_ENV is not set: this runner has no file for the variables of later steps.')
  }
  if (annotations) {
    const file = path.resolve(cwd, annotations)
    const report = annotationsReport(values, await readIfThere(file))
    if (report !== undefined) await replaceFile(file, report)
  }
  // Last: whoever reads standard output finds the files complete.
  if (json === '-') await print(jsonOf(definitions, values))
  else if (json) await replaceFile(path.resolve(cwd, json), jsonOf(definitions, values))
  return warnings
}

/** One object with GitLab's spelling of names. Unknown is null. */
export function jsonOf(definitions: Outputs, values: Values): string {
  const entries = Object.keys(definitions).map((name) => [spell.snake(name), values[name] ?? null] as const)
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    return cannotWrite(file)(error)
  }
}

/** Written beside and renamed: a job that is killed in between leaves the old file, never half a report. */
async function replaceFile(file: string, text: string): Promise<void> {
  const partial = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(path.dirname(file), {recursive: true})
    await writeFile(partial, text, {flag: 'wx'})
    await rename(partial, file)
  } catch (error) {
    await rm(partial, {force: true}).catch(() => undefined)
    cannotWrite(file)(error)
  }
}

function cannotWrite(file: string): (error: unknown) => never {
  return (cause) => {
    throw new ActionError('cannotWrite', `Writing the outputs to ${clean(file)} failed: ${codeOf(cause)}.`, {
      cause,
      hint: 'Check that the folder may be written to, that nothing else has this name, and that the disk is not full.',
    })
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no reason given'
}
