import {execFile} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {afterEach, beforeEach, expect, test} from '@jest/globals'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..', '..')

let folder: string
let project: string
const person = {name: 'a', email: 'a@example.com'}
const env = {
  PATH: process.env['PATH'],
  GIT_AUTHOR_NAME: person.name,
  GIT_AUTHOR_EMAIL: person.email,
  GIT_COMMITTER_NAME: person.name,
  GIT_COMMITTER_EMAIL: person.email,
  npm_config_update_notifier: 'false',
}
const git = async (...argv: readonly string[]): Promise<string> =>
  (await run('git', argv, {cwd: project, env})).stdout.trim()
const read = (file: string): string => readFileSync(path.join(project, file), 'utf8')

/** A small project with the script that makes releases, whose generated file and bundle are made in a moment. */
async function makeProject(build: string): Promise<void> {
  const manifest = {
    name: 'small',
    version: '1.0.0',
    private: true,
    repository: {url: 'git+https://gitlab.test/tools/small.git'},
    scripts: {
      generate: `node -e "fs.writeFileSync('generated', require('./package.json').version)"`,
      build,
      'release:assets': `node -e "fs.mkdirSync('release')"`,
    },
  }
  const lock = {name: 'small', version: '1.0.0', lockfileVersion: 3, packages: {'': {name: 'small', version: '1.0.0'}}}
  writeFileSync(path.join(project, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  writeFileSync(path.join(project, 'package-lock.json'), `${JSON.stringify(lock, undefined, 2)}\n`)
  writeFileSync(path.join(project, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n### Added\n\n- a bell\n')
  writeFileSync(path.join(project, '.gitignore'), 'build\nnode_modules\nrelease\n')
  await git('init', '--quiet')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'first')
}

function release(
  ...argv: readonly string[]
): Promise<{readonly code: number; readonly stdout: string; readonly stderr: string}> {
  return run(process.execPath, [path.join(project, 'build/scripts/release.js'), ...argv], {cwd: project, env}).then(
    (ended) => ({...ended, code: 0}),
    (error: {readonly code: number; readonly stdout: string; readonly stderr: string}) => error,
  )
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'jobside-release-'))
  project = path.join(folder, 'small')
  mkdirSync(path.join(project, 'node_modules'), {recursive: true})
  for (const file of ['release.js', 'release'])
    cpSync(path.join(root, 'build/scripts', file), path.join(project, 'build/scripts', file), {recursive: true})
  writeFileSync(path.join(project, 'build/package.json'), '{"type":"module"}')
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const bundle = `node -e "fs.writeFileSync('bundle', 'built')"`

test('a dry release shows its one commit, and changes nothing', async () => {
  await makeProject(bundle)
  const before = await git('rev-parse', 'HEAD')
  const {code, stdout, stderr} = await release('1.1.0')
  expect({code, stderr}).toEqual({code: 0, stderr: ''})
  for (const file of ['CHANGELOG.md', 'package.json', 'package-lock.json', 'generated', 'bundle'])
    expect(stdout).toContain(file)
  expect(stdout).toMatch(/^Release 1\.1\.0\n[^]*Dry: nothing was changed here/)
  expect([await git('rev-parse', 'HEAD'), await git('tag'), await git('status', '--porcelain')]).toEqual([
    before,
    '',
    '',
  ])
})

test('a release that is meant leaves commit and tag, with the version everywhere it stands', async () => {
  await makeProject(bundle)
  const {code, stdout} = await release('1.1.0', '--really')
  expect({code, stdout}).toEqual({code: 0, stdout: expect.stringContaining('git push origin HEAD v1.1.0')})
  expect(await git('rev-parse', 'v1.1.0^{commit}')).toBe(await git('rev-parse', 'HEAD'))
  expect(read('generated')).toBe('1.1.0')
  expect((JSON.parse(read('package-lock.json')) as {readonly packages: object}).packages).toMatchObject({
    '': {version: '1.1.0'},
  })
  expect(read('CHANGELOG.md')).toMatch(/## Unreleased\n\n## 1\.1\.0 - \d{4}-\d\d-\d\d\n\n### Added\n\n- a bell/)
})

test('a step that fails ends the release with what it said, and nothing is changed', async () => {
  await makeProject(`node -e "console.error('bundle is over its budget'); process.exit(1)"`)
  const {code, stderr} = await release('1.1.0', '--really')
  expect({code, stderr}).toEqual({code: 1, stderr: expect.stringMatching(/^No release: [^]*bundle is over its budget/)})
  expect(stderr).not.toContain('    at ')
  expect([await git('tag'), await git('status', '--porcelain')]).toEqual(['', ''])
})
