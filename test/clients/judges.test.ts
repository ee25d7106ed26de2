import {afterEach, beforeEach, describe, expect} from '@jest/globals'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {testUnless} from '../support/optional.ts'
import {startSandbox} from '../support/sandbox.ts'
import {curl} from './curl.ts'
import {gitbeaker} from './gitbeaker.ts'
import {glab} from './glab.ts'
import type {Client} from './judge.ts'
import {project} from './judge.ts'
import {pythonGitlab} from './python-gitlab.ts'

/** 53 jobs in two pipelines, so that lists have pages, with one job for each thing that can be done to one. */
const world = {
  users: [{id: 2, username: 'maint', tokens: [{token: project.token, scopes: ['api' as const]}]}],
  projects: [
    {
      id: project.id,
      path: project.path,
      members: {maint: 'owner' as const},
      pipeline_template: {
        jobs: [{name: 'made', log: {runner: 'working\n'}, timeline: [{after: '1s', status: 'failed'}]}],
      },
      pipelines: [
        {
          id: 11,
          ref: 'main',
          status: 'success' as const,
          jobs: [
            {
              id: 101,
              name: 'build: [a, b]',
              status: 'success' as const,
              log: 'compiling\nüber ready\n',
              artifacts: {expire_in: '30d', files: {'out/lib.js': 'export const answer = 42\n'}},
            },
            {id: 102, name: 'docs', status: 'success' as const, artifacts: {files: {'index.html': '<p>\n'}}},
          ],
        },
        {
          id: 12,
          ref: 'feature/x',
          jobs: [
            {id: 201, name: 'unit', status: 'failed' as const, log: 'not ok\n'},
            {id: 202, name: 'endless', status: 'running' as const},
            {id: 203, name: 'deploy', status: 'manual' as const},
            {id: 204, name: 'leak', status: 'success' as const, log: 'password\n', artifacts: {files: {a: 'a\n'}}},
            ...Array.from({length: 47}, (_, at) => ({id: 301 + at, name: `part ${at}`, status: 'success' as const})),
          ],
        },
      ],
    },
  ],
}

let sandbox: Sandbox
let folder: string

async function begin(version: string): Promise<void> {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-judge-'))
  sandbox = await startSandbox(world, {storage: 'redirect', version})
}

afterEach(async () => {
  await sandbox.close()
  await rm(folder, {recursive: true, force: true})
})

const jobsOfWorld = () =>
  sandbox
    .world()
    .projects.flatMap(({pipelines}) => pipelines.flatMap(({jobs}) => jobs))
    .sort((a, b) => b.id - a.id)
const job = (id: number) => jobsOfWorld().find((candidate) => candidate.id === id)
const seen = ({id, name, status}: {readonly id: number; readonly name: string; readonly status: string}) => ({
  id,
  name,
  status,
})

const versions = ['13.3', '16.11', '19.2']
const cases = [curl, glab, pythonGitlab, gitbeaker].flatMap((judge) =>
  versions.map((version) => ({...judge, judge, version})),
)

describe.each(cases)('$name sees a GitLab $version as it is', ({judge, version}) => {
  beforeEach(async () => begin(version))
  const check = testUnless(judge.missing)
  const client = async (): Promise<Client> => judge.at(sandbox, folder)

  check('when it lists all jobs over all pages, one page, and one job', async () => {
    const {list, page, get} = await client()
    const all = jobsOfWorld().map(seen)
    expect((await list()).map(seen)).toEqual(all)
    expect((await page(2, 7)).map(seen)).toEqual(all.slice(7, 14))
    expect(seen(await get(101))).toEqual(all.at(-1))
    expect(sandbox.requests().filter(({unknown}) => unknown)).toEqual([])
  })

  check('when it reads a log', async () => {
    const {trace} = await client()
    expect(await trace(101)).toBe(job(101)?.log)
  })

  check('when it plays with variables, retries and cancels', async () => {
    const {play, retry, cancel} = await client()
    await play(203, {TARGET: 'live & kicking', EMPTY_LINE: 'a\n\nb'})
    expect(job(203)).toMatchObject({
      status: 'pending',
      // Before 14.9 GitLab passed over variables for a job.
      variables:
        version === '13.3'
          ? []
          : [
              {key: 'TARGET', value: 'live & kicking'},
              {key: 'EMPTY_LINE', value: 'a\n\nb'},
            ],
    })
    await retry(201)
    expect(jobsOfWorld().filter(({name}) => name === 'unit')).toMatchObject([
      {id: 348, status: 'pending'},
      {id: 201, status: 'failed', retried_by: 348},
    ])
    await cancel(202)
    expect(job(202)?.status).toBe('canceled')
    await expect(cancel(999)).rejects.toThrow(/404/)
  })

  check('when it downloads by id and by ref, byte for byte the same through the redirect', async () => {
    const {downloadById, downloadByRef} = await client()
    const archive = await downloadById(101)
    expect(archive.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
    expect(archive.toString('latin1')).toContain('out/lib.js')
    expect((await downloadByRef('main', 'build: [a, b]')).equals(archive)).toBe(true)
    expect(
      sandbox
        .requests()
        .filter(({origin}) => origin === 'storage')
        .map(({status}) => status),
    ).toEqual([200, 200])
    await expect(downloadByRef('main', 'nothing')).rejects.toThrow(/404/)
  })

  check('when it keeps, deletes and erases', async () => {
    const {keep, deleteArtifacts, erase} = await client()
    expect(job(101)?.artifacts?.expire_at).not.toBeNull()
    await keep(101)
    expect(job(101)?.artifacts?.expire_at).toBeNull()
    await deleteArtifacts(102)
    expect(job(102)?.artifacts ?? null).toBeNull()
    await erase(204)
    expect(job(204)).toMatchObject({log: null, artifacts: null})
    expect(job(204)?.erased_at).not.toBeNull()
  })

  check('when it starts, cancels, retries and deletes a pipeline', async () => {
    const {startPipeline, cancelPipeline, retryPipeline, deletePipeline} = await client()
    const pipeline = (id: number) => sandbox.world().projects[0]?.pipelines.find((candidate) => candidate.id === id)
    const id = await startPipeline('main')
    expect(pipeline(id)).toMatchObject({ref: 'main', source: 'api', status: 'pending'})
    sandbox.advance('2s')
    expect(pipeline(id)?.status).toBe('failed')
    await retryPipeline(id)
    expect(pipeline(id)?.status).toBe('pending')
    await cancelPipeline(id)
    expect(pipeline(id)?.status).toBe('canceled')
    await deletePipeline(id)
    expect(pipeline(id)).toBeUndefined()
    expect(sandbox.requests().filter(({unknown}) => unknown)).toEqual([])
  })
})

describe('glab, looking at a pipeline', () => {
  beforeEach(async () => begin('19.2'))

  testUnless(glab.missing)('shows the jobs of the newest with ci status', async () => {
    const {startPipeline, show} = await glab.at(sandbox, folder)
    await startPipeline('main')
    sandbox.advance('2s')
    expect(await show?.('main')).toMatch(/\(failed\).*made/)
    expect(sandbox.requests().filter(({unknown}) => unknown)).toEqual([])
  })
})
