import {ActionError} from '../../base/errors.ts'
import {routeOf} from '../../gitlab/api/access.ts'
import type {RouteName} from '../../gitlab/api/access.ts'
import {levelFor, levelOf, roleName} from '../../gitlab/api/permit.ts'
import type {Project} from '../../gitlab/api/shapes.ts'
import type {Answer, Asker} from './ask.ts'
import {outOfReach} from './check.ts'
import type {TokenFinding} from './credentials.ts'
import {no, unknown} from './routes.ts'
import type {Verdict} from './routes.ts'

/** The routes that change something: never called by a diagnosis. */
export const changingRoutes = [
  'play',
  'retry',
  'cancel',
  'erase',
  'keep',
  'delete-artifacts',
  'create-pipeline',
  'trigger',
] as const

/** What is known of who would call them. */
interface Rights {
  readonly token: TokenFinding
  readonly project: Answer<Project> | undefined
  readonly isJobTokenGood: boolean
}

/** Whether a changing route should work, by the scopes of the access token and its role in the project, as far as they are told. */
export function changeVerdict(route: RouteName, asker: Asker, {token, project, isJobTokenGood}: Rights): Verdict {
  const {credential, error} = asker.wayTo(route)
  if (error) return no(error)
  if (credential !== 'token') {
    if (!isJobTokenGood) return unknown('Not called.', credential)
    return {works: 'should', credential, why: 'Not called. The project that is triggered decides.'}
  }
  if (token.state === 'unknown') return unknown(outOfReach, credential)
  const refused = token.error ?? (project?.error?.status === undefined ? undefined : project.error)
  if (refused) return no(refused, credential)
  const scopes = token.self?.scopes
  const {scope, role} = routeOf(route)
  if (scopes && !scopes.includes(scope)) {
    return no(lacking(route, `scopes ${scopes.join(', ')}`, scope, `Use a token with the scope ${scope}.`), credential)
  }
  const level = project?.value && levelOf(project.value)
  if (level === undefined) return unknown('Not called, role not checked.', credential)
  if (level < levelFor(role)) {
    // GitLab lets developers erase the jobs they started themselves.
    if (route === 'erase' && level >= 30) return unknown('Not called. A Developer may erase own jobs only.', credential)
    const hint = `Use a token with the role ${role} or more in the project.`
    return no(lacking(route, `role ${roleName(level)}`, role, hint), credential)
  }
  const known = scopes === undefined ? 'scopes not checked' : `scope ${scope}`
  return {works: 'should', credential, why: `Not called. Role ${roleName(level)}, ${known}.`}
}

function lacking(route: RouteName, has: string, needs: string, hint: string): ActionError {
  const {method, path} = routeOf(route)
  const message = `${method} ${path} was not called: the access token has the ${has}, and this needs ${needs}.`
  return new ActionError('refused', message, {hint})
}
