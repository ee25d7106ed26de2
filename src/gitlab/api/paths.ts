import {ActionError} from '../../base/errors.ts'
import type {ProjectKey} from './types.ts'

/** A project's id or full path, as `--project` takes it. */
export interface InProject {
  readonly project: ProjectKey
}
export interface OfJob extends InProject {
  readonly job: number
}
export interface OfPipeline extends InProject {
  readonly pipeline: number
}
export interface ByRef extends InProject {
  readonly ref: string
  /** The job's name. */
  readonly job: string
  /** Look through up to 100 recent successful pipelines of the ref (GitLab 18.10). */
  readonly searchRecent?: boolean | undefined
}

/** What is surely an id. */
export function idOf(project: ProjectKey | undefined): number | undefined {
  return typeof project === 'number' ? project : undefined
}

/** The path of a project, by its id or its full path in one segment. */
export function project({project}: InProject): string {
  return `/projects/${segment(String(project), 'project')}`
}

export function jobPath(target: OfJob): string {
  return `${project(target)}/jobs/${wholeId(target.job, 'job')}`
}

export function pipelinePath(target: OfPipeline): string {
  return `${project(target)}/pipelines/${wholeId(target.pipeline, 'pipeline')}`
}

/** The path of the archives of a ref. A slash in its name is a part of the segment. */
export function refPath(target: ByRef): string {
  return `${project(target)}/jobs/artifacts/${segment(target.ref, 'ref')}`
}

/** The path of a file inside an archive, each part encoded by itself. */
export function filePath(path: string): string {
  return path
    .split('/')
    .map((part) => segment(part, 'artifact path'))
    .join('/')
}

/** One path segment, encoded once. URL parsers eat `.` and `..`, which would ask for something else. */
export function segment(given: string, what: string): string {
  if (given === '' || given === '.' || given === '..') {
    throw new ActionError('usage', `The ${what} has an empty, "." or ".." part, which no URL can carry.`)
  }
  return encodeURIComponent(wellFormed(given, what))
}

/** The text itself; throws usage for what no URL can carry. */
export function wellFormed(given: string, what: string): string {
  if (/\p{Surrogate}|\0/u.test(given)) {
    throw new ActionError('usage', `The ${what} holds half a character or a NUL, which no URL can carry.`)
  }
  return given
}

function wholeId(given: number, what: string): string {
  if (Number.isSafeInteger(given) && given > 0) return String(given)
  throw new ActionError('usage', `The ${what} id must be a positive whole number.`)
}
