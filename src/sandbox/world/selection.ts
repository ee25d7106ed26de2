import type {Job, Pipeline, Project} from './model.ts'
import {statusOf} from './world.ts'

/** Pipelines that stand for no ref: their artifacts are never found by one. */
const dangling = new Set([
  'parent_pipeline',
  'webide',
  'ondemand_dast_scan',
  'ondemand_dast_validation',
  'security_orchestration_policy',
])

const mostSearched = 100

/** A ref is compared as text, only pipelines that are exactly `success` count, and the highest id wins. */
export function newestSuccessful(project: Project, ref: string): Pipeline | undefined {
  return project.pipelines.findLast((pipeline) => isCandidate(pipeline, ref))
}

/** As GitLab's option `search_recent_successful_pipelines`: newest first. */
export function recentSuccessful(project: Project, ref: string): readonly Pipeline[] {
  return project.pipelines
    .filter((pipeline) => isCandidate(pipeline, ref))
    .slice(-mostSearched)
    .toReversed()
}

function isCandidate(pipeline: Pipeline, ref: string): boolean {
  return pipeline.ref === ref && !dangling.has(pipeline.source) && statusOf(pipeline) === 'success'
}

/**
 * The job of a pipeline, or of its children in the same project, that has anything to download; parents come first.
 * Its own status does not matter, and reports count, so the job found may well have no archive.
 */
export function jobWithArtifacts(pipeline: Pipeline, name: string): Job | undefined {
  return family(pipeline)
    .flatMap(({currentJobs}) => currentJobs)
    .find((job) => job.name === name && hasDownloads(job))
}

function family(pipeline: Pipeline): readonly Pipeline[] {
  const children = pipeline.children.filter(({project}) => project === pipeline.project)
  return [pipeline, ...children.flatMap(family)].sort((a, b) => a.id - b.id)
}

function hasDownloads({artifacts}: Job): boolean {
  return artifacts !== null && (artifacts.archive !== null || artifacts.reports.length > 0)
}
