import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {projectJobs} from '../gitlab/api/endpoints.ts'
import {ambiguous, wantedRef} from '../gitlab/jobs/refs.ts'
import type {FoundJob, Job} from '../gitlab/api/types.ts'

export interface Wanted {
  readonly project: string
  readonly ref: string
  readonly job: string
}

/**
 * Which of a ref's jobs counts: that of the newest passed pipeline; the newest of a passed pipeline that has it; the newest good one; or the newest
 * of any status. All need an archive.
 */
export type Strategy = 'latest-pipeline' | 'recent-successful' | 'latest-job' | 'any-status'

/** Pages looked through. */
const mostPages = 50
const jobsPerPage = 100
const mostPipelines = 100

/**
 * Looks through the project's jobs, newest first, for the one whose archive a strategy means; undefined if there is none. This works with a job token
 * since GitLab 18.0, where the pipelines themselves cannot be listed.
 */
export async function findArchive(gitlab: GitLab, wanted: Wanted, strategy: Strategy): Promise<FoundJob | undefined> {
  const statuses = strategy === 'latest-job' ? ['success'] : []
  const passed = new Set<number>()
  const kinds = new Set<boolean>()
  let best: Job | undefined
  let pages = 0
  // GitLab filters by a ref since 19.0; older servers ignore it.
  const {ref} = wantedRef(wanted.ref)
  for await (const page of gitlab.pages(projectJobs({project: wanted.project, statuses, ref}))) {
    const hadBest = best !== undefined
    for (const job of page) {
      if (!isOfRef(job, wanted)) continue
      kinds.add(job.tag)
      // A child pipeline passes beside its parent, not after it.
      if (job.pipeline.status === 'success' && job.pipeline.source !== 'parent_pipeline') passed.add(job.pipeline.id)
      if (isCandidate(job, wanted, strategy) && isBetter(job, best, strategy)) best = job
    }
    if (kinds.size > 1) throw ambiguous({project: wanted.project, given: wanted.ref})
    // A retried job of an older pipeline has a newer id, so one more page is read before the newest pipeline is believed.
    const isSettled = best !== undefined && (!isOfPassed(strategy) || hadBest)
    if (isSettled || passed.size > mostPipelines) break
    if (++pages >= mostPages && best === undefined && page.length > 0) throw notReadFurther(wanted)
  }
  if (best && strategy === 'latest-pipeline' && Math.max(...passed) > best.pipeline.id) return undefined
  return best && {job: best, projectId: best.pipeline.project_id, attempts: 1, label: best.name}
}

/** A bound that is reached is an end of knowledge, and not the absence of what was looked for. */
function notReadFurther({project, ref, job}: Wanted): ActionError {
  const text = `No archive of job "${clean(job, 100)}" of ${clean(ref, 100)} is among the newest ${mostPages * jobsPerPage} jobs of ${clean(project, 200)}, and older ones are not read: whether there is one is not known.`
  return new ActionError('refused', text, {hint: 'Name the job by its id with --job-id, as in download-artifacts.'})
}

/** `refs/heads/v2` and `refs/tags/v2` are told apart by the job, whose ref is `v2` for both. */
export function isOfRef({ref, tag}: Job, wanted: Pick<Wanted, 'ref'>): boolean {
  const meant = wantedRef(wanted.ref)
  return ref === meant.ref && (meant.isTag === undefined || tag === meant.isTag)
}

function isCandidate(job: Job, {job: name}: Wanted, strategy: Strategy): boolean {
  if (job.name !== name || job.artifacts_file === undefined) return false
  return !isOfPassed(strategy) || job.pipeline.status === 'success'
}

function isOfPassed(strategy: Strategy): boolean {
  return strategy === 'latest-pipeline' || strategy === 'recent-successful'
}

/** The list is sorted by job, the newest first; a pipeline's place is its own id. */
function isBetter(job: Job, best: Job | undefined, strategy: Strategy): boolean {
  return best === undefined || (isOfPassed(strategy) && job.pipeline.id > best.pipeline.id)
}
