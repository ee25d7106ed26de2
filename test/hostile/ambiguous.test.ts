import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {testUnless} from '../support/optional.ts'
import {ambiguousHeaders} from './ambiguous-headers.ts'
import {ambiguousNames} from './ambiguous-names.ts'
import {ambiguousPlaces} from './ambiguous-places.ts'
import {compare, readers, type ReadTree} from './other-readers.ts'
import {readAllByUs} from './read-by-us.ts'

/**
 * H53: archives that readers are known to read differently (the kinds of the ZipDiff study: doubled metadata, names, places), beside sound ones
 * that look odd. What we accept must be what other readers make of it, where they make anything.
 */
const table = [...ambiguousHeaders, ...ambiguousNames, ...ambiguousPlaces]

let folder = ''
let ours: readonly (ReadTree | string)[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ambiguous-'))
  ours = await readAllByUs(
    folder,
    table.map(([, , bytes]) => bytes),
  )
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** Names beyond ASCII that some readers take for another set, or whose field they do not know. What we take them for is what the writer meant. */
const untoldNames = ['UTF-8 not told by a writer of Unix', 'a Unicode path for a name beyond the set']

describe('an archive that can be read in two ways', () => {
  test('is another than all the others', () => {
    expect(new Set(table.map(([kind]) => kind)).size).toBe(table.length)
    const bytes = table.map((row) => row[2].toString('latin1'))
    expect(table.flatMap(([kind], index) => (bytes.indexOf(bytes[index] ?? '') === index ? [] : [kind]))).toEqual([])
    expect(table.length).toBeGreaterThan(200)
  })

  test.each(table.map(([kind, verdict], index) => ({kind, verdict, index})))(
    'is $verdict: $kind',
    ({index, verdict}) => {
      const read = ours[index]
      expect([typeof read === 'string' ? 'refused' : 'accepted', read]).toEqual([verdict, read])
    },
  )

  for (const reader of readers) {
    testUnless(reader.missing)(
      `is never read otherwise than by ${reader.name}`,
      async () => {
        const out = mkdtempSync(join(folder, 'reader-'))
        const {agreed, differing} = await compare(reader, {zips: join(folder, 'zips'), out, ours})
        const kinds = differing.map((index) => table[index]?.[0] ?? '')
        expect(kinds.filter((kind) => !untoldNames.includes(kind))).toEqual([])
        expect(agreed).toBeGreaterThan(20)
      },
      120_000,
    )
  }
})
