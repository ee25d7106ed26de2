import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {testUnless} from '../support/optional.ts'
import {compare, readers, type ReadTree} from './other-readers.ts'
import {publicArchives} from './public-archives.ts'
import {readAllByUs} from './read-by-us.ts'

/** H51: what other zip tools are tested with. Each is refused, or becomes the tree that other readers make of it. */
let folder = ''
let ours: readonly (ReadTree | string)[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'public-'))
  ours = await readAllByUs(
    folder,
    publicArchives.map(({bytes}) => bytes),
  )
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** Their names are of a DOS writer, whose backslashes Python and unzipper take for letters; or they are of a character set that the archive does not tell: UTF-8 of macOS, and code page 437. Readers take them for one or the other, or for bytes. */
const untoldNames = ['go: utf8-osx.zip', 'cpython: zip_cp437_header.zip', 'cpython: zipdir_backslash.zip']

describe('an archive of another tool’s tests', () => {
  test.each(publicArchives.map((archive, index) => ({...archive, index})))('is $verdict: $name', ({index, verdict}) => {
    const read = ours[index]
    expect([typeof read === 'string' ? 'refused' : 'accepted', read]).toEqual([verdict, read])
  })

  for (const reader of readers) {
    testUnless(reader.missing)(
      `is never read otherwise than by ${reader.name}`,
      async () => {
        const out = mkdtempSync(join(folder, 'reader-'))
        const {agreed, differing} = await compare(reader, {zips: join(folder, 'zips'), out, ours})
        const names = differing.map((index) => publicArchives[index]?.name ?? '')
        expect(names.filter((name) => !untoldNames.includes(name))).toEqual([])
        expect(agreed).toBeGreaterThan(20)
      },
      120_000,
    )
  }
})
