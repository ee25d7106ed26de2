import path from 'node:path'
import type {ArchiveSource, ReadOptions} from '../artifacts/unpack/options.ts'
import {ActionError} from '../base/errors.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {artifactFile, artifacts, artifactsTree} from '../gitlab/api/endpoints.ts'
import type {FoundJob, TreeEntry} from '../gitlab/api/types.ts'

/** How bodies are read: as the inputs for requests say. */
export function readingBy({limits}: GitLab): Pick<ReadOptions, 'attempts' | 'patienceMs'> {
  return {attempts: limits.attempts, patienceMs: limits.requestTimeoutMs}
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
    treeEntry: (file) => treeEntry(gitlab, {projectId, job}, file),
    knownBytes: 'artifacts_file' in job ? job.artifacts_file?.size : undefined,
    ...more,
  }
}

/** One file's row of GitLab's tree; undefined where the tree cannot be asked, as before 18.8. */
export async function treeEntry(
  gitlab: GitLab,
  {projectId, job}: Pick<FoundJob, 'projectId' | 'job'>,
  file: string,
): Promise<TreeEntry | undefined> {
  const folder = path.posix.dirname(file)
  try {
    for await (const page of gitlab.pages(
      artifactsTree({project: projectId, job: job.id, path: folder === '.' ? '' : folder}),
    )) {
      const entry = page.find((one) => one.path === file)
      if (entry) return entry
    }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
  }
  return undefined
}
