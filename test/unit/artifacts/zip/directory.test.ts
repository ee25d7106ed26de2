import {describe, expect, test} from '@jest/globals'
import * as fc from 'fast-check'
import {Open} from 'unzipper'
import {readArchive} from '../../../../src/artifacts/zip/archive.ts'
import {foldKey} from '../../../../src/artifacts/zip/entry-path.ts'
import {defaultRules} from '../../../../src/artifacts/zip/rules.ts'
import {zip, type RawEntry} from '../../../support/zip.ts'

const read = async (bytes: Buffer): ReturnType<typeof readArchive> =>
  readArchive(bytes.length, (start, end) => bytes.subarray(start, end), defaultRules)

const part = fc.string({minLength: 1, maxLength: 12, unit: 'grapheme'}).filter((text) => isPlainPart(text))

function isPlainPart(text: string): boolean {
  return (
    !/[\u0000-\u001f\u007f-\u009f/\\]/.test(text) &&
    !/^\.+$|^[a-z]:|^\.?git/i.test(text) &&
    Buffer.byteLength(text) < 200
  )
}

const entry: fc.Arbitrary<RawEntry> = fc.record({
  name: part.map((name) => `d/${name}`),
  content: fc.string({maxLength: 300}),
  descriptor: fc.constantFrom(undefined, 12 as const, 16 as const, 20 as const, 24 as const),
  method: fc.constantFrom(0, 8),
  zip64: fc.boolean(),
  unixMode: fc.constantFrom(0o100644, 0o100755),
}) as fc.Arbitrary<RawEntry>

const archives = fc.uniqueArray(entry, {maxLength: 12, selector: ({name}) => foldKey(String(name))})

describe('readArchive', () => {
  test('reads back what was written, whatever it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        archives,
        fc.boolean(),
        fc.string({maxLength: 40, unit: 'binary-ascii'}),
        async (entries, zip64, comment) => {
          const {entries: found} = await read(zip(entries, {zip64, comment: Buffer.from(comment)}))
          const told = found.map(({path, bytes, method, unixMode}) => ({path, bytes, method, unixMode}))
          expect(told).toEqual(
            entries.map(({name, content, method, unixMode}) => ({
              path: name,
              bytes: Buffer.byteLength(content ?? ''),
              method,
              unixMode,
            })),
          )
        },
      ),
      {numRuns: 200},
    )
  })

  test('agrees with unzipper on every number of every entry', async () => {
    await fc.assert(
      fc.asyncProperty(archives, async (entries) => {
        const bytes = zip(entries.map((one) => ({...one, zip64: false})))
        const [ours, theirs] = [await read(bytes), await Open.buffer(bytes)]
        expect(
          ours.entries.map(({path, bytes, packedBytes, crc, offset}) => [path, bytes, packedBytes, crc, offset]),
        ).toEqual(
          theirs.files.map((file) => [
            file.path,
            file.uncompressedSize,
            file.compressedSize,
            file.crc32,
            file.offsetToLocalFileHeader,
          ]),
        )
      }),
      {numRuns: 60},
    )
  })

  test('ends of entries follow each other without a gap', async () => {
    const {entries, ends, place} = await read(
      zip([{name: 'a', content: 'x', descriptor: 16}, {name: 'b/'}, {name: 'c', content: 'y'}]),
    )
    expect([...ends]).toEqual([...entries.slice(1).map(({offset}) => offset), place.start])
  })
})
