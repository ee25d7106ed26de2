import {readFileSync} from 'node:fs'
import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {projectOf} from '../gitlab/api/addresses.ts'
import type {ChosenArchive} from './archive-source.ts'

/** One archive that was pulled, for later runs to fetch exactly that. */
export interface LockedArchive extends Omit<ChosenArchive, 'bytes' | 'status'> {
  /** In hex, of the archive, and its size. */
  readonly sha256: string
  readonly bytes: number
}

/** What a run has chosen. */
export interface Lock {
  /** Root of the API. */
  readonly api: string
  /** What was asked for: a lock serves the same request alone. */
  readonly request: unknown
  /** In the order of the request; null for an optional source that was not there. */
  readonly archives: readonly (LockedArchive | null)[]
}

const version = 1

/** The lock as it stands in its file. */
export function lockText(lock: Lock): string {
  return `${JSON.stringify({version, ...lock}, null, 2)}\n`
}

/** Reads the lock of the same request. Throws usage if there is none, if it is broken, or if it was made for something else. */
export function readLock(file: string, api: string, request: unknown): Lock {
  const refuse = (why: string, hint: string): ActionError =>
    new ActionError('usage', `The lock file ${clean(file, 200)} ${why}.`, {hint: `${hint} Nothing was changed.`})
  let lock: unknown
  try {
    lock = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    throw refuse(
      code === undefined ? 'is not JSON' : `cannot be read (${code})`,
      'Run once without --locked to write it, and commit it.',
    )
  }
  if (!isLock(lock)) throw refuse('is not one of this command', 'Run once without --locked to write it anew.')
  if (lock.api !== api)
    throw refuse(`was made for ${clean(lock.api, 200)}`, 'Run once without --locked for this server.')
  if (JSON.stringify(lock.request) !== JSON.stringify(request))
    throw refuse('was made for other jobs than are asked for now', 'Run once without --locked to choose anew.')
  return lock
}

function isLock(value: unknown): value is Lock {
  if (typeof value !== 'object' || value === null) return false
  const {version: found, api, archives} = value as Record<string, unknown>
  return found === version && typeof api === 'string' && Array.isArray(archives) && archives.every(isLocked)
}

function isLocked(value: unknown): boolean {
  if (value === null) return true
  if (typeof value !== 'object') return false
  const {project, job, name, pipeline, ref, sha, sha256, bytes} = value as Record<string, unknown>
  return (
    [job, pipeline, bytes].every((number) => Number.isSafeInteger(number)) &&
    // Before GitLab 13.10 a project may be known by its path alone.
    (Number.isSafeInteger(project) || (typeof project === 'string' && projectOf(project) === project)) &&
    [name, ref, sha].every((text) => typeof text === 'string') &&
    /^[0-9a-f]{64}$/.test(String(sha256))
  )
}
