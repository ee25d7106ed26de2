import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {dated, entryOf} from '../../../scripts/release/changelog.ts'
import {isAfter, isPlaceholder, releaseProblems} from '../../../scripts/release/problems.ts'

const changelog = '# Changelog\n\n## Unreleased\n\n### Added\n\n- a bell\n\n## 1.0.0 - 2026-01-01\n\nFirst.\n'

describe('the changelog', () => {
  test('gets the version and the day over what was unreleased, and a place for what comes', () => {
    const after = dated(changelog, '1.1.0', new Date('2026-11-26T23:59:00Z'))
    expect(after).toContain('## Unreleased\n\n## 1.1.0 - 2026-11-26\n\n### Added\n\n- a bell')
    expect(entryOf(after, 'Unreleased')).toBe('')
    expect(entryOf(after, '1.1.0')).toBe('### Added\n\n- a bell')
    expect(entryOf(after, '1.0.0')).toBe('First.')
    expect(entryOf(after, '2.0.0')).toBeUndefined()
  })
})

test.each([
  ['1.0.1', '1.0.0', true],
  ['1.10.0', '1.9.9', true],
  ['2.0.0', '1.99.99', true],
  ['1.0.0', '1.0.0', false],
  ['0.9.9', '1.0.0', false],
])('%s after %s: %s', (version, before, expected) => expect(isAfter(version, before)).toBe(expected))

test('an address under example.com is nobody’s place', () => {
  expect(isPlaceholder('git+https://gitlab.example.com/my-group/jobside.git')).toBe(true)
  expect(isPlaceholder('git+https://example.com.evil.test/jobside.git')).toBe(false)
  expect(isPlaceholder('git+https://gitlab.test/tools/jobside.git')).toBe(false)
})

describe('a release', () => {
  let folder: string
  const git = (...argv: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...argv], {cwd: folder, stdio: 'pipe'})

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'jobside-release-'))
    const manifest = {version: '1.0.0', repository: {url: 'git+https://gitlab.example.com/my-group/jobside.git'}}
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(path.join(folder, 'CHANGELOG.md'), changelog)
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '--message', 'first')
  })
  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  test('is made of a clean tree, a newer version and something to tell', async () => {
    expect(await releaseProblems(folder, '1.1.0', false)).toEqual([])
  })

  test('is refused with every reason at once', async () => {
    git('tag', 'v0.9.0')
    writeFileSync(
      path.join(folder, 'CHANGELOG.md'),
      readFileSync(path.join(folder, 'CHANGELOG.md'), 'utf8').replace('- a bell', '').replace('### Added', ''),
    )
    const problems = await releaseProblems(folder, '0.9.0', true)
    expect(problems).toHaveLength(5)
    expect(await releaseProblems(folder, 'v2', false)).toContainEqual(expect.stringContaining('"v2" is not a version'))
  })

  test('is not made for a place that does not exist', async () => {
    expect(await releaseProblems(folder, '1.1.0', true)).toEqual([expect.stringContaining('where the project lives')])
  })
})
