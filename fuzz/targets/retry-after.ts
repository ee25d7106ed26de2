import {askedMs, decide, serverDelay} from '../../src/gitlab/http/retry.ts'
import {hold, type Target} from '../target.ts'

const names = ['retry-after', 'date', 'ratelimit-reset', 'ratelimit-resettime'] as const
const statuses = [429, 503, 500, 200, 403, 409, 520, 599]

/** The first byte chooses the status, then the four headers, a line each. */
export const retryAfter: Target = {
  name: 'retry-after',
  about: 'a pause is a whole number of milliseconds within its bounds, whatever the server says',
  seeds: [
    '\x007\n\n\n',
    '\x01Fri, 01 Jan 2027 00:00:10 GMT\nFri, 01 Jan 2027 00:00:00 GMT',
    '\0\n\n1800000000\n',
    '\0\n\n\n2027-01-01T00:00:00Z',
    '\0-1',
    '\x001, 2',
    '\0abc',
    '\x001e9',
  ].map((text) => Buffer.from(text, 'latin1')),
  words: ['\n', 'GMT', 'Fri, ', '1 Jan 2027', '99999999999', '-', '1e9', ', ', '+275760-09-13', 'T00:00:00Z'],
  run(input) {
    const status = statuses[(input[0] ?? 0) % statuses.length] ?? 429
    const lines = input.toString('latin1', 1).split('\n')
    const headers = Object.fromEntries(
      names.flatMap((name, index) => (lines[index] === undefined ? [] : [[name, lines[index]]])),
    )
    const date = new Date('2027-01-01T00:00:00Z')
    const asked = askedMs(status, headers, date)
    hold(asked === undefined || Number.isFinite(asked), `asked for ${asked}`)
    const failure = {kind: 'status', status, headers, html: false, lock: false, store: false} as const
    const verdict = decide(failure, {attempt: 1, attempts: 6, sleptMs: 0, budgetMs: 300_000, date, random: 0.999})
    if (!verdict.again) return
    hold(Number.isInteger(verdict.afterMs), `a pause of ${verdict.afterMs}`)
    hold(verdict.afterMs >= 250 && verdict.afterMs <= serverDelay.maxMs * 1.2, `a pause of ${verdict.afterMs}`)
  },
}
