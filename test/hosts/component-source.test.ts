import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import {parseAllDocuments} from 'yaml'
import {runProgram} from '../support/clients.ts'
import {dist} from '../support/bundles.ts'

interface Request {
  readonly url: string | undefined
  readonly token: string | readonly string[] | undefined
}

const template = path.resolve(import.meta.dirname, '..', '..', 'templates', 'list-jobs.yml')
const [, body] = parseAllDocuments(readFileSync(template, 'utf8')).map((document) => document.toJS() as unknown)
const [job] = Object.values(body as Record<string, {readonly script: readonly string[]}>)
const script = (job?.script ?? []).join('\n')

let server: Server
let folder: string
let requests: Request[]
let status: number

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-component-'))
  requests = []
  status = 200
  server = createServer((request, response) => {
    requests.push({url: request.url, token: request.headers['job-token']})
    response.writeHead(status).end(status === 200 ? readFileSync(path.join(dist, 'list-jobs.mjs')) : '')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await new Promise((resolve) => void server.close(resolve))
  rmSync(folder, {recursive: true, force: true})
})

function runScript(env: Readonly<Record<string, string>>) {
  const {port} = server.address() as AddressInfo
  return runProgram('bash', ['-c', script], {
    cwd: folder,
    env: {
      CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
      CI_JOB_TOKEN: 'glcbt-self-0123456789',
      CI_PROJECT_ROOT_NAMESPACE: 'grp',
      JOBSIDE_SOURCE: 'project',
      JOBSIDE_SOURCE_REF: 'v1.2.3',
      INPUT_EXPLAIN: 'true',
      CI_PROJECT_ID: '1',
      CI_PIPELINE_ID: '11',
      ...env,
    },
  })
}

test('a component reads its program with the job token, from jobside in the top-level group, and runs it', async () => {
  const {code, stdout, stderr} = await runScript({})
  expect({code, stderr: code === 0 ? '' : stderr}).toEqual({code: 0, stderr: ''})
  expect(stdout.toString() + stderr).toContain('GET /projects/:id/pipelines/:pipeline_id/jobs')
  expect(requests).toEqual([
    {
      url: '/api/v4/projects/grp%2Fjobside/repository/files/dist%2Flist-jobs.mjs/raw?ref=v1.2.3',
      token: 'glcbt-self-0123456789',
    },
  ])
})

test.each([
  [404, 66],
  [403, 77],
  [502, 69],
])('a component whose program is answered %i says where it looked, and ends with %i', async (answered, expected) => {
  status = answered
  const {code, stderr} = await runScript({JOBSIDE_SOURCE_PROJECT: 'other/place'})
  expect({code, stderr}).toEqual({
    code: expected,
    stderr: expect.stringContaining(`list-jobs.mjs of other/place at v1.2.3 gave ${answered}`),
  })
})

test('a component whose GitLab is away ends with 69 and a sentence', async () => {
  const {code, stderr} = await runScript({CI_API_V4_URL: 'http://127.0.0.1:1/api/v4'})
  expect({code, stderr}).toEqual({code: 69, stderr: expect.stringContaining('127.0.0.1:1 could not be reached')})
  expect(stderr).not.toContain('    at ')
})
