import path from 'node:path'
import type {ArchiveSource, ReadOptions} from '../artifacts/unpack/options.ts'
import {ActionError} from '../base/errors.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {artifactFile, artifacts, artifactsTree} from '../gitlab/api/endpoints.ts'
import type {FoundJob, ProjectKey, TreeEntry} from '../gitlab/api/types.ts'

/** How bodies are read: as the inputs for requests say. */
export function readingBy({limits}: GitLab): Pick<ReadOptions, 'attempts' | 'patienceMs'> {
  return {attempts: limits.attempts, patienceMs: limits.requestTimeoutMs}
}

/** Whose archive it is, as far as a later run needs to know to fetch the same. */
export interface ChosenArchive {
  readonly project: ProjectKey
  readonly job: number
  /** For people: the job's name. */
  readonly name: string
  /** When it was chosen. */
  readonly status: string | undefined
  readonly pipeline: number
  readonly ref: string
  /** The commit. */
  readonly sha: string
  /** Of the archive, as GitLab's job tells. */
  readonly bytes: number | undefined
}

/** The archive of a job, as its row in a list tells. */
export function chosenArchive({job, projectId, label}: FoundJob): ChosenArchive {
  return {
    project: projectId,
    job: job.id,
    name: label,
    status: job.status,
    pipeline: job.pipeline.id,
    ref: job.ref,
    sha: job.pipeline.sha,
    bytes: 'artifacts_file' in job ? job.artifacts_file?.size : undefined,
  }
}

/** How the routes of a job's artifacts are addressed. */
export function addressOf({job, projectId, unseenIn}: Pick<FoundJob, 'job' | 'projectId' | 'unseenIn'>): Address {
  return {project: unseenIn ?? projectId, job: job.id}
}

interface Address {
  readonly project: ProjectKey
  readonly job: number
}

/** A job's archive by its id, with the routes that let a part of it be read. */
export function sourceOf(found: FoundJob, gitlab: GitLab, more: Partial<ArchiveSource> = {}): ArchiveSource {
  return sourceOfArchive({...chosenArchive(found), ...addressOf(found)}, gitlab, more)
}

/** The same for an archive that was chosen before, by the numbers of a lock file for instance. */
export function sourceOfArchive(
  {project, job, name, bytes}: Address & Pick<ChosenArchive, 'name' | 'bytes'>,
  gitlab: GitLab,
  more: Partial<ArchiveSource> = {},
): ArchiveSource {
  const address = {project, job}
  return {
    name,
    open: gitlab.open(artifacts(address)),
    openEntry: (file) => gitlab.open(artifactFile({...address, path: file})),
    treeEntry: (file) => treeEntry(gitlab, address, file),
    knownBytes: bytes,
    ...more,
  }
}

/** In pages of 100 entries. Beyond, the archive itself tells for fewer requests. */
const mostPages = 10

/** One file's row of GitLab's tree; undefined where the tree cannot be asked, as before 18.8, or where its folder has thousands of others. */
export async function treeEntry(gitlab: GitLab, address: Address, file: string): Promise<TreeEntry | undefined> {
  const folder = path.posix.dirname(file)
  try {
    for await (const page of gitlab.pages(artifactsTree({...address, path: folder === '.' ? '' : folder}), {
      limit: mostPages,
    })) {
      const entry = page.find((row) => row.path === file)
      if (entry) return entry
    }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
  }
  return undefined
}
