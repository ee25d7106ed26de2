import {clean} from '../base/clean.ts'
import type {FoundJob} from '../gitlab/api/types.ts'
import type {Follower} from './follower.ts'
import {judge} from './judge.ts'
import type {Policy} from './policy.ts'
import {nameOf, type WaitLog} from './report.ts'
import {plainLines, type Failure, type WaitResult} from './result.ts'

export interface DigestOptions {
  readonly policy: Policy
  readonly log: WaitLog
  readonly signal: AbortSignal
  /** The last lines of a job's log that tell why it failed, where a token allows. */
  readonly tailOf?: ((found: FoundJob) => Promise<readonly string[] | undefined>) | undefined
}

/** Logs are read one after the other, and only so many: a broken build often fails in every job of a matrix. */
const mostLogs = 5

/** The failed jobs of a wait that ended badly because of them, the one that decided first. */
export async function collectFailures(
  {verdict, found, jobs}: WaitResult,
  {policy, tailOf, signal}: DigestOptions,
): Promise<readonly Failure[]> {
  if (verdict !== 'failed' && verdict !== 'pipeline') return []
  const failed = jobs.filter(({job}) => job.status === 'failed' && judge(job, policy).kind === 'bad')
  const ordered = [
    ...failed.filter((candidate) => candidate.job.id === found?.job.id),
    ...failed.filter((candidate) => candidate.job.id !== found?.job.id),
  ]
  const failures: Failure[] = []
  for (const failedJob of ordered) {
    const lines = tailOf && failures.length < mostLogs ? await tailOf(failedJob).catch(() => undefined) : undefined
    signal.throwIfAborted()
    failures.push({found: failedJob, lines: lines ?? []})
  }
  return failures
}

/** The ends of the logs, and a table, which GitHub shows in its summary. What has been followed has been shown already. */
export async function tellFailures(failures: readonly Failure[], follower: Follower, log: WaitLog): Promise<void> {
  for (const {found, lines} of failures) {
    if (lines.length === 0 || follower.hasFollowed(found)) continue
    await log.section(`The end of the log of ${nameOf(found)}`, async () => log.foreign(lines))
  }
  // Where no token may read logs, a column of nothing would only look like empty logs.
  const hasLines = failures.some(({lines}) => lines.length > 0)
  const rows = failures.map(({found, lines}) => [
    nameOf(found),
    clean(found.job.failure_reason ?? '', 60),
    ...(hasLines ? [plainLines(lines).slice(-3).join(' | ')] : []),
    clean(found.job.web_url),
  ])
  log.table('Failures', ['Job', 'Reason', ...(hasLines ? ['Last lines'] : []), 'Link'], rows)
}
