/** Bytes for people: 512 B, 1.5 MiB. */
export function sizeOf(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** Slower than this is no answer: a server that drips a byte a second must not hold a job for ever. */
export const leastBytesPerSecond = 1_024
