import {ActionError} from '../../base/errors.ts'
import {routeOf} from '../../gitlab/api/access.ts'
import type {RouteName} from '../../gitlab/api/access.ts'
import type {GitLab} from '../../gitlab/http/client.ts'
import {levelFor, levelOf, roleName} from '../../gitlab/api/permit.ts'
import {cannotCall} from '../../gitlab/api/refusal.ts'
import type {Project} from '../../gitlab/api/shapes.ts'
import type {Told} from './ask.ts'
import type {TokenFinding} from './credentials.ts'
import {no, outOfReach, unknown} from './doctor-verdict.ts'
import type {Verdict} from './doctor-verdict.ts'

/** The routes that change something: never called by a diagnosis. */
export const writeRoutes = [
  'play',
  'retry',
  'cancel',
  'erase',
  'keep',
  'delete-artifacts',
  'create-pipeline',
  'trigger',
] as const

/** Whether a changing route should work, by the scopes of the access token and its role in the project, as far as they are told. */
export function writeVerdict(
  route: RouteName,
  gitlab: GitLab,
  token: TokenFinding,
  project: Told<Project> | undefined,
  isJobTokenGood: boolean,
): Verdict {
  const choice = gitlab.choose(route)
  if (choice.kind === 'refused') return no(cannotCall(route, choice.reason, gitlab.facts))
  if (choice.kind !== 'token') {
    if (!isJobTokenGood) return unknown('Not called.', choice.kind)
    return {works: 'should', credential: choice.kind, why: 'Not called. The project that is triggered decides.'}
  }
  if (token.state === 'unknown') return unknown(outOfReach, choice.kind)
  if (token.error) return no(token.error, choice.kind)
  if (project?.error?.status !== undefined) return no(project.error, choice.kind)
  const {method, path, scope, role} = routeOf(route)
  const about = `${method} ${path} was not called`
  const scopes = token.self?.scopes
  if (scopes && !scopes.includes(scope)) {
    const message = `${about}: the access token has the scopes ${scopes.join(', ')}, and this needs ${scope}.`
    return no(new ActionError('refused', message, {hint: `Use a token with the scope ${scope}.`}), choice.kind)
  }
  const level = project?.value && levelOf(project.value)
  if (level === undefined) return unknown('Not called, role not checked.', choice.kind)
  if (level < levelFor(role)) {
    // GitLab lets developers erase the jobs they started themselves.
    if (route === 'erase' && level >= 30)
      return unknown('Not called. A Developer may erase own jobs only.', choice.kind)
    const message = `${about}: the access token has the role ${roleName(level)}, and this needs ${role}.`
    const hint = `Use a token with the role ${role} or more in the project.`
    return no(new ActionError('refused', message, {hint}), choice.kind)
  }
  const known = scopes === undefined ? 'scopes not checked' : `scope ${scope}`
  return {works: 'should', credential: choice.kind, why: `Not called. Role ${roleName(level)}, ${known}.`}
}
