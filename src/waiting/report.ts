import {clean} from '../base/clean.ts'
import {nearestNames} from '../base/nearest.ts'
import {statusGroup} from '../gitlab/api/job-status.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {judge} from './judge.ts'
import {isAbsence, type Change, type Memory, type Slot} from './memory.ts'
import type {OwnJob, Policy} from './policy.ts'
import {span, spanOfSeconds} from '../base/duration.ts'

/** The part of a command's log that waiting uses. */
export interface WaitLog {
  info(text: string): void
  warn(text: string): void
  foreign(lines: readonly string[]): void
  section<T>(title: string, body: () => Promise<T>): Promise<T>
  live(lines: readonly string[]): void
  table(
    title: string,
    header: readonly string[],
    rows: readonly (readonly string[])[],
    times?: readonly {readonly queued?: number | null | undefined; readonly ran?: number | null | undefined}[],
  ): void
}

export interface Reporter {
  /** Tells the changes of one look, and that we are still here at most once a minute. */
  report(memory: Memory, changes: readonly Change[], times: {readonly nowMs: number; readonly deadlineMs: number}): void
  end(): void
}

const everyMs = 60_000
/** More jobs than this are told as counts when they all appear at once. */
const manyJobs = 8

/** Keeps what has been said when, so that silence and chatter both stay bounded. */
export function createReporter(log: WaitLog, policy: Policy, startMs: number): Reporter {
  let spokeAtMs = startMs
  let outageSaidAtMs = Number.NEGATIVE_INFINITY
  return {
    report(memory, changes, {nowMs, deadlineMs}) {
      for (const line of linesOf(changes, policy)) {
        if (line.isOutage && nowMs - outageSaidAtMs < everyMs) continue
        if (line.isOutage) outageSaidAtMs = nowMs
        if (line.isWarning) log.warn(line.text)
        else log.info(line.text)
        spokeAtMs = nowMs
      }
      const heartbeat = heartbeatLine(memory, {nowMs, deadlineMs, startMs})
      log.live([...statusLines(memory, nowMs), heartbeat])
      if (nowMs - spokeAtMs < everyMs) return
      spokeAtMs = nowMs
      log.info(heartbeat)
    },
    end() {
      log.live([])
    },
  }
}

interface Line {
  readonly text: string
  readonly isWarning?: boolean
  readonly isOutage?: boolean
}

/** One line a change: what, from what, to what, after how long, and where to look. */
function linesOf(changes: readonly Change[], policy: Policy): readonly Line[] {
  const appeared = changes.flatMap((change) => (change.kind === 'appeared' ? [change.found] : []))
  const isMany = appeared.length > manyJobs
  const rest = isMany ? changes.filter(({kind}) => kind !== 'appeared') : changes
  const counts: Line[] = isMany ? [{text: `${appeared.length} jobs: ${countStatuses(appeared)}.`}] : []
  return [...counts, ...rest.map((change) => lineOf(change, policy))]
}

function lineOf(change: Change, policy: Policy): Line {
  switch (change.kind) {
    case 'appeared':
      return {text: `${nameOf(change.found)}: ${clean(change.found.job.status)}. ${link(change.found)}`}
    case 'changed':
      return {
        text: `${nameOf(change.found)}: ${clean(change.from)} → ${clean(change.found.job.status)} after ${span(change.afterMs)}${settling(change.found, policy)}. ${link(change.found)}`,
      }
    case 'retried':
      return {
        text: `${nameOf(change.found)} was retried: job ${change.found.job.id} is ${clean(change.found.job.status)}, in place of ${change.from.job.id}. ${link(change.found)}`,
      }
    case 'superseded':
      return {
        text: `Pipeline ${change.found.job.pipeline.id} has taken the place of ${change.from.job.pipeline.id}: following ${nameOf(change.found)} there, which is ${clean(change.found.job.status)}. ${link(change.found)}`,
        isWarning: true,
      }
    case 'vanished':
      return {text: `${nameOf(change.found)} is no longer listed. Looking on for it.`, isWarning: true}
    case 'unknown':
      return {
        text: `${nameOf(change.found)} has the status "${clean(change.found.job.status, 40)}", which this version does not know: taken as not finished.`,
        isWarning: true,
      }
    case 'outage':
      return {
        text: `No answer to build on: ${change.error.message} Looking on.`,
        isOutage: true,
      }
    case 'recovered':
      return {text: `GitLab answers again after ${span(change.afterMs)}.`}
  }
}

interface Times {
  readonly nowMs: number
  readonly deadlineMs: number
  readonly startMs: number
}

/** What we wait for, for how long already, and until when. */
function heartbeatLine(memory: Memory, {nowMs, deadlineMs, startMs}: Times): string {
  const left = deadlineMs - nowMs
  const end = left < 1_000 ? 'and no longer' : `at most ${span(left)} more`
  return `Waiting for ${awaitedText(memory, nowMs)}, ${span(nowMs - startMs)} so far, ${end}.`
}

