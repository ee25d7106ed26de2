import {ActionError} from '../base/errors.ts'
import type {FoundJob, PipelineRef} from '../gitlab/api/types.ts'
import type {Deadlock} from './deadlock.ts'
import type {BadEnd, Judgement} from './judge.ts'
import type {Slot} from './memory.ts'
import type {OwnJob, Policy} from './policy.ts'

export type Decision =
  | {
      readonly kind: 'wait'
      /** Something must be looked at again by then; undefined: whenever the pace allows. */
      readonly againAtMs: number | undefined
    }
  | {readonly kind: 'play'; readonly found: FoundJob}
  | {readonly kind: 'done'; readonly ending: Ending}

/** Why the wait is over. */
export type Ending =
  /** Without a job only where all that was asked for has been left out of its pipeline, and that is fine. */
  | {readonly verdict: 'good'; readonly found: FoundJob | undefined}
  | {readonly verdict: BadEnd; readonly found: FoundJob}
  | {readonly verdict: 'pipeline'; readonly end: BadEnd; readonly pipeline: PipelineRef; readonly found: undefined}
  | {readonly verdict: 'deadline'; readonly found: FoundJob | undefined}
  | {readonly verdict: 'absent'; readonly found: FoundJob | undefined}
  | {readonly verdict: 'outage' | 'refused'; readonly error: ActionError; readonly found: FoundJob | undefined}
  | {readonly verdict: 'deadlock'; readonly deadlock: Deadlock; readonly found: FoundJob | undefined}

export interface Circumstances {
  readonly policy: Policy
  readonly own: OwnJob
  readonly nowMs: number
  readonly deadlineMs: number
  /** GitLab's time where its answers told it: lets an end of long ago be believed at once. */
  readonly serverTime: Date | undefined
  /** Another pipeline may still come into the selection. */
  readonly canMove?: boolean | undefined
  /** The pipeline or jobs are chosen by id. */
  readonly isById?: boolean | undefined
  /** Names and ids that were asked for one by one. */
  readonly named?: readonly string[] | undefined
  /** Names that are not in the pipelines looked at and that the project knows from elsewhere: left out, and no typing errors. */
  readonly leftOut?: ReadonlySet<string> | undefined
}

export interface Judged {
  readonly slot: Slot
  readonly judgement: Judgement
}

/**
 * A bad end is believed once it has stood for the settle window, since a retry may follow within seconds; or if it is older than that by
 * the server's own clock; or when there is no time left to look again. Another commit never becomes the expected one.
 */
export function isBelieved({slot, judgement}: Judged, {policy, nowMs, deadlineMs, serverTime}: Circumstances): boolean {
  if (judgement.kind !== 'bad') return false
  if (judgement.end === 'otherCommit' || nowMs >= deadlineMs) return true
  if (nowMs - slot.sinceMs >= policy.settleMs) return true
  const endedAt = Date.parse(slot.found.job.finished_at ?? '')
  if (serverTime === undefined || Number.isNaN(endedAt)) return false
  // The server's clock is known to a second or two only.
  return serverTime.getTime() - endedAt >= policy.settleMs + 3_000
}

const gravity: readonly BadEnd[] = ['otherCommit', 'failed', 'canceled', 'skipped', 'manual']

/** A failure explains the skipped jobs behind it, so it comes first. */
export function doneBadly(believed: readonly Judged[]): Decision | undefined {
  for (const end of gravity) {
    const worst = believed.find(({judgement}) => judgement.kind === 'bad' && judgement.end === end)
    if (worst) return done({verdict: end, found: worst.slot.found})
  }
  return undefined
}

/** The job that ended last, which the outputs of a good wait are about. */
export function lastToEnd(good: readonly Judged[]): FoundJob | undefined {
  const [first, ...founds] = good.map(({slot}) => slot.found)
  return (
    first &&
    founds.reduce((last, found) => ((found.job.finished_at ?? '') > (last.job.finished_at ?? '') ? found : last), first)
  )
}

/** More good jobs are asked for than there are, and no more will come. */
export function tooFew(count: number, needed: number): Decision {
  const jobs = count === 1 ? 'Only one job is' : `Only ${count} jobs are`
  const error = new ActionError('notFound', `${jobs} chosen, and \`--mode\` asks for ${needed} good ones.`)
  return done({verdict: 'refused', error, found: undefined})
}

/** The decision to end. */
export function done(ending: Ending): Decision {
  return {kind: 'done', ending}
}
