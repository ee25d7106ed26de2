import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {action} from '../../actions/download-artifacts-by-ref/action.ts'
import type {Sandbox, SandboxOptions} from '../../src/sandbox/cli/sandbox.ts'
import type {JobFile, PipelineFile, ProjectFile, WorldFile} from '../../src/sandbox/world/world-types.ts'
import {runCommand, type CommandOptions, type CommandRun} from '../support/run-command.ts'
import {startSandbox} from '../support/sandbox.ts'
import {files, job, library, worldWith} from './world.ts'

interface Options extends CommandOptions {
  readonly options?: SandboxOptions
  readonly project?: Partial<ProjectFile>
  readonly licence?: 'free' | 'premium'
}

let current: Sandbox | undefined

/** The arguments that mean job build of main in grp/lib. */
export const lib = ['--project', 'grp/lib', '--ref', 'main', '--job', 'build']

/** Pulls that job out of a grp/lib with these pipelines, in a sandbox of its own. */
export async function pull(
  pipelines: readonly PipelineFile[],
  argv: readonly string[] = [],
  {options, project, licence, ...rest}: Options = {},
): Promise<CommandRun> {
  await serve(worldWith([], {others: [library(pipelines, project)], ...(licence ? {licence} : {})}), options)
  return again([...lib, ...argv], rest)
}

export async function serve(world: WorldFile, options?: SandboxOptions): Promise<void> {
  await closeSandbox()
  current = await startSandbox(world, options)
}

/** Runs the command once more against the sandbox that is there. */
export function again(argv: readonly string[], options?: CommandOptions): Promise<CommandRun> {
  if (!current) throw new Error('serve a world first')
  return runCommand(action, current, argv, options)
}

/** For afterEach. */
export async function closeSandbox(): Promise<void> {
  await current?.close()
  current = undefined
}

export const build = (id: number, status = 'success'): JobFile =>
  job(id, 'build', status, {artifacts: {files: {'from.txt': `of ${id}\n`}, when: 'always'}})

export const pipeline = (id: number, ...jobs: NonNullable<PipelineFile['jobs']>): PipelineFile => ({
  id,
  ref: 'main',
  jobs,
})

/** One passed pipeline whose job build has made four files. */
export const plain = [pipeline(21, job(201, 'build', 'success', {artifacts: {files}}))]

/** The files below a folder, sorted. */
export const tree = (folder: string): readonly string[] =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted()

/** What a job of `build` has left there. */
export const from = (cwd: string): string => readFileSync(path.join(cwd, 'from.txt'), 'utf8')