/** The first line of a wait: for what, until when, and how long what is not there yet may still come. `date` is the time now. */
export function startLine(
  memory: Memory,
  {appearTimeoutMs}: Policy,
  {nowMs, deadlineMs, date}: Times & {readonly date: Date},
): string {
  const left = Math.max(0, deadlineMs - nowMs)
  const until = new Date(date.getTime() + left).toISOString().slice(0, 19)
  const isAbsent =
    memory.missing.length > 0 || memory.holes.some(isAbsence) || memory.slots.size + memory.bridges.size === 0
  const appear =
    isAbsent && appearTimeoutMs < left ? ` What is not there yet may appear within ${span(appearTimeoutMs)}.` : ''
  const near = [...new Set(memory.missing.flatMap((name) => nearestNames(name, memory.names)))].slice(0, 5)
  const nearest = near.length > 0 ? ` Nearest: ${near.map((name) => clean(name, 100)).join(', ')}.` : ''
  return `Waiting for ${awaitedText(memory, nowMs)} until ${until}Z, for at most ${span(left)}.${appear}${nearest}`
}

function awaitedText(memory: Memory, nowMs: number): string {
  const slots = [...memory.slots.values(), ...memory.bridges.values()]
  const open = slots.filter(({found}) => statusGroup(found.job.status) !== 'final')
  const shown = open.slice(0, 3).map(({found, sinceMs}) => {
    const seconds = Math.max(ownCount(found) ?? 0, (nowMs - sinceMs) / 1_000)
    return `${nameOf(found)} (${clean(found.job.status)}${seconds < 1 ? '' : ` for ${span(seconds * 1_000)}`})`
  })
  const more = open.length > shown.length ? [`${open.length - shown.length} more`] : []
  const missing = [...memory.missing, ...memory.holes.map(({what}) => what)].map(
    (name) => `${clean(name)} (not there yet)`,
  )
  const awaited = [...shown, ...more, ...missing.slice(0, 3)]
  if (awaited.length > 0) return awaited.join(', ')
  const pipeline = memory.current.find(({pipeline: {status}}) => statusGroup(status) !== 'final')?.pipeline
  if (slots.length > 0 && pipeline) return `pipeline ${pipeline.id} (${clean(pipeline.status)})`
  return slots.length > 0 ? 'the end to settle' : 'a job to appear'
}

/** What GitLab has for such a case that needs no runner; undefined if nothing is known of the jobs yet. */
export function insteadOfWaiting({slots}: Memory, own: OwnJob): string | undefined {
  const [first] = slots.values()
  if (!first) return undefined
  const {id} = first.found.job.pipeline
  if (id === own.pipelineId) return 'For jobs of its own pipeline, `needs:` lets GitLab start it once they have ended.'
  if (id === own.upstreamPipelineId)
    return 'For jobs before the trigger job of the upstream pipeline, `needs:` of that trigger job does without.'
  return 'A trigger job with `strategy: mirror` waits for a downstream pipeline without one, and `resource_group` for other jobs that use the same thing.'
}

/** A line for each job, those that are not over first: what a terminal shows while several are awaited. */
export function statusLines(memory: Memory, nowMs: number): readonly string[] {
  const slots = [...memory.slots.values(), ...memory.bridges.values()]
  if (slots.length < 2) return []
  const isOver = ({found}: Pick<Slot, 'found'>): number => Number(statusGroup(found.job.status) === 'final')
  return slots
    .toSorted((a, b) => isOver(a) - isOver(b))
    .map(({found, sinceMs}) => {
      const {status, duration} = found.job
      const time = spanOfSeconds(isOver({found}) ? duration : ownCount(found)) ?? span(nowMs - sinceMs)
      return `${clean(status, 20).padEnd(statusWidth)} ${time.padStart(timeWidth)}  ${nameOf(found)}`
    })
}

const statusWidth = 'waiting_for_resource'.length
const timeWidth = 8

function ownCount({job}: FoundJob): number | null | undefined {
  if (job.status === 'running') return job.duration
  return job.status === 'pending' ? job.queued_duration : undefined
}

function settling({job}: FoundJob, policy: Policy): string {
  if (policy.settleMs === 0 || judge(job, policy).kind !== 'bad') return ''
  return `; looking again in ${span(policy.settleMs)} before believing it`
}

/** The name of a job as messages show it. */
export function nameOf({label, job}: FoundJob): string {
  return clean(label || job.name, 120)
}

function link({job}: FoundJob): string {
  return clean(job.web_url)
}

function countStatuses(founds: readonly FoundJob[]): string {
  const counts = new Map<string, number>()
  for (const {job} of founds) counts.set(job.status, (counts.get(job.status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} ${clean(status)}`).join(', ')
}
