import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {action as cancel} from '../../actions/cancel-job/action.ts'
import {action as deleteArtifacts} from '../../actions/delete-artifacts/action.ts'
import {action as erase} from '../../actions/erase-job/action.ts'
import {action as keep} from '../../actions/keep-artifacts/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile} from '../../src/sandbox/world/world-types.ts'
import {removeFolders, runCommand} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {maintainer} from './scenarios.ts'
import {files, job, worldWith} from './world.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())
afterAll(removeFolders)

async function serve(jobs: readonly JobFile[], options?: SandboxOptions): Promise<Sandbox> {
  sandbox = await startSandbox(worldWith(jobs), options)
  return sandbox
}

const jobOf = (id: number) => sandbox.world().projects[0]?.pipelines[0]?.jobs.find((one) => one.id === id)
const both = {credentials: 'both', env: maintainer} as const
const list = 'GET /projects/1/pipelines/11/jobs job-token'
const post = (id: number, what: string): string => `POST /projects/1/jobs/${id}/${what} private-token`
const made = {files, expire_in: '30d'}

describe('cancel-job', () => {
  test('leaves alone what has ended, and that is success', async () => {
    await serve([job(102, 'build', 'success')])
    const {code, outputs, transcript, said} = await runCommand(cancel, sandbox, ['--job', 'build'], both)
    expect([code, transcript]).toEqual([0, [list]])
    expect(said).toContain('Job 102 "build": success already.')
    expect(outputs).toMatchObject({canceled: 0, status: 'success', ids: '102'})
  })

  test('waits until after_script is over', async () => {
    await serve([job(102, 'build', 'running', {graceful_cancel: true})])
    const at = await runCommand(cancel, sandbox, ['--job', 'build'], both)
    expect([at.code, at.outputs?.['status']]).toEqual([0, 'canceling'])
    const {code, outputs} = await runCommand(cancel, sandbox, ['--job', 'build', '--wait', '--timeout', '5m'], both)
    expect([code, outputs?.['status']]).toEqual(jobOf(102)?.status === 'canceled' ? [0, 'canceled'] : [75, 'canceling'])
  })

  test('cancels what is still canceling only by force of a maintainer', async () => {
    await serve([job(102, 'build', 'canceling')])
    const plain = {credentials: 'both'} as const
    const refused = await runCommand(cancel, sandbox, ['--job', 'build', '--force'], plain)
    expect([refused.code, refused.said]).toEqual([77, expect.stringContaining('role Maintainer')])
    const {code, outputs} = await runCommand(cancel, sandbox, ['--job', 'build', '--force'], both)
    expect([code, outputs?.['status']]).toEqual([0, 'canceled'])
  })

  test('cancels a running job first and then forces it, since GitLab forces nothing else', async () => {
    await serve([job(102, 'build', 'running', {graceful_cancel: true})])
    const {code, outputs, requests} = await runCommand(cancel, sandbox, ['--job', 'build', '--force'], both)
    expect([code, outputs?.['status']]).toEqual([0, 'canceled'])
    expect(requests.filter(({method}) => method === 'POST')).toHaveLength(2)
  })

  test('cancels all that fit, at one request each', async () => {
    await serve([job(102, 'a', 'running'), job(103, 'b', 'pending'), job(104, 'c', 'created')])
    const argv = ['--job', 'a', '--job', 'b', '--job', 'c']
    const {code, outputs, transcript} = await runCommand(cancel, sandbox, argv, both)
    expect([code, outputs?.['canceled'], outputs?.['ids']]).toEqual([
      0,
      3,
      expect.stringMatching(/10[234],10[234],10[234]/),
    ])
    expect(transcript[0]).toBe(list)
    expect(transcript.slice(1).toSorted()).toEqual([102, 103, 104].map((id) => post(id, 'cancel')))
  })

  test('lets end what has begun when one of several is refused, tells each, and gives the worst code', async () => {
    await serve([job(102, 'a', 'running'), job(103, 'b', 'running')], {
      faults: [{on: 'POST /projects/*/jobs/103/cancel', answer: {status: 403, body: {message: '403 Forbidden'}}}],
    })
    const {code, outputs, said} = await runCommand(cancel, sandbox, ['--job', 'a', '--job', 'b'], both)
    expect(code).toBe(77)
    expect(said).toContain('Canceled jobs: 1 of 2 jobs failed.')
    expect(said).toMatch(/\ba +102 +canceled/)
    expect(said).toMatch(/\bb +103 +failed: .*\(exit 77\)/)
    expect(outputs).toMatchObject({ids: '102'})
    expect([jobOf(102)?.status, jobOf(103)?.status]).toEqual(['canceled', 'running'])
  })
})

