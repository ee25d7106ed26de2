import {json, notFound, unauthorized, type Answer} from '../http/answers.ts'
import {header} from '../http/credentials.ts'
import {projectUrl, publicUser} from '../world/entities.ts'
import {findProject, hasRole, levelOf} from '../http/permissions.ts'
import type {Call, Route} from '../http/route.ts'

/** What clients ask for around jobs: the server, the user and the project. */
export const aroundRoutes: readonly Route[] = [
  {method: 'GET', path: '/version', login: 'required', handle: version},
  {method: 'GET', path: '/user', login: 'required', handle: currentUser},
  {method: 'GET', path: '/personal_access_tokens/self', since: 'ownTokenRoute', login: 'required', handle: ownToken},
  {method: 'GET', path: '/projects/:id', login: 'optional', handle: project},
]

function version({world}: Call): Answer {
  const {version, edition} = world.settings
  return json(200, {version: `${version}.0${edition === 'ee' ? '-ee' : ''}`, revision: '5a11db0c5'})
}

function currentUser({world, caller}: Call): Answer {
  if (caller.kind === 'anonymous') throw notFound()
  const {username} = caller.user
  return json(200, {
    ...publicUser(world, caller.user),
    email: `${username}@example.com`,
    commit_email: `${username}@example.com`,
    two_factor_enabled: false,
    external: false,
    private_profile: false,
    can_create_group: true,
    can_create_project: true,
  })
}

/** The token that asks. GitLab answers it to any scope; here it needs one that may read. */
function ownToken({world, request, caller}: Call): Answer {
  const found = world.personalToken(header(request, 'private-token') ?? '')
  if (!found || caller.kind !== 'user') throw unauthorized()
  const {scopes = ['api']} = found.token
  return json(200, {
    id: 1000 + found.user.id,
    name: 'sandbox',
    revoked: false,
    created_at: '2024-01-01T00:00:00.000Z',
    description: null,
    scopes,
    user_id: found.user.id,
    last_used_at: null,
    active: true,
    expires_at: '2030-01-01',
  })
}

function project(call: Call): Answer {
  const {world, params, caller} = call
  const found = findProject(call, String(params['id']))
  const names = found.path.split('/')
  return json(200, {
    id: found.id,
    description: null,
    name: names.at(-1),
    name_with_namespace: names.join(' / '),
    path: names.at(-1),
    path_with_namespace: found.path,
    created_at: '2024-01-01T00:00:00.000Z',
    default_branch: found.defaultBranch,
    visibility: found.visibility,
    web_url: projectUrl(world, found),
    http_url_to_repo: `${projectUrl(world, found)}.git`,
    namespace: {path: names.at(-2), full_path: names.slice(0, -1).join('/'), kind: 'group'},
    archived: found.archived,
    // Strangers are not told how a project's pipelines are set up.
    ...(hasRole(call, found, 'guest') && {
      public_jobs: found.publicPipelines,
      builds_access_level: found.ciForMembersOnly ? 'private' : 'enabled',
      keep_latest_artifact: found.file.keep_latest_artifact ?? true,
      ci_job_token_scope_enabled: false,
    }),
    ...(caller.kind === 'user' && {permissions: permissions(levelOf(world, caller, found))}),
  })
}

function permissions(level: number): object {
  return {project_access: level > 0 ? {access_level: level, notification_level: 3} : null, group_access: null}
}
