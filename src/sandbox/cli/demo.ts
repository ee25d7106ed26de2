import {spawn, type ChildProcess} from 'node:child_process'
import {lstat, mkdtemp, readdir, readlink, realpath, rm} from 'node:fs/promises'
import {constants, tmpdir} from 'node:os'
import {dirname, join, relative, resolve} from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {stripVTControlCharacters} from 'node:util'
import type {RequestRecord} from '../world/record.ts'
import {createSandbox, type Sandbox} from './sandbox.ts'
import {defaultVersion, has} from '../world/versions.ts'
import {loadWorld} from '../world/world-file.ts'

export interface DemoOptions {
  /** Where the files go and stay; absent: a temporary folder that is removed at the end. */
  readonly keep: string | undefined
  /** The GitLab to be; absent: the newest known. */
  readonly version: string | undefined
  readonly print: (line: string) => void
}

/** Bytes of the archive after which the object store breaks the connection. */
const cutBytes = 300

/**
 * Runs the main job against the built-in world: waits for a job of another project, then pulls its artifacts, both by
 * the bundled commands as child processes. Resolves to the exit code: 0, or that of the command that failed.
 */
export async function demo({keep, version = defaultVersion, print}: DemoOptions): Promise<number> {
  const work = await realpath(await mkdtemp(join(tmpdir(), 'jobside-demo-')))
  // Time goes on with each look at the job, so that the demo tells the same story on the slowest machine.
  const onRequest = ({path}: RequestRecord): void => {
    if (path.endsWith('/pipelines/21/jobs')) sandbox.advance('2s')
  }
  const sandbox: Sandbox = await createSandbox(loadWorld('main').world, {
    version,
    storage: 'redirect',
    clock: 'manual',
    faults: [{on: 'storage', times: 1, cut: {bytes: cutBytes}}],
    onRequest,
  })
  const stage = {sandbox, work, target: keep === undefined ? 'lib' : resolve(keep), print}
  try {
    return await tell({...stage, isTokenEnough: has(version, 'jobTokenLists'), paint: paintFor(process.stdout)})
  } finally {
    await sandbox.close()
    await rm(work, {recursive: true, force: true})
  }
}

type Paint = (look: keyof typeof looks, text: string) => string
const looks = {bold: 1, dim: 2, red: 31, green: 32, blue: 34} as const

function paintFor({isTTY}: {readonly isTTY?: boolean}): Paint {
  const {FORCE_COLOR = '0', NO_COLOR, TERM} = process.env
  const shows = (isTTY === true || FORCE_COLOR !== '0') && !NO_COLOR && TERM !== 'dumb'
  return (look, text) => (shows ? `\x1b[${looks[look]}m${text}\x1b[0m` : text)
}

interface Stage {
  readonly sandbox: Sandbox
  readonly work: string
  /** Seen from `work`. */
  readonly target: string
  /** Whether a job token may read the jobs of a pipeline; before 18.0 that takes an access token. */
  readonly isTokenEnough: boolean
  readonly paint: Paint
  readonly print: (line: string) => void
}

async function tell(stage: Stage): Promise<number> {
  const {sandbox, paint, print} = stage
  print(`${paint('bold', 'A GitLab in memory')} listens on ${sandbox.url}.`)
  print(`We are job ${sandbox.env['CI_JOB_ID'] ?? ''} of grp/app, and need what the job "build" of grp/lib makes.`)
  for (const act of [waitForBuild, pullArtifacts, useFiles]) {
    const code = await act(stage, voiceOf(stage))
    if (code !== 0) return code
  }
  print('')
  print('Now look around and break something: node dist/sandbox.mjs serve')
  return 0
}

interface Voice {
  readonly say: (text: string, more?: string) => void
  readonly heading: (text: string) => void
  readonly proved: (text: string) => void
  /** Gives the code back. */
  readonly failed: (what: string, code: number) => number
}

function voiceOf({paint, print}: Stage): Voice {
  const say = (text: string, more = ''): void => wrapped(text, '   ', more).forEach((line) => print(line))
  return {
    say,
    heading: (text) => ['', paint('bold', text)].forEach((line) => print(line)),
    proved: (text) => say(`${paint('green', '✓')} ${text}`, '  '),
    failed: (what, code) => {
      say(`${paint('red', '✕')} ${what}: exit code ${code}. The demo ends here.`)
      return code
    },
  }
}

/** The job has its own token and nothing else, unless it is given the access token too. */
async function command(stage: Stage, name: string, args: readonly string[], hasToken = false): Promise<number> {
  const {sandbox, paint, print} = stage
  const {GITLAB_TOKEN: _, ...jobEnvironment} = sandbox.env
  const line = `${paint('blue', '$')} ${paint('bold', name)} ${args.join(' ')}`
  wrapped(line, '   ', '  ').forEach((part) => print(part))
  return runBundle(name, args, {...stage, environment: hasToken ? sandbox.env : jobEnvironment})
}

const source = ['--project', 'grp/lib', '--ref', 'main', '--job', 'build']

