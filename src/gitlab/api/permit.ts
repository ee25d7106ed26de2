import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import type {FailureKind} from '../../base/errors.ts'
import {routeOf} from './access.ts'
import {isFinal} from './job-status.ts'
import type {Project} from './shapes.ts'
import type {Bridge, Job} from './types.ts'
import {atLeast} from './version.ts'

/** What can be done to a job, by the name of its route. */
export type Change = 'play' | 'retry' | 'cancel' | 'erase' | 'keep' | 'delete-artifacts'

/** What GitLab shows of who asks. What is undefined is not known, and forbids nothing. */
export interface Rights {
  /** The role in the project, as a number of GitLab's. */
  readonly level?: number | undefined
  /** Of the access token. */
  readonly scopes?: readonly string[] | undefined
}

/** All that bears on whether a change may be made. */
export interface Standing extends Rights {
  readonly job: Job | Bridge
  readonly isProjectArchived?: boolean | undefined
  readonly serverVersion?: string | undefined
  /** The branch or tag of the job: whether who asks may change what runs on it. */
  readonly protection?: {readonly isProtected: boolean; readonly mayPush?: boolean | undefined} | undefined
}

export interface Refusal {
  readonly may: false
  readonly because: 'state' | 'protection' | 'role' | 'scope'
  readonly kind: FailureKind
  /** A whole sentence. */
  readonly why: string
  /** The one thing to do. */
  readonly hint: string
}

export type Permit = {readonly may: true} | Refusal

/** https://docs.gitlab.com/api/access_requests/#valid-access-levels */
const levels: Readonly<Record<string, number>> = {
  Guest: 10,
  Planner: 15,
  Reporter: 20,
  Developer: 30,
  Maintainer: 40,
  Owner: 50,
}

/**
 * Whether a change may be made, by facts alone, in the order in which GitLab's own checks decide: the state, the protection of the ref, the role, the
 * scope.
 */
export function permit(change: Change, standing: Standing): Permit {
  return (
    stateProblem(change, standing) ??
    protectionProblem(change, standing) ??
    rightsProblem(change, standing) ?? {may: true}
  )
}

/** The part of `permit` that is the same for every job of a project. */
export function rightsProblem(change: Change | 'create-pipeline', standing: Rights): Refusal | undefined {
  return roleProblem(change, standing) ?? scopeProblem(change, standing)
}

/** The error for a change that may not be made. `cause` is GitLab's answer, where it was asked. */
export function forbidden(permit: Refusal, cause?: ActionError): ActionError {
  return new ActionError(permit.kind, permit.why, {hint: permit.hint, cause, status: cause?.status})
}

/** The part of `permit` that a list of jobs shows already, so that nothing more need be asked. */
export function stateProblem(change: Change, {job, isProjectArchived, serverVersion}: Standing): Refusal | undefined {
  const name = `Job ${job.id} "${clean(job.name, 200)}"`
  if (isProjectArchived) {
    return no([
      `${name} belongs to an archived project, in which nothing can be changed.`,
      'Unarchive the project first, under Settings > General > Advanced.',
    ])
  }
  const isBridge = 'downstream_pipeline' in job
  const problem =
    (isBridge ? bridgeProblem(change, name, job, serverVersion) : archivedProblem(name, job)) ??
    statusProblem(change, name, job.status)
  return problem && no(problem)
}

/** Why not, and what helps. */
type Problem = readonly [why: string, hint: string]

const no = ([why, hint]: Problem): Refusal => ({may: false, because: 'state', kind: 'wrongState', why, hint})

function archivedProblem(name: string, {archived}: Job): Problem | undefined {
  if (!archived) return undefined
  return [
    `${name} is archived: it is older than this GitLab lets jobs be changed.`,
    'Run a new pipeline; an administrator sets the age under Settings > CI/CD > Continuous Integration.',
  ]
}

function statusProblem(change: Change, name: string, status: string): Problem | undefined {
  if (change === 'erase' && !isFinal(status)) {
    return [
      `${name} is ${clean(status)}: only a finished job can be erased.`,
      'Wait until it has ended, or cancel it first.',
    ]
  }
  const mayRetry = ['success', 'failed', 'canceled', 'canceling'].includes(status) || !isKnown(status)
  if (change !== 'retry' || mayRetry) return undefined
  return [
    `${name} is ${clean(status)}: only a finished job can be retried.`,
    status === 'manual' || status === 'scheduled'
      ? 'Use play-manual-job to start it.'
      : 'Only jobs that succeeded, failed or were canceled can be retried.',
  ]
}

