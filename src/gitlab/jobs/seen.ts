import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {isBridge, isFinal} from '../api/job-status.ts'
import type {Hole as AnyHole, FoundJob, PipelineRef} from '../api/types.ts'
import {calledProject, patternsOf} from './selection.ts'
import type {Selection} from './selection.ts'

/** One pipeline as a look has shown it, the newest attempt of each job. */
export interface SeenPipeline {
  readonly id: number
  /** Unknown while it has no jobs and nobody has told us more than its id. */
  readonly pipeline: PipelineRef | undefined
  readonly jobs: readonly FoundJob[]
  readonly triggerJobs: readonly FoundJob[]
  /** Labels of the trigger jobs that lead here, each with a slash behind; empty for the root. */
  readonly path: string
}

/** `jobs`: none of a pipeline's jobs; `trigger-jobs`: those of a pipeline; `depth`: what lies below the deepest pipeline read. */
export interface Hole extends AnyHole {
  readonly kind: 'jobs' | 'trigger-jobs' | 'depth'
  readonly pipelineId: number
}

/**
 * All that one look has shown. `holes` is what it has not: nobody may say "all" or "none" about a selection that `holesIn` finds one in.
 */
export interface Seen {
  readonly pipelines: readonly SeenPipeline[]
  readonly holes: readonly Hole[]
}

/** The newest attempt of each name within one pipeline, in the order of their first appearance. Pages that moved repeat jobs. */
export function newestAttempts(found: readonly FoundJob[]): readonly FoundJob[] {
  const ids = new Map<string, Set<number>>()
  const newest = new Map<string, FoundJob>()
  for (const attempt of found) {
    const {name, id} = attempt.job
    const seen = ids.get(name) ?? new Set()
    ids.set(name, seen.add(id))
    const other = newest.get(name)
    if (other === undefined || other.job.id < id) newest.set(name, attempt)
  }
  return [...newest].map(([name, attempt]) => ({...attempt, attempts: ids.get(name)?.size ?? 1}))
}

/** Every job and trigger job seen. */
export function jobsIn({pipelines}: Seen): readonly FoundJob[] {
  return pipelines.flatMap(({jobs, triggerJobs}) => [...jobs, ...triggerJobs])
}

/** Trigger jobs whose downstream pipeline is still to come. */
export function pendingIn({pipelines}: Seen): readonly FoundJob[] {
  return pipelines.flatMap(({triggerJobs}) =>
    triggerJobs.filter(({job}) => isBridge(job) && job.downstream_pipeline === null),
  )
}

/**
 * The holes in which something of this selection may lie. Names that were found in a pipeline are known whatever else there is, since they are
 * unique there, and one that was not found is missing already. Everything else (a pattern, a stage, a whole pipeline, a family) may have a part in
 * any hole.
 */
export function holesIn(seen: Seen, selection: Selection): readonly Hole[] {
  const {holes} = seen
  const {job = [], jobId = [], family} = selection
  const {included} = patternsOf(selection)
  if (family || job.length + jobId.length + included.length === 0) return holes
  const jobs = jobsIn(seen)
  const names = new Set(jobs.flatMap(({job: {name}, label}) => [name, label]))
  if (!included.every((pattern) => names.has(pattern) || isOfOneMatrix(pattern, jobs))) return holes
  const isFound = job.every((name) => names.has(name))
  return isFound && included.length === 0 ? [] : holes.filter(({kind}) => kind !== 'trigger-jobs')
}

/**
 * `test: [*` where jobs of that matrix are seen: GitLab gives such names to all that one definition stands for, which are jobs or trigger jobs, but
 * never both.
 */
function isOfOneMatrix(pattern: string, jobs: readonly FoundJob[]): boolean {
  const [start] = /^[^*?{}\\]+: \[/.exec(pattern) ?? []
  return (
    start !== undefined && jobs.some(({job}) => !isBridge(job) && job.name.startsWith(start) && job.name.endsWith(']'))
  )
}

/** GitLab answers an empty list where a pipeline may be seen and its jobs may not. A pipeline always has jobs, once it has been made. */
export function hiddenJobs(pipelineId: number, pipeline: PipelineRef | undefined, project: string | number): Hole {
  const mayAppear = pipeline === undefined || !isFinal(pipeline.status)
  const status = pipeline === undefined ? '' : `, which is ${clean(pipeline.status, 30)}`
  return {
    kind: 'jobs',
    pipelineId,
    what: `the jobs of pipeline ${pipelineId}`,
    mayAppear,
    error: new ActionError(
      'refused',
      `None of the jobs of pipeline ${pipelineId} of ${calledProject(project)}${status}, can be seen: GitLab answers with an empty list, and a pipeline always has jobs.`,
      {
        hint:
          'Whoever may see the pipeline may not see its jobs: in the project, turn on Settings > CI/CD > General pipelines > Public pipelines ' +
          '(Project-based pipeline visibility) and open CI/CD to everyone with access, or set GITLAB_TOKEN to a token of a member.',
      },
    ),
  }
}

/** The trigger jobs of a pipeline, where the credential may not list them. `cause` is the refusal. Who asks for a family cannot do without. */
export function hiddenTriggerJobs(pipelineId: number, cause: ActionError, isFamily: boolean): Hole {
  const wayOut = isFamily
    ? 'Without them the pipelines below are not known: leave --family out and name each with --pipeline-id.'
    : 'Name the jobs with --job, or leave trigger jobs out with --trigger-jobs ignore.'
  return {
    kind: 'trigger-jobs',
    pipelineId,
    what: `the trigger jobs of pipeline ${pipelineId}`,
    mayAppear: false,
    error: new ActionError(
      'refused',
      `The trigger jobs of pipeline ${pipelineId} cannot be seen, so what was asked for may not be all that is here: ${cause.message}`,
      {
        cause,
        status: cause.status,
        hint: `${wayOut} To see them: ${cause.hint ?? 'set GITLAB_TOKEN to an access token.'}`,
      },
    ),
  }
}

/** Where the walk through a family has ended by our own bound. */
export function belowDepth(pipelineId: number, label: string, levels: number): Hole {
  return {
    kind: 'depth',
    pipelineId,
    what: `what lies below ${clean(label, 100)}`,
    mayAppear: false,
    error: new ActionError(
      'refused',
      `Pipeline ${pipelineId}, started by the trigger job "${clean(label, 200)}", lies more than ${levels} levels deep: families are not read further, so what happens there is not known.`,
      {hint: 'Look at that pipeline by itself, with --pipeline-id and --project.'},
    ),
  }
}
