import {cp, mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {Sandbox} from '../../src/sandbox/cli/sandbox.ts'
import {clients, missingClient, nodeProgram, runProgram} from '../support/clients.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const tool = 'gitlab-ci-local/node_modules/gitlab-ci-local/dist/index.js'
const node = nodeProgram(24)

/** Why gitlab-ci-local cannot run here, or undefined. */
export const missingLocal = missingClient(tool, 'debian/usr/bin/rsync') ?? node.missing

/** A repository with the pipeline, the components and vendored bundles, run without containers by the shell executor. */
export async function runPipeline(
  sandbox: Sandbox,
  project: string,
  text: string,
  files: Readonly<Record<string, string>>,
): Promise<{readonly code: number | null; readonly log: string}> {
  const bin = path.join(project, '..', `${path.basename(project)}-bin`)
  await mkdir(bin)
  try {
    await writeFile(path.join(project, '.gitlab-ci.yml'), text)
    for (const [file, content] of Object.entries(files))
      await writeFile(path.join(project, file), content, {mode: 0o755})
    await cp(path.join(root, 'templates'), path.join(project, 'templates'), {recursive: true})
    await mkdir(path.join(project, 'ci'))
    for (const [bundle, file] of [
      ['jobside', 'jobside'],
      ['wait-for-job', 'wait-for-job'],
      ['wait-for-job', 'jobside-wait-for-job'],
      ['download-artifacts-by-ref', 'jobside-fetch'],
    ])
      await cp(path.join(root, 'dist', `${bundle}.mjs`), path.join(project, 'ci', `${file}.mjs`))
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
          PATH: `${bin}:${path.join(clients, 'debian/usr/bin')}:${process.env['PATH'] ?? ''}`,
          LD_LIBRARY_PATH: path.join(clients, 'debian/usr/lib/x86_64-linux-gnu'),
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
