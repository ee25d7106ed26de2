/** One thing that was looked at, and how it is. */
export interface Check {
  readonly topic: 'connection' | 'credentials' | 'project'
  readonly name: string
  /** `closed`: no credential at hand may; `unknown`: there was nothing to look at, or no way to. */
  readonly result: 'ok' | 'warning' | 'failed' | 'closed' | 'unknown'
  readonly details: string
  /** What to do about it. */
  readonly hint: string | null
}

type Make = (name: string, details: string, hint?: string) => Check

/** Makes the checks of a topic, each by its result. */
export function checksOf(topic: Check['topic']): Readonly<Record<Check['result'], Make>> {
  const make =
    (result: Check['result']): Make =>
    (name, details, hint) => ({topic, name, result, details, hint: hint ?? null})
  return {
    ok: make('ok'),
    warning: make('warning'),
    failed: make('failed'),
    closed: make('closed'),
    unknown: make('unknown'),
  }
}

/** What is said of anything that an outage kept us from looking at. */
export const outOfReach = 'Not checked: GitLab is out of reach.'

/** What an expiry date says, and whether it is time to act. */
export function timeLeft(expiry: Date, now: Date): {readonly text: string; readonly isShort: boolean} {
  const days = Math.floor((expiry.getTime() - now.getTime()) / 86_400_000)
  const text = days < 0 ? 'over' : days === 1 ? '1 day left' : `${days} days left`
  return {text, isShort: days < 14}
}
