import {describe, expect, test} from '@jest/globals'
import type {ZipEntry} from '../../../../src/artifacts/zip/directory.ts'
import {choose, exactPath} from '../../../../src/artifacts/unpack/selection.ts'

const entries = ['dist/', 'dist/a.js', 'dist/sub/b.js', 'dist/sub/c.map', 'docs/x.md', 'README.md'].map(
  (name, index) =>
    ({index, path: name.replace(/\/$/, ''), type: name.endsWith('/') ? 'directory' : 'file'}) as ZipEntry,
)
const chosen = (files: readonly string[], strip = 0): string[] => choose(entries, {files, strip}).map(({out}) => out)

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

  test('globs that match nothing at all are not found; one of several may be idle', () => {
    expect(() => chosen(['*.zip'])).toThrow('No file in the archive matches "*.zip"')
    expect(chosen(['*.zip', '*.md'])).toEqual(['README.md'])
  })

  test('dropping more folders than there are leaves nothing, and says so', () => {
    expect(() => chosen(['README.md'], 1)).toThrow('leaves nothing')
  })
})

test('only a single literal path is an exact one', () => {
  expect(exactPath({files: ['./a/b']})).toBe('a/b')
  for (const files of [[], ['a', 'b'], ['*.js'], ['!a'], ['a/']]) expect(exactPath({files})).toBeUndefined()
})
