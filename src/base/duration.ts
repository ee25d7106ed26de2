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
