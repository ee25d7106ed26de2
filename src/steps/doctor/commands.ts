import {restated, type ActionError} from '../../base/errors.ts'
import type {Credential, RouteName} from '../../gitlab/api/access.ts'
import {commandNeeds} from './command-needs.ts'
import type {Verdict, Verdicts} from './routes.ts'

/** Whether a command works. */
export interface CommandVerdict extends Verdict {
  readonly command: string
  /** All that it would use. */
  readonly credentials: readonly Credential['kind'][]
}

/** Whether each command works: as well as the least of its steps. */
export function commandVerdicts(verdicts: Verdicts): readonly CommandVerdict[] {
  return Object.entries(commandNeeds).map(([command, needs]) => {
    const steps = needs.map((need) => best(need.map((route) => verdictFor(route, verdicts))))
    const worst = steps.reduce((least, step) => (order[step.works] > order[least.works] ? step : least))
    const credentials = [...new Set(steps.flatMap(({credential}) => credential ?? []))]
    return {...worst, command, credentials, error: worst.error && withAllHints(worst.error, steps)}
  })
}

const order = {yes: 0, should: 1, unknown: 2, no: 3} as const

/** What helps with every step. Changing asks more of an access token than reading before it: its last mention is enough. */
function withAllHints(error: ActionError, steps: readonly Verdict[]): ActionError {
  const hints = [...new Set(steps.flatMap((step) => step.error?.hint ?? []))]
  const needed = hints.filter(
    (hint, at) => !token.test(hint) || !hints.slice(at + 1).some((later) => token.test(later)),
  )
  return restated(error, {hint: needed.length === 0 ? undefined : needed.join(' ')})
}

const token = /GITLAB_TOKEN/

function best(alternatives: readonly Verdict[]): Verdict {
  return alternatives.reduce((first, other) => (order[other.works] < order[first.works] ? other : first))
}

/** Downloads are all let through by the same rules, so that one of them is tried for all. */
const sameRules: Readonly<Partial<Record<RouteName, RouteName>>> = {
  'artifacts-tree': 'artifacts',
  'artifact-file': 'artifacts',
  'artifacts-by-ref': 'artifacts',
}

function verdictFor(route: RouteName, verdicts: Verdicts): Verdict {
  return verdicts.get(sameRules[route] ?? route) ?? {works: 'unknown', credential: undefined, why: 'Not checked.'}
}
