import {describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {composeStatus} from '../../src/sandbox/world/status.ts'
import {ask} from '../support/ask.ts'
import {sandboxPerTest} from '../support/sandbox.ts'
import {credentials, jobOf, world} from './world.ts'

const start = sandboxPerTest()
const dev = {headers: credentials['dev']}
const maint = {headers: credentials['maint']}

const pipelineOf = (sandbox: Sandbox, id: number) =>
  sandbox
    .world()
    .projects.flatMap(({pipelines}) => pipelines)
    .find((pipeline) => pipeline.id === id)

describe('expiry', () => {
  test('an archive that is kept does not expire, one that is not goes when the cleaner comes', async () => {
    const sandbox = await start('artifacts')
    const archive = async () => (await ask(sandbox, 'GET /projects/1/jobs/91/artifacts', dev)).status
    const listed = async () =>
      ((await ask(sandbox, 'GET /projects/1/jobs/91', dev)).json as {artifacts: object[]}).artifacts.length
    expect([await archive(), await listed()]).toEqual([200, 2])
    sandbox.advance('10m')
    expect([await archive(), await listed()]).toEqual([404, 0])
    // Expired too, but locked as the newest of its ref.
    expect((await ask(sandbox, 'GET /projects/1/jobs/104/artifacts/kept.txt', dev)).text).toBe('kept\n')
  })

  test('deleting the artifacts of a project spares the newest of each ref', async () => {
    const sandbox = await start(world)
    await ask(sandbox, 'DELETE /projects/1/artifacts', maint)
    sandbox.advance('10m')
    expect([102, 131, 161].map((id) => jobOf(sandbox, id)?.artifacts === null)).toEqual([true, false, false])
  })
})

describe('the status of a pipeline', () => {
  const job = (status: string, allowFailure = false) => ({status, allowFailure})
  test.each([
    [[], 'created'],
    [[job('success'), job('skipped')], 'success'],
    [[job('success'), job('failed', true)], 'success'],
    [[job('success'), job('manual', true)], 'success'],
    [[job('success'), job('manual')], 'manual'],
    [[job('success'), job('failed')], 'failed'],
    [[job('success'), job('failed'), job('running')], 'running'],
    [[job('success'), job('canceled')], 'canceled'],
    [[job('skipped'), job('skipped')], 'skipped'],
    [[job('created'), job('created')], 'created'],
    [[job('success'), job('created')], 'running'],
    [[job('pending'), job('created')], 'pending'],
    [[job('running'), job('canceling')], 'canceling'],
    [[job('success'), job('waiting_for_resource')], 'waiting_for_resource'],
    [[job('success'), job('scheduled')], 'scheduled'],
    [[job('preparing')], 'preparing'],
  ])('of %j is %s', (jobs, status) => {
    expect(composeStatus(jobs)).toBe(status)
  })

  test('is what the file says until a job moves', async () => {
    const sandbox = await start(world)
    expect(pipelineOf(sandbox, 15)?.status).toBe('failed')
    await ask(sandbox, 'POST /projects/1/jobs/1510/retry', dev)
    expect(pipelineOf(sandbox, 15)?.status).toBe('pending')
  })
})
