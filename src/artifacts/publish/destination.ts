import {accessSync, constants, existsSync, lstatSync, readdirSync, realpathSync, statSync} from 'node:fs'
import {homedir, userInfo} from 'node:os'
import {dirname, parse, resolve, sep} from 'node:path'
import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {diskFailure} from './disk.ts'

export interface DestinationOptions {
  readonly kind: 'folder' | 'file'
  /** Replacing a folder deletes what it held. */
  readonly replaces?: boolean | undefined
  /** Also that of a Git repository. */
  readonly replacesRepository?: boolean | undefined
  readonly cwd?: string | undefined
  readonly home?: string | undefined
}

/**
 * The absolute path to write to. Made before anything is fetched: throws a usage error for places that must never be unpacked into
 * (the root, a home, a folder around the current one), and cannotWrite if something is in the way or this user may not write there.
 */
export function checkDestination(destination: string, options: DestinationOptions): string {
  const cwd = options.cwd ?? process.cwd()
  if (destination.trim() === '') throw dangerous(destination, 'is empty')
  if (/^[~$]/.test(destination)) throw dangerous(destination, 'begins with something only a shell would replace')
  if (destination.includes('\0')) throw dangerous(destination, 'contains a NUL')
  if (sep === '/' && /^[a-z]:|\\/i.test(destination)) throw dangerous(destination, 'is a Windows path')
  const path = realPath(resolve(cwd, destination))
  if (options.kind === 'folder') refuseDangerousFolder(path, destination, cwd, options)
  const found = statOf(path)
  if (options.kind === 'folder' && found && !found.isDirectory()) throw inTheWay(path, 'It is not a folder.')
  if (options.kind === 'file' && found && !found.isFile()) throw inTheWay(path, 'It is not a file.')
  checkWritable(options.kind === 'folder' && found ? path : dirname(path))
  return path
}

function refuseDangerousFolder(path: string, shown: string, cwd: string, options: DestinationOptions): void {
  const here = realPath(cwd)
  if (path === parse(path).root) throw dangerous(shown, 'is the root of the file system')
  if (isHome(path, here, options.home)) throw dangerous(shown, 'is the home folder')
  if (here.startsWith(path + sep)) throw dangerous(shown, 'is a folder around the current one')
  if (options.replaces && path === here) throw dangerous(shown, 'is the current folder, which cannot be replaced')
  const repository = options.replaces && !options.replacesRepository ? repositoryIn(path) : undefined
  if (repository !== undefined)
    throw new ActionError(
      'usage',
      `The destination "${clean(shown, 200)}" ${repository === path ? 'is' : 'holds'} a Git repository${repository === path ? '' : ` (${clean(repository, 200)})`}, which replacing it would delete.`,
      {hint: 'Use --overwrite merge, or say --replace-repository if that is meant.'},
    )
}

/**
 * The folder of a person, by the system's own list of users. What HOME says counts too, unless it is the project that the job works in, as
 * containers are sometimes set up.
 */
function isHome(path: string, here: string, home: string | undefined): boolean {
  const own = attempt(() => userInfo().homedir)
  if (own !== undefined && own !== '' && path === realPath(own)) return true
  const named = home ?? attempt(() => homedir())
  if (named === undefined || named === '' || path !== realPath(named)) return false
  return path !== here && !existsSync(`${path}/.git`)
}

/** Neither has to be there: a container may run as a user that nobody has listed, without HOME. */
function attempt(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The folder itself, or one right below it, if it has a repository: a checkout, a worktree or submodule with its `.git` file, or a bare one. */
function repositoryIn(path: string): string | undefined {
  const isRepository = (folder: string): boolean =>
    existsSync(`${folder}/.git`) || ['HEAD', 'objects', 'refs'].every((name) => existsSync(`${folder}/${name}`))
  if (isRepository(path)) return path
  const names = attemptList(path)
  return names.map((name) => `${path}/${name}`).find(isRepository)
}

function attemptList(path: string): readonly string[] {
  try {
    return readdirSync(path, {withFileTypes: true}).flatMap((child) => (child.isDirectory() ? [child.name] : []))
  } catch {
    return []
  }
}

/** With links followed as far as the path exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    // A link to nowhere: whoever follows it would write somewhere else.
    if (isLink(path)) throw inTheWay(path, 'It is a link to something that does not exist.')
    return parent === path
      ? path
      : resolve(realPath(parent), path.slice(parent.length + (parent.endsWith(sep) ? 0 : 1)))
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

function checkWritable(folder: string): void {
  const found = statOf(folder)
  if (!found && dirname(folder) !== folder) return checkWritable(dirname(folder))
  if (found && !found.isDirectory()) throw inTheWay(folder, 'It is not a folder.')
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    // Another run has just taken it away, to put its own in its place.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder)
      return checkWritable(dirname(folder))
    throw diskFailure(error, folder)
  }
}

function statOf(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path, {throwIfNoEntry: false})
  } catch (error) {
    // A part of the path is a file.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw diskFailure(error, path)
  }
}

function dangerous(path: string, why: string): ActionError {
  return new ActionError('usage', `The destination "${clean(path, 200)}" ${why}.`, {
    hint: 'Name a folder of its own, such as "artifacts".',
  })
}

export function inTheWay(path: string, why: string, options: {readonly hint?: string} = {}): ActionError {
  return new ActionError('cannotWrite', `Cannot write ${clean(path)}. ${why}`, options)
}
