import type {LiveRule} from '../world/model.ts'
import type {Tricks} from './route.ts'
import type {Fault} from '../world/world-types.ts'

export type Origin = 'api' | 'storage'

/**
 * The fault that this request meets, if any. Rules are asked in their order and the first whose turn it is acts; a
 * rule counts only the requests that reach it.
 */
export function nextFault(rules: readonly LiveRule[], origin: Origin, method: string, path: string): Fault | undefined {
  for (const rule of rules) {
    if (!isMeant(rule.on, origin, method, path)) continue
    rule.seen++
    if (rule.seen > rule.after && rule.seen <= rule.after + rule.times) return rule.fault
  }
  return undefined
}

/** `GET /projects/*\/jobs`: `*` is one segment, `**` any number of them; a method of `*` or none is any method. */
function isMeant(on: string, origin: Origin, method: string, path: string): boolean {
  const words = on.trim().split(/\s+/)
  const target = words.at(-1) ?? ''
  const verb = words.length > 1 ? (words[0] ?? '*') : '*'
  if (verb !== '*' && verb.toUpperCase() !== method) return false
  if (target === 'storage') return origin === 'storage'
  return origin === 'api' && patternOf(target).test(path)
}

const patterns = new Map<string, RegExp>()

function patternOf(target: string): RegExp {
  const known = patterns.get(target)
  if (known) return known
  const source = target
    .split(/(\*\*|\*)/)
    .map((piece) => (piece === '**' ? '.*' : piece === '*' ? '[^/]+' : piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('')
  const pattern = new RegExp(`^${source}$`)
  patterns.set(target, pattern)
  return pattern
}

/** What a fault changes before the answer is made. */
export function tricksOf(fault: Fault | undefined): Tricks {
  return {etag: fault?.etag, isReplaced: fault?.replace_object, isExpired: fault?.expired_signature}
}

/** True for a fault that stands in for GitLab: the request never gets to it. */
export function isInstead({answer, html, redirect, reset}: Fault): boolean {
  return answer !== undefined || html === true || redirect !== undefined || reset === 'before'
}
