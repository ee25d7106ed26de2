import type {Bridge, Job, Pipeline} from '../world/model.ts'
import {statusOf, type World} from '../world/world.ts'
import {element, type Element} from './element.ts'
import {
  badge,
  empty,
  facts,
  jobPath,
  link,
  moment,
  pipelinePath,
  pipelineTrail,
  projectPath,
  runTime,
  section,
  stagesOf,
  table,
  type View,
} from './parts.ts'

/** Of each stage. */
const mostJobs = 200

export function pipelineView(world: World, pipeline: Pipeline): View {
  const {project, parent, upstream, user} = pipeline
  const stages = [...stagesOf(pipeline)]
  return {
    title: `Pipeline #${pipeline.id} · ${project.path}`,
    trail: pipelineTrail(pipeline),
    body: [
      element('h1', {}, `Pipeline #${pipeline.id} `, badge(statusOf(pipeline))),
      facts({
        Ref: element('span', {}, `${pipeline.ref}${pipeline.tag ? ' (tag)' : ''}`),
        Commit: link(`${projectPath(project)}/-/commit/${encodeURIComponent(pipeline.sha)}`, pipeline.sha.slice(0, 8)),
        Source: pipeline.source,
        User: user ? link(`/${encodeURIComponent(user.username)}`, user.username) : 'nobody',
        Created: moment(pipeline.createdAt),
        Parent: parent ? link(pipelinePath(parent), `#${parent.id}`) : undefined,
        'Started by': upstream ? link(jobPath(upstream), `${upstream.name} of ${upstream.project.path}`) : undefined,
      }),
      stages.length === 0
        ? empty('This pipeline has no jobs.')
        : element(
            'div',
            {class: 'stages', role: 'list', 'aria-label': 'Stages', tabindex: '0'},
            stages.map(([name, jobs]) => stage(world, name, jobs)),
          ),
      ...childPipelines(pipeline),
      ...variables(pipeline),
    ],
  }
}

function childPipelines({children}: Pipeline): readonly Element[] {
  if (children.length === 0) return []
  const rows = children.map((child) =>
    element('li', {}, badge(statusOf(child)), link(pipelinePath(child), `#${child.id}`)),
  )
  return [section('Child pipelines', element('ul', {class: 'pipelines'}, rows))]
}

function variables(pipeline: Pipeline): readonly Element[] {
  if (pipeline.variables.length === 0) return []
  const rows = pipeline.variables.map(({key, value}) => ({key, cells: [element('code', {}, key), value]}))
  return [section('Variables', table(['Key', 'Value'], rows))]
}

function stage(world: World, name: string, jobs: readonly (Job | Bridge)[]): Element {
  const current = jobs.filter(({retriedBy}) => retriedBy === null)
  const older = jobs.filter(({retriedBy}) => retriedBy !== null)
  return element(
    'section',
    {class: 'stage', role: 'listitem', 'data-key': `stage-${name}`},
    element('h2', {}, name),
    element(
      'ul',
      {},
      current.slice(0, mostJobs).map((job) => jobCard(world, job)),
    ),
    current.length > mostJobs && empty(`and ${current.length - mostJobs} more`),
    older.length > 0 &&
      element(
        'details',
        {},
        element('summary', {}, older.length === 1 ? '1 earlier attempt' : `${older.length} earlier attempts`),
        element(
          'ul',
          {},
          older.slice(-mostJobs).map((job) => jobCard(world, job)),
        ),
      ),
  )
}

function jobCard(world: World, job: Job | Bridge): Element {
  const downstream = job.kind === 'bridge' ? job.downstream : null
  const ran = runTime(world, job)
  return element(
    'li',
    {class: 'job', 'data-key': `job-${job.id}`, 'data-job': String(job.id)},
    element('a', {href: jobPath(job), class: 'name'}, job.name),
    element(
      'p',
      {},
      badge(job.status, job.allowFailure && job.status === 'failed' ? ' (allowed)' : ''),
      ran !== undefined && element('span', {class: 'quiet'}, ran),
    ),
    downstream !== null &&
      element('p', {class: 'bridge'}, '→ ', link(pipelinePath(downstream), downstreamName(job, downstream))),
  )
}

/** With its project, where that is another. */
export function downstreamName({project}: Job | Bridge, downstream: Pipeline): string {
  const where = downstream.project === project ? '' : ` of ${downstream.project.path}`
  return `pipeline #${downstream.id}${where}`
}
