import {spawn, type ChildProcess} from 'node:child_process'
import {chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer, type AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {stripVTControlCharacters} from 'node:util'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {normalised} from '../../scripts/pictures/transcript.ts'
import {missingLocal, localTool} from '../hosts/local-pipeline.ts'
import {testUnless} from '../support/optional.ts'
import {fencesOf} from './markdown.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const page = 'docs/first-steps.md'
const printedPort = '8080'

/** A line to type, and the lines that the page says come back. */
interface Step {
  readonly command: string
  readonly answer: readonly string[]
}

const fences = await fencesOf(root, page)
const [clone = [], demo = [], serve = [], ...others] = fences.map(({text}) => stepsOf(text))
const local = others.pop() ?? []
const links = [...(await readFile(path.join(root, page), 'utf8')).matchAll(/<(http:[^>]+)>/g)].map(
  ([, url = '']) => url,
)

let folder: string
let port: string
let sandbox: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobside-newcomer-'))
  port = await freePort()
  await mkdir(path.join(folder, 'bin'))
})
afterAll(async () => {
  if (sandbox?.pid !== undefined && sandbox.exitCode === null) {
    const ended = new Promise((resolve) => sandbox?.once('close', resolve))
    process.kill(-sandbox.pid, 'SIGTERM')
    await ended
  }
  await rm(folder, {recursive: true, force: true})
})

test('a newcomer clones, sees the demo, starts a sandbox and looks at its page', async () => {
  expect(clone.map(({command}) => command.split(' ').slice(0, 2).join(' '))).toEqual(['git clone', 'cd jobside'])
  // The address is where the project will live; this checkout stands for it, with the bundles under test.
  const cloned = await shell([{...clone[0], command: `git clone --quiet ${root} jobside`, answer: []}], folder)
  expect(cloned).toEqual({code: 0, said: []})
  await cp(path.join(root, 'dist'), path.join(folder, 'jobside', 'dist'), {recursive: true})
  const shown = await shell(demo, home())
  expect(shown).toMatchObject({code: 0, said: expect.arrayContaining([expect.stringContaining('✓ Exit code 0')])})

  const [{command} = {command: ''}] = serve
  sandbox = spawn('bash', ['-c', here(command)], {cwd: home(), env: environment(), stdio: 'ignore', detached: true})
  for (const url of links) {
    const answer = await answered(here(url))
    expect([url, answer.status, answer.headers.get('content-type')]).toEqual([url, 200, 'text/html; charset=utf-8'])
  }
  expect(await (await answered(here(links[0] ?? ''))).text()).toContain('grp/lib')
}, 60_000)

test('then is a job of it, breaks GitLab, is refused, reads why, and copies an example', async () => {
  const steps = others.flat()
  const {code, said} = await shell(steps, home())
  expect({code, said}).toEqual({code: 0, said: expect.any(Array)})
  // Each line that the page shows comes back, in its order.
  const promised = steps.flatMap(({answer}) => answer).map((line) => normalised(here(line)))
  expect(said.filter((line) => promised.includes(line))).toEqual(promised)
  const record = await (await answered(here(`${links[0] ?? ''}-/requests`))).text()
  expect(record).toContain('401')
}, 60_000)

testUnless(missingLocal)(
  'and runs the example on their own machine against the sandbox',
  async () => {
    const [{command, answer} = {command: '', answer: []}] = local
    // npx would fetch it from the registry: the same version stands ready.
    const {file, version, programs, libraries} = await localTool()
    expect(command).toContain(` gitlab-ci-local@${version} `)
    const npx = path.join(folder, 'bin', 'npx')
    await writeFile(npx, `#!/bin/sh\nshift 2\nexec ${file} "$@"\n`)
    await chmod(npx, 0o755)
    const ready = {command: `. ${home()}/job.env`, answer: []}
    const {code, said} = await shell([ready, {command, answer}], path.join(folder, 'shop'), {
      ...environment(),
      PATH: `${environment().PATH}:${programs}`,
      LD_LIBRARY_PATH: libraries,
    })
    expect({code, said}).toEqual({code: 0, said: expect.arrayContaining([...answer])})
  },
  120_000,
)

const home = (): string => path.join(folder, 'jobside')
const here = (text: string): string =>
  text.replaceAll(`:${printedPort}`, `:${port}`).replaceAll(`--port ${printedPort}`, `--port ${port}`)

/** Lines that begin with "$ " are typed, those between come back; without any, every line is typed. */
function stepsOf(text: string): readonly Step[] {
  const lines = text.split('\n')
  if (!lines.some((line) => line.startsWith('$ '))) return lines.map((command) => ({command, answer: []}))
  const starts = lines.flatMap((line, at) => (line.startsWith('$ ') ? [at] : []))
  return starts.map((at, index) => ({
    command: (lines[at] ?? '').slice(2),
    answer: lines.slice(at + 1, starts[index + 1]),
  }))
}

/** One after the other in one shell, as they are typed, until one fails. What it printed, without colours and what differs each time. */
async function shell(
  steps: readonly Step[],
  cwd: string,
  env: Readonly<Record<string, string>> = environment(),
): Promise<{readonly code: number | null; readonly said: readonly string[]}> {
  const script = steps.map(({command}) => here(command)).join(' || exit\n')
  const child = spawn('bash', ['-c', script], {cwd, env, stdio: ['ignore', 'pipe', 'pipe']})
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const lines = normalised(stripVTControlCharacters(text)).split('\n')
  return {code, said: lines.filter((line) => line !== '')}
}

/** What a person's shell has, and no more. */
function environment(): Readonly<Record<string, string>> & {readonly PATH: string} {
  const git = {
    GIT_AUTHOR_NAME: 'me',
    GIT_AUTHOR_EMAIL: 'me@example.com',
    GIT_COMMITTER_NAME: 'me',
    GIT_COMMITTER_EMAIL: 'me@example.com',
  }
  return {PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder, ...git}
}

/** As a browser asks, as soon as somebody listens. */
async function answered(url: string): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const answer = await fetch(url, {headers: {accept: 'text/html'}}).catch((error: unknown) => {
      if (tries > 200) throw error
    })
    if (answer) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port: free} = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return String(free)
}
