import type {ActionError} from '../../base/errors.ts'
import {routeOf} from '../../gitlab/api/access.ts'
import type {Project} from '../../gitlab/api/shapes.ts'
import type {AllowedAgents} from '../../gitlab/api/types.ts'
import {check, failed} from './check.ts'
import type {Check} from './check.ts'
import {triedRoutes} from './routes.ts'
import type {Tried} from './routes.ts'
import type {Verdict, Verdicts} from './doctor-verdict.ts'
import {levelOf, roleName} from '../../gitlab/api/permit.ts'

/** How commands call the credentials. */
export const credentialNames = {
  'job-token': 'job token',
  token: 'access token',
  'trigger-token': 'trigger token',
  anonymous: 'no credential',
} as const

/** What the project lets us do, route by route. */
export function projectChecks(
  {project}: Tried,
  verdicts: Verdicts,
  agents: AllowedAgents | undefined,
): readonly Check[] {
  const shown = project?.value
    ? [check('project', 'Project', 'ok', describe(project.value))]
    : project?.error?.status === undefined
      ? []
      : [failed('project', 'Project', project.error)]
  const roles = agents?.user.roles_in_project ?? []
  const starter =
    roles.length === 0
      ? []
      : [
          check(
            'project',
            'Rights of the job token',
            'ok',
            `Those of @${agents?.user.username}: ${roles.at(-1)} in project ${agents?.project.id}, the one of this job.`,
          ),
        ]
  const routes = triedRoutes.flatMap((route) => {
    const verdict = verdicts.get(route)
    return verdict ? [routeCheck(`${routeOf(route).method} ${routeOf(route).path}`, verdict)] : []
  })
  return [...shown, ...starter, ...routes]
}

function describe(project: Project): string {
  const level = levelOf(project)
  const role = level === undefined ? '' : ` The access token has the role ${roleName(level)}.`
  return `${project.path_with_namespace} (${project.id})${project.visibility ? `, ${project.visibility}` : ''}.${role}`
}

function routeCheck(name: string, {works, credential, why, error}: Verdict): Check {
  if (works === 'yes') return check('project', name, 'ok', `${why} to ${openTo[credential ?? 'anonymous']}.`)
  if (error === undefined) return check('project', name, 'unknown', why)
  const details = error.status === undefined ? reasonOf(error) : error.message
  return check('project', name, error.status === undefined ? 'closed' : 'failed', details, error.hint)
}

const openTo = {
  'job-token': 'the job token',
  token: 'the access token',
  'trigger-token': 'the trigger token',
  anonymous: 'anybody',
} as const

/** Why a route was not called, without naming it once more. */
function reasonOf({message}: ActionError): string {
  const [, reason = message] = / was not called: (.+)$/s.exec(message) ?? []
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`
}
