import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {ActionError} from '../../../src/base/errors.ts'
import {followLog, type LogPart} from '../../../src/waiting/follow.ts'
import {createRunnerLog, type RunnerLine} from '../../../src/waiting/runner-log.ts'
import {createClock} from '../../support/clock.ts'

const text = 'Grüße 🌍\n'.repeat(50)
const whole = Buffer.from(text)

interface LogServer {
  /** How many bytes there are at each read; the last one holds for ever. Negative: the read fails after so many new bytes. */
  readonly sizes: readonly number[]
  readonly knowsRanges?: boolean
}

async function follow({sizes, knowsRanges = true}: LogServer) {
  let reads = 0
  const written: Buffer[] = []
  const clock = createClock({auto: true})
  const read = async (from: number): Promise<LogPart> => {
    const size = sizes[Math.min(reads++, sizes.length - 1)] ?? 0
    const start = knowsRanges ? Math.min(from, Math.abs(size)) : 0
    async function* body() {
      for (let at = start; at < Math.abs(size); at += 7) yield whole.subarray(at, Math.min(at + 7, Math.abs(size)))
      if (size < 0) throw new ActionError('unreachable', 'connection lost')
    }
    return {start, body: body()}
  }
  const bytes = await followLog({
    read,
    isOver: () => reads >= sizes.length - 1,
    write: (chunk) => void written.push(Buffer.from(chunk)),
    clock,
    signal: new AbortController().signal,
  })
  return {bytes, text: Buffer.concat(written).toString(), reads}
}

describe('following a log', () => {
  test.each([true, false])('gives every byte once, whether the server knows ranges (%s)', async (knowsRanges) => {
    const sizes = fc.array(fc.integer({min: -whole.length, max: whole.length}), {maxLength: 8})
    await fc.assert(
      fc.asyncProperty(sizes, async (sizes) => {
        const result = await follow({sizes: [...sizes, whole.length, whole.length], knowsRanges})
        expect(result.text).toBe(text)
        expect(result.bytes).toBe(whole.length)
      }),
      {numRuns: 200, seed: 79},
    )
  })

  test('that was erased gives nothing twice and ends', async () => {
    expect((await follow({sizes: [100, 200, 0, 0]})).bytes).toBe(200)
  })

  test('waits for a log that does not exist yet', async () => {
    const clock = createClock({auto: true})
    let reads = 0
    const read = () => (reads++, Promise.reject(new ActionError('notFound', 'GET → 404.')))
    const options = {read, isOver: () => reads > 3, write: () => undefined, clock, signal: new AbortController().signal}
    expect(await followLog(options)).toBe(0)
  })

  test('stops where it is refused, or the server leaves a hole for longer than an outage may last', async () => {
    const options = {
      isOver: () => false,
      write: () => undefined,
      clock: createClock({auto: true}),
      signal: new AbortController().signal,
    }
    const refused = () => Promise.reject(new ActionError('refused', 'GET → 401.'))
    await expect(followLog({...options, read: refused})).rejects.toMatchObject({kind: 'refused'})
    const hole = async (from: number): Promise<LogPart> => ({start: from + 1, body: (async function* () {})()})
    await expect(followLog({...options, read: hole})).rejects.toMatchObject({kind: 'untrusted'})
  })
})

const textOf = ({text: line}: RunnerLine): string => line

describe('lines of a log', () => {
  test('are whole, and characters too, wherever the pieces were cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: 1, max: 9}), {minLength: 1, maxLength: 30}), (sizes) => {
        const reader = createRunnerLog()
        const lines: string[] = []
        let at = 0
        for (let index = 0; at < whole.length; index++) {
          const size = sizes[index % sizes.length] ?? 1
          lines.push(...reader.push(whole.subarray(at, at + size)).map(textOf))
          at += size
        }
        lines.push(...reader.end().map(textOf))
        expect(lines).toEqual(text.trimEnd().split('\n'))
        expect(lines.join('')).not.toContain('\ufffd')
      }),
      {numRuns: 300, seed: 80},
    )
  })

  test('without an end are given in pieces', () => {
    const reader = createRunnerLog()
    expect(reader.push(Buffer.from('x'.repeat(70_000))).map(({text: {length}}) => length)).toEqual([65_536])
    expect(reader.end().map(({text: {length}}) => length)).toEqual([4_464])
  })

  test('ended by carriage return and line feed lose both', () => {
    const reader = createRunnerLog()
    expect(reader.push(Buffer.from('a\r\nb\n\nc')).map(textOf)).toEqual(['a', 'b', ''])
    expect(reader.end().map(textOf)).toEqual(['c'])
    expect(reader.end()).toEqual([])
  })
})
