const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000}

/** Milliseconds, or undefined for what is not a duration. */
export function parseDuration(given: string): number | undefined {
  if (/^\d{1,9}$/.test(given)) return Number(given) * 1000
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d))+$/.test(given)) return undefined
  let total = 0
  for (const [, amount, unit] of given.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
  }
  return Math.round(total)
}

/** A length of time for people: `850ms`, `4s`, `2m10s`, `1h05m`. */
export function span(ms: number): string {
  if (!Number.isFinite(ms)) return 'an unknown time'
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`
  return `${Math.floor(seconds / 3_600)}h${pad(Math.floor((seconds % 3_600) / 60))}m`
}

/** Seconds as GitLab gives them; undefined for what is not known. */
export function spanOfSeconds(seconds: unknown): string | undefined {
  return typeof seconds === 'number' && Number.isFinite(seconds) ? span(seconds * 1000) : undefined
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
