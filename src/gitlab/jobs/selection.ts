import {clean} from '../../base/clean.ts'
import type {CallOptions} from '../http/client.ts'
import type {PipelineRef} from '../api/types.ts'

/**
 * Which pipeline of a ref, a commit or a merge request: the newest; the newest that has passed as a whole; the newest passed one that has the jobs; the
 * newest in which the jobs have succeeded; the newest that has the jobs, whatever became of them.
 */
type Strategy = 'newest' | 'latest-pipeline' | 'recent-successful' | 'latest-job' | 'any-status'

/** Which jobs: the values of the job selector's inputs. All that is given must fit; names, patterns and ids add up. */
export interface Selection {
  /** Id or full path; the client's own project if not said. */
  readonly project?: string | undefined
  /** Exact names, or labels as they are printed (`child/package`). */
  readonly job?: readonly string[] | undefined
  /** Patterns; those that begin with `!` take jobs out. */
  readonly jobMatch?: readonly string[] | undefined
  readonly jobId?: readonly number[] | undefined
  readonly stage?: readonly string[] | undefined
  readonly status?: readonly string[] | undefined
  readonly pipelineId?: number | undefined
  /** Branches or tags, the preferred one first: the first that has the jobs counts. */
  readonly ref?: readonly string[] | string | undefined
  readonly sha?: string | undefined
  readonly mergeRequest?: number | undefined
  /** Only pipelines of this source, such as `schedule`. */
  readonly pipelineSource?: string | undefined
  readonly strategy?: Strategy | undefined
  readonly upstream?: boolean | undefined
  readonly family?: boolean | undefined
  /** A name, pattern or stage may fit nothing. */
  readonly allowUnmatched?: boolean | undefined
  /** `ignore`: trigger jobs are not looked at, unless asked for by name. */
  readonly triggerJobs?: 'include' | 'ignore' | undefined
}

/** A project as a sentence calls it: of a bare number nobody knows what it is of. */
export function calledProject(project: string | number): string {
  return /^\d+$/.test(String(project)) ? `project ${project}` : clean(String(project), 200)
}

/** The refs of a selection, the preferred one first. */
export function refsOf({ref}: Pick<Selection, 'ref'>): readonly string[] {
  return ref === undefined ? [] : typeof ref === 'string' ? [ref] : ref
}

/** Whether the selection means the newest pipeline of something, so that another one may come into it. */
export function isByPlace(selection: Selection): boolean {
  return refsOf(selection).length > 0 || selection.sha !== undefined || selection.mergeRequest !== undefined
}

/** Patterns that choose, and those that take out, each without its `!`. */
export function patternsOf({jobMatch = []}: Pick<Selection, 'jobMatch'>): {
  readonly included: readonly string[]
  readonly excluded: readonly string[]
} {
  return {
    included: jobMatch.filter((pattern) => !pattern.startsWith('!')),
    excluded: jobMatch.flatMap((pattern) => (pattern.startsWith('!') ? [pattern.slice(1)] : [])),
  }
}

/** Only names and ids are given: nothing that is not named can be meant, seen or not. */
export function isExact({job = [], jobId = [], jobMatch = []}: Selection): boolean {
  return job.length + jobId.length > 0 && patternsOf({jobMatch}).included.length === 0
}

/** What is known of the job we run in, as far as it tells where to look. */
export interface OwnPlace {
  readonly id?: number | undefined
  readonly pipelineId?: number | undefined
  readonly projectId?: number | undefined
  readonly projectPath?: string | undefined
  readonly upstreamPipelineId?: number | undefined
  readonly upstreamProjectId?: number | undefined
}

export interface LookOptions extends Pick<CallOptions, 'signal' | 'attempts' | 'budgetMs'> {
  /**
   * Pipelines of the looks before, for those who look again and again: a look stays with the first of them instead of choosing one
   * anew, and its tries are told in debug lines alone.
   */
  readonly pipelines?: readonly PipelineRef[] | undefined
  /** Ask for retried jobs too, so that `attempts` counts them. */
  readonly countAttempts?: boolean | undefined
  /** A job chosen by id stands for its name: give the newest attempt instead of that very one. */
  readonly followRetries?: boolean | undefined
  /** Trigger jobs can be of no use to this command, so they are looked at only where a name asks for one. */
  readonly jobsOnly?: boolean | undefined
}

/** How the requests of a look are made. */
export function callOf({signal, attempts, budgetMs, pipelines}: LookOptions): CallOptions {
  return {signal, attempts, budgetMs, again: true, quiet: pipelines !== undefined}
}
