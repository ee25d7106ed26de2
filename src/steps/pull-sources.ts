import {readFile} from 'node:fs/promises'
import path from 'node:path'
import type {Context} from '../command/action.ts'
import {usageError} from '../command/fields.ts'
import {readSources, type SourceRow} from '../command/sources.ts'
import type {ArchiveSource} from '../artifacts/unpack/options.ts'
import {eachOrNone} from '../artifacts/unpack/queue.ts'
import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {chosenArchive, sourceOfArchive, type ChosenArchive} from './archive-source.ts'
import {findByRef} from './by-ref.ts'

export interface SourceInputs {
  readonly source: readonly SourceRow[]
  /** A YAML file of sources. */
  readonly sources: string | undefined
}

type Finding = Pick<Context<unknown>, 'gitlab' | 'own' | 'log' | 'clock' | 'signal' | 'cwd' | 'resultFiles'>

/** One archive to be pulled. */
export interface Choice {
  /** Undefined where GitLab chose the job and did not say which. */
  readonly archive: ChosenArchive | undefined
  /** Of the job, where that is all that is known of it. */
  readonly id?: number | undefined
  /** For people. */
  readonly name: string
  readonly source: ArchiveSource
}

/** The sources of the flags and of the file, in this order. Throws usage with every problem of the file. */
export async function readRows({source, sources: file}: SourceInputs, cwd: string): Promise<readonly SourceRow[]> {
  if (file === undefined) return source
  const {sources, problems} = await readFileOf(path.resolve(cwd, file))
  if (problems.length > 0)
    throw usageError(
      'download-artifacts',
      problems.map((problem) => `${clean(file, 200)}: ${clean(problem, 300)}`),
    )
  return [...source, ...sources]
}

async function readFileOf(file: string): Promise<ReturnType<typeof readSources>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    return {sources: [], problems: [`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`]}
  }
  try {
    // Most runs read no such file.
    const {parseYaml} = await import(/* webpackMode: "eager" */ '../base/yaml.ts')
    return readSources(parseYaml(text))
  } catch (error) {
    return {sources: [], problems: [`is not YAML: ${error instanceof Error ? error.message : String(error)}`]}
  }
}

/**
 * Finds the archive of each source, several at once; undefined for an optional one that is not there. `isNamed`: each job must be known, which
 * GitLab's own choice does not tell.
 */
export function chooseSources(
  context: Finding,
  rows: readonly SourceRow[],
  {isNamed, parallel}: {readonly isNamed: boolean; readonly parallel: number},
): Promise<readonly (Choice | undefined)[]> {
  return eachOrNone(rows, {width: parallel, signal: context.signal}, (row, signal) =>
    chooseSource({...context, signal}, row, isNamed || row.refs.length > 1 || row.optional),
  )
}

async function chooseSource(context: Finding, row: SourceRow, isNamed: boolean): Promise<Choice | undefined> {
  const project = projectOf(context, row)
  const failures: ActionError[] = []
  for (const ref of row.refs) {
    try {
      const inputs = {...row, project, ref, expectSha: undefined, wait: undefined, sha256: undefined, isNamed}
      const {source, found} = await findByRef(context, inputs)
      if (row.refs.length > 1) context.log.info(`"${clean(row.job, 100)}" is taken from ${clean(ref, 100)}.`)
      const archive = found && chosenArchive(found)
      const own = archive ? sourceOfArchive(archive, context.gitlab) : source
      return {archive, name: row.job, source: {...own, ...placeOf(row)}}
    } catch (error) {
      if (!(error instanceof ActionError) || error.kind !== 'notFound') throw error
      failures.push(error)
    }
  }
  const [first] = failures
  if (!first) throw new Error('a source without a ref')
  if (!row.optional) throw first
  context.log.info(`${first.message} It is optional: going on without.`)
  return undefined
}

/** What of an archive goes where. */
export function placeOf({files, strip, into}: SourceRow): Pick<ArchiveSource, 'selection' | 'into'> {
  return {...(files.length > 0 || strip > 0 ? {selection: {files, strip}} : {}), into}
}

/** The project of a source; by default that of the command, or of our job. Throws usage if there is none. */
export function projectOf({gitlab, own}: Pick<Finding, 'gitlab' | 'own'>, {project}: SourceRow): string {
  const found = project ?? gitlab.project ?? own.projectPath
  if (found === undefined)
    throw new ActionError('usage', 'download-artifacts: a source names no project.', {
      hint: 'Write project@ref:job, or give --project.',
    })
  return found
}
