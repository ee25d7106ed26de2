/**
 * Prepares a release: `npm run release -- X.Y.Z [--really]`. All of it happens in a clone in a temporary folder: the version everywhere it
 * stands, the changelog's entry, fresh generated files and bundles, the assets, one commit and its tag. Without --really the clone is
 * shown and thrown away; with it commit and tag are taken over here. Nothing is pushed: pushing the tag starts the pipelines that publish.
 */
import {execFile} from 'node:child_process'
import {mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {parseArgs, promisify} from 'node:util'
import {dated} from './release/changelog.ts'
import {isAfter, releaseProblems} from './release/problems.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')

const {positionals, values} = parseArgs({allowPositionals: true, options: {really: {type: 'boolean', default: false}}})
const [version = ''] = positionals
const problems = await releaseProblems(root, version, values.really)
if (problems.length > 0) {
  console.error(['No release:', ...problems.map((problem) => `- ${problem}`)].join('\n'))
  process.exitCode = 64
} else
  await release().catch((error: {readonly message: string; readonly stderr?: string}) => {
    // What a step said, such as a bundle over its budget, is all that helps; nothing was changed here.
    console.error(`No release: ${error.message.trim()}`)
    process.exitCode = 1
  })

async function release(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'jobside-release-'))
  const clone = path.join(folder, 'jobside')
  const here = (program: string, ...argv: readonly string[]) => run(program, argv, {cwd: clone, maxBuffer: 1 << 26})
  try {
    await run('git', ['clone', '--quiet', root, clone])
    await symlink(path.join(root, 'node_modules'), path.join(clone, 'node_modules'))
    await writeVersion(clone)
    await here('npm', 'run', '--silent', 'generate')
    await here('npm', 'run', '--silent', 'build')
    await here('npm', 'run', '--silent', 'release:assets')
    await here('git', 'add', '--all')
    await here('git', 'commit', '--quiet', '--message', `Release ${version}`)
    await here('git', 'tag', '--annotate', `v${version}`, '--message', `Release ${version}`)
    const {stdout} = await here('git', 'show', '--stat', '--format=%s', 'HEAD')
    console.log(stdout.trim())
    if (!values.really) return console.log(`\nDry: nothing was changed here. To do it, add --really.`)
    await run('git', ['pull', '--quiet', '--ff-only', '--tags', clone, 'HEAD'], {cwd: root})
    console.log(`\nReleased here as v${version}. To publish: git push origin HEAD v${version}`)
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** In the package, its lock and the changelog; everything else has it from there by `npm run generate`. */
async function writeVersion(clone: string): Promise<void> {
  const before = (JSON.parse(await readFile(path.join(clone, 'package.json'), 'utf8')) as {version: string}).version
  if (!isAfter(version, before)) throw new Error(`${version} does not come after ${before}`)
  for (const file of ['package.json', 'package-lock.json']) {
    const at = path.join(clone, file)
    const text = await readFile(at, 'utf8')
    // The package's own version is the first in both, and in the lock the second too.
    let left = file === 'package.json' ? 1 : 2
    const next = text.replaceAll(`"version": "${before}"`, (found) => (left-- > 0 ? `"version": "${version}"` : found))
    await writeFile(at, next)
  }
  const changelog = path.join(clone, 'CHANGELOG.md')
  await writeFile(changelog, dated(await readFile(changelog, 'utf8'), version, new Date()))
}
