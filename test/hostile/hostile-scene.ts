import type {ChildProcess} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {openScene, type Scene} from '../support/bundle-scene.ts'
import type {BundleRun} from '../support/bundles.ts'
import {diskTree} from './disk-tree.ts'
import type {Tree} from './accepted-archives.ts'

/** After this long a command that takes no processor time hangs. */
const hangMs = 60_000

/** What a command said, and everything around the place it worked in, before and after. */
export interface HostileRun extends BundleRun {
  readonly before: Tree
  readonly after: Tree
  /** The destination afterwards. */
  readonly out: Tree
}

export interface HostileOptions {
  readonly prepare?: (work: string) => void
  readonly cpuSeconds?: number
  /** Called with the running child and its work folder. */
  readonly during?: (child: ChildProcess, work: string) => void
}

/** A GitLab in which the job of pipeline N, of ref `rN`, has the Nth of these archives. */
export async function openHostileScene(archives: readonly Buffer[], options: SandboxOptions = {}): Promise<Scene> {
  return openScene(worldOf(archives), options)
}

function worldOf(archives: readonly Buffer[]): WorldFile {
  const self = {id: 101, name: 'integrate', status: 'running', user: 'dev', token: 'glcbt-self'}
  const pipelines = archives.map((bytes, index) => ({
    id: 1_000 + index,
    ref: `r${index}`,
    user: 'dev',
    jobs: [
      {
        id: 100_000 + index,
        name: 'build',
        status: 'success',
        artifacts: {base64: bytes.toString('base64')},
      },
    ],
  }))
  return {
    self: 101,
    users: [{id: 1, username: 'dev'}],
    projects: [
      {id: 1, path: 'grp/app', members: {dev: 'developer'}, pipelines: [{id: 11, user: 'dev', jobs: [self]}]},
      {
        id: 2,
        path: 'grp/lib',
        members: {dev: 'developer'},
        job_token_allowlist: {projects: {'grp/app': 'default'}},
        pipelines,
      },
    ],
  }
}

/** What the destination holds beforehand. */
export const oldFiles: Tree = {'old/': '755', 'old/file.txt': '644 as it was'}

/**
 * Runs a bundle deep in a folder of its own, with files on every level above it and a temporary folder that is watched too, under a limit of
 * processor time that the system itself enforces: 5 s unless said otherwise. `prepare` may change the work folder first.
 */
export async function runHostile(
  scene: Scene,
  name: string,
  argv: readonly string[],
  {prepare, cpuSeconds = 5, during}: HostileOptions = {},
): Promise<HostileRun> {
  const root = mkdtempSync(join(scene.folder, 'yard-'))
  const work = join(root, 'a', 'b', 'job')
  mkdirSync(join(work, 'out', 'old'), {recursive: true})
  mkdirSync(join(root, 'tmp'))
  writeFileSync(join(work, 'out', 'old', 'file.txt'), 'as it was')
  for (const level of ['.', 'a', 'a/b', 'a/b/job']) writeFileSync(join(root, level, 'beside.txt'), 'not yours')
  prepare?.(work)
  const before = diskTree(root)
  const elsewhere = absent()
  const run = await scene.run(name, argv, {
    cwd: work,
    env: {TMPDIR: join(root, 'tmp'), NO_COLOR: '1'},
    cpuSeconds,
    during(child) {
      during?.(child, work)
      const timer = setTimeout(() => child.kill('SIGKILL'), hangMs)
      child.on('close', () => clearTimeout(timer))
    },
  })
  const after = diskTree(root)
  const out = diskTree(join(work, 'out'))
  rmSync(root, {recursive: true, force: true})
  return {...run, before: {...before, ...elsewhere}, after: {...after, ...absent()}, out}
}

/** Where names and links of the archives would lead if they were believed. */
function absent(): Tree {
  return Object.fromEntries(
    ['/abs', '/host', '/x', join(tmpdir(), 'y')].map((path) => [path, String(existsSync(path))]),
  )
}

/** Starts these, `width` of them at once, and gives the promise of each. */
export function atOnce<T>(width: number, jobs: readonly (() => Promise<T>)[]): readonly Promise<T>[] {
  const started: Promise<T>[] = []
  for (const [index, job] of jobs.entries()) {
    const next = (started[index - width] ?? Promise.resolve()).then(job, job)
    // Whoever waits for it is told of its failure; until then it is not an unhandled one.
    next.catch(() => undefined)
    started.push(next)
  }
  return started
}
