const units: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000}

/** Milliseconds of text such as "2s", "1h30m" or "250ms"; undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0)
  }
  return total
}

/** As `parseDuration`, for text that a check has already accepted. */
export function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new TypeError(`Not a duration: ${text}`)
  return ms
}