function bridgeProblem(
  change: Change,
  name: string,
  {downstream_pipeline: downstream}: Bridge,
  serverVersion: string | undefined,
): Problem | undefined {
  if (change === 'play' || change === 'retry') {
    const since = change === 'play' ? '13.12' : '17.0'
    if (serverVersion === undefined || atLeast(serverVersion, since)) return undefined
    return [
      `${name} is a trigger job, which GitLab’s API can ${change} since ${since}; this one is ${clean(serverVersion, 40)}.`,
      `Do it on the page of its pipeline, or use GitLab ${since} or newer.`,
    ]
  }
  if (change === 'cancel') {
    const hint = downstream
      ? `Cancel the jobs of its downstream pipeline: --project ${downstream.project_id} --pipeline-id ${downstream.id}.`
      : 'It has no downstream pipeline yet: cancel the whole pipeline on its page.'
    return [`${name} is a trigger job, which GitLab’s API cannot cancel.`, hint]
  }
  const done = change === 'delete-artifacts' ? 'delete' : change
  return [`${name} is a trigger job: it has neither a log nor artifacts to ${done}.`, 'Leave it out.']
}

function protectionProblem(change: Change, {job, protection}: Standing): Refusal | undefined {
  if (!protection?.isProtected || protection.mayPush !== false) return undefined
  if (change === 'delete-artifacts' || job.tag) return undefined
  return {
    may: false,
    because: 'protection',
    kind: 'refused',
    why: `The branch ${clean(job.ref, 200)} is protected, and only who may push or merge to it may ${change} its jobs: the owner of the access token may not.`,
    hint: 'Use a token whose owner may, or add that user under Settings > Repository > Protected branches.',
  }
}

function roleProblem(change: Change | 'create-pipeline', {level}: Rights): Refusal | undefined {
  const {role} = routeOf(change)
  if (level === undefined || level >= (levels[role] ?? 0)) return undefined
  // GitLab lets developers erase the jobs that they started on refs without protection.
  if (change === 'erase' && level >= 30) return undefined
  return {
    may: false,
    because: 'role',
    kind: 'refused',
    why: `The access token has the role ${roleName(level)} in the project, and this needs ${role}.`,
    hint: `Use a token with the role ${role} or more in the project.`,
  }
}

function scopeProblem(change: Change | 'create-pipeline', {scopes}: Rights): Refusal | undefined {
  const {scope} = routeOf(change)
  // What a fine-grained token may do does not show in its scopes.
  if (scopes === undefined || scopes.some((given) => given === scope || /granular/.test(given))) return undefined
  return {
    may: false,
    because: 'scope',
    kind: 'refused',
    why: `The access token has the scopes ${scopes.map((given) => clean(given, 40)).join(', ')}, and this needs ${scope}.`,
    hint: `Use a token with the scope ${scope}.`,
  }
}

/** The higher of the two roles; undefined where GitLab tells none, as for administrators. */
export function levelOf({permissions}: Project): number | undefined {
  const known = [permissions?.project_access, permissions?.group_access].flatMap((access) => access?.access_level ?? [])
  return known.length === 0 ? undefined : Math.max(...known)
}

/** The name of an access level, such as Developer for 30. */
export function roleName(level: number): string {
  return Object.entries(levels).find(([, value]) => value === level)?.[0] ?? `of level ${level}`
}

/** The access level of a role; 0, which everybody has, for a role without one. */
export function levelFor(role: string): number {
  return levels[role] ?? 0
}

function isKnown(status: string): boolean {
  return [
    'created',
    'waiting_for_resource',
    'preparing',
    'waiting_for_callback',
    'pending',
    'running',
    'skipped',
    'manual',
    'scheduled',
  ].includes(status)
}

interface Ignored {
  readonly since: string
  /** Before this version it was not needed. */
  readonly needless?: string
  readonly what: string
}

/** Parameters that GitLab ignores without a word before a version. https://docs.gitlab.com/api/jobs/ */
const parameters = {
  'play variables': {since: '14.9', what: 'variables for a manual job'},
  // The lists of 13.3 and 13.4 hold the retried jobs unasked.
  'retried jobs': {since: '13.7', needless: '13.5', what: 'the wish for retried jobs'},
  // It filters since 14.3; that an answer tells the source is newer.
  'pipeline source': {since: '14.4', what: 'the source that pipelines must have'},
  'play inputs': {since: '18.10', what: 'inputs of a job'},
  'retry inputs': {since: '18.10', what: 'inputs of a job'},
  'cancel force': {since: '17.10', what: 'a cancel by force'},
  'trigger inputs': {since: '17.11', what: 'inputs of a pipeline'},
} as const satisfies Readonly<Record<string, Ignored>>

export type Parameter = keyof typeof parameters

/** The first GitLab that does not ignore the parameter. */
export function sinceOf(parameter: Parameter): string {
  return parameters[parameter].since
}

/** The error for a parameter that this server would ignore; undefined where it knows it, or where the version is not known. */
export function ignoredParameter(parameter: Parameter, serverVersion: string | undefined): ActionError | undefined {
  const {since, needless, what}: Ignored = parameters[parameter]
  if (serverVersion === undefined || atLeast(serverVersion, since)) return undefined
  if (needless !== undefined && !atLeast(serverVersion, needless)) return undefined
  const message = `GitLab takes ${what} since ${since}. Before, it ignores that, and this one is ${clean(serverVersion, 40)}. Nothing was changed.`
  return new ActionError('usage', message, {
    hint: /inputs/.test(parameter) ? 'Leave them out, or give variables instead.' : 'Leave that out.',
  })
}
