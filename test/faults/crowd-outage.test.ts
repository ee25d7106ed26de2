import {setTimeout as pause} from 'node:timers/promises'
import {expect, test} from '@jest/globals'
import {jobVariables, openScene} from '../support/bundle-scene.ts'
import {runBundle} from '../support/bundles.ts'

const waiters = 50

test('F78 fifty waiters that have lived through an outage do not storm the server that is back', async () => {
  const scene = await openScene()
  const {sandbox} = scene
  const asked = (): number => sandbox.requests().length
  const askedWithin = async (seconds: number): Promise<number> => {
    const before = asked()
    await pause(seconds * 1_000)
    return asked() - before
  }
  try {
    const argv = ['--pipeline-id', '11', '--job', 'endless', '--timeout', '150s', '--log', 'quiet']
    const env = jobVariables(sandbox)
    const runs = Promise.all(Array.from({length: waiters}, () => runBundle('wait-for-job', argv, {env})))
    // Until each has had its start, which takes more than a poll does, but not for ever.
    for (let tries = 0; asked() < 4 * waiters && tries < 600; tries += 1) await pause(100)
    const steady = (await askedWithin(20)) / 2
    scene.setFaults([{on: '**', answer: {status: 503}}])
    const meanwhile = await askedWithin(15)
    scene.setFaults([])
    const after = await askedWithin(10)
    sandbox.patchJob(103, {status: 'success'})
    expect((await runs).map(({code}) => code)).toEqual(Array.from({length: waiters}, () => 0))
    expect(meanwhile).toBeGreaterThan(0)
    expect(after).toBeLessThanOrEqual(2 * steady)
  } finally {
    await scene.close()
  }
}, 180_000)
