import {ActionError} from '../../base/errors.ts'
import type {CallOptions, GitLab} from '../http/client.ts'
import {bridges, pipelineJobs, triggerJobs} from '../api/endpoints.ts'
import type {Root} from './place.ts'
import type {Bridge, FoundJob, Job, PipelineRef} from '../api/types.ts'
import {atLeast} from '../api/version.ts'

/** One pipeline of a family, with what is in it. */
export interface Branch {
  /** Unknown while it has no jobs and nobody has told us more than its id. */
  readonly pipeline: PipelineRef | undefined
  readonly jobs: readonly FoundJob[]
  readonly bridges: readonly FoundJob[]
  /** Bridges whose downstream pipeline is still to come. */
  readonly pending: readonly FoundJob[]
}

export interface FamilyOptions {
  readonly isFamily: boolean
  /** Given the names of all jobs of the root: whether a bridge may be meant by what is left. */
  readonly isWanted: (names: ReadonlySet<string>) => boolean
  readonly countAttempts: boolean
  readonly call: CallOptions
}

interface Node {
  readonly project: string | number
  readonly pipelineId: number
  readonly pipeline: PipelineRef | undefined
  /** Names of the bridges that lead here, each with a slash behind. */
  readonly way: string
  readonly depth: number
}

export const deepestFamily = 5

/** The jobs of a pipeline and, if asked, of all pipelines that its bridges started, level by level. */
export async function walkFamily(gitlab: GitLab, root: Root, options: FamilyOptions): Promise<readonly Branch[]> {
  const branches: Branch[] = []
  const seen = new Set<number>([root.pipelineId])
  const queue: Node[] = [{...root, way: '', depth: 0}]
  for (const node of queue) {
    const jobs = await jobsOf(gitlab, node, options)
    const names = new Set(jobs.map(({job}) => job.name))
    const leads = options.isFamily && node.depth < deepestFamily
    const found = leads
      ? await bridgesOf(gitlab, node, options.call)
      : node.depth === 0 && options.isWanted(names)
        ? await bridgesIfOpen(gitlab, node, options.call)
        : []
    for (const {job} of found) {
      const next = (job as Bridge).downstream_pipeline
      // Pipeline ids are unique on a server, so a pipeline met twice is a circle of triggers.
      if (!leads || next === null || seen.has(next.id)) continue
      seen.add(next.id)
      queue.push({
        project: next.project_id,
        pipelineId: next.id,
        pipeline: next,
        way: `${node.way}${job.name}/`,
        depth: node.depth + 1,
      })
    }
    branches.push({
      pipeline: jobs[0]?.job.pipeline ?? found[0]?.job.pipeline ?? node.pipeline,
      jobs,
      bridges: found,
      pending: found.filter(({job}) => (job as Bridge).downstream_pipeline === null),
    })
  }
  return branches
}

async function jobsOf(gitlab: GitLab, node: Node, {countAttempts, call}: FamilyOptions): Promise<readonly FoundJob[]> {
  const {project, pipelineId: pipeline} = node
  return asFound(await gitlab.list(pipelineJobs({project, pipeline, includeRetried: countAttempts}), call), node)
}

/** `bridges` is deprecated since 19.2, where `trigger_jobs` says the same. */
async function bridgesOf(gitlab: GitLab, node: Node, call: CallOptions): Promise<readonly FoundJob[]> {
  const {project, pipelineId: pipeline} = node
  const {serverVersion} = gitlab.facts
  const endpoint = serverVersion !== undefined && atLeast(serverVersion, '19.2') ? triggerJobs : bridges
  return asFound(await gitlab.list(endpoint({project, pipeline}), call), node)
}

const closed = new WeakSet<GitLab>()

/** For a name that no job has: a bridge may have it, but where bridges cannot be read the name is simply not there. */
async function bridgesIfOpen(gitlab: GitLab, node: Node, call: CallOptions): Promise<readonly FoundJob[]> {
  if (closed.has(gitlab)) return []
  try {
    return await bridgesOf(gitlab, node, call)
  } catch (error) {
    if (!(error instanceof ActionError) || (error.kind !== 'refused' && error.kind !== 'notFound')) throw error
    closed.add(gitlab)
    return []
  }
}

function asFound(jobs: readonly (Job | Bridge)[], {way}: Node): readonly FoundJob[] {
  return jobs.map((job) => ({job, projectId: job.pipeline.project_id, attempts: 1, label: `${way}${job.name}`}))
}
