import {badRequest, forbidden} from '../http/answers.ts'
import {checkInputs} from './job-inputs.ts'
import {move, planCleaning, startTimeline} from '../world/lifecycle.ts'
import type {Bridge, Job, User} from '../world/model.ts'
import {reviveSkipped} from '../world/processing.ts'
import {isCancelable, isComplete, isRetryable} from '../world/status.ts'
import {has} from '../world/versions.ts'
import type {Variable} from '../world/world-types.ts'
import type {World} from '../world/world.ts'

/** What people do to jobs, as GitLab's services do it. Rights have been checked before. */

export function cancel(world: World, job: Job | Bridge): void {
  const {version} = world.settings
  if (!isCancelable(job.status)) return
  const isGraceful = has(version, 'canceling') && job.kind === 'job' && job.gracefulCancel && job.status === 'running'
  if (!isGraceful) job.plan++
  move(world, job, isGraceful ? 'canceling' : 'canceled')
}

/** Ends a job whose cancellation hangs; anything else is left as it is. */
export function forceCancel(world: World, job: Job): void {
  if (job.status !== 'canceling') return
  job.plan++
  move(world, job, 'canceled')
}

/** Makes the next attempt. The old one keeps its id and its status. */
export function retry<T extends Job | Bridge>(world: World, job: T, user: User, inputs: object = {}): T {
  if (!isRetryable(job.status) || job.retriedBy !== null) throw forbidden('Job is not retryable')
  return nextAttempt(world, job, user, job.kind === 'job' ? checkInputs(world, job, inputs) : {})
}

export function nextAttempt<T extends Job | Bridge>(
  world: World,
  job: T,
  user: User,
  inputs: Job['inputs'],
  more: {readonly isInTurn?: true} = {},
): T {
  const id = world.nextJobId()
  const fresh = {
    id,
    createdAt: world.clock.now(),
    status: 'created',
    user,
    retriedBy: null,
    failureReason: null,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    timeline: job.retryTimeline ?? job.wholeTimeline,
    plan: 0,
    ...more,
  }
  const own = {token: `glcbt-${id}`, log: null, artifacts: null, erasedAt: null, inputs}
  const next = (job.kind === 'job' ? {...job, ...fresh, ...own} : {...job, ...fresh}) as T
  world.replace(job, id)
  world.addJob(next)
  reviveSkipped(next, (job, status) => void move(world, job, status))
  if (!more.isInTurn) enqueue(world, next)
  return next
}

export interface PlayOptions {
  readonly variables: readonly Variable[] | undefined
  readonly inputs: object | undefined
  /** Asked only when variables are given. */
  readonly mayGiveVariables: () => boolean
}

/** Starts a manual or delayed job; one that has run before runs anew, as a new job. */
export function play<T extends Job | Bridge>(world: World, job: T, user: User, options: PlayOptions): T {
  const isBlocked = job.status === 'manual' || job.status === 'scheduled'
  const isAgain = isRetryable(job.status) && job.retriedBy === null
  if ((job.when !== 'manual' && job.when !== 'delayed') || !(isBlocked || isAgain)) {
    throw badRequest('Unplayable Job')
  }
  if (options.variables !== undefined && !options.mayGiveVariables()) throw forbidden()
  const inputs = job.kind === 'job' ? checkInputs(world, job, options.inputs ?? {}) : {}
  const target = isAgain ? nextAttempt(world, job, user, inputs) : job
  if (target.kind === 'job') {
    target.variables = options.variables ?? target.variables
    target.inputs = inputs
  }
  if (isAgain) return has(world.settings.version, 'playReturnsNewJob') ? target : job
  target.user = user
  target.plan++
  enqueue(world, target)
  return target
}

function enqueue(world: World, job: Job | Bridge): void {
  const isBusy = job.kind === 'job' && job.resourceGroupBusy
  move(world, job, isBusy ? 'waiting_for_resource' : 'pending')
  startTimeline(world, job)
}

/** Removes log and artifacts for good. */
export function erase(world: World, job: Job): void {
  const hasAnything = job.log !== null || job.artifacts !== null
  if (!isComplete(job.status) || !hasAnything || job.erasedAt !== null) throw forbidden('Job is not erasable!')
  job.log = null
  job.artifacts = null
  job.erasedAt = world.clock.now()
}

/** The archive stays for ever. False when there is none that could be kept. */
export function keep(world: World, job: Job): boolean {
  const {artifacts} = job
  const isExpired = artifacts !== null && artifacts.expireAt !== null && artifacts.expireAt <= world.clock.now()
  if (!artifacts?.archive || isExpired) return false
  artifacts.expireAt = null
  return true
}

/** Sets the expiry to now and leaves the rest to the cleaner. */
export function expireNow(world: World, job: Job): void {
  if (!job.artifacts) return
  const now = world.clock.now()
  job.artifacts.expireAt = now
  planCleaning(world, job, now)
}
