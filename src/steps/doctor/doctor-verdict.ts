import type {ActionError} from '../../base/errors.ts'
import type {Credential, RouteName} from '../../gitlab/api/access.ts'
import type {GitLab} from '../../gitlab/http/client.ts'
import type {Asker, Told} from './ask.ts'

/** Whether a route can be called with what is there. */
export interface Verdict {
  /** `should`: not called, because it changes something, but the token has the scope and the role; `unknown`: could not be checked. */
  readonly works: 'yes' | 'should' | 'unknown' | 'no'
  readonly credential: Credential['kind'] | undefined
  /** A sentence, or for `yes` the beginning of one that ends with the credential. */
  readonly why: string
  /** Of `no`. */
  readonly error?: ActionError | undefined
}

export type Verdicts = ReadonlyMap<RouteName, Verdict>

export const outOfReach = 'Not checked: GitLab is out of reach.'

/** What an answer says about its route. */
export function verdictOf(route: RouteName, {error}: Told<unknown>, gitlab: GitLab, asker: Asker): Verdict {
  const credential = credentialOf(gitlab, route)
  if (error === undefined) return {works: 'yes', credential, why: 'Open'}
  if (error === asker.outage()) return unknown(outOfReach, credential)
  if (isOnlyEmpty(error)) return {works: 'yes', credential, why: 'Nothing to read, but open'}
  return no(error, credential)
}

export function no(error: ActionError, credential?: Verdict['credential']): Verdict {
  return {works: 'no', credential, why: error.message, error}
}

export function unknown(why: string, credential?: Verdict['credential']): Verdict {
  return {works: 'unknown', credential, why}
}

function credentialOf(gitlab: GitLab, route: RouteName): Verdict['credential'] {
  const {kind} = gitlab.choose(route)
  return kind === 'refused' ? undefined : kind
}

/** GitLab looks for the project first, then for the right to read, and only then for the job: missing the last is past all refusals. */
function isOnlyEmpty({kind, status, message}: ActionError): boolean {
  return kind === 'notFound' && status !== undefined && !/project not found/i.test(message)
}
