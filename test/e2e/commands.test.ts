import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {runBundle} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'
import {closedPort} from '../support/servers.ts'
import {exampleWorld} from './commands-world.ts'

let sandbox: Sandbox
let cwd: string
beforeEach(async () => {
  sandbox = await startSandbox(exampleWorld(''), {clock: 'real'})
  cwd = mkdtempSync(path.join(os.tmpdir(), 'jobside-program-'))
})
afterEach(async () => {
  await sandbox.close()
  rmSync(cwd, {recursive: true})
})

/** The four main commands, each with inputs, an output that proves the run, and a line that a person sees. */
const four = [
  ['wait-for-job', {project: 'grp/lib', ref: 'main', job: 'build'}, 'status', 'success', 'build succeeded.'],
  [
    'download-artifacts-by-ref',
    {project: 'grp/lib', ref: 'main', job: 'build', path: 'vendor'},
    'files',
    '3',
    '3 files, ',
  ],
  ['play-manual-job', {job: 'deploy'}, 'played', 'true', 'Job 110 "deploy" is pending.'],
  ['fetch-self', {}, 'pipeline_id', '11', 'Job 101 "integrate" is running'],
] as const

const flags = (inputs: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value])

/** As GitLab reads the lines of a dotenv report. */
function dotenvOf(file: string): ReadonlyMap<string, string> {
  const text = readFileSync(file, 'utf8')
  expect(Buffer.byteLength(text)).toBeLessThan(5_120)
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.slice(0, -1).split('\n')
  expect(lines.length).toBeLessThanOrEqual(20)
  return new Map(
    lines.map((line) => {
      const [, key = '', value = ''] = /^(.*?)=(.*)$/.exec(line) ?? []
      expect(key).toMatch(/^[a-zA-Z0-9_]{1,255}$/)
      return [key.trim(), value.trim()]
    }),
  )
}

/** As a GitHub runner reads the file of GITHUB_OUTPUT. */
function githubOutputs(file: string): ReadonlyMap<string, string> {
  const text = readFileSync(file, 'utf8')
  return new Map(
    [...text.matchAll(/^([^\s<]+)<<(\S+)\n([^]*?)\n\2$/gm)].map(([, key = '', , value = '']) => [key, value]),
  )
}

describe.each(four)('%s', (name, inputs, output, value, line) => {
  test('takes flags and CI variables, and leaves a dotenv report that GitLab accepts', async () => {
    const env = {...sandbox.env, GITLAB_CI: 'true', NO_COLOR: '1'}
    const run = await runBundle(name, [...flags(inputs), '--dotenv', 'job.env', '--output-prefix', 'UP_'], {env, cwd})
    expect([run.stdout, run.stderr, run.code]).toEqual([expect.stringContaining(line), '', 0])
    const dotenv = dotenvOf(path.join(cwd, 'job.env'))
    expect(dotenv.get(`UP_${output.toUpperCase()}`)).toBe(value)
  })

  test('takes INPUT_ variables with hyphens on GitHub, and writes GITHUB_OUTPUT', async () => {
    const file = path.join(cwd, 'github-output')
    writeFileSync(file, '')
    const given = Object.entries({...inputs, 'api-url': sandbox.api, 'job-token': sandbox.env['CI_JOB_TOKEN'] ?? ''})
    const env = {
      ...Object.fromEntries(given.map(([key, text]) => [`INPUT_${key.toUpperCase()}`, text])),
      ...('project' in inputs ? {} : {INPUT_PROJECT: '1'}),
      INPUT_TOKEN: 'glpat-maint',
      ...(name === 'play-manual-job' ? {'INPUT_PIPELINE-ID': '11'} : {}),
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: file,
    }
    const run = await runBundle(name, [], {env, cwd})
    expect([run.stdout, run.code]).toEqual([expect.stringContaining(line), 0])
    expect(run.stdout).toContain('::add-mask::glpat-maint')
    expect(githubOutputs(file).get(output.replaceAll('_', '-'))).toBe(value)
  })

  test('takes INPUT_ variables with underscores in a GitLab job', async () => {
    const given = Object.entries(inputs).map(([key, text]) => [`INPUT_${key.toUpperCase().replaceAll('-', '_')}`, text])
    const env = {...sandbox.env, ...Object.fromEntries(given), INPUT_JSON: '-', GITLAB_CI: 'true'}
    const run = await runBundle(name, [], {env, cwd})
    expect([run.stderr, run.code]).toEqual([expect.stringContaining(line), 0])
    const outputs = JSON.parse(run.stdout) as Record<string, unknown>
    expect(String(outputs[output])).toBe(value)
  })
})

describe('no token is ever said', () => {
  const canaries = {CI_JOB_TOKEN: 'glcbt-64_canary-job', GITLAB_TOKEN: 'glpat-canary-token'}

  async function failures(): Promise<
    readonly (readonly [string, Readonly<Record<string, string>>, readonly string[], number])[]
  > {
    const port = await closedPort()
    return [
      ['tokens that GitLab does not know', {}, [], 77],
      ['nobody listening', {CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`}, ['--attempts', '1'], 69],
      [
        'a proxy that is not there',
        {
          CI_SERVER_URL: 'https://gitlab.example',
          CI_API_V4_URL: 'https://gitlab.example/api/v4',
          HTTPS_PROXY: `http://me:pw-canary@127.0.0.1:${port}`,
        },
        ['--attempts', '1'],
        69,
      ],
      ['a bad input', {}, ['--attempts', 'none'], 64],
      ['a flag that takes a token', {}, ['--token', 'glpat-canary-flag'], 64],
      ['an API that is not loopback and not https', {CI_API_V4_URL: 'http://gitlab.example/api/v4'}, [], 64],
    ]
  }

  test.each(four.map(([name, inputs]) => ({name, inputs})))('by $name, on any way to fail', async ({name, inputs}) => {
    const runs = (await failures()).map(async ([what, more, argv, expected]) => {
      const env = {...sandbox.env, GITLAB_CI: 'true', ...canaries, ...more}
      const files = ['--log', 'debug', '--dotenv', `${expected}.env`, '--json', `${expected}.json`]
      const soon = name === 'wait-for-job' ? ['--outage', '1s'] : []
      const run = await runBundle(name, [...flags(inputs), ...files, ...soon, ...argv], {env, cwd})
      expect([what, run.code, run.stdout]).toEqual([what, expected, expect.any(String)])
      return run.stdout + run.stderr
    })
    const said = (await Promise.all(runs)).join('\n')
    const written = readdirSync(cwd, {withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(cwd, entry.name), 'utf8'))
    expect(said + written.join('\n')).not.toMatch(/canary/)
  })

  test('not even where GitLab sends it back', async () => {
    const body = {message: `unknown token ${canaries.GITLAB_TOKEN} or ${canaries.CI_JOB_TOKEN}`}
    sandbox.setFaults([{on: '* /**', answer: {status: 403, body}}])
    const env = {...sandbox.env, GITLAB_CI: 'true', ...canaries}
    for (const [name, inputs] of four) {
      const {code, stdout, stderr} = await runBundle(name, [...flags(inputs), '--log', 'debug'], {env, cwd})
      expect([name, code]).toEqual([name, 77])
      expect(stdout + stderr).not.toMatch(/canary/)
    }
  })
})
