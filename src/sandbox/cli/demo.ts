import {spawn} from 'node:child_process'
import {lstat, mkdtemp, readdir, readlink, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join, relative, resolve} from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
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

/**
 * Runs the main job against the built-in world: waits for a job of another project, then pulls its artifacts, both by
 * the bundled commands as child processes. Resolves to the exit code: 0, or that of the command that failed.
 */
export async function demo({keep, version = defaultVersion, print}: DemoOptions): Promise<number> {
  const work = await mkdtemp(join(tmpdir(), 'jobside-demo-'))
  const target = keep === undefined ? join(work, 'lib') : resolve(keep)
  // Time goes on with each look at the job, so that the demo tells the same story on the slowest machine.
  const onRequest = ({path}: RequestRecord): void => {
    if (path.endsWith('/pipelines/21/jobs')) sandbox.advance('2s')
  }
  const sandbox: Sandbox = await createSandbox(loadWorld('main').world, {
    version,
    storage: 'redirect',
    clock: 'manual',
    onRequest,
  })
  try {
    return await tell({sandbox, work, target, isTokenEnough: has(version, 'jobTokenLists'), print})
  } finally {
    await sandbox.close()
    await rm(work, {recursive: true, force: true})
  }
}

interface Stage {
  readonly sandbox: Sandbox
  readonly work: string
  readonly target: string
  /** Whether a job token may read the jobs of a pipeline; before 18.0 that takes an access token. */
  readonly isTokenEnough: boolean
  readonly print: (line: string) => void
}

async function tell({sandbox, work, target, isTokenEnough, print}: Stage): Promise<number> {
  // The job has its own token and nothing else, where that is enough.
  const {GITLAB_TOKEN: _, ...jobEnvironment} = sandbox.env
  const command = async (name: string, args: readonly string[], environment = jobEnvironment): Promise<number> => {
    print(`    $ ${name} ${args.map((arg) => (arg === target ? '…' : arg)).join(' ')}`)
    return runBundle(name, args, {work, environment, print})
  }

  print(`A sandbox GitLab listens on ${sandbox.url}. This is job ${sandbox.env['CI_JOB_ID'] ?? ''} of grp/app, and it`)
  const held = isTokenEnough ? 'its job token only' : 'its job token, and an access token for what that may not do'
  print(`holds ${held}. It needs what the job "build" of grp/lib makes; that job is still pending.`)
  print('')
  print(
    isTokenEnough
      ? '1. Wait for the job. A job token may not read a single job, so the command reads the job list of the pipeline.'
      : '1. Wait for the job. Before GitLab 18.0 a job token may read no jobs, so this command is given an access token.',
  )
  const stop = watchJob(sandbox, print)
  const waited = await command(
    'wait-for-job',
    ['--project', 'grp/lib', '--pipeline-id', '21', '--job', 'build', '--timeout', '60s', '--interval', '1s'],
    isTokenEnough ? jobEnvironment : sandbox.env,
  )
  stop()
  if (waited !== 0) return failed(print, 'wait-for-job', waited)
  print('   Proved: exit code 0 means that the job succeeded; failed, canceled and timed out have codes of their own.')
  print('')
  print('2. Pull its artifacts by ref. The sandbox answers with a redirect to a second origin, as GitLab.com does.')
  const pulled = await command('download-artifacts-by-ref', [
    '--project',
    'grp/lib',
    '--ref',
    'main',
    '--job',
    'build',
    '--path',
    target,
  ])
  if (pulled !== 0) return failed(print, 'download-artifacts-by-ref', pulled)
  const stored = sandbox.requests().filter(({origin}) => origin === 'storage')
  const leaks = stored.filter(({credentials}) => credentials.length > 0)
  if (stored.length === 0 || leaks.length > 0)
    return failed(print, 'the object store saw a credential, or nothing at all', 1)
  print(
    `   Proved: the object store was asked ${stored.length === 1 ? 'once' : `${stored.length} times`} and saw no credential.`,
  )
  print('')
  print('3. The files, as the job made them:')
  for (const line of await listing(target)) print(`    ${line}`)
  print('   Proved: sizes, the executable bit and the symbolic link have come through.')
  print('')
  const asked = sandbox.requests().filter(({origin}) => origin === 'api')
  const downloads = asked.filter(({path}) => path.includes('/artifacts/'))
  const bound = isTokenEnough ? asked : downloads
  const isTokenAlone = bound.every(({credentials}) => credentials.join() === 'job-token')
  if (!isTokenAlone) return failed(print, 'GitLab saw another credential than the job token', 1)
  const which = isTokenEnough ? 'each' : bound.length === 1 ? 'the download' : 'the downloads'
  print(`${asked.length} requests to GitLab in all, ${which} with the job token and nothing else. Done.`)
  return 0
}

function failed(print: Stage['print'], what: string, code: number): number {
  print(`   ${what}: exit code ${code}. The demo ends here.`)
  return code
}

/** Tells each change of the awaited job from the world's own side, beside what the command sees of it. */
function watchJob(sandbox: Sandbox, print: Stage['print']): () => void {
  let last = ''
  const look = () => {
    const jobs = sandbox.world().projects.flatMap(({pipelines}) => pipelines.flatMap((pipeline) => pipeline.jobs))
    const status = jobs.find(({name}) => name === 'build')?.status ?? ''
    if (status !== last) print(`    [sandbox] job build is ${status}`)
    last = status
  }
  look()
  const timer = setInterval(look, 50)
  return () => {
    clearInterval(timer)
    look()
  }
}

interface Surroundings {
  readonly work: string
  readonly environment: Readonly<Record<string, string>>
  readonly print: Stage['print']
}

async function runBundle(
  name: string,
  args: readonly string[],
  {work, environment, print}: Surroundings,
): Promise<number> {
  const bundle = join(dirname(fileURLToPath(import.meta.url)), `${name}.mjs`)
  const child = spawn(process.execPath, [bundle, ...args], {
    cwd: work,
    env: {PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...(!process.stdout.isTTY && {NO_COLOR: '1'}), ...environment},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({input: stream}).on('line', (line) => print(`    | ${line}`))
  }
  return new Promise((settle, reject) => {
    child.once('error', reject)
    child.once('close', (code) => settle(code ?? 1))
  })
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
