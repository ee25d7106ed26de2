import type {Log} from '../command/action.ts'
import {flag} from '../command/fields.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import {each, report, throwWorst} from './each.ts'

/** Of every command that changes something. */
export const changeInputs = {
  dryRun: flag('Show what would be changed; change nothing'),
} as const

export interface Change {
  /** Headline of the summary. */
  readonly title: string
  /** What a dry run says about a job. */
  readonly would: (found: FoundJob) => string
  readonly change: (found: FoundJob) => Promise<FoundJob>
  /** What was done, as the end of a line; by default how the status has changed. */
  readonly did?: string
  /** What is true although some of the jobs failed. */
  readonly outputs: (changed: readonly FoundJob[]) => Readonly<Record<string, unknown>>
}

interface Changing {
  readonly inputs: {readonly dryRun: boolean}
  readonly log: Log
  readonly signal: AbortSignal
}

const atOnce = 4

/**
 * Changes each of the jobs, four at once, tells each one's result and a summary, and gives them as they are then. A dry run gives them as they
 * were. Throws the worst failure once all have been tried.
 */
export async function changeEach(
  {inputs, log, signal}: Changing,
  jobs: readonly FoundJob[],
  {title, would, change, did, outputs}: Change,
): Promise<readonly FoundJob[]> {
  if (inputs.dryRun) {
    for (const found of jobs) log.info(`Job ${found.job.id} "${found.label}" ${would(found)}.`)
    log.info('Dry run: nothing was changed.')
    return jobs
  }
  const items = await each(jobs, change, {limit: atOnce, signal})
  for (const {found, value} of items) {
    if (value) log.info(`Job ${found.job.id} "${found.label}": ${did ?? moved(found, value)}. ${value.job.web_url}`)
  }
  report(title, items, log, (value) => did ?? value.job.status)
  const changed = items.flatMap(({value}) => value ?? [])
  throwWorst(title, items, outputs(changed))
  return changed
}

function moved({job: before}: FoundJob, {job}: FoundJob): string {
  if (job.id !== before.id) return `${before.status} → ${job.status} as job ${job.id}`
  return job.status === before.status ? `${job.status} already` : `${before.status} → ${job.status}`
}