describe('erase-job', () => {
  test('erases log and artifacts', async () => {
    await serve([job(102, 'leak', 'success', {log: 'secret\n', artifacts: made})])
    const {code, outputs} = await runCommand(erase, sandbox, ['--job', 'leak', '--yes'], both)
    expect([code, outputs?.['erased']]).toEqual([0, 1])
    expect(outputs).toMatchObject({
      erased_at: jobOf(102)?.erased_at,
      jobs: [{id: 102, erased_at: jobOf(102)?.erased_at}],
    })
    expect(jobOf(102)).toMatchObject({artifacts: null, erased_at: expect.any(String)})
  })

  test('does nothing without --yes', async () => {
    await serve([job(102, 'leak', 'success', {log: 'secret\n'})])
    const {code, said, transcript} = await runCommand(erase, sandbox, ['--job', 'leak'], both)
    expect([code, transcript]).toEqual([64, []])
    expect(said).toContain('--yes is required: erasing cannot be undone (or use --dry-run)')
  })

  test('counts what was erased before as erased', async () => {
    await serve([job(102, 'leak', 'success', {log: 'secret\n'})])
    await runCommand(erase, sandbox, ['--job', 'leak', '--yes'], both)
    const {code, outputs} = await runCommand(erase, sandbox, ['--job', 'leak', '--yes'], both)
    expect([code, outputs?.['erased']]).toEqual([0, 1])
  })

  test('gives 22 for a job that runs, and erases the others', async () => {
    await serve([job(102, 'leak', 'success', {log: 'x\n'}), job(103, 'busy', 'running')])
    const {code, outputs, transcript} = await runCommand(
      erase,
      sandbox,
      ['--job', 'leak', '--job', 'busy', '--yes'],
      both,
    )
    expect([code, outputs?.['erased']]).toEqual([22, 1])
    expect(transcript).toEqual([list, post(102, 'erase')])
  })

  test('gives 22 for a job that has nothing to erase, and says that', async () => {
    await serve([job(102, 'empty', 'skipped')])
    const {code, said} = await runCommand(erase, sandbox, ['--job', 'empty', '--yes'], both)
    expect(code).toBe(22)
    expect(said).toContain('has neither a log nor artifacts to erase')
  })

  test('is done when the answer was lost but the job is erased', async () => {
    await serve([job(102, 'leak', 'success', {log: 'x\n'})], {
      faults: [{on: 'POST /projects/*/jobs/*/erase', times: 1, apply_then: {reset: 'before'}}],
    })
    const {code, transcript} = await runCommand(erase, sandbox, ['--job', 'leak', '--yes'], both)
    expect([code, transcript]).toEqual([0, [list, post(102, 'erase'), 'GET /projects/1/jobs/102 private-token']])
  })
})