async function waitForBuild(stage: Stage, {say, heading, proved, failed}: Voice): Promise<number> {
  const {isTokenEnough} = stage
  heading('1. Wait for the job. It is still pending.')
  say(
    isTokenEnough
      ? 'A job token may not read a single job, so the command reads the job list of its pipeline.'
      : 'Before GitLab 18.0 a job token may read no jobs, so this command is given an access token.',
  )
  const waited = await command(
    stage,
    'wait-for-job',
    [...source, '--timeout', '1m', '--interval', '1s'],
    !isTokenEnough,
  )
  if (waited !== 0) return failed('wait-for-job', waited)
  proved('Exit code 0: the job succeeded. Failed, canceled and timed out have codes of their own.')
  return 0
}

async function pullArtifacts(stage: Stage, {say, heading, proved, failed}: Voice): Promise<number> {
  heading('2. Pull its artifacts.')
  say(`They come from another origin, as on GitLab.com; this one breaks the connection after ${cutBytes} bytes.`)
  const pulled = await command(stage, 'download-artifacts-by-ref', [...source, '--path', stage.target])
  if (pulled !== 0) return failed('download-artifacts-by-ref', pulled)
  const stored = stage.sandbox.requests().filter(({origin}) => origin === 'storage')
  const leaks = stored.filter(({credentials}) => credentials.length > 0)
  if (stored.length === 0 || leaks.length > 0) return failed('the object store saw a credential, or nothing at all', 1)
  const wentOn = stored.some(({status}) => status === 206)
    ? 'The download went on where it had broken off'
    : 'All is here'
  proved(`${wentOn}; the other origin saw no credential.`)
  return 0
}

async function useFiles(stage: Stage, {heading, proved, failed}: Voice): Promise<number> {
  const {sandbox, isTokenEnough, print} = stage
  heading('3. Use the files, as the job made them.')
  for (const line of await listing(resolve(stage.work, stage.target))) print(`   ${line}`)
  proved('Sizes, the executable bit and the symbolic link have come through.')
  const asked = sandbox.requests().filter(({origin}) => origin === 'api')
  const downloads = asked.filter(({path}) => path.includes('/artifacts/'))
  const bound = isTokenEnough ? asked : downloads
  if (!bound.every(({credentials}) => credentials.join() === 'job-token'))
    return failed('GitLab saw another credential than the job token', 1)
  const which = isTokenEnough ? 'each' : 'each download'
  proved(`${asked.length} requests to GitLab, ${which} with the job token and nothing else.`)
  return 0
}

/** Lines no wider than the terminal, where it says how wide it is; the further ones begin with `indent` and `more`. */
function wrapped(text: string, indent: string, more = ''): readonly string[] {
  const columns = process.stdout.columns ?? (Number(process.env['COLUMNS']) || Number.POSITIVE_INFINITY)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`
    if (lines.length > 0 && stripVTControlCharacters(longer).length <= columns) lines[lines.length - 1] = longer
    else lines.push(`${indent}${lines.length === 0 ? '' : more}${word}`)
  }
  return lines
}

async function runBundle(
  name: string,
  args: readonly string[],
  {work, paint, print, environment}: Stage & {readonly environment: Readonly<Record<string, string>>},
): Promise<number> {
  const bundle = join(dirname(fileURLToPath(import.meta.url)), `${name}.mjs`)
  const hasColours = paint('bold', '') !== ''
  const child = spawn(process.execPath, [bundle, ...args], {
    cwd: work,
    env: {PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...(!hasColours && {NO_COLOR: '1'}), ...environment},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const bar = `   ${paint('dim', '│')} `
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({input: stream}).on('line', (line) =>
      wrapped(line.replaceAll(`${work}/`, ''), bar).forEach((part) => print(part)),
    )
  }
  const release = endWith(child)
  return new Promise<number>((settle, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  }).finally(release)
}

/** A signal ends the child, and with it the demo, which still cleans up. A terminal has sent Ctrl-C to the child already. */
function endWith(child: ChildProcess): () => void {
  const end = (signal: NodeJS.Signals): void => void setTimeout(() => child.kill(signal), 300).unref()
  process.on('SIGINT', end).on('SIGTERM', end)
  return () => void process.off('SIGINT', end).off('SIGTERM', end)
}

/** Like `ls -l`: mode, size, path, and where a link leads. */
async function listing(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    const {mode, size} = await lstat(path)
    const name = relative(folder, path)
    if (entry.isDirectory()) return undefined
    const kind = entry.isSymbolicLink() ? 'l' : '-'
    const arrow = entry.isSymbolicLink() ? ` -> ${await readlink(path)}` : ''
    return {name, line: `${kind}${permissions(mode)} ${String(size).padStart(6)}  ${name}${arrow}`}
  })
  const files = (await Promise.all(lines)).filter((file) => file !== undefined)
  return files.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({line}) => line)
}

function permissions(mode: number): string {
  return [6, 3, 0]
    .flatMap((shift) => ['r', 'w', 'x'].map((letter, index) => ((mode >> shift) & (4 >> index) ? letter : '-')))
    .join('')
}
