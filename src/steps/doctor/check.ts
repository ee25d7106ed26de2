import type {ActionError} from '../../base/errors.ts'

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

type Topic = Check['topic']

export function check(topic: Topic, name: string, result: Check['result'], details: string, hint?: string): Check {
  return {topic, name, result, details, hint: hint ?? null}
}

export function failed(topic: Topic, name: string, {message, hint}: ActionError): Check {
  return check(topic, name, 'failed', message, hint)
}

/** Days until then, rounded down; negative once it is over. */
export function daysUntil(date: Date, now: Date): number {
  return Math.floor((date.getTime() - now.getTime()) / 86_400_000)
}

/** When less is left, it is time to act. */
export const fewDays = 14

export function daysLeft(days: number): string {
  if (days < 0) return 'over'
  return days === 1 ? '1 day left' : `${days} days left`
}