describe('keep-artifacts', () => {
  test('keeps, and sees that GitLab has', async () => {
    await serve([job(102, 'build', 'success', {artifacts: made}), job(103, 'docs', 'success', {artifacts: made})])
    const {code, outputs, said} = await runCommand(keep, sandbox, ['--job', 'build', '--job', 'docs'], both)
    expect([code, outputs?.['kept']]).toEqual([0, 2])
    expect(outputs).toMatchObject({
      artifacts_expire_at: null,
      jobs: [{artifacts_expire_at: null}, {artifacts_expire_at: null}],
    })
    expect(said).toContain('Job 102 "build": artifacts kept.')
    expect(jobOf(102)?.artifacts).toMatchObject({expire_at: null})
  })

  test('gives 66 where there is nothing to keep, and keeps the others', async () => {
    await serve([job(102, 'build', 'success', {artifacts: made}), job(103, 'bare', 'success')])
    const {code, said, outputs} = await runCommand(keep, sandbox, ['--job', 'build', '--job', 'bare'], both)
    expect([code, outputs?.['kept']]).toEqual([66, 1])
    expect(said).toContain('Job 103 "bare" has no artifacts to keep')
  })

  test('gives 76 when GitLab says yes and does not', async () => {
    await serve([job(102, 'build', 'success', {artifacts: made})])
    const shown: unknown = await (
      await fetch(`${sandbox.api}/projects/1/jobs/102`, {headers: {'private-token': 'glpat-maint'}})
    ).json()
    sandbox.setFaults([{on: 'POST /projects/*/jobs/*/artifacts/keep', answer: {status: 200, body: shown}}])
    const {code, said} = await runCommand(keep, sandbox, ['--job', 'build'], both)
    expect([said, code]).toEqual([expect.stringContaining('still expire at'), 76])
  })
})

describe('delete-artifacts', () => {
  test('deletes those of each job and leaves the logs', async () => {
    await serve([
      job(102, 'build', 'success', {artifacts: made, log: 'kept\n'}),
      job(103, 'docs', 'success', {artifacts: made}),
    ])
    const {code, outputs} = await runCommand(deleteArtifacts, sandbox, ['--stage', 'build', '--yes'], both)
    expect([code, outputs]).toEqual([0, expect.objectContaining({deleted: 2, under_way: false})])
    expect(jobOf(102)).toMatchObject({artifacts: null, log: 'kept\n'})
  })

  test('says with --all that GitLab is under way', async () => {
    await serve([job(102, 'build', 'success', {artifacts: made})])
    const {code, outputs, transcript, said} = await runCommand(deleteArtifacts, sandbox, ['--all', '--yes'], both)
    expect([code, transcript]).toEqual([0, ['DELETE /projects/1/artifacts private-token']])
    expect(outputs).toEqual({deleted: null, ids: null, under_way: true})
    expect(said).toContain('it goes on for a while')
  })

  test('changes nothing with --all in a dry run', async () => {
    await serve([job(102, 'build', 'success', {artifacts: made})])
    const {code, transcript, said} = await runCommand(deleteArtifacts, sandbox, ['--all', '--dry-run'], both)
    expect([code, transcript.filter((line) => !line.startsWith('GET'))]).toEqual([0, []])
    expect(said).toContain('would be deleted')
  })

  test('does nothing without --yes', async () => {
    await serve([])
    const {code, transcript} = await runCommand(deleteArtifacts, sandbox, ['--all'], both)
    expect([code, transcript]).toEqual([64, []])
  })

  test('asks again when an answer is lost', async () => {
    await serve([job(102, 'build', 'success', {artifacts: made})], {
      faults: [{on: 'DELETE /projects/**', times: 1, apply_then: {reset: 'before'}}],
    })
    const {code, transcript} = await runCommand(deleteArtifacts, sandbox, ['--job', 'build', '--yes'], both)
    expect([code, transcript]).toEqual([
      0,
      [list, ...Array(2).fill('DELETE /projects/1/jobs/102/artifacts private-token')],
    ])
  })

  test('refuses job inputs beside --all', async () => {
    await serve([job(102, 'build', 'success', {artifacts: made})])
    const {code, said} = await runCommand(deleteArtifacts, sandbox, ['--all', '--job', 'build', '--yes'], both)
    expect([said, code]).toEqual([expect.stringContaining('all excludes the inputs that choose jobs'), 64])
  })
})
