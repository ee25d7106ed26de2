import type {Action} from '../command/action.ts'
import type {Fields, Values} from '../command/fields.ts'
import {routeHeader, routeRow} from '../gitlab/api/access.ts'
import type {GitLab} from '../gitlab/http/client.ts'
import type {Host} from '../hosts/host.ts'
import type {SharedInputs} from '../command/shared-inputs.ts'

/** Tells which routes a command may call with these inputs, with which credential, and what each asks for. Calls nothing. */
export function explainCalls(action: Action, values: Values<Fields & SharedInputs>, gitlab: GitLab, host: Host): void {
  const rows = action.calls
    .filter((call) => call.when?.(values) ?? true)
    .map((call) => {
      const [route = '', ...needs] = routeRow(call.route)
      return [route, credential(gitlab, call.route), ...needs, call.why]
    })
  host.log.table(`What ${action.name} would call at ${gitlab.api}`, explainHeader, rows)
  host.log.info('Nothing was called.')
}

const [routeTitle, ...needTitles] = routeHeader
const explainHeader = [routeTitle, 'With', ...needTitles, 'Why']

const refusals: Readonly<Record<string, string>> = {
  absent: 'nothing: this GitLab is too old for it',
  never: 'nothing: no job token may, and there is no access token',
  version: 'nothing: this GitLab is too old for job tokens here',
  job: 'nothing: needs a job token',
  none: 'nothing: there is no credential',
  auth: 'nothing: the auth input forbids it',
}

const credentialNames: Readonly<Record<string, string>> = {
  'job-token': 'job token',
  token: 'access token',
  anonymous: 'no credential',
}

function credential(gitlab: GitLab, route: Action['calls'][number]['route']): string {
  const choice = gitlab.choose(route)
  return choice.kind === 'refused'
    ? (refusals[choice.reason] ?? choice.reason)
    : (credentialNames[choice.kind] ?? choice.kind)
}
