import {clean} from '../base/clean.ts'
import type {Clock} from '../base/clock.ts'
import {isWaitingSibling, mayWaitForOurResource} from './deadlock.ts'
import {isAbsence, type Memory} from './memory.ts'
import type {Selection} from './narrow.ts'
import {insteadOfWaiting, nameOf, startLine, type WaitLog} from './report.ts'

/** What is told once in a wait. */
interface Surroundings extends Selection {
  readonly clock: Clock
  readonly log: WaitLog
}

/** Both may want one resource group. */
export function warnOfResource(memory: Memory, {own, log}: Surroundings, once: SayOnce): void {
  const waiting = [...memory.slots.values()].find(({found}) => mayWaitForOurResource(found, own))
  if (!waiting) return
  const what = `${nameOf(waiting.found)} waits for a resource group, and this job holds ${clean(own.resourceGroup)}`
  once('resource', () => log.warn(`${what}: if it is the same, neither can go on.`))
}

/** Siblings of our own matrix, which `decide` leaves to themselves. */
export function tellSiblings({slots}: Memory, {own, named = [], log}: Surroundings, once: SayOnce): void {
  const siblings = [...slots.values()].filter(
    ({found}) => isWaitingSibling(found, own) && !named.includes(found.job.name),
  )
  if (siblings.length === 0 || siblings.length === slots.size) return
  const names = siblings.slice(0, 5).map(({found}) => nameOf(found))
  once('siblings', () =>
    log.info(
      `Not awaited, since they are of this job's own matrix and most likely wait as it does: ${names.join(', ')}.`,
    ),
  )
}

/** Jobs that are all good already are no end where the pipeline must tell of trigger jobs that nobody shows us. */
export function tellHidden({holes}: Memory, {log}: Surroundings, once: SayOnce): void {
  const [first] = holes.filter((hole) => !isAbsence(hole))
  if (!first) return
  once('hidden', () =>
    log.info(
      `The trigger jobs of pipeline ${first.pipelineId} cannot be listed with this credential, so ${clean(first.what, 100)} is awaited too, which counts them. ` +
        'Without any that matter, say `--trigger-jobs ignore`.',
    ),
  )
}

/** Told once, as soon as it is clear that there is something to wait for. */
export function tellStart(
  memory: Memory,
  {startMs, deadlineMs}: {readonly startMs: number; readonly deadlineMs: number},
  {own, policy, clock, log}: Surroundings,
  once: SayOnce,
): void {
  const nowMs = clock.now()
  once('start', () => log.info(startLine(memory, policy, {nowMs, deadlineMs, startMs, date: clock.date()})))
  const advice = own.id === undefined ? undefined : insteadOfWaiting(memory, own)
  if (advice) once('runner', () => log.info(`This job holds its runner while it waits. ${advice}`))
}

/** Says something if nothing was said of its topic yet. */
export type SayOnce = (topic: string, say: () => void) => void

export function createSayOnce(): SayOnce {
  const said = new Set<string>()
  return (topic, say) => {
    if (!said.has(topic)) say()
    said.add(topic)
  }
}
