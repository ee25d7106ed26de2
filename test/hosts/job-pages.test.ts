import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {runBundle} from '../support/bundles.ts'
import {startSandbox} from '../support/sandbox.ts'

const nasty = 'lint </td><img src=x onerror=1> | `*_@all_*`'

const world: WorldFile = {
  self: 101,
  users: [{id: 1, username: 'dev', tokens: [{token: 'glpat-dev', scopes: ['api']}]}],
  projects: [
    {
      id: 1,
      path: 'grp/app',
      members: {dev: 'developer'},
      pipeline_template: {
        jobs: [
          {
            name: nasty,
            stage: 'test',
            timeline: [
              {after: '3s', status: 'running'},
              {after: '9s', status: 'success'},
            ],
          },
          {
            name: 'unit',
            stage: 'test',
            timeline: [
              {after: '6s', status: 'running'},
              {after: '30s', status: 'success'},
            ],
          },
        ],
      },
      pipelines: [
        {
          id: 11,
          ref: 'main',
          jobs: [
            {id: 101, name: 'gate', stage: 'deploy', status: 'running', user: 'dev', token: 'glcbt-101'},
            {id: 102, name: nasty, stage: 'test', status: 'pending', timeline: [{after: '1s', status: 'success'}]},
            {id: 103, name: 'unit', stage: 'test', status: 'success'},
          ],
        },
      ],
    },
  ],
}

let sandbox: Sandbox
let folder: string
let page: string
beforeEach(async () => {
  sandbox = await startSandbox(world, {clock: 'real', speed: 60})
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-pages-'))
  page = path.join(folder, 'summary.md')
  await writeFile(page, '')
})
afterEach(async () => {
  await sandbox.close()
  await rm(folder, {recursive: true, force: true})
})

const onGitHub = () => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_OUTPUT: path.join(folder, 'outputs'),
  GITHUB_STEP_SUMMARY: page,
  GITLAB_TOKEN: 'glpat-dev',
})
const jobs = ['--mode', 'all', '--timeout', '60s', '--interval', '1s']
const wait = ['--api-url', '', '--project', 'grp/app', '--pipeline-id', '11', '--job', 'unit', '--job', nasty, ...jobs]
const start = [
  '--api-url',
  '',
  '--project',
  'grp/app',
  '--ref',
  'main',
  '--wait',
  '--timeout',
  '60s',
  '--interval',
  '1s',
]
const commands = [
  ['wait-for-job', wait],
  ['trigger-pipeline', start],
] as const

const run = async (name: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
  await writeFile(path.join(folder, 'outputs'), '')
  const given = args.map((word, at) => (args[at - 1] === '--api-url' ? sandbox.api : word))
  return runBundle(name, given, {env, cwd: folder})
}

describe.each(commands)('%s', (name, args) => {
  test('shows on GitHub each job as a link, with a bar of its queue and its run', async () => {
    const {code, stdout} = await run(name, args, onGitHub())
    expect({code, stdout}).toEqual({code: 0, stdout: expect.stringContaining('░ queued █ ran')})
    const summary = await readFile(page, 'utf8')
    expect(summary).toContain('<h3>Jobs</h3>')
    expect(summary).toMatch(
      /<td><a href="http:\/\/127\.0\.0\.1:\d+\/grp\/app\/-\/jobs\/\d+">unit<\/a><\/td><td>✅ success<\/td>/,
    )
    const drawn = [...summary.matchAll(/<td><code>(░*█*)<\/code><\/td><\/tr>/g)].map(([, bar = '']) => bar.length)
    expect(drawn).toHaveLength(2)
    expect(Math.max(...drawn)).toBe(24)
  }, 60_000)

  test('lets no name of a job be HTML or end the cell it stands in', async () => {
    await run(name, args, onGitHub())
    const summary = await readFile(page, 'utf8')
    expect(summary).toContain('>lint &lt;/td&gt;&lt;img src=x onerror=1&gt; | `*_@all_*`</a>')
    expect(summary).not.toContain('<img')
    // No line in between: after an empty one GitHub would read Markdown again.
    expect(summary.trimEnd()).not.toMatch(/\n\s*\n/)
  }, 60_000)

  test('keeps within what GitHub shows of a step, beside what others have written', async () => {
    await writeFile(page, `${'x'.repeat(1024 * 1024 - 300)}\n`)
    const {code} = await run(name, args, onGitHub())
    const size = Buffer.byteLength(await readFile(page, 'utf8'))
    expect([code, size <= 1024 * 1024]).toEqual([0, true])
  }, 60_000)

  test('says on the page of the GitLab job how long each job waited and ran', async () => {
    const {GITLAB_TOKEN, ...token} = sandbox.env
    const env = {...token, ...(name === 'trigger-pipeline' && {GITLAB_TOKEN: GITLAB_TOKEN ?? ''})}
    const {code, stdout} = await run(name, [...args, '--annotations', 'links.json'], env)
    expect({code, stdout}).toEqual({code: 0, stdout: expect.stringContaining('░ queued █ ran')})
    const {jobside} = JSON.parse(await readFile(path.join(folder, 'links.json'), 'utf8')) as {
      readonly jobside: readonly {readonly external_link: {readonly label: string}}[]
    }
    const labels = jobside.map(({external_link: {label}}) => label)
    expect(labels.sort()).toEqual([
      expect.stringMatching(/^lint <\/td>.*: success, queued [\dhms]+, ran [\dhms]+$/),
      expect.stringMatching(/^unit: success, queued [\dhms]+, ran [\dhms]+$/),
    ])
  }, 60_000)
})
