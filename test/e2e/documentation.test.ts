import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {spawn, spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {parse} from 'yaml'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {loadWorld, parseWorld} from '../../src/sandbox/world/world-file.ts'
import {runStep} from '../hosts/github-step.ts'
import {startSandbox} from '../support/sandbox.ts'
import {anchorsOf, fencesOf, localLinks, pages} from './markdown.ts'
import type {Fence} from './markdown.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const all = await pages(root)
const fences = (await Promise.all(all.map(async (page) => fencesOf(root, page)))).flat()
const commands = fences.filter(({language}) => ['sh', 'bash', 'console', 'yaml', 'yml'].includes(language))
const executed = commands.filter(({excuse}) => excuse === undefined)

let cwd: string
let sandbox: Sandbox | undefined

beforeEach(async () => {
  cwd = await mkdtemp(path.join(tmpdir(), 'jobside-docs-'))
  await prepare()
})

afterEach(async () => {
  await sandbox?.close()
  sandbox = undefined
  await rm(cwd, {recursive: true, force: true})
})

describe.each(all)('%s', (page) => {
  test('has only links that lead somewhere', async () => {
    const dead: string[] = []
    for (const link of await localLinks(root, page)) {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? page : path.join(path.dirname(page), file)
      const isThere = existsSync(path.join(root, target))
      const isAnchor = anchor === undefined || (isThere && (await anchorsOf(root, target)).includes(anchor))
      if (!isThere || !isAnchor) dead.push(link)
    }
    expect(dead).toEqual([])
  })

  test('has no fenced command that is neither executed nor excused, and no empty excuse', () => {
    const known = ['sh', 'bash', 'console', 'yaml', 'yml', 'json', 'text', 'dockerfile', 'powershell', 'mermaid', '']
    // Those of docs/library.md are compiled and run by test/e2e/library.test.ts.
    if (page === 'docs/library.md') known.push('ts')
    const own = fences.filter((fence) => fence.page === page)
    expect(own.filter(({language}) => !known.includes(language))).toEqual([])
    const hidden = own.filter(({language, text}) => language === '' && /^\s*\$? ?(node|npx|npm|curl|glab) /m.test(text))
    expect(hidden).toEqual([])
    const powershell = own.filter(({language, excuse}) => language === 'powershell' && excuse === undefined)
    expect(powershell).toEqual([])
  })
})

test('the README stays below 200 lines', async () => {
  expect((await readFile(path.join(root, 'README.md'), 'utf8')).split('\n').length).toBeLessThan(200)
})

describe('as printed', () => {
  test.each(executed.map((fence) => [`${fence.page}:${fence.line}`, fence] as const))(
    '%s works',
    async (_, fence) => {
      if (fence.language.startsWith('y')) await runYaml(fence)
      else await expectToWork(await shell(fence), scriptOf(fence), {})
    },
    90_000,
  )
})

interface Place {
  readonly env: Readonly<Record<string, string>>
}

/** The fence's world, ten times as fast as real, and what its job would find in the environment. */
async function shell({world}: Fence): Promise<Place> {
  const file = world.endsWith('.yml') ? loadWorld(path.join(root, world)).world : world
  sandbox ??= await startSandbox(file, {clock: 'real', speed: 10})
  const facts = {CI_COMMIT_REF_NAME: 'main', CI_DEFAULT_BRANCH: 'main', CI_SERVER_VERSION: '19.2.0'}
  return {env: {...sandbox.env, ...facts}}
}

/** A pipeline runs job by job, a workflow step by step; a world or a list of faults is checked. */
async function runYaml(fence: Fence): Promise<void> {
  const content: unknown = parse(fence.text)
  if (Array.isArray(content)) return runSteps(fence, content as readonly Step[])
  const map = content as Readonly<Record<string, Record<string, unknown>>>
  if ('projects' in map) return void parseWorld(`${fence.text}\n`)
  if ('faults' in map) return void parseWorld(`${fence.text}\nprojects: []\n`)
  if ('jobs' in map) {
    for (const {steps} of Object.values(map['jobs']) as {readonly steps: readonly Step[]}[])
      await runSteps(fence, steps)
    return
  }
  await runPipeline(fence, map as unknown as Readonly<Record<string, PipelineJob>>)
}

interface PipelineJob {
  readonly script: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
  readonly artifacts?: {readonly reports?: {readonly dotenv?: string}}
}

/** Jobs in their printed order, in one folder; a dotenv report is handed on to those that follow. */
async function runPipeline(fence: Fence, jobs: Readonly<Record<string, PipelineJob>>): Promise<void> {
  const handedOn: Record<string, string> = {}
  for (const [name, job] of Object.entries(jobs)) {
    expect({name, script: Array.isArray(job.script)}).toEqual({name, script: true})
    await expectToWork(await shell(fence), job.script.join('\n'), {...handedOn, ...job.variables})
    const report = job.artifacts?.reports?.dotenv
    if (report === undefined) continue
    for (const line of (await readFile(path.join(cwd, report), 'utf8')).trimEnd().split('\n')) {
      const [, key = '', value = ''] = /^([A-Za-z0-9_]+)=(.*)$/.exec(line) ?? []
      expect({line, key}).not.toEqual({line, key: ''})
      handedOn[key] = value.replaceAll('$$', '$')
    }
  }
}

interface Step {
  readonly id?: string
  readonly uses: string
  readonly with: Readonly<Record<string, string | number | boolean>>
}

/** Each step of ours by its action.yml. The example's host is the sandbox, and secrets are its tokens. */
async function runSteps(fence: Fence, steps: readonly Step[]): Promise<void> {
  const outputs: Record<string, Readonly<Record<string, string>>> = {}
  for (const [at, step] of steps.entries()) {
    const {env} = await shell(fence)
    const folder = /^\.\/vendor\/jobside(?:\/(actions\/[a-z-]+))?$/.exec(step.uses)
    expect({uses: step.uses, known: folder !== null}).toEqual({uses: step.uses, known: true})
    const value = (text: string): string =>
      text
        .replaceAll('https://gitlab.example.com/api/v4', env['CI_API_V4_URL'] ?? '')
        .replace(/\$\{\{ secrets\.(\w+) \}\}/g, (_, name: string) => env[name] ?? '')
        .replace(
          /\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}/g,
          (_, id: string, key: string) => outputs[id]?.[key] ?? '',
        )
    const given = Object.fromEntries(Object.entries(step.with).map(([key, text]) => [key, value(String(text))]))
    const place = path.join(cwd, `step-${at}`)
    await mkdir(place)
    const ended = await runStep({action: path.join(root, folder?.[1] ?? ''), with: given, cwd: place})
    expect({code: ended.code, log: ended.log}).toEqual({code: 0, log: ended.log})
    if (step.id !== undefined) outputs[step.id] = ended.outputs
  }
}

