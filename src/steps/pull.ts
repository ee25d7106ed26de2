import path from 'node:path'
import type {Context, OutputValues} from '../action.ts'
import type {ArtifactInputs, artifactOutputs} from '../artifact-inputs.ts'
import {fetchMany} from '../artifacts/fetch.ts'
import type {ArchiveSource, UnpackOptions} from '../artifacts/options.ts'
import type {GitLab} from '../gitlab/client.ts'
import {artifactFile, artifacts, artifactsTree} from '../gitlab/endpoints.ts'
import type {FoundJob, TreeEntry} from '../gitlab/types.ts'
import {ActionError} from '../errors.ts'
import {sizeOf} from '../size.ts'
import {createProgress} from './progress.ts'

type Pulling = Pick<Context<unknown>, 'gitlab' | 'log' | 'clock' | 'signal' | 'cwd'>
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

/** A job's archive by its id, with the routes that let a part of it be read. */
export function sourceOf(
  {job, projectId, label}: FoundJob,
  gitlab: GitLab,
  more: Partial<ArchiveSource> = {},
): ArchiveSource {
  const of = {project: projectId, job: job.id}
  return {
    name: label,
    open: gitlab.open(artifacts(of)),
    openEntry: (file) => gitlab.open(artifactFile({...of, path: file})),
    treeEntry: (file) => treeEntry(gitlab, of, file),
    knownBytes: 'artifacts_file' in job ? job.artifacts_file?.size : undefined,
    ...more,
  }
}

/** Fetches archives and unpacks, keeps or repacks them, as the inputs say. All or nothing. */
export async function pull(
  context: Pulling,
  sources: readonly ArchiveSource[],
  inputs: ArtifactInputs,
): Promise<Pulled> {
  const {log, cwd} = context
  const progress = createProgress(
    log,
    context.clock,
    sources.length === 1 ? (sources[0]?.name ?? 'artifacts') : `${sources.length} archives`,
  )
  const destination = path.resolve(cwd, inputs.path)
  try {
    const {files, bytes, results} = await fetchMany({
      ...unpackOptions(context, inputs),
      sources,
      destination,
      progress: progress.update,
    })
    const [only] = results
    const sha256 = results.length === 1 ? only?.sha256 : undefined
    progress.end()
    log.info(`${files} files, ${sizeOf(bytes)}, in ${destination}.`)
    for (const {fetchedBytes, requests, way} of results)
      log.debug(`Fetched ${sizeOf(fetchedBytes)} in ${requests} requests (${way}).`)
    return {found: true, path: destination, archive: undefined, files, bytes, sha256}
  } finally {
    progress.end()
  }
}

function unpackOptions({log, clock, signal}: Pulling, inputs: ArtifactInputs): UnpackOptions {
  const {
    files,
    strip,
    symlinks,
    jobs,
    overwrite,
    maxBytes,
    maxFileBytes,
    maxFiles,
    maxRatio,
    allowPrefix,
    allowCollisions,
    allowBackslash,
  } = inputs
  return {
    selection: {files, strip},
    symlinks,
    jobs,
    overwrite,
    rules: {maxBytes, maxFileBytes, maxFiles, maxRatio, allowPrefix, allowCollisions, allowBackslash},
    clock,
    signal,
    warn: (text) => log.warn(text),
  }
}

/** One file's row of GitLab's tree; undefined where the tree cannot be asked, as before 18.8. */
async function treeEntry(
  gitlab: GitLab,
  of: {readonly project: number; readonly job: number},
  file: string,
): Promise<TreeEntry | undefined> {
  const folder = path.posix.dirname(file)
  try {
    for await (const page of gitlab.pages(artifactsTree({...of, path: folder === '.' ? '' : folder}))) {
      const entry = page.find((one) => one.path === file)
      if (entry) return entry
    }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
  }
  return undefined
}
