import {createHash} from 'node:crypto'
import {bridgeOf, jobOf, pipelineOf, type Builder} from './build-pipeline.ts'
import {processPipeline} from './lifecycle.ts'
import type {AnyJob, Pipeline, Project, User} from './model.ts'
import {refKind, shaOf} from './refs.ts'
import type {PipelineVariable, TemplateFile} from './world-types.ts'
import type {World} from './world.ts'

export interface NewPipeline {
  readonly ref: string
  readonly user: User
  readonly source: string
  readonly variables: readonly PipelineVariable[]
  readonly inputs: Readonly<Record<string, unknown>>
  readonly upstream?: AnyJob | undefined
}

/**
 * Makes a pipeline of a template. Its jobs are created and no more: like GitLab's own worker, the next moment lets the
 * first stage begin.
 */
export function createPipeline(world: World, project: Project, template: TemplateFile, given: NewPipeline): Pipeline {
  const {ref, user, source, variables, inputs, upstream} = given
  const builder: Builder = {world, start: world.clock.now(), before: {created: 0, started: 0, finished: 0}}
  const id = world.nextPipelineId()
  const iid = Math.max(0, ...project.pipelines.map((pipeline) => pipeline.iid)) + 1
  const file = {id, ref, tag: refKind(project, ref) === 'tag', sha: shaOf(project, ref) ?? newSha(project, ref), source}
  const pipeline: Pipeline = {
    ...pipelineOf(builder, project, file, iid),
    user,
    variables,
    inputs,
    ...(upstream && {upstream}),
  }
  world.addPipeline(pipeline)
  for (const job of template.jobs ?? []) {
    const made = jobOf(builder, pipeline, {...job, id: world.nextJobId(), status: 'created'})
    world.addJob({...made, isInTurn: true})
  }
  for (const bridge of template.bridges ?? []) {
    const made = bridgeOf(builder, pipeline, {...bridge, id: world.nextJobId(), status: 'created'})
    world.addJob({...made, isInTurn: true})
  }
  world.revision++
  world.clock.at(world.clock.now(), () => processPipeline(world, pipeline))
  return pipeline
}

function newSha(project: Project, ref: string): string {
  return createHash('sha1').update(`${project.path} ${ref}`).digest('hex')
}
