import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import {parseAllDocuments} from 'yaml'
import {runProgram} from '../support/clients.ts'
import {dist} from '../support/bundles.ts'
import {trials} from './trials.ts'

interface Request {
  readonly url: string | undefined
  readonly token: string | readonly string[] | undefined
}

const templates = path.resolve(import.meta.dirname, '..', '..', 'templates')
const components = readdirSync(templates).map((file) => path.basename(file, '.yml'))

interface Job {
  readonly script: readonly string[]
  readonly variables: Readonly<Record<string, unknown>>
}

function jobOf(component: string): Job {
  const text = readFileSync(path.join(templates, `${component}.yml`), 'utf8')
  const [, body] = parseAllDocuments(text).map((document) => document.toJS() as unknown)
  const [job] = Object.values(body as Record<string, Job>)
  if (job === undefined) throw new Error(`templates/${component}.yml has no job`)
  return job
}

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
    const name = /dist%2F([a-z-]+\.mjs)/.exec(request.url ?? '')?.[1] ?? 'none'
    response.writeHead(status).end(status === 200 ? readFileSync(path.join(dist, name)) : '')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await new Promise((resolve) => void server.close(resolve))
  rmSync(folder, {recursive: true, force: true})
})

function runScript(
  env: Readonly<Record<string, string>>,
  component = 'list-jobs',
  shell: readonly string[] = ['bash'],
) {
  const {port} = server.address() as AddressInfo
  const [program = '', ...words] = shell
  return runProgram(program, [...words, '-c', jobOf(component).script.join('\n')], {
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

test.each(components)(
  'the component %s reads its program with the job token, from jobside in the top-level group, and runs it',
  async (component) => {
    const given = Object.entries(trials[component]?.inputs ?? {}).map(
      ([name, value]) => [`INPUT_${name.toUpperCase().replaceAll('-', '_')}`, [value].flat().join('\n')] as const,
    )
    const {variables} = jobOf(component)
    for (const [name] of given) expect(Object.keys(variables)).toContain(name)
    const {code, stdout, stderr} = await runScript(
      {GITLAB_TOKEN: 'glpat-dev-0123456789', ...Object.fromEntries(given)},
      component,
    )
    expect({code, stderr: code === 0 ? '' : stderr}).toEqual({code: 0, stderr: ''})
    expect(stdout.toString() + stderr).toContain(`What ${component} would call at http://127.0.0.1`)
    expect(requests).toEqual([
      {
        url: `/api/v4/projects/grp%2Fjobside/repository/files/dist%2F${component}.mjs/raw?ref=v1.2.3`,
        token: 'glcbt-self-0123456789',
      },
    ])
  },
)

const others = [['dash'], ['busybox', 'ash']].filter(
  ([program = '', ...words]) => spawnSync(program, [...words, '-c', ':']).status === 0,
)

// Alpine has no bash, and its image is the default.
test.each(others.map((shell) => [shell.join(' '), shell] as const))(
  'its lines work in %s too, exit code included',
  async (_, shell) => {
    expect(await runScript({}, 'list-jobs', shell)).toMatchObject({code: 0})
    status = 404
    expect(await runScript({}, 'list-jobs', shell)).toMatchObject({code: 66})
  },
)

test('no key of a component is a truth value in the YAML that GitLab reads', () => {
  for (const component of components) {
    const text = readFileSync(path.join(templates, `${component}.yml`), 'utf8')
    const [{spec} = {spec: {inputs: {}}}] = parseAllDocuments(text, {version: '1.1'}).map(
      (document) => document.toJS({mapAsMap: false}) as {readonly spec: {readonly inputs: object}},
    )
    expect(Object.keys(spec.inputs).filter((name) => name === 'true' || name === 'false')).toEqual([])
  }
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
