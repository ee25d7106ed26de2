import {describe, expect, test} from '@jest/globals'
import type {ZipEntry} from '../../../../src/artifacts/zip/directory.ts'
import {segmentsOf} from '../../../../src/artifacts/unpack/segments.ts'
import type {Chosen} from '../../../../src/artifacts/unpack/selection.ts'

/** Entries one behind the other, of these packed sizes; unpacked they have `times` as much. */
function entriesOf(sizes: readonly number[], times = 1): {readonly chosen: readonly Chosen[]; ends: Float64Array} {
  let offset = 0
  const chosen = sizes.map((packedBytes, index): Chosen => {
    const entry: ZipEntry = {
      index,
      path: `f${index}`,
      fault: undefined,
      hasGuessedName: false,
      rawName: `f${index}`,
      type: 'file',
      unixMode: 0o100755,
      modified: undefined,
      flags: 0,
      method: 8,
      crc: 0,
      packedBytes,
      bytes: packedBytes * times,
      offset,
    }
    offset += 40 + packedBytes
    return {entry, out: `f${index}`}
  })
  return {chosen, ends: Float64Array.from(chosen, ({entry}) => entry.offset + 40 + entry.packedBytes)}
}

const sizesOf = ({chosen, ends}: ReturnType<typeof entriesOf>): readonly number[] =>
  segmentsOf(chosen, ends).map(({items}) => items.length)

describe('segmentsOf', () => {
  test('groups neighbours in the order of their place, without a gap', () => {
    const {chosen, ends} = entriesOf([10, 20, 30])
    expect(segmentsOf(chosen.toReversed(), ends)).toMatchObject([
      {start: 0, end: 180, items: [{out: 'f0', mode: 0o755, end: 50}, {out: 'f1'}, {out: 'f2', end: 180}]},
    ])
  })

  test('ends a group at 1 MiB packed, at 16 MiB unpacked, and at 200 entries', () => {
    expect(sizesOf(entriesOf(Array.from({length: 5}, () => 2 ** 20)))).toEqual([1, 1, 1, 1, 1])
    expect(sizesOf(entriesOf(Array.from({length: 8}, () => 2 ** 18)))).toEqual([3, 3, 2])
    expect(
      sizesOf(
        entriesOf(
          Array.from({length: 10}, () => 10_000),
          400,
        ),
      ),
    ).toEqual([4, 4, 2])
    expect(sizesOf(entriesOf(Array.from({length: 450}, () => 1)))).toEqual([200, 200, 50])
  })

  test('leaves a large entry alone, and what lies far apart separate', () => {
    expect(sizesOf(entriesOf([10, 5 * 2 ** 20, 10]))).toEqual([1, 1, 1])
    const {chosen, ends} = entriesOf([10, 70_000, 10])
    expect(
      segmentsOf(
        chosen.filter((_, index) => index !== 1),
        ends,
      ),
    ).toHaveLength(2)
  })
})
