import {performance} from 'node:perf_hooks'
import {leastBytesPerSecond} from '../../base/size.ts'
import {NetworkError} from './network.ts'

/**
 * Gives one try, from the name of the host to the last byte, `limitMs` milliseconds and what `arrived` bytes earn at the least rate: silence
 * has limits of its own, and a server that drips a byte a second keeps within all of them. Real time, as the sockets below.
 */
export async function inTime<T>(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal, arrived: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  const began = performance.now()
  const late = new AbortController()
  let [bytes, lastAt] = [0, undefined as number | undefined]
  let timer: NodeJS.Timeout
  const check = (): void => {
    const leftMs = began + limitMs + (bytes / leastBytesPerSecond) * 1_000 - performance.now()
    if (leftMs <= 0) late.abort(new NetworkError(reason(lastAt, limitMs), 'sent'))
    else timer = setTimeout(check, leftMs)
  }
  timer = setTimeout(check, limitMs)
  try {
    return await work(AbortSignal.any([signal, late.signal]), (more) => {
      bytes += more
      lastAt = performance.now()
    })
  } finally {
    clearTimeout(timer)
  }
}

/** Whether it was silent or slow. `lastAt`: when something of the body came last. */
function reason(lastAt: number | undefined, limitMs: number): string {
  if (lastAt === undefined) return 'UND_ERR_HEADERS_TIMEOUT'
  return performance.now() - lastAt > limitMs / 2 ? 'UND_ERR_BODY_TIMEOUT' : 'TOO_SLOW'
}
