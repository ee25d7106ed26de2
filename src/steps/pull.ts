import path from 'node:path'
import type {Context, OutputValues} from '../command/action.ts'
import {targetOf, type ArtifactInputs, type artifactOutputs} from '../command/artifact-inputs.ts'
import {checkDestination} from '../artifacts/publish/destination.ts'
import type {ArchiveSource, SourceResult, UnpackOptions} from '../artifacts/unpack/options.ts'
import {ActionError} from '../base/errors.ts'
import {sizeOf} from '../base/size.ts'
import {readingBy} from './archive-source.ts'
import {withinJob} from '../command/job-time.ts'
import {createProgress} from './progress.ts'

type Pulling = Pick<
  Context<unknown>,
  'gitlab' | 'own' | 'log' | 'clock' | 'signal' | 'cwd' | 'resultFiles' | 'areOutputsRead'
>
export type Pulled = OutputValues<typeof artifactOutputs>

/** What to do when there is nothing to pull: nothing that was there is touched. */
export const nothingPulled: Pulled = {
  found: false,
  path: undefined,
  archive: undefined,
  files: 0,
  bytes: 0,
  sha256: undefined,
}

type Target = Pick<ArtifactInputs, 'path' | 'archive' | 'unpack' | 'overwrite' | 'replaceRepository'>

/** Throws if nothing could be written where the inputs say: before there is any waiting or fetching. */
export function checkTarget({cwd}: Pick<Context<unknown>, 'cwd'>, target: Target): void {
  const {path: place, kind} = targetOf(target)
  checkDestination(path.resolve(cwd, place), {
    kind,
    replaces: target.overwrite === 'replace',
    replacesRepository: target.replaceRepository,
  })
}

/** Fetches one archive and unpacks, keeps or repacks it, as the inputs say. All or nothing. */
export async function pull(context: Pulling, source: ArchiveSource, inputs: ArtifactInputs): Promise<Pulled> {
  const {results: _, ...pulled} = await pullAll(context, [source], inputs)
  return pulled
}

/** The same for several archives as one tree or zip, with what came of each. */
export async function pullAll(
  context: Pulling,
  sources: readonly ArchiveSource[],
  inputs: ArtifactInputs,
  more: Pick<UnpackOptions, 'clashes' | 'parallel'> = {},
): Promise<Pulled & {readonly results: readonly SourceResult[]}> {
  const {log, clock} = context
  const what = sources.length === 1 ? (sources[0]?.name ?? 'artifacts') : `${sources.length} archives`
  const progress = createProgress(log, clock, what)
  const options = {...unpackOptions(context, inputs), ...more, progress: progress.update}
  try {
    const {results, kept, ...pulled} = await withinJob(context, (signal) =>
      fetchBy(context, sources, inputs, {...options, signal}),
    )
    progress.end()
    const {files, bytes, path: folder, archive} = pulled
    if (kept > 0)
      log.info(
        `${kept} ${kept === 1 ? 'file was' : 'files were'} there already, and left as ${kept === 1 ? 'it was' : 'they were'}.`,
      )
    if (files === 0 && kept === 0)
      log.warn(`There are 0 files in ${archive ?? folder}: the archive holds none to take.`)
    else log.info(`${files} ${files === 1 ? 'file' : 'files'}, ${sizeOf(bytes)}, in ${archive ?? folder}.`)
    for (const {fetchedBytes, requests, way} of results)
      log.debug(`Fetched ${sizeOf(fetchedBytes)} in ${requests} requests (${way}).`)
    return {...pulled, results, found: true, sha256: results.length === 1 ? results[0]?.sha256 : undefined}
  } finally {
    progress.end()
  }
}

type Fetched = Omit<Pulled, 'found' | 'sha256'> & {
  readonly files: number
  readonly bytes: number
  readonly results: readonly SourceResult[]
  /** Files that were there already and stay as they were. */
  readonly kept: number
}

async function fetchBy(
  {cwd}: Pulling,
  sources: readonly ArchiveSource[],
  inputs: ArtifactInputs,
  options: UnpackOptions,
): Promise<Fetched> {
  const destination = path.resolve(cwd, targetOf(inputs).path)
  if (inputs.archive !== undefined) {
    const {repackArchives} = await import(/* webpackMode: "eager" */ '../artifacts/repack-archives.ts')
    const {path: archive, files, bytes, results} = await repackArchives({...options, sources, destination})
    return {path: undefined, archive, files, bytes, results, kept: 0}
  }
  if (inputs.unpack) {
    const {fetchMany} = await import(/* webpackMode: "eager" */ '../artifacts/fetch.ts')
    const {path: unpacked, files, bytes, results, kept} = await fetchMany({...options, sources, destination})
    return {path: unpacked, archive: undefined, files, bytes, results, kept}
  }
  const [source] = sources
  if (!source || sources.length > 1)
    throw new ActionError('usage', 'Only one archive can be kept as it is: use --archive to make one zip of several.')
  const {keepArchive} = await import(/* webpackMode: "eager" */ '../artifacts/keep-archive.ts')
  const kept = await keepArchive({...options, ...source, destination})
  return {
    path: path.resolve(cwd, inputs.path),
    archive: kept.path,
    files: kept.files,
    bytes: kept.bytes,
    results: [kept],
    kept: kept.isSkipped ? 1 : 0,
  }
}

function unpackOptions(
  {gitlab, log, clock, signal, resultFiles, areOutputsRead}: Pulling,
  inputs: ArtifactInputs,
): UnpackOptions {
  const {
    files,
    strip,
    symlinks,
    jobs,
    overwrite,
    maxBytes,
    maxFileBytes,
    maxFiles,
    maxRatio = Infinity,
    maxDepth,
    allowUnmatched,
    replaceRepository,
    allowPrefix,
    allowCollisions,
    allowBackslash,
  } = inputs
  return {
    selection: {files, strip, allowUnmatched},
    replaceRepository,
    symlinks,
    jobs,
    overwrite,
    taken: resultFiles,
    rules: {maxBytes, maxFileBytes, maxFiles, maxRatio, maxDepth, allowPrefix, allowCollisions, allowBackslash},
    ...readingBy(gitlab),
    needsSha256: areOutputsRead,
    clock,
    signal,
    warn: (text) => log.warn(text),
    tell: (text) => log.info(text),
  }
}
