import {forbidden, json, notFound, type Answer} from '../http/answers.ts'
import {canReadCode, canWriteRef, findProject} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'
import {commit, pipelineEntity, projectUrl} from '../world/entities.ts'
import type {Pipeline, Project} from '../world/model.ts'
import {isBranch, isTag, protectionsOf, shaOf, type RefKind} from '../world/refs.ts'
import {statusOf} from '../world/world.ts'

const read = {method: 'GET', login: 'optional'} as const

/** What a gate asks of a repository: whether a ref is there, and which commit it is. */
export const repositoryRoutes: readonly Route[] = [
  {...read, path: '/projects/:id/repository/branches/:name+', handle: branch},
  {...read, path: '/projects/:id/repository/tags/:name', handle: tag},
  // Job tokens may read a commit since that route got `job_token_policies: :read_repositories`.
  {...read, jobToken: 'jobTokenPipelines', path: '/projects/:id/repository/commits/:sha+', handle: commitOfRef},
]

function readableProject(call: Call): Project {
  const project = findProject(call, String(call.params['id']))
  if (!canReadCode(call, project)) throw forbidden()
  return project
}

/** https://docs.gitlab.com/api/branches/#get-single-repository-branch */
function branch(call: Call): Answer {
  const {world, caller} = call
  const project = readableProject(call)
  const name = String(call.params['name'])
  if (!isBranch(project, name)) throw notFound('Branch')
  const protections = protectionsOf(project, name, 'branch')
  return json(200, {
    name,
    commit: commitOf(call, project, name, 'branch'),
    merged: false,
    protected: protections.length > 0,
    developers_can_push: false,
    developers_can_merge: protections.some(({who}) => who.includes('developer')),
    can_push: canWriteRef(world, caller, project, name, 'branch'),
    default: name === project.defaultBranch,
    web_url: `${projectUrl(world, project)}/-/tree/${name}`,
  })
}

/** https://docs.gitlab.com/api/tags/#get-a-single-repository-tag */
function tag(call: Call): Answer {
  const project = readableProject(call)
  const name = String(call.params['name'])
  if (!isTag(project, name)) throw notFound('Tag')
  return json(200, {
    name,
    message: '',
    target: shaOf(project, name, 'tag'),
    commit: commitOf(call, project, name, 'tag'),
    release: null,
    protected: protectionsOf(project, name, 'tag').length > 0,
    created_at: null,
  })
}

/** https://docs.gitlab.com/api/commits/#get-a-single-commit: a SHA, its beginning, or the name of a branch or tag. */
function commitOfRef(call: Call): Answer {
  const {world} = call
  const project = readableProject(call)
  const sha = shaOf(project, String(call.params['sha']))
  if (sha === undefined) throw notFound('Commit')
  const last = project.pipelines.findLast((pipeline) => pipeline.sha === sha && pipeline.parent === null)
  return json(200, {
    ...commit(world, last ?? standIn(project, sha)),
    ...(call.params['stats'] !== 'false' && {stats: {additions: 1, deletions: 0, total: 1}}),
    status: last ? statusOf(last) : null,
    project_id: project.id,
    last_pipeline: last ? pipelineEntity(world, last) : null,
  })
}

function commitOf({world}: Call, project: Project, ref: string, kind: RefKind): object {
  const sha = shaOf(project, ref, kind) ?? ''
  return commit(world, project.pipelines.findLast((pipeline) => pipeline.sha === sha) ?? standIn(project, sha))
}

/** A commit that no pipeline of the world has. */
function standIn(project: Project, sha: string): Pick<Pipeline, 'sha' | 'project' | 'createdAt' | 'user'> {
  return {sha, project, createdAt: Date.UTC(2026, 0, 1), user: null}
}
