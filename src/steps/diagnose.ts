import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {projectJobs} from '../gitlab/api/endpoints.ts'
import type {Job} from '../gitlab/api/types.ts'
import {nearestNames} from '../base/nearest.ts'
import {noPipeline} from '../gitlab/jobs/diagnosis.ts'
import {isOfRef} from './find-archive.ts'
import type {Strategy, ByRef} from './find-archive.ts'

const pagesLookedAt = 5

interface Sought extends ByRef {
  readonly strategy: Strategy
}

/**
 * Why there is no archive for a job of a ref: finds out by listing jobs, which the same credential may do since GitLab 18.0, and says which of the
 * possible causes it is. `error` is the answer that said no.
 */
export async function diagnose(gitlab: GitLab, asked: Sought, error: ActionError, now: Date): Promise<ActionError> {
  const jobs: Job[] = []
  let pages = 0
  try {
    for await (const page of gitlab.pages(projectJobs({project: asked.project}))) {
      jobs.push(...page.filter((job) => isOfRef(job, asked)))
      if (++pages >= pagesLookedAt) break
    }
  } catch (refusal) {
    if (!(refusal instanceof ActionError)) throw refusal
    // Where the whole project was hidden, a refusal to list tells why; where it was not, only the list is closed (before GitLab 18.0).
    return refusal.kind === 'refused' && isProjectHidden(error) ? refusal : undecided(asked, error)
  }
  if (isProjectHidden(error)) return withoutPremium(asked, error)
  if (jobs.length === 0) return noPipelineOf(gitlab, asked, error)
  return explained(asked, jobs, error, now)
}

/** In the words of every command that looks for a pipeline. */
async function noPipelineOf(gitlab: GitLab, {project, ref}: ByRef, error: ActionError): Promise<ActionError> {
  const request = /^refs\/merge-requests\/(\d+)\//.exec(ref)?.[1]
  const place = request === undefined ? {ref} : {mergeRequest: Number(request)}
  const {message, hint} = await noPipeline(gitlab, project, place, {})
  return new ActionError('notFound', message, {hint, cause: error, status: 404})
}

function explained(asked: Sought, jobs: readonly Job[], error: ActionError, now: Date): ActionError {
  const {job: name, ref} = quotedAll(asked)
  const where = `${ref} of project ${clean(asked.project, 200)}`
  const say = (why: string, hint: string): ActionError =>
    new ActionError('notFound', `No artifacts of ${name} for ${where}: ${why}.`, {hint, cause: error, status: 404})
  const named = jobs.filter((job) => job.name === asked.job)
  if (named.length === 0) {
    const names = nearestNames(asked.job, [...new Set(jobs.map((job) => job.name))])
    return say(
      'the ref has no such job',
      names.length > 0 ? `Nearest: ${names.map(quoted).join(', ')}.` : 'Check the name of the job.',
    )
  }
  const withArchive = named.filter((job) => job.artifacts_file)
  const [newest] = named
  if (withArchive.length === 0 && newest) {
    return isExpired(newest, now)
      ? say(
          `those of job ${newest.id} expired at ${newest.artifacts_expire_at ?? ''}`,
          'Run the job again, or keep artifacts with keep-artifacts.',
        )
      : say(
          `job ${newest.id} is ${clean(newest.status)} and has no archive`,
          'Check artifacts:paths of the job, and whether it has finished.',
        )
  }
  const {strategy} = asked
  if (newest && (strategy === 'latest-job' || strategy === 'any-status'))
    return say(
      `none that has an archive has succeeded, and job ${newest.id} is ${clean(newest.status, 30)}`,
      'Use --strategy any-status to take the newest whatever became of it.',
    )
  if (!jobs.some((job) => job.pipeline.status === 'success'))
    return say(
      'no pipeline of the ref has passed as a whole',
      'Use --strategy latest-job to take the newest successful job whatever became of its pipeline, or any-status.',
    )
  return strategy === 'recent-successful'
    ? say(
        'none of the newest passed pipelines has such a job with an archive',
        'Use --strategy latest-job to take the newest successful job whatever became of its pipeline, or any-status.',
      )
    : say(
        'the newest passed pipeline has no such job with an archive',
        'Use --strategy recent-successful to look back through older pipelines.',
      )
}

function isProjectHidden({message}: ActionError): boolean {
  return /project not found/i.test(message)
}

/** A project whose jobs can be listed is there: GitLab hides it only from downloads by job token, which need a licence. */
function withoutPremium({project}: ByRef, error: ActionError): ActionError {
  return new ActionError(
    'refused',
    `Project ${clean(project, 200)} exists: with a job token, artifacts can only be downloaded where it has GitLab Premium or Ultimate.`,
    {
      cause: error,
      status: 404,
      hint: 'Set GITLAB_TOKEN to an access token with the scope read_api and run with --auth token.',
    },
  )
}

function undecided(asked: ByRef, error: ActionError): ActionError {
  const {job, ref} = quotedAll(asked)
  return new ActionError(
    'notFound',
    `No artifacts of ${job} for ${ref} of project ${clean(asked.project, 200)}: ${error.message}`,
    {
      cause: error,
      status: error.status,
      hint:
        error.hint ??
        'Check the project, the ref and the name of the job, and that the newest pipeline of the ref has passed.',
    },
  )
}

function isExpired(job: Job, now: Date): boolean {
  return job.artifacts_expire_at ? Date.parse(job.artifacts_expire_at) < now.getTime() : false
}

function quotedAll({job, ref}: ByRef): {readonly job: string; readonly ref: string} {
  return {job: quoted(job), ref: quoted(ref)}
}

function quoted(text: string): string {
  return `"${clean(text, 200)}"`
}
