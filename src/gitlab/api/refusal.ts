import {ActionError} from '../../base/errors.ts'
import type {FailureKind} from '../../base/errors.ts'
import {jobTokenMay, mayBeTooOld, routeOf} from './access.ts'
import type {AccessFacts, Credential, RefusalReason, RouteName} from './access.ts'

/** An answer that says no, and what bears on its meaning. */
export interface Answer {
  readonly route: RouteName
  readonly credential: Credential['kind']
  readonly status: number
  /** What GitLab said, cleaned. */
  readonly said: string
  readonly facts: AccessFacts
  /** Whether there is a job token at all, used or not. */
  readonly hasJobToken: boolean
  /** Whether the project asked is known to exist and to be open to the job token: it is our own, or has answered before. */
  readonly projectIsOpen: boolean
}

export interface Explanation {
  readonly kind: FailureKind
  readonly reason: RefusalReason | undefined
  /** The second half of the message, as a sentence. */
  readonly why: string
  readonly hint: string | undefined
}

/** Which of the possible reasons fits a 401, 403 or 404, and what would help. A 401 alone never means a bad job token. */
export function explainRefusal(answer: Answer): Explanation {
  if (answer.status === 404) return explainMissing(answer)
  const {route, credential, said} = answer
  if (route === 'trigger' && answer.status === 401) return triggerTokenEnded(said)
  if (/insufficient_granular_scope/.test(said)) {
    const hint = `Give the access token the permission that GitLab names, for this project, or use one with the scope ${routeOf(route).scope}.`
    return refused('scope', `GitLab says: ${said.replace(/\.$/, '')}.`, hint)
  }
  if (/insufficient_scope/.test(said)) {
    const {scope} = routeOf(route)
    return refused('scope', 'The access token lacks a scope.', `Use a token with the scope ${scope}.`)
  }
  if (/invalid_token|expired|revoked/i.test(said) && credential === 'token') {
    return refused('expired', 'The access token has expired or was revoked.', 'Put a valid one into GITLAB_TOKEN.')
  }
  if (answer.status === 401) return explain401(answer)
  if (/unauthorized for CI\/CD job tokens/i.test(said)) {
    return refused('never', `GitLab says: ${said.replace(/\.$/, '')}.`, tokenHint(route))
  }
  if (/job token not allowed/i.test(said)) {
    return refused(
      'allowlist',
      `GitLab says: ${said}`,
      'In the target project, add the project of this job under Settings > CI/CD > Job token permissions. ' +
        'Whoever started this pipeline must be a member of the target project too.',
    )
  }
  if (/insufficient permissions/i.test(said)) {
    const needed = neededPermission(said, route)
    return refused(
      'permission',
      `GitLab says: ${said}`,
      `In the target project, grant ${needed} to the project of this job under Settings > CI/CD > Job token permissions.`,
    )
  }
  const {role} = routeOf(route)
  const who = credential === 'job-token' ? 'Whoever started this pipeline' : 'The owner of the access token'
  return refused(
    'role',
    said === '' ? 'GitLab gives no reason.' : `GitLab says: ${said}.`.replace(/\.\.$/, '.'),
    credential === 'anonymous' ? 'Give a credential.' : `${who} needs the role ${role} in the project, or more.`,
  )
}

/** Why a route is not called at all, with what would make it possible. */
export function cannotCall(route: RouteName, reason: RefusalReason, facts: AccessFacts): ActionError {
  const {method, path, jobToken, role, since: first} = routeOf(route)
  const since = jobToken === false ? undefined : jobToken.since
  const now = facts.serverVersion === undefined ? '' : `, and this one is ${facts.serverVersion}`
  const needed = tokenHint(route)
  const reasons: Readonly<Partial<Record<RefusalReason, string>>> = {
    absent: `it is there since GitLab ${first}${now}`,
    never: 'no job token may call it on any GitLab version',
    version: `job tokens may call it since GitLab ${since}${now}`,
    job: 'only a job token can call it, and there is none',
    none: 'there is no credential that may call it',
    auth: 'it cannot be called without a credential',
  }
  const hints: Readonly<Partial<Record<RefusalReason, string>>> = {
    absent: `This needs GitLab ${first} or newer${role === 'a running job' ? ' and the job token of a running job, CI_JOB_TOKEN' : ''}.`,
    version: newerHint(route, since),
    job: 'Run this inside a CI job, where CI_JOB_TOKEN is set.',
    auth: 'Leave out --auth anonymous.',
    none: jobToken === false ? needed : `Run this inside a CI job, where CI_JOB_TOKEN is set. Or: ${needed}`,
  }
  return new ActionError('refused', `${method} ${path} was not called: ${reasons[reason] ?? 'it is refused'}.`, {
    hint: hints[reason] ?? needed,
  })
}

