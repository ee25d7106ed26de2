import type {RouteName} from '../gitlab/api/access.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import {cannotCall} from '../gitlab/api/refusal.ts'

/** Throws `refused`, before anything is asked, if no credential at hand may call the route. */
export function requireRoute(gitlab: GitLab, route: RouteName): void {
  const choice = gitlab.choose(route)
  if (choice.kind === 'refused') throw cannotCall(route, choice.reason, gitlab.facts)
}
