import {execFile} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'
import {entryOf} from './changelog.ts'

const run = promisify(execFile)

/** Why there can be no release of this version from this folder: a sentence each. */
export async function releaseProblems(root: string, version: string, isMeant: boolean): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    readonly version: string
    readonly repository: {readonly url: string}
  }
  const git = async (...argv: readonly string[]): Promise<string> => (await run('git', argv, {cwd: root})).stdout.trim()
  const changelog = await readFile(path.join(root, 'CHANGELOG.md'), 'utf8')
  const [status, tags] = await Promise.all([git('status', '--porcelain'), git('tag', '--list', `v${version}`)])
  const checks: readonly (readonly [boolean, string])[] = [
    [!/^\d+\.\d+\.\d+$/.test(version), `"${version}" is not a version such as 1.2.3: npm run release -- 1.2.3`],
    [
      /^\d+\.\d+\.\d+$/.test(version) && !isAfter(version, manifest.version),
      `${version} does not come after ${manifest.version}, which package.json has`,
    ],
    [status !== '', 'the working tree has changes that are not committed: git status'],
    [tags !== '', `the tag v${version} is there already`],
    [(entryOf(changelog, 'Unreleased') ?? '') === '', 'CHANGELOG.md has nothing under "## Unreleased"'],
    [
      isMeant && isPlaceholder(manifest.repository.url),
      'package.json does not say yet where the project lives: set repository, homepage and bugs, then npm run generate',
    ],
  ]
  return checks.flatMap(([isWrong, sentence]) => (isWrong ? [sentence] : []))
}

/** Hosts under example.com belong to nobody (RFC 2606). */
export function isPlaceholder(url: string): boolean {
  return /^(?:git\+)?https:\/\/(?:[a-z0-9-]+\.)*example\.com\//.test(url)
}

/** Whether a version of three numbers is newer than another. */
export function isAfter(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split('.').map(Number)) as [number[], number[]]
  const at = a.findIndex((part, index) => part !== b[index])
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0)
}
