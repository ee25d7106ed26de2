import type {Context, OwnJob} from '../../command/action.ts'
import type {ActionError} from '../../base/errors.ts'
import {currentUser, ownJob, tokenSelf} from '../../gitlab/api/endpoints.ts'
import {cannotCall} from '../../gitlab/api/refusal.ts'
import type {CurrentUser, TokenSelf} from '../../gitlab/api/shapes.ts'
import type {Job} from '../../gitlab/api/types.ts'
import type {Asker} from './ask.ts'
import {check, daysLeft, daysUntil, failed, fewDays} from './check.ts'
import type {Check} from './check.ts'

/** What is known of a credential. `unknown`: it is there, and GitLab could not be asked, or is too old to be. */
interface Finding {
  readonly state: 'works' | 'broken' | 'absent' | 'unknown'
  readonly check: Check
  readonly error?: ActionError | undefined
}

export interface JobTokenFinding extends Finding {
  readonly job?: Job | undefined
}

export interface TokenFinding extends Finding {
  readonly user?: CurrentUser | undefined
  readonly self?: TokenSelf | undefined
}

type Looking = Pick<
  Context<{readonly auth: string; readonly jobToken: string | undefined}>,
  'inputs' | 'given' | 'gitlab' | 'own' | 'clock'
>

/** Which job the job token belongs to, and whether it still runs. */
export async function examineJobToken(context: Looking, asker: Asker): Promise<JobTokenFinding> {
  const {inputs, gitlab, own} = context
  if (inputs.jobToken === undefined) return absent(jobTokenName, 'None: CI_JOB_TOKEN is set in CI jobs only.')
  const choice = gitlab.choose('own-job')
  if (choice.kind === 'refused' && choice.reason === 'absent') {
    // Downloads with it are tried all the same.
    const {message} = cannotCall('own-job', 'absent', gitlab.facts)
    return {state: 'unknown', check: check('credentials', jobTokenName, 'unknown', message)}
  }
  if (choice.kind !== 'job-token') {
    return absent(
      jobTokenName,
      gitlab.link.isOwnServer === false
        ? `Not sent: it belongs to ${gitlab.link.serverHost}.`
        : `Not used, as --auth ${inputs.auth} says.`,
    )
  }
  const {value: job, error} = await asker.ask(ownJob())
  if (error) return unanswered(jobTokenName, error, asker)
  const who = job.user ? `, with the rights of @${job.user.username}` : ''
  const text = `Of job ${job.id} "${job.name}" (${job.status}) in pipeline ${job.pipeline.id} of project ${projectOf(job, own)}${who}.`
  const isOther = own.id !== undefined && own.id !== job.id
  const result = isOther
    ? check('credentials', jobTokenName, 'warning', `${text} CI_JOB_ID says ${own.id}.`)
    : check('credentials', jobTokenName, 'ok', text)
  return {state: 'works', job, check: result}
}

/** Whose the access token is, what it may do, and for how long. */
export async function examineToken(context: Looking, asker: Asker): Promise<TokenFinding> {
  const {inputs, given, gitlab, clock} = context
  const source = given['token'] ?? given['tokenFile']
  if (source === undefined) return absent(tokenName, 'None: GITLAB_TOKEN and --token-file are not set.')
  if (gitlab.choose('user').kind !== 'token') return absent(tokenName, `Not used, as --auth ${inputs.auth} says.`)
  const [{value: user, error}, {value: self}] = [await asker.ask(currentUser()), await asker.ask(tokenSelf())]
  // A token may know itself and not be allowed to ask who its user is.
  if (error && self === undefined) return unanswered(tokenName, error, asker)
  const days = self?.expires_at ? daysUntil(new Date(self.expires_at), clock.date()) : undefined
  const parts = [
    `${kindOf(user)}${user ? ` of @${user.username}` : ''}, from ${source}`,
    self ? `"${self.name}", scopes ${self.scopes.join(', ')}` : 'scopes and expiry not told',
    ...(days === undefined ? (self ? ['no expiry'] : []) : [`expires ${self?.expires_at} (${daysLeft(days)})`]),
  ]
  const isEnding = self?.active === false || (days !== undefined && days < fewDays)
  const result = check('credentials', tokenName, isEnding ? 'warning' : 'ok', `${parts.join('; ')}.`)
  return {state: 'works', user, self, check: result}
}

const jobTokenName = 'Job token'
const tokenName = 'Access token'

function absent(name: string, details: string): Finding {
  return {state: 'absent', check: check('credentials', name, 'unknown', details)}
}

function unanswered(name: string, error: ActionError, asker: Asker): Finding {
  if (asker.outage()) {
    return {state: 'unknown', check: check('credentials', name, 'unknown', 'Not checked: GitLab is out of reach.')}
  }
  return {state: 'broken', error, check: failed('credentials', name, error)}
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
