import type {Context, OwnJob} from '../../command/action.ts'
import type {ActionError} from '../../base/errors.ts'
import {currentUser, ownJob, tokenSelf} from '../../gitlab/api/endpoints.ts'
import {cannotCall} from '../../gitlab/api/refusal.ts'
import type {CurrentUser, TokenSelf} from '../../gitlab/api/shapes.ts'
import type {Job} from '../../gitlab/api/types.ts'
import {mayBeOlder} from './ask.ts'
import type {Asker} from './ask.ts'
import {checksOf, outOfReach, timeLeft} from './check.ts'
import type {Check} from './check.ts'

/** What is known of a credential. `unknown`: it is there, and GitLab could not be asked, or is too old to be. */
export interface Finding {
  readonly state: 'works' | 'broken' | 'absent' | 'unknown'
  readonly check: Check
  /** Of `broken`; of `unknown`, why the own job cannot be asked for. */
  readonly error?: ActionError | undefined
}

/** What is known of the access token, and what GitLab says of it and its owner. */
export interface TokenFinding extends Finding {
  readonly user?: CurrentUser | undefined
  readonly self?: TokenSelf | undefined
}

type Holding = Pick<
  Context<{readonly auth: string; readonly jobToken: string | undefined}>,
  'inputs' | 'given' | 'gitlab' | 'own' | 'clock'
>

const {ok, warning, failed, unknown} = checksOf('credentials')
const jobTokenName = 'Job token'
const tokenName = 'Access token'

/** Which job the job token belongs to, and whether it still runs. */
export async function examineJobToken({inputs, gitlab, own}: Holding, asker: Asker): Promise<Finding> {
  if (inputs.jobToken === undefined) return absent(jobTokenName, 'None: CI_JOB_TOKEN is set in CI jobs only.')
  const choice = gitlab.choose('own-job')
  if (choice.kind === 'refused' && choice.reason === 'absent') {
    // Downloads with it are tried all the same.
    return {state: 'unknown', check: unknown(jobTokenName, cannotCall('own-job', 'absent', gitlab.facts).message)}
  }
  if (choice.kind !== 'job-token') {
    const {isOwnServer, serverHost} = gitlab.link
    const why = isOwnServer === false ? `Not sent: it belongs to ${serverHost}.` : notUsed(inputs)
    return absent(jobTokenName, why)
  }
  const {value: job, error} = await asker.ask(ownJob())
  if (error && mayBeOlder(error, 'own-job') && !asker.outage()) {
    const details = `${error.message} ${error.hint ?? ''} Downloads with it are tried all the same.`
    return {state: 'unknown', error, check: unknown(jobTokenName, details)}
  }
  if (error) return unanswered(jobTokenName, error, asker)
  const who = job.user ? `, with the rights of @${job.user.username}` : ''
  const text = `Of job ${job.id} "${job.name}" (${job.status}) in pipeline ${job.pipeline.id} of project ${projectOf(job, own)}${who}.`
  const isOther = own.id !== undefined && own.id !== job.id
  const check = isOther ? warning(jobTokenName, `${text} CI_JOB_ID says ${own.id}.`) : ok(jobTokenName, text)
  return {state: 'works', check}
}

/** Whose the access token is, what it may do, and for how long. */
export async function examineToken({inputs, given, gitlab, clock}: Holding, asker: Asker): Promise<TokenFinding> {
  const source = given['token'] ?? given['tokenFile']
  if (source === undefined) return absent(tokenName, 'None: GITLAB_TOKEN and --token-file are not set.')
  if (gitlab.choose('user').kind !== 'token') return absent(tokenName, notUsed(inputs))
  const [{value: user, error}, {value: self}] = [await asker.ask(currentUser()), await asker.ask(tokenSelf())]
  // A token may know itself and not be allowed to ask who its user is.
  if (error && self === undefined) return unanswered(tokenName, error, asker)
  const left = self?.expires_at ? timeLeft(new Date(self.expires_at), clock.date()) : undefined
  const parts = [
    `${kindOf(user)}${user ? ` of @${user.username}` : ''}, from ${source}`,
    self ? `"${self.name}", scopes ${self.scopes.join(', ')}` : 'scopes and expiry not told',
    ...(left === undefined ? (self ? ['no expiry'] : []) : [`expires ${self?.expires_at} (${left.text})`]),
  ]
  const isEnding = self?.active === false || left?.isShort === true
  return {state: 'works', user, self, check: (isEnding ? warning : ok)(tokenName, `${parts.join('; ')}.`)}
}

const notUsed = ({auth}: Holding['inputs']): string => `Not used, as --auth ${auth} says.`

function absent(name: string, details: string): Finding {
  return {state: 'absent', check: unknown(name, details)}
}

function unanswered(name: string, error: ActionError, asker: Asker): Finding {
  if (asker.outage()) return {state: 'unknown', check: unknown(name, outOfReach)}
  return {state: 'broken', error, check: failed(name, error.message, error.hint)}
}

/** GitLab gives the users behind project and group access tokens names of this form. */
function kindOf(user: CurrentUser | undefined): string {
  const [, kind, id] = /^(project|group)_(\d+)_bot/.exec(user?.username ?? '') ?? []
  if (kind !== undefined) return `Access token of ${kind} ${id}`
  return user?.bot ? 'Access token of a bot' : 'Access token'
}

function projectOf({pipeline}: Job, {projectId, projectPath}: OwnJob): string {
  const id = pipeline.project_id
  return projectPath !== undefined && projectId === id ? `${id} (${projectPath})` : String(id)
}
