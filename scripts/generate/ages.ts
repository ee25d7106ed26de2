import type {AnyAction} from '../../src/command/action.ts'
import {chooseCredential, oldestVersion, servesSince} from '../../src/gitlab/api/access.ts'
import type {AccessFacts, Credentials, RouteName} from '../../src/gitlab/api/access.ts'
import {atLeast} from '../../src/gitlab/api/version.ts'

/** The versions of GitLab that every command is judged for and tried against. */
export const ages = [oldestVersion, '14.10', '15.11', '16.11', '17.11', '18.0', '18.8', '19.2'] as const

const holdings = {
  job: {jobToken: 'job', token: undefined, auth: 'auto'},
  token: {jobToken: undefined, token: 'access', auth: 'auto'},
  both: {jobToken: 'job', token: 'access', auth: 'auto'},
} as const satisfies Readonly<Record<string, Credentials>>

export type Holding = keyof typeof holdings

/** The steps of a command, of each of which one route must be open. */
export type Needs = readonly (readonly RouteName[])[]

/**
 * `asked`: GitLab refuses it in a private project, and is asked all the same: without a credential, since the project may be public, or with a job token
 * that it may take already. `closed`: refused before it is asked.
 */
export type Judgement = 'works' | 'asked' | 'closed'

/** What becomes of a command in a private project, as well as the least of its steps. */
export function judge(needs: Needs, holding: Holding, serverVersion: string): Judgement {
  const order = ['works', 'asked', 'closed'] as const
  const judgeRoute = (route: RouteName): Judgement => {
    const choose = (...closed: RouteName[]) => {
      const facts: AccessFacts = {serverVersion, closedToJobToken: new Set(closed)}
      return chooseCredential(route, holdings[holding], facts).kind
    }
    const kind = choose()
    if (kind === 'refused') return 'closed'
    const since = servesSince(route, 'job-token')
    const isTried = kind === 'job-token' && since !== undefined && !atLeast(serverVersion, since)
    return kind === 'anonymous' || (isTried && choose(route) !== 'token') ? 'asked' : 'works'
  }
  const steps = needs.map((routes) => routes.map(judgeRoute).toSorted((a, b) => order.indexOf(a) - order.indexOf(b))[0])
  return order.findLast((judgement) => steps.includes(judgement)) ?? 'works'
}

/** The first version on which a command works with one kind of credential alone; undefined if none. */
export function worksSince(needs: Needs, kind: 'job-token' | 'token'): string | undefined {
  let since: string | undefined = oldestVersion
  for (const routes of needs) {
    const firsts = routes.flatMap((route) => servesSince(route, kind) ?? [])
    const first = firsts.toSorted((a, b) => (atLeast(a, b) ? 1 : -1))[0]
    if (first === undefined || since === undefined) since = undefined
    else if (atLeast(first, since)) since = first
  }
  return since
}

/** What a command does, with what that needs. */
export interface Task {
  readonly action: AnyAction
  readonly title: string
  readonly needs: Needs
}

/** Each command; where it needs less by an id than by a name, each of the two. */
export function tasksOf(actions: readonly AnyAction[]): readonly Task[] {
  return actions.flatMap((action): readonly Task[] => {
    const {name, needs} = action
    const isOfJobs = 'jobId' in action.inputs && !needs.flat().includes('pipeline-jobs')
    if (needs.length === 0) return []
    if (!isOfJobs) return [{action, title: name, needs}]
    return [
      {action, title: `${name} by id`, needs},
      {action, title: `${name} by name`, needs: byName(needs)},
    ]
  })
}

/** The needs of a command that finds its job by its name. */
export function byName(needs: Needs): Needs {
  return [['pipeline-jobs'], ...needs]
}
