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