function explain401({route, credential, facts, hasJobToken}: Answer): Explanation {
  if (credential === 'anonymous') {
    return refused(
      'none',
      'This needs a credential.',
      hasJobToken ? tokenHint(route) : 'Set CI_JOB_TOKEN or GITLAB_TOKEN.',
    )
  }
  if (credential === 'token') {
    return refused(
      'expired',
      'GitLab does not know the access token.',
      'Check that GITLAB_TOKEN is a token of this server.',
    )
  }
  const may = jobTokenMay(route, facts)
  if (may === 'never') return refused('never', 'No job token may call this on any GitLab version.', tokenHint(route))
  const {jobToken} = routeOf(route)
  const since = jobToken === false ? undefined : jobToken.since
  if (since !== undefined && mayBeTooOld(route, 401, facts)) {
    return refused(
      'version',
      `Job tokens may call this since GitLab ${since}; this GitLab may be older, or the job of this token has ended.`,
      newerHint(route, since),
    )
  }
  return refused(
    'ended',
    'GitLab does not know this job token, or its job has ended: it counts only while its job runs.',
    'Run this inside the job itself, with its own CI_JOB_TOKEN.',
  )
}

/** A 404 is the truth, or the way in which GitLab says no without telling that something is there. */
function explainMissing(answer: Answer): Explanation {
  const {route, credential, facts} = answer
  if (route === 'trigger') return missing(answer, triggerHint(credential))
  const {since} = routeOf(route)
  // The words of a GitLab that does not have the route at all; of a job, a file or a project it says what is not found.
  if (since !== undefined && facts.serverVersion === undefined && /^(?:404 )?not found$/i.test(answer.said))
    return missing(answer, `GitLab has this route since ${since}: this one may be older.`)
  if (credential === 'anonymous') return missingToNobody(answer)
  if (credential === 'job-token') return missingToJobToken(answer)
  return missing(answer, isProject(answer) ? 'Check the project; the access token must be able to see it.' : undefined)
}

function missing({said}: Answer, hint?: string): Explanation {
  const why = said === '' ? 'GitLab gives no reason.' : `GitLab says: ${said}.`
  return {kind: 'notFound', reason: undefined, why, hint}
}

function isProject({said}: Answer): boolean {
  return /project not found/i.test(said)
}

function missingToNobody(answer: Answer): Explanation {
  const {route, facts, hasJobToken} = answer
  const {jobToken} = routeOf(route)
  if (!hasJobToken || jobToken === false || jobTokenMay(route, facts) !== 'version') {
    return missing(answer, 'Without a credential only public projects can be seen.')
  }
  const now = facts.serverVersion === undefined ? '' : ` and this one is ${facts.serverVersion}`
  return refused(
    'version',
    `Job tokens may read this since GitLab ${jobToken.since}${now}; without one, only public projects can be read.`,
    newerHint(route, jobToken.since),
  )
}

function missingToJobToken(answer: Answer): Explanation {
  const {route, facts, projectIsOpen} = answer
  const {jobToken} = routeOf(route)
  if (jobToken === false) return missing(answer)
  const {since, premium} = jobToken
  const isOld = since !== undefined && mayBeTooOld(route, 404, facts)
  if (!isProject(answer)) {
    return missing(answer, isOld ? `If it exists: job tokens may read this since GitLab ${since}.` : undefined)
  }
  if (projectIsOpen && premium) {
    return refused(
      'premium',
      'The project exists: with a job token, artifacts can only be downloaded where the project has GitLab Premium or Ultimate.',
      'Set GITLAB_TOKEN to an access token with the scope read_api and run with --auth token.',
    )
  }
  if (projectIsOpen && isOld) {
    // To servers that do not look at job tokens here we are nobody, and nobody sees a private project.
    const why = `The project exists: job tokens may read this since GitLab ${since}, so this GitLab must be older.`
    return refused('version', why, newerHint(route, since))
  }
  const old = isOld ? ` Job tokens may read this only since GitLab ${since}.` : ''
  const licence = premium ? ' Downloads by job token also need GitLab Premium or Ultimate there.' : ''
  return missing(
    answer,
    `Check the project. If it exists, add the project of this job to it under Settings > CI/CD > Job token permissions.${licence}${old}`,
  )
}

function triggerTokenEnded(said: string): Explanation {
  const why = said === '' ? 'GitLab does not take the token.' : `GitLab says: ${said}.`
  return refused('ended', why, 'A job token is only valid while its job runs: run this inside the job itself.')
}

/** GitLab answers nothing but "not found" here, whatever is in the way. */
function triggerHint(credential: Credential['kind']): string {
  return credential === 'trigger-token'
    ? 'Check the project, and that the trigger token is one of this project (Settings > CI/CD > Pipeline trigger tokens).'
    : 'Check the project. If it exists, whoever started this pipeline must be able to see it, and its Settings > CI/CD > Job token permissions must let the project of this job in.'
}

/** GitLab names one, or several as "read_jobs and read_pipelines". */
function neededPermission(said: string, route: RouteName): string {
  const named = /permissions? (?:is|are) required: ([a-z_]+(?:(?:, and |, | and )[a-z_]+)*)/i.exec(said)?.[1]
  const {jobToken} = routeOf(route)
  return named ?? ((jobToken && jobToken.permission) || 'the permission')
}

function tokenHint(route: RouteName): string {
  const {scope, role} = routeOf(route)
  return `Set GITLAB_TOKEN to an access token with the scope ${scope} and the role ${role} or more in the project.`
}

function newerHint(route: RouteName, since: string | undefined): string {
  return `${tokenHint(route)} Or use GitLab ${since} or newer, where the job token is enough.`
}

function refused(reason: RefusalReason, why: string, hint: string): Explanation {
  return {kind: 'refused', reason, why, hint}
}
