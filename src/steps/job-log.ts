import {paced} from '../artifacts/remote/body.ts'
import {refuseImpostor} from '../artifacts/remote/impostor.ts'
import {ActionError} from '../base/errors.ts'
import {job as oneJob, trace} from '../gitlab/api/endpoints.ts'
import {isFinal} from '../gitlab/api/job-status.ts'
import type {OfJob} from '../gitlab/api/paths.ts'
import type {FoundJob, OpenBody} from '../gitlab/api/types.ts'
import {followLog} from '../waiting/follow.ts'
import type {LogPart} from '../waiting/follow.ts'
import {createExcerpt, createRunnerLog, withoutColours} from '../waiting/runner-log.ts'
import type {RunnerLine} from '../waiting/runner-log.ts'
import {readingBy} from './archive-source.ts'
import type {Changing} from './job-actions.ts'

/** Reads a log from a byte on; may give it from an earlier one, where GitLab knows no ranges (before 19). */
export type LogReader = (from: number, signal: AbortSignal) => Promise<LogPart>

type Reading = Pick<Changing, 'gitlab' | 'clock'>

/**
 * A reader for one job's log. GitLab ignores ranges before version 19 without a word, so the first time one is wanted a single byte is asked for:
 * more than that coming back means that every read gets the whole log.
 */
export function logReader({gitlab, clock}: Reading, {projectId, job}: FoundJob): LogReader {
  const place = {project: projectId, job: job.id}
  let hasRanges: boolean | undefined
  return async (from, signal) => {
    if (from > 0) hasRanges ??= await answersRanges({gitlab, clock}, place, signal)
    const start = from > 0 && hasRanges ? from : 0
    const opened = await gitlab.open(trace({...place, ...(start > 0 ? {offset: start} : {})}))({signal})
    return {start, body: readable(await refuseImpostor(opened, 'log'), {gitlab, clock})}
  }
}

async function answersRanges({gitlab, clock}: Reading, place: OfJob, signal: AbortSignal): Promise<boolean> {
  const opened = await gitlab.open(trace({...place, offset: 0, limit: 1}))({signal})
  let bytes = 0
  for await (const chunk of readable(opened, {gitlab, clock})) {
    bytes += chunk.length
    if (bytes > 1) break
  }
  return bytes === 1
}

/** What breaks in the middle is an outage like any other: the next read begins where this one ended. */
async function* readable(opened: OpenBody, {gitlab, clock}: Reading): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* paced(opened, {clock, ...readingBy(gitlab)})
  } catch (error) {
    if (error instanceof ActionError) throw error
    throw new ActionError('unreachable', 'The log broke off while it was read.', {cause: error})
  } finally {
    opened.discard()
  }
}

/** Prints a log as it grows, until the job has ended or `signal` aborts. */
export async function followJobLog(
  found: FoundJob,
  {gitlab, clock, log}: Changing,
  signal: AbortSignal,
): Promise<void> {
  const reader = createRunnerLog()
  const place = {project: found.projectId, job: found.job.id}
  const show = (lines: readonly RunnerLine[]): void => log.foreign(lines.map(({text}) => text))
  await log.section(`The log of ${found.label}`, async () => {
    await followLog({
      read: logReader({gitlab, clock}, found),
      isOver: async () => isFinal((await gitlab.call(oneJob(place), {signal})).status),
      write: (bytes) => show(reader.push(bytes)),
      clock,
      signal,
    })
    show(reader.end())
  })
}

/** Whether a line of the log fits, colours aside. Reads no further than the first that does. */
export async function logFits(
  found: FoundJob,
  {gitlab, clock, signal}: Pick<Changing, 'gitlab' | 'clock' | 'signal'>,
  pattern: RegExp,
): Promise<boolean> {
  const reader = createRunnerLog()
  const fits = (lines: readonly RunnerLine[]): boolean => lines.some(({text}) => pattern.test(withoutColours(text)))
  const {body} = await logReader({gitlab, clock}, found)(0, signal)
  for await (const bytes of body) if (fits(reader.push(bytes))) return true
  return fits(reader.end())
}

/** The last lines of a log that tell why its job failed, or undefined where no token may read it. Never holds more than these lines. */
export async function excerptOfLog(
  found: FoundJob,
  {gitlab, clock, signal}: Pick<Changing, 'gitlab' | 'clock' | 'signal'>,
  count: number,
): Promise<readonly string[] | undefined> {
  if (gitlab.choose('trace').kind === 'refused') return undefined
  const [reader, excerpt] = [createRunnerLog(), createExcerpt(count)]
  const {body} = await logReader({gitlab, clock}, found)(0, signal)
  for await (const bytes of body) excerpt.take(reader.push(bytes))
  excerpt.take(reader.end())
  return excerpt.lines()
}
