import type {Job, Pipeline, Project, User} from '../world/model.ts'
import {statusOf, type World} from '../world/world.ts'
import {element, type Element} from './element.ts'
import {
  badge,
  button,
  dots,
  empty,
  facts,
  jobPath,
  link,
  moment,
  pipelineLine,
  pipelinePath,
  projectPath,
  projectTrail,
  section,
  table,
  type View,
} from './parts.ts'
import {requestTable} from './requests.ts'

const mostPipelines = 50

export function worldView(world: World): View {
  const {requests} = world
  return {
    title: 'Projects',
    trail: [],
    body: [
      element('h1', {}, 'Projects'),
      ...(world.self === null ? [] : [selfLine(world.self)]),
      world.projects.length === 0
        ? empty('This world has no projects.')
        : element(
            'div',
            {class: 'cards'},
            world.projects.map((project) => card(project)),
          ),
      section(
        'Last requests',
        requestTable(requests, 8),
        element('p', {}, link('/-/requests', `The record of requests (${requests.length})`)),
      ),
    ],
  }
}

function selfLine(self: Job): Element {
  return element(
    'p',
    {class: 'quiet'},
    'The environment that this sandbox has printed is that of the job ',
    link(jobPath(self), self.name),
    ` of ${self.project.path}.`,
  )
}

function card(project: Project): Element {
  const newest = project.pipelines.slice(-4).toReversed()
  return element(
    'article',
    {class: 'card', 'data-key': `project-${project.id}`},
    element('h2', {}, link(projectPath(project), project.path)),
    element('p', {class: 'quiet'}, `${project.visibility} · project ${project.id}`),
    newest.length === 0 ? empty('No pipelines yet') : element('ul', {class: 'pipelines'}, newest.map(pipelineLine)),
  )
}

/** A project with its pipelines: all, or those of a ref or a commit. */
export function projectView(project: Project, only?: {readonly ref?: string; readonly sha?: string}): View {
  const chosen = project.pipelines.filter(
    ({ref, sha}) => (only?.ref === undefined || ref === only.ref) && (only?.sha === undefined || sha === only.sha),
  )
  const of = only?.ref ?? only?.sha?.slice(0, 8)
  const members = [...project.members].map(([{username}, role]) => `${username} (${role})`)
  return {
    title: of === undefined ? project.path : `${of} · ${project.path}`,
    trail: projectTrail(project),
    body: [
      element('h1', {}, of === undefined ? project.path : `Pipelines of ${of}`),
      facts({
        Project: String(project.id),
        Visibility: project.visibility,
        'Default branch': project.defaultBranch,
        Members: members.join(', '),
        'Job tokens let in': letIn(project),
        Archived: project.archived ? 'yes: nothing can be started' : undefined,
      }),
      section(
        'Pipelines',
        project.file.pipeline_template !== undefined &&
          element(
            'p',
            {class: 'actions'},
            button(`POST /-/sandbox/projects/${encodeURIComponent(project.path)}/pipelines`, {}, 'Start a pipeline'),
          ),
        chosen.length === 0 ? empty('No pipelines yet') : pipelineTable(chosen),
      ),
    ],
  }
}

function letIn({path, file}: Project): string {
  const {enabled = true, projects = {}} = file.job_token_allowlist ?? {}
  if (!enabled) return 'of every project'
  const others = Object.entries(projects).map(([name, grant]) =>
    grant === 'default' ? name : `${name} (${grant.join(', ')})`,
  )
  return [path, ...others].join(', ')
}

function pipelineTable(pipelines: readonly Pipeline[]): Element {
  const newest = pipelines.slice(-mostPipelines).toReversed()
  return element(
    'div',
    {},
    table(
      ['Status', 'Pipeline', 'Ref', 'Jobs', 'Source', 'Created'],
      newest.map((pipeline) => ({
        key: `pipeline-${pipeline.id}`,
        cells: [
          badge(statusOf(pipeline)),
          link(pipelinePath(pipeline), `#${pipeline.id}`),
          element('span', {}, `${pipeline.ref} `, element('code', {}, pipeline.sha.slice(0, 8))),
          dots(pipeline),
          pipeline.parent === null ? pipeline.source : `${pipeline.source}, child of #${pipeline.parent.id}`,
          moment(pipeline.createdAt),
        ],
      })),
    ),
    pipelines.length > newest.length && empty(`${pipelines.length - newest.length} older ones are not shown.`),
  )
}

/** A person: what they may use, never the value of a token, and what their role is where. */
export function userView(world: World, user: User): View {
  const roles = world.projects.flatMap((project) => {
    const role = project.members.get(user)
    return role === undefined ? [] : [{key: project.path, cells: [link(projectPath(project), project.path), role]}]
  })
  const tokens = user.tokens.map(({scopes = ['api'], expired, revoked}, index) => ({
    key: String(index),
    cells: [scopes.join(', '), revoked ? 'revoked' : expired ? 'expired' : 'works'],
  }))
  return {
    title: user.username,
    trail: [link('/', 'Projects')],
    body: [
      element('h1', {}, `${user.name} (${user.username})`),
      section('Roles', roles.length === 0 ? empty('A member of nothing.') : table(['Project', 'Role'], roles)),
      section('Access tokens', tokens.length === 0 ? empty('None.') : table(['Scopes', 'State'], tokens)),
    ],
  }
}
