import {cp, mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {clients, missingClient, nodeProgram, runProgram} from '../support/clients.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const tool = 'gitlab-ci-local/node_modules/gitlab-ci-local/dist/index.js'
const node = nodeProgram(24)
/** Where rsync is. */
const programs = path.join(clients, 'debian/usr/bin')
const libraries = path.join(clients, 'debian/usr/lib/x86_64-linux-gnu')

/** Why gitlab-ci-local cannot run here, or undefined. */
export const missingLocal = missingClient(tool, 'debian/usr/bin/rsync') ?? node.missing

/** The program, which takes the arguments of gitlab-ci-local, its version, and folders that PATH and LD_LIBRARY_PATH have to name. */
export async function localTool(): Promise<{
  readonly file: string
  readonly version: string
  readonly programs: string
  readonly libraries: string
}> {
  const manifest = path.join(clients, tool, '..', '..', 'package.json')
  const {version} = JSON.parse(await readFile(manifest, 'utf8')) as {readonly version: string}
  return {file: `${node.file} ${path.join(clients, tool)}`, version, programs, libraries}
}

/** A repository with the pipeline, the components and vendored bundles, run without containers by the shell executor. */
export async function runPipeline(
  sandbox: Sandbox,
  project: string,
  text: string,
  files: Readonly<Record<string, string>>,
): Promise<PipelineEnded> {
  await writeFile(path.join(project, '.gitlab-ci.yml'), text)
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(project, file), content, {mode: 0o755})
  await cp(path.join(root, 'templates'), path.join(project, 'templates'), {recursive: true})
  await mkdir(path.join(project, 'ci'))
  for (const [bundle, file] of [
    ['jobside', 'jobside'],
    ['wait-for-job', 'wait-for-job'],
    ['wait-for-job', 'jobside-wait-for-job'],
    ['download-artifacts-by-ref', 'jobside-fetch'],
  ])
    await cp(path.join(root, 'dist', `${bundle}.mjs`), path.join(project, 'ci', `${file}.mjs`))
  return runFolder(sandbox, project)
}

interface PipelineEnded {
  readonly code: number | null
  readonly log: string
}

/** Makes a folder a repository, as it is, and runs its pipeline. */
export async function runFolder(sandbox: Sandbox, project: string): Promise<PipelineEnded> {
  const bin = path.join(project, '..', `${path.basename(project)}-bin`)
  await mkdir(bin)
  try {
    await symlink(process.execPath, path.join(bin, 'node'))
    for (const args of [
      ['init', '--quiet', '--initial-branch=main'],
      ['remote', 'add', 'origin', `${sandbox.url}/grp/app.git`],
      ['add', '.'],
      ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com', 'commit', '--quiet', '--message', 'pipeline'],
    ])
      await runProgram('git', args, {cwd: project})
    const {env} = sandbox
    const names = ['CI_API_V4_URL', 'CI_JOB_TOKEN', 'CI_PROJECT_ID', 'CI_PIPELINE_ID', 'CI_SERVER_URL'] as const
    const {code, stdout, stderr} = await runProgram(
      node.file,
      [
        path.join(clients, tool),
        '--force-shell-executor',
        '--shell-isolation',
        '--no-artifacts-to-source',
        ...names.flatMap((name) => ['--variable', `${name}=${env[name] ?? ''}`]),
      ],
      {
        cwd: project,
        env: {
          PATH: `${bin}:${programs}:${process.env['PATH'] ?? ''}`,
          LD_LIBRARY_PATH: libraries,
          HOME: bin,
          NO_COLOR: '1',
        },
        timeout: 110_000,
      },
    )
    return {code, log: `${stdout.toString()}${stderr}`}
  } finally {
    await rm(bin, {recursive: true, force: true})
  }
}
