import {createHash} from 'node:crypto'
import {lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {ArtifactsFile, FaultRule, JobFile, WorldFile} from '../../src/sandbox/world/world-types.ts'
import {appWorld} from './app-world.ts'
import {runBundle, type BundleOptions, type BundleRun} from './bundles.ts'
import {startSandbox} from './sandbox.ts'

/** Job 201 of grp/lib, "build", has made these. */
export const libraryFiles: Readonly<Record<string, string>> = {
  'dist/lib.js': 'export const answer = 42\n',
  'docs/long.txt': Array.from({length: 4_000}, (_, index) => `line ${index} ${(index * 7919) % 1000}\n`).join(''),
}

interface SceneWorld {
  /** Beside our own in our pipeline. */
  readonly jobs?: readonly JobFile[]
  /** The artifacts of each job of grp/lib by its name: 201, 202 and so on. */
  readonly library?: Readonly<Record<string, ArtifactsFile>>
}

/** The world of a scene: our job in grp/app, and grp/lib, which lets its token in and has succeeded at main. */
export function sceneWorld({jobs = [], library = {build: {files: libraryFiles}}}: SceneWorld = {}): WorldFile {
  const built = Object.entries(library).map(([name, artifacts], index) => ({
    id: 201 + index,
    name,
    status: 'success',
    log: 'built\n',
    artifacts,
  }))
  const lib = {
    id: 2,
    path: 'grp/lib',
    members: {dev: 'developer'},
    job_token_allowlist: {projects: {'grp/app': 'default'}},
    pipelines: [{id: 21, ref: 'main', user: 'dev', jobs: built}],
  } as const
  const beside = [
    {id: 102, name: 'deploy', stage: 'deploy', status: 'manual', allow_failure: true, user: 'dev'},
    {id: 103, name: 'endless', status: 'running', log: 'still going\n', user: 'dev'},
  ]
  return appWorld({role: 'developer', jobs: [...beside, ...jobs], others: [lib]})
}

/** Asks for the archive of that job by its ref. */
export const pullByRef = ['--project', 'grp/lib', '--ref', 'main', '--job', 'build'] as const

export interface Scene {
  readonly sandbox: Sandbox
  /** A private folder; each run gets a temporary folder in it that must be empty afterwards. */
  readonly folder: string
  /** Runs a bundle in the private folder with the job's variables, job token included and no access token. */
  run(name: string, argv: readonly string[], options?: BundleOptions): Promise<BundleRun>
  setFaults(rules: readonly FaultRule[]): void
  close(): Promise<void>
}

/** A sandbox on the real clock, for bundles that run beside this process. */
export async function openScene(world: WorldFile = sceneWorld(), options: SandboxOptions = {}): Promise<Scene> {
  const sandbox = await startSandbox(world, {clock: 'real', ...options})
  const folder = mkdtempSync(join(tmpdir(), 'jobside-scene-'))
  return {
    sandbox,
    folder,
    setFaults: (rules) => sandbox.setFaults(rules),
    run: (name, argv, {env, ...rest} = {}) =>
      runBundle(name, argv, {cwd: folder, env: {...jobVariables(sandbox), ...env}, ...rest}),
    async close() {
      await sandbox.close()
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

/** What the runner would give the job, without the access token that the sandbox offers beside. */
export function jobVariables({env}: Sandbox): Readonly<Record<string, string>> {
  const {GITLAB_TOKEN: _, ...variables} = env
  return {...variables, CI: 'true', GITLAB_CI: 'true'}
}

/** Everything below a folder by its path: the SHA-256 of files, the target of links. Undefined if the folder is not there. */
export function treeOf(root: string): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {}
  const walk = (path: string): void => {
    for (const name of readdirSync(join(root, path))) {
      const inner = join(path, name)
      const stat = lstatSync(join(root, inner))
      if (stat.isDirectory()) walk(inner)
      else if (stat.isSymbolicLink()) found[inner] = `-> ${readlinkSync(join(root, inner))}`
      else found[inner] = sha256(readFileSync(join(root, inner)))
    }
  }
  try {
    walk('')
    return found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What `treeOf` gives for these files. */
export function treeOfFiles(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [path, sha256(content)]))
}
