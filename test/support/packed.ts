import {execFile} from 'node:child_process'
import {mkdir, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')

/** npm with a cache of its own in the folder `home`, and no registry: whatever it would have to fetch is an error. */
export function npm(
  home: string,
  program: 'npm' | 'npx',
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
) {
  const offline = {
    npm_config_cache: path.join(home, 'cache'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  }
  return run(program, argv, {
    cwd,
    env: {PATH: process.env['PATH'], HOME: home, ...offline, ...env},
    maxBuffer: 1 << 26,
  })
}

/** The package as it would be published, and the files in it. */
export async function pack(folder: string): Promise<{readonly tarball: string; readonly files: readonly string[]}> {
  const {stdout} = await npm(folder, 'npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root)
  const [{filename, files}] = JSON.parse(stdout) as [{filename: string; files: readonly {path: string}[]}]
  return {tarball: path.join(folder, filename), files: files.map((file) => file.path)}
}

/** Makes the folder an empty project that has the package installed. */
export async function install(tarball: string, project: string, home: string): Promise<void> {
  await mkdir(project, {recursive: true})
  await writeFile(
    path.join(project, 'package.json'),
    '{"name":"empty","version":"1.0.0","private":true,"type":"module"}\n',
  )
  await npm(home, 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], project)
}

/** Compiles a project by its tsconfig.json with the compiler of ours and the types of Node; rejects with what it says. */
export async function compile(project: string): Promise<void> {
  const types = path.join(project, 'node_modules/@types')
  await mkdir(types, {recursive: true})
  await symlink(path.join(root, 'node_modules/@types/node'), path.join(types, 'node'))
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [compiler, '-p', project]).catch((error: {readonly stdout: string}) => {
    throw new Error(error.stdout)
  })
}
