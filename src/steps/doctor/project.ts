import type {ActionError} from '../../base/errors.ts'
import {routeOf} from '../../gitlab/api/access.ts'
import {levelOf, roleName} from '../../gitlab/api/permit.ts'
import type {Project} from '../../gitlab/api/shapes.ts'
import type {AllowedAgents} from '../../gitlab/api/types.ts'
import type {Answer} from './ask.ts'
import {checksOf} from './check.ts'
import type {Check} from './check.ts'
import {triedRoutes} from './routes.ts'
import type {Verdict, Verdicts} from './routes.ts'

/** How commands call the credentials. */
export const credentialNames = {
  'job-token': 'job token',
  token: 'access token',
  'trigger-token': 'trigger token',
  anonymous: 'no credential',
} as const

const {ok, failed, closed, unknown} = checksOf('project')

/** What the project lets us do, route by route. */
export function projectChecks(
  project: Answer<Project> | undefined,
  verdicts: Verdicts,
  agents: AllowedAgents | undefined,
): readonly Check[] {
  const routes = triedRoutes.flatMap((route) => {
    const verdict = verdicts.get(route)
    return verdict ? [routeCheck(`${routeOf(route).method} ${routeOf(route).path}`, verdict)] : []
  })
  return [...projectCheck(project), ...jobTokenCheck(agents), ...routes]
}

function projectCheck(answer: Answer<Project> | undefined): readonly Check[] {
  if (answer?.value) return [ok('Project', describe(answer.value))]
  const error = answer?.error
  return error?.status === undefined ? [] : [failed('Project', error.message, error.hint)]
}

function describe(project: Project): string {
  const level = levelOf(project)
  const role = level === undefined ? '' : ` The access token has the role ${roleName(level)}.`
  return `${project.path_with_namespace} (${project.id})${project.visibility ? `, ${project.visibility}` : ''}.${role}`
}

function jobTokenCheck(agents: AllowedAgents | undefined): readonly Check[] {
  const role = agents?.user.roles_in_project?.at(-1)
  if (agents === undefined || role === undefined) return []
  const {user, project} = agents
  return [
    ok('Rights of the job token', `Those of @${user.username}: ${role} in project ${project.id}, the one of this job.`),
  ]
}

function routeCheck(name: string, {works, credential = 'anonymous', why, error}: Verdict): Check {
  const whom = credential === 'anonymous' ? 'anybody' : `the ${credentialNames[credential]}`
  if (works === 'yes') return ok(name, `${why} to ${whom}.`)
  if (error === undefined) return unknown(name, why)
  return error.status === undefined
    ? closed(name, reasonOf(error), error.hint)
    : failed(name, error.message, error.hint)
}

/** Why a route was not called, without naming it once more. */
function reasonOf({message}: ActionError): string {
  const [, reason = message] = / was not called: (.+)$/s.exec(message) ?? []
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`
}
