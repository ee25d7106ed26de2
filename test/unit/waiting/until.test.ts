import {describe, expect, test} from '@jest/globals'
import {found, outage, snapshot, watch} from '../../support/waiting.ts'

describe('a wait', () => {
  test('sees at once that a job is done already', async () => {
    const {result, looksAtMs} = await watch([[0, [found({status: 'success'})]]])
    expect(result.verdict).toBe('good')
    expect(looksAtMs).toEqual([0])
  })

  test('ends with the job', async () => {
    const {result} = await watch([
      [0, [found({status: 'pending'})]],
      [20_000, [found({status: 'running'})]],
      [90_000, [found({status: 'success'})]],
    ])
    expect(result.verdict).toBe('good')
    expect(result.waitedMs).toBeGreaterThanOrEqual(90_000)
    expect(result.waitedMs).toBeLessThan(125_000)
  })

  test('survives an outage', async () => {
    const {result} = await watch([
      [0, [found()]],
      [10_000, outage()],
      [500_000, snapshot([found({status: 'success'})])],
    ])
    expect(result.verdict).toBe('good')
  })
})
