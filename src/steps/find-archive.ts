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

/** Pages of 100 jobs looked through. */
const mostPages = 50
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
  for await (const page of gitlab.pages(projectJobs({project: wanted.project, statuses}))) {
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
    if (isSettled || ++pages >= mostPages || passed.size > mostPipelines) break
  }
  if (best && strategy === 'latest-pipeline' && Math.max(...passed) > best.pipeline.id) return undefined
  return best && {job: best, projectId: best.pipeline.project_id, attempts: 1, label: best.name}
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
