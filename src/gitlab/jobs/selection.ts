import type {CallOptions} from '../http/client.ts'
import type {PipelineRef} from '../api/types.ts'

/** Which jobs: the values of the job selector's inputs. All that is given must fit; names, patterns and ids add up. */
export interface Selection {
  /** Id or full path; the client's own project if not said. */
  readonly project?: string | undefined
  readonly job?: readonly string[] | undefined
  readonly jobMatch?: readonly string[] | undefined
  readonly jobId?: readonly number[] | undefined
  readonly stage?: readonly string[] | undefined
  readonly status?: readonly string[] | undefined
  readonly pipelineId?: number | undefined
  readonly ref?: string | undefined
  readonly sha?: string | undefined
  readonly mergeRequest?: number | undefined
  readonly upstream?: boolean | undefined
  readonly family?: boolean | undefined
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
}

/** How the requests of a look are made. */
export function callOf({signal, attempts, budgetMs, pipelines}: LookOptions): CallOptions {
  return {signal, attempts, budgetMs, again: true, quiet: pipelines !== undefined}
}
