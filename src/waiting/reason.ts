import {clean} from '../base/clean.ts'
import {isBridge, statusGroup} from '../gitlab/api/job-status.ts'
import type {FoundJob, PipelineRef, ProjectKey} from '../gitlab/api/types.ts'
import type {Ending} from './ending.ts'
import type {Memory} from './memory.ts'
import type {Policy} from './policy.ts'
import {nameOf} from './report.ts'
import {span, spanOfSeconds} from '../base/duration.ts'

/** How a wait ended, as a sentence or two. Cleaned. */
export function reasonOf(ending: Ending, memory: Memory, policy: Policy, waitedMs: number): string {
  const {found} = ending
  switch (ending.verdict) {
    case 'good':
      return ending.found ? goodReason(ending.found) : `${leftOutText(memory)}, which counts as good.`
    case 'pipeline':
      return pipelineReason(ending, memory)
    case 'failed':
      return failedReason(ending.found)
    case 'canceled':
    case 'skipped':
      return `${nameOf(ending.found)} was ${ending.verdict}${pipelineNote(ending.found, memory)}. ${clean(ending.found.job.web_url)}`
    case 'manual':
      return `${nameOf(ending.found)} is manual: it waits for a person to start it. ${clean(ending.found.job.web_url)}`
    case 'otherCommit':
      return `${nameOf(ending.found)} belongs to commit ${clean(shaOf(ending.found), 40)}, not to ${clean(policy.expectSha, 40)} as expected.`
    case 'deadline':
      return `Gave up after ${span(waitedMs)}: ${deadlineText(found, memory)}.`
    case 'absent':
      return `${absentText(memory)} within ${span(waitedMs)}.`
    case 'outage':
      return `Gave up after ${span(waitedMs)}, without an answer to build on${memory.failing ? ` for ${looks(memory.failing.count)}` : ''}. The last one: ${ending.error.message}`
    case 'refused':
      return ending.error.message
    case 'deadlock':
      return ending.deadlock.reason
  }
}

/** What the reader can do about it. */
export function hintOf(ending: Ending, memory: Memory): string | undefined {
  switch (ending.verdict) {
    case 'deadlock':
      return ending.deadlock.hint
    case 'refused':
      // A job token dies with its job: while we wait, that is what a 401 most likely means.
      return ending.error.hint ?? (ending.error.status === 401 ? endedHint : undefined)
    case 'outage':
      return ending.error.hint
    case 'manual':
      return 'Start it in GitLab, or say `--on-manual` wait, play, ok or ok-if-optional.'
    case 'absent':
      return memory.names.length > 0
        ? `Jobs there are: ${memory.names
            .slice(0, 10)
            .map((name) => clean(name, 60))
            .join(', ')}.`
        : undefined
    case 'deadline':
      return 'Raise `--timeout` if it needs longer; CI_JOB_TIMEOUT of this job limits it too.'
    case 'pipeline':
      return pipelineHint(ending.end)
    case 'good':
    case 'failed':
    case 'canceled':
    case 'skipped':
    case 'otherCommit':
      return undefined
  }
}

type PipelineEnding = Extract<Ending, {readonly verdict: 'pipeline'}>

function pipelineReason({end, pipeline}: PipelineEnding, {slots}: Memory): string {
  const {id, status, web_url} = pipeline
  const jobs = [...slots.values()].filter(({found}) => found.job.pipeline.id === id)
  const isBad = jobs.some(({found}) => found.job.status === status)
  const contrast = isBad || jobs.length === 0 ? '' : ', although none of the jobs seen of it tells why'
  const what = end === 'manual' ? 'waits for a person to start a job' : `is ${clean(status, 40)}`
  return `Pipeline ${id} ${what}${contrast}. ${clean(web_url ?? '')}`.trimEnd()
}

function pipelineHint(end: PipelineEnding['end']): string | undefined {
  return end === 'manual'
    ? 'Start the job in GitLab, or say `--on-manual` wait or ok.'
    : 'A job or trigger job of it is not seen by this credential, or not chosen: its page shows which.'
}

function leftOutText({missing}: Memory): string {
  const names = missing.slice(0, 5).map((name) => clean(name, 120))
  return `The pipeline has no ${names.join(', ')}`
}

function deadlineText(found: FoundJob | undefined, memory: Memory): string {
  if (memory.failing)
    return `GitLab has not answered the last ${looks(memory.failing.count)}: ${memory.failing.error.message}`
  const open = memory.current.find(({pipeline}) => statusGroup(pipeline.status) !== 'final')
  if (found && statusGroup(found.job.status) === 'final' && open) {
    return `pipeline ${open.pipeline.id} is still ${clean(open.pipeline.status, 40)}, although the jobs seen of it have ended`
  }
  return found ? `${nameOf(found)} is still ${clean(found.job.status)}${stuck(found)}` : absentText(memory)
}

const endedHint =
  'A job token is only valid while its job runs: if this job has been canceled or has ended, so has its token.'

function failedReason(found: FoundJob): string {
  const {status, failure_reason} = found.job
  if (status === 'success') return `${nameOf(found)} is success, which \`ok\` does not list.`
  const why = failure_reason ? ` (${clean(failure_reason, 60)})` : ''
  return `${nameOf(found)} failed${why}. ${clean(found.job.web_url)}`
}

function goodReason(found: FoundJob): string {
  const {status, allow_failure} = found.job
  if (status === 'success') return `${nameOf(found)} succeeded.`
  if (status === 'failed' && allow_failure) return `${nameOf(found)} failed, which allow_failure permits.`
  return `${nameOf(found)} is ${clean(status)}, which counts as good.`
}

function stuck({job}: FoundJob): string {
  if (job.status !== 'pending') return ''
  const tags = isBridge(job) ? undefined : job.tag_list
  const queued = spanOfSeconds(job.queued_duration)
  const known = [queued && `queued for ${queued}`, tags && tags.length > 0 && `tags ${clean(tags.join(', '))}`]
  const details = known.filter(Boolean).join(', ')
  return `, no runner has taken it${details ? ` (${details})` : ''}`
}

function pipelineNote({job, projectId}: FoundJob, {pipelines}: Memory): string {
  const now = pipelines.find(({id}) => id === job.pipeline.id) ?? job.pipeline
  const newer = newerPipeline(now, projectId, pipelines)
  if (newer) return `: pipeline ${now.id} was superseded by ${newer.id}`
  return now.status === 'canceled' ? ` with its pipeline ${now.id}` : ''
}

function newerPipeline(
  now: PipelineRef,
  projectId: ProjectKey,
  pipelines: readonly PipelineRef[],
): PipelineRef | undefined {
  return pipelines.find(({id, ref, project_id}) => id > now.id && ref === now.ref && project_id === projectId)
}

function absentText({slots, missing, holes}: Memory): string {
  const gone = [...slots.values()].filter(({isFresh}) => !isFresh).map(({found}) => nameOf(found))
  if (gone.length > 0) return `${gone.slice(0, 5).join(', ')} disappeared and did not come back`
  const names = missing.slice(0, 5).map((one) => clean(one, 120))
  if (names.length === 0 && holes[0]) return `${clean(holes[0].what, 200)} did not appear`
  return names.length > 0 ? `${names.join(', ')} did not appear` : 'No job that matches appeared'
}

function shaOf({job}: FoundJob): string {
  return job.commit?.id ?? job.pipeline.sha
}

function looks(count: number): string {
  return count === 1 ? 'one look' : `${count} looks in a row`
}
