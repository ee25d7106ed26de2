import {describe, expect, test} from '@jest/globals'
import type {ZipEntry} from '../../../../src/artifacts/zip/directory.ts'
import {choose, exactPath} from '../../../../src/artifacts/unpack/selection.ts'

const entries = ['dist/', 'dist/a.js', 'dist/sub/b.js', 'dist/sub/c.map', 'docs/x.md', 'README.md'].map(
  (name, index) =>
    ({index, path: name.replace(/\/$/, ''), type: name.endsWith('/') ? 'directory' : 'file'}) as ZipEntry,
)
const chosen = (files: readonly string[], strip = 0): string[] =>
  choose([{entries}], {files, strip}).flatMap((part) => part.map(({out}) => out))

describe('choose', () => {
  const rows: readonly (readonly [files: readonly string[], strip: number, out: readonly string[]])[] = [
    [[], 0, ['dist', 'dist/a.js', 'dist/sub/b.js', 'dist/sub/c.map', 'docs/x.md', 'README.md']],
    [['dist'], 0, ['dist', 'dist/a.js', 'dist/sub/b.js', 'dist/sub/c.map']],
    [['dist/'], 1, ['a.js', 'sub/b.js', 'sub/c.map']],
    [['**/*.js'], 0, ['dist/a.js', 'dist/sub/b.js']],
    [['dist', '!**/*.map'], 0, ['dist', 'dist/a.js', 'dist/sub/b.js']],
    [['!dist'], 0, ['docs/x.md', 'README.md']],
    [['./README.md'], 0, ['README.md']],
    [['*.md'], 0, ['README.md']],
    [['dist/sub'], 2, ['b.js', 'c.map']],
    [['.'], 0, ['dist', 'dist/a.js', 'dist/sub/b.js', 'dist/sub/c.map', 'docs/x.md', 'README.md']],
  ]
  test.each(rows)('%j without %d folders gives %j', (files, strip, out) => {
    expect(chosen(files, strip)).toEqual(out)
  })

  test('an exact path that is not there is not found, even beside others that are', () => {
    expect(() => chosen(['README.md', 'missing.txt'])).toThrow('"missing.txt" is not in the archive')
  })

  test('globs that match nothing at all are not found; each must match, unless it need not', () => {
    expect(() => chosen(['*.zip'])).toThrow('No file in the archive matches "*.zip"')
    expect(() => chosen(['*.zip', '*.md'])).toThrow('No file in the archive matches "*.zip"')
    const idle = choose([{entries}], {files: ['*.zip', '*.md'], allowUnmatched: true})
    expect(idle.flat().map(({out}) => out)).toEqual(['README.md'])
  })

  test('of several archives each pattern must match in one, and something of each must be chosen', () => {
    const other = [{index: 0, path: 'other.txt', type: 'file'} as ZipEntry]
    const both = [{entries}, {name: 'unit', entries: other}]
    expect(choose(both, {files: ['README.md', 'other.txt']}).map(({length}) => length)).toEqual([1, 1])
    expect(() => choose(both, {files: ['README.md']})).toThrow('the job "unit" matches "README.md"')
    expect(() => choose(both, {files: ['*.md', 'other.txt', '*.zip']})).toThrow('any of the archives matches "*.zip"')
  })

  test('a name with brackets that is there is a name, in what is chosen and in what is left out', () => {
    const paths = ['app/[slug]/page.js', 'app/s/page.js', 'app/x']
    const pages = paths.map((path, index) => ({index, path, type: 'file'}) as ZipEntry)
    const of = (...files: string[]): string[] =>
      choose([{entries: pages}], {files})
        .flat()
        .map(({out}) => out)
    expect(of('app/[slug]/page.js')).toEqual(['app/[slug]/page.js'])
    expect(of('app/[slug]/**')).toEqual(['app/[slug]/page.js'])
    expect(of('app/[s]/page.js')).toEqual(['app/s/page.js'])
    expect(of('!app/[slug]/page.js')).toEqual(['app/x'])
    expect(() => of('app/[slug]/other.js')).toThrow('No file')
  })

  test('dropping more folders than there are leaves nothing, and says so', () => {
    expect(() => chosen(['README.md'], 1)).toThrow('leaves nothing')
  })
})

test('only a single literal path is an exact one', () => {
  expect(exactPath({files: ['./a/b']})).toBe('a/b')
  for (const files of [[], ['a', 'b'], ['*.js'], ['!a'], ['a/']]) expect(exactPath({files})).toBeUndefined()
})
