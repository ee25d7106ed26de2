/** The job state machine. Each status, and what may come next; `final` ones end in an empty list. */
const followers: Readonly<Record<string, readonly string[]>> = {
  created: ['pending', 'waiting_for_resource', 'preparing', 'manual', 'scheduled', 'skipped', 'canceled', 'failed'],
  waiting_for_resource: ['preparing', 'pending', 'canceled', 'failed'],
  preparing: ['pending', 'canceled', 'failed'],
  waiting_for_callback: ['pending', 'running', 'success', 'canceled', 'failed'],
  pending: ['running', 'canceled', 'failed', 'skipped'],
  running: ['success', 'failed', 'canceling', 'canceled'],
  success: [],
  failed: [],
  canceling: ['canceled'],
  canceled: [],
  skipped: ['created', 'pending', 'waiting_for_resource'],
  manual: ['pending', 'waiting_for_resource', 'preparing', 'created', 'skipped', 'canceled', 'failed'],
  scheduled: ['pending', 'preparing', 'waiting_for_resource', 'manual', 'canceled', 'failed'],
}

export const jobStatuses: readonly string[] = Object.keys(followers)

const retryable = new Set(['success', 'failed', 'canceled', 'canceling'])
const complete = new Set(['success', 'failed', 'canceled', 'skipped'])
const untouched = new Set(['created', 'waiting_for_resource', 'preparing', 'waiting_for_callback', 'pending'])

export const isRetryable = (status: string): boolean => retryable.has(status)
export const isComplete = (status: string): boolean => complete.has(status)
/** A job token counts only while its job is in one of these. */
export const isExecuting = (status: string): boolean => status === 'running' || status === 'canceling'
export const hasStarted = (status: string): boolean => isExecuting(status) || isRetryable(status)
/** A plain cancel moves these; `canceling` is on its way already. */
export const isCancelable = (status: string): boolean =>
  untouched.has(status) || status === 'running' || status === 'scheduled' || status === 'manual'

/**
 * The statuses a job passes on its way, the last one being where it ends; undefined when GitLab knows no such way.
 * Pending and running may be left out of a world's timeline: the job passes them all the same. A canceling job
 * ends in canceled, whatever its runner reports.
 */
export function wayTo(from: string, to: string): readonly string[] | undefined {
  if (from === to) return []
  if (from === 'canceling' && complete.has(to)) return ['canceled']
  const next = followers[from] ?? []
  if (next.includes(to)) return [to]
  for (const between of ['pending', 'running']) {
    if (!next.includes(between)) continue
    const rest = wayTo(between, to)
    if (rest) return [between, ...rest]
  }
  return undefined
}

interface Counted {
  readonly status: string
  readonly allowFailure: boolean
}

/** A pipeline's status from its newest jobs and bridges, as GitLab composes it. */
export function composeStatus(jobs: Iterable<Counted>): string {
  const seen = new Set<string>()
  for (const job of jobs) seen.add(countedAs(job))
  const only = (...names: string[]) => [...seen].every((status) => names.includes(status) || status === 'ignored')
  if (seen.size === 0) return 'created'
  if (only('skipped')) return 'skipped'
  if (only('success', 'skipped', 'warning')) return 'success'
  if (only('created', 'warning')) return 'created'
  if (only('preparing', 'warning')) return 'preparing'
  if (seen.has('canceling')) return 'canceling'
  if (only('canceled', 'success', 'skipped', 'warning')) return 'canceled'
  if (only('pending', 'created', 'skipped', 'warning')) return 'pending'
  if (seen.has('running') || seen.has('pending')) return 'running'
  const next = ['waiting_for_resource', 'manual', 'scheduled', 'preparing', 'waiting_for_callback']
  return next.find((status) => seen.has(status)) ?? (seen.has('created') ? 'running' : 'failed')
}

function countedAs({status, allowFailure}: Counted): string {
  if (!allowFailure) return status
  if (status === 'failed' || status === 'canceled') return 'warning'
  return status === 'manual' ? 'ignored' : status
}