/** A shell session is its lines after "$ "; anything else is the script itself. */
function scriptOf({language, text}: Fence): string {
  if (language !== 'console') return text
  const lines = text.split('\n').filter((line) => line.startsWith('$ '))
  return lines.map((line) => line.slice(2)).join('\n')
}

const bash = ['bash', '-eo', 'pipefail']
const posix = [
  ['dash', '-e'],
  ['busybox', 'ash', '-e'],
  ['bash', '--posix', '-e'],
].filter(([program = '', ...words]) => spawnSync(program, [...words, '-c', ':']).status === 0)

/** What sets the variables of its own shell is run in every shell at hand. */
const shellsFor = (script: string): readonly (readonly string[])[] =>
  script.includes('eval ') ? [bash, ...posix] : [bash]

async function expectToWork(place: Place, script: string, variables: Readonly<Record<string, string>>): Promise<void> {
  for (const words of shellsFor(script)) await expectToWorkIn(words, place, script, variables)
}

async function expectToWorkIn(
  [program = '', ...words]: readonly string[],
  {env}: Place,
  script: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(program, [...words, '-c', script], {
    cwd,
    env: {PATH: `${path.join(cwd, '.bin')}:${process.env['PATH'] ?? ''}`, HOME: cwd, ...env, ...variables},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect({program, script, code, log}).toEqual({program, script, code: 0, log})
}

/**
 * The folder in which a reader would stand: the repository's dist, docs and package.json, a deploy.sh of their own, the vendored files in ci/, and a
 * `jobside` that runs the bundle of this checkout. Nothing is fetched from a registry.
 */
async function prepare(): Promise<void> {
  const bin = path.join(cwd, '.bin')
  await mkdir(bin)
  await symlink(path.join(root, 'dist'), path.join(cwd, 'dist'))
  await cp(path.join(root, 'package.json'), path.join(cwd, 'package.json'))
  await cp(path.join(root, 'docs'), path.join(cwd, 'docs'), {recursive: true})
  await mkdir(path.join(cwd, 'ci'))
  for (const name of ['jobside', 'wait-for-job'])
    await cp(path.join(root, 'dist', `${name}.mjs`), path.join(cwd, 'ci', `${name}.mjs`))
  const run = `exec ${process.execPath} ${path.join(root, 'dist', 'jobside.mjs')} "$@"`
  await writeProgram(path.join(cwd, 'deploy.sh'), 'echo deployed')
  await writeProgram(path.join(bin, 'jobside'), run)
}

async function writeProgram(file: string, body: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${body}\n`)
  await chmod(file, 0o755)
}
