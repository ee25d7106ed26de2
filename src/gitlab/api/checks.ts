import {array, ShapeError} from './responses.ts'
import type {Shape} from './responses.ts'
import type {AnyJob, Bridge, PipelineRef, ProjectKey} from './types.ts'

/** What was asked, as far as each job or pipeline of the answer must repeat it. A project's path is no help: ids come back. */
export interface Asked {
  readonly project?: string | number | undefined
  readonly job?: number | undefined
  readonly pipeline?: number | undefined
  readonly ref?: string | undefined
  readonly sha?: string | undefined
  readonly statuses?: readonly string[] | undefined
}

/** A job, checked against the question. */
export function jobAsked<T extends AnyJob>(shape: Shape<T>, asked: Asked): Shape<T> {
  return (value, at) => {
    const job = withProjects(shape(value, at), asked, at)
    const {pipeline, commit} = job
    must(asked.job === undefined || job.id === asked.job, at, 'is another job')
    must(isSameProject(asked, pipeline), at, 'is a job of another project')
    must(asked.pipeline === undefined || pipeline.id === asked.pipeline, at, 'is a job of another pipeline')
    must(
      commit === undefined || commit === null || commit.id === pipeline.sha,
      at,
      "has a commit that is not its pipeline's",
    )
    must(!asked.statuses?.length || asked.statuses.includes(job.status), at, 'has a status that was not asked for')
    return job
  }
}

/** A pipeline, checked against the question. */
export function pipelineAsked<T extends PipelineRef>(shape: Shape<T>, asked: Asked): Shape<T> {
  return (value, at) => {
    const pipeline = withProject(shape(value, at), asked.project, at)
    must(isSameProject(asked, pipeline), at, 'is a pipeline of another project')
    must(asked.pipeline === undefined || pipeline.id === asked.pipeline, at, 'is another pipeline')
    must(asked.ref === undefined || pipeline.ref === asked.ref, at, 'is a pipeline of another ref')
    must(asked.sha === undefined || pipeline.sha.startsWith(asked.sha), at, 'is a pipeline of another commit')
    must(!asked.statuses?.length || asked.statuses.includes(pipeline.status), at, 'has a status that was not asked for')
    return pipeline
  }
}

/** A page of a list that comes newest first, on which whoever looks for the newest stops reading. */
export function newestFirst<T extends {readonly id: number}>(item: Shape<T>): Shape<readonly T[]> {
  const list = page(item)
  return (value, at) => {
    const items = list(value, at)
    for (const [index, {id}] of items.entries())
      must(index === 0 || id < (items[index - 1]?.id ?? 0), `${at}[${index}]`, 'is newer than what comes before it')
    return items
  }
}

/** A page of a list. No id comes twice on one, and what is told of one pipeline twice is told alike. */
export function page<T extends {readonly id: number}>(item: Shape<T>): Shape<readonly T[]> {
  const list = array((value) => value)
  return (value, at) => {
    const items = list(value, at).map((entry, index) => item(entry, `${at}[${index}]`))
    const seen = new Set<number>()
    const pipelines = new Map<number, PipelineRef>()
    for (const [index, {id, ...entry}] of items.entries()) {
      must(!seen.has(id), `${at}[${index}]`, 'has an id that another entry has too')
      seen.add(id)
      const {pipeline} = entry as Partial<AnyJob>
      const other = pipeline && pipelines.get(pipeline.id)
      if (pipeline) pipelines.set(pipeline.id, pipeline)
      const isAlike = !other || !pipeline || (other.sha === pipeline.sha && other.ref === pipeline.ref)
      must(isAlike, `${at}[${index}]`, 'tells another commit or ref of its pipeline than an entry before it')
    }
    return items
  }
}

/** What a GitLab before 13.10 leaves out: which project a pipeline is of. */
function withProject<T extends PipelineRef>(pipeline: T, project: Asked['project'], at: string): T {
  if (isProjectTold(pipeline)) return pipeline
  if (project === undefined) throw new ShapeError(`"${at === '' ? '' : `${at}.`}project_id" is missing`)
  return {...pipeline, project_id: /^\d+$/.test(String(project)) ? Number(project) : project}
}

function withProjects<T extends AnyJob>(job: T, {project}: Asked, at: string): T {
  const {downstream_pipeline: downstream} = job as Partial<Bridge>
  if (isProjectTold(job.pipeline) && (!downstream || isProjectTold(downstream))) return job
  return {
    ...job,
    pipeline: withProject(job.pipeline, project, at === '' ? 'pipeline' : `${at}.pipeline`),
    ...(downstream && {downstream_pipeline: withProject(downstream, besides(job, downstream) ?? project, at)}),
  }
}

function isProjectTold(pipeline: {readonly project_id?: ProjectKey}): boolean {
  return pipeline.project_id !== undefined
}

/**
 * The path of a downstream pipeline's project, by its page; undefined for that of the trigger job. A wrong guess lies to nobody: ids of pipelines are unique on a
 * server, so that the pipeline would not be found.
 */
function besides(job: AnyJob, downstream: PipelineRef): string | undefined {
  const [own, other] = [job.web_url, downstream.web_url].map(
    (page) => /^https?:\/\/[^/]+\/(.+?)\/(?:-\/)?(?:jobs|builds|pipelines)\/\d+$/.exec(page ?? '')?.[1],
  )
  return other === own ? undefined : other
}

function isSameProject({project}: Asked, {project_id: id}: PipelineRef): boolean {
  return project === undefined || !/^\d+$/.test(String(project)) || Number(project) === id
}

function must(holds: boolean, at: string, what: string): void {
  if (!holds) throw new Contradiction(`${at === '' ? 'the answer' : `"${at}"`} ${what}`)
}

/** An answer that is well formed and not about what was asked. */
export class Contradiction extends ShapeError {}
