import {u16, u32, u64, zip} from '../support/zip.ts'
import {a, b, inner, other, placeOf, stored, with16, with32, type Ambiguous} from './ambiguous-pieces.ts'

const two = zip([a, b])
const one = zip([a])
const central = placeOf.central(two)
const end = placeOf.end(two)
/** The directory of another archive of the same layout: other names for the same data. */
const otherDirectory = zip([{...a, name: 'b.txt'}, b]).subarray(central, end)
const long = zip([a, b], {zip64: true})
const longKept = zip([a, b], {zip64: true, keepShort: true})
const decoy = zip([{...a, name: 'b.txt'}], {zip64: true})
/** An end record in 64 bits with another reading, as the content of an entry. */
const decoyRecord = decoy.subarray(placeOf.end64(decoy), placeOf.locator(decoy))
const commented = (comment: Buffer): Buffer => {
  const bytes = with16(one, placeOf.central(one), 32, comment.length)
  const at = placeOf.end(bytes)
  return with32(
    Buffer.concat([bytes.subarray(0, at), comment, bytes.subarray(at)]),
    at + comment.length,
    12,
    at - placeOf.central(one) + comment.length,
  )
}

const ends: readonly Ambiguous[] = [
  ['two plain files', 'accepted', two],
  ['a comment', 'accepted', zip([a], {comment: Buffer.from('made by hand')})],
  ['the longest comment', 'accepted', zip([a, b], {comment: Buffer.alloc(0xffff, 0x20)})],
  ['an archive as the comment', 'refused', zip([a], {comment: inner})],
  ['the mark of an end as the comment', 'refused', zip([a], {comment: Buffer.from('PK\x05\x06')})],
  ['an end record without its last byte as the comment', 'refused', zip([a], {comment: zip([]).subarray(0, 21)})],
  [
    'the mark of a locator at the end of the directory',
    'refused',
    zip([a], {beforeEnd: Buffer.concat([Buffer.from('PK\x06\x07'), Buffer.alloc(16)])}),
  ],
  ['a comment longer than told', 'refused', zip([a], {comment: other, commentLength: 2})],
  ['a comment shorter than told', 'refused', zip([a], {comment: other, commentLength: 9})],
  ['a comment told of a record before', 'refused', zip([a], {comment: zip([]), commentLength: 22})],
  ['an archive behind an archive', 'refused', Buffer.concat([one, inner])],
  [
    'an archive before an archive, offsets moved',
    'refused',
    Buffer.concat([
      inner,
      with32(
        with32(one, placeOf.end(one), 16, placeOf.central(one) + inner.length),
        placeOf.central(one),
        42,
        inner.length,
      ),
    ]),
  ],
  ['an empty archive behind an archive', 'refused', Buffer.concat([one, zip([])])],
  ['an archive as the last content', 'accepted', zip([a, stored({name: 'inner.zip', content: inner})])],
  ['an archive as the first content', 'accepted', zip([stored({name: 'inner.zip', content: inner}), a])],
  ['bytes behind the archive', 'refused', zip([a], {suffix: other})],
  ['a NUL behind the archive', 'refused', zip([a], {suffix: Buffer.alloc(1)})],
  ['the longest comment behind the archive, told nowhere', 'refused', zip([a], {suffix: Buffer.alloc(0xffff)})],
  ['bytes before the archive', 'refused', zip([a], {prefix: other})],
  ['the mark of a split archive before it', 'refused', zip([a], {prefix: Buffer.from('PK\x07\x08')})],
  ['the mark of a single part before it', 'refused', zip([a], {prefix: Buffer.from('PK00')})],
  [
    'bytes before the archive, offsets moved',
    'refused',
    Buffer.concat([
      other,
      with32(with32(one, placeOf.end(one), 16, placeOf.central(one) + 5), placeOf.central(one), 42, 5),
    ]),
  ],
]

const counts: readonly Ambiguous[] = [
  ['fewer entries told than there are', 'refused', zip([a, b], {count: 1, diskCount: 1})],
  ['no entries told', 'refused', zip([a, b], {count: 0, diskCount: 0})],
  ['more entries told than there are', 'refused', zip([a], {count: 2, diskCount: 2})],
  ['65,535 entries told', 'refused', zip([a, b], {count: 0xffff, diskCount: 0xffff})],
  ['another count for this disk', 'refused', zip([a, b], {diskCount: 1})],
  ['another disk', 'refused', with16(two, end, 4, 1)],
  ['another disk for the directory', 'refused', with16(two, end, 6, 1)],
  ['the marker for a disk in 32 bits', 'refused', with16(two, end, 4, 0xffff)],
  ['an entry on another disk', 'refused', zip([{...a, disk: 1}, b])],
  ['a directory that begins later', 'refused', zip([a, b], {directoryStart: central + 10})],
  [
    'a directory that begins with the second entry',
    'refused',
    zip([a, b], {directoryStart: central + 51, directoryBytes: end - central - 51, count: 1, diskCount: 1}),
  ],
  ['a directory that begins earlier', 'refused', zip([a, b], {directoryStart: central - 1})],
  ['a directory of fewer bytes', 'refused', zip([a, b], {directoryBytes: 51})],
  ['a directory of no bytes', 'refused', zip([a, b], {directoryBytes: 0})],
  ['a directory of more bytes', 'refused', zip([a, b], {directoryBytes: end - central + 1})],
  ['a directory at the marker for 64 bits', 'refused', zip([a, b], {directoryStart: 0xffffffff})],
  ['a directory as large as the marker for 64 bits', 'refused', zip([a, b], {directoryBytes: 0xffffffff})],
  ['two directories, the first with other names', 'refused', zip([a, b], {beforeDirectory: otherDirectory})],
  ['two directories, the second with other names', 'refused', zip([a, b], {beforeEnd: otherDirectory})],
  [
    'a signature behind the directory',
    'refused',
    zip([a], {beforeEnd: Buffer.concat([u32(0x05054b50), u16(5), other])}),
  ],
  [
    'a record of further data before the directory',
    'refused',
    zip([a], {beforeDirectory: Buffer.concat([u32(0x08064b50), u32(5), other])}),
  ],
  ['a comment of an entry', 'accepted', commented(Buffer.from('a remark'))],
  ['a record of another entry as the comment of an entry', 'accepted', commented(otherDirectory.subarray(0, 51))],
  ['a comment of an entry that covers the next', 'refused', with16(two, central, 32, 53)],
  ['a broken mark of a record', 'refused', with32(two, central, 0, 0x02014b51)],
]

const zip64: readonly Ambiguous[] = [
  ['zip64 in the end alone', 'accepted', long],
  ['zip64 beside true short numbers', 'accepted', longKept],
  ['two end records that disagree in the count', 'refused', zip([a, b], {zip64: {count: 1n}, keepShort: true})],
  ['two end records that disagree in the size', 'refused', zip([a, b], {zip64: {bytes: 51n}, keepShort: true})],
  ['two end records that disagree in the place', 'refused', zip([a, b], {zip64: {start: 0n}, keepShort: true})],
  ['a long count that lies', 'refused', zip([a, b], {zip64: {count: 1n}})],
  ['a long size that lies', 'refused', zip([a, b], {zip64: {bytes: 51n}})],
  ['a long place that lies', 'refused', zip([a, b], {zip64: {start: 1n}})],
  ['a long record of another length', 'refused', zip([a, b], {zip64: {size: 45n}})],
  ['a locator that leads elsewhere', 'refused', zip([a, b], {zip64: {locator: 0n}})],
  ['a locator of another disk', 'refused', with32(long, placeOf.locator(long), 4, 1)],
  ['a locator of two disks', 'refused', with32(long, placeOf.locator(long), 16, 2)],
  ['a locator with a broken mark', 'refused', with32(long, placeOf.locator(long), 0, 0x07064b51)],
  [
    'a locator with a broken mark beside true short numbers',
    'refused',
    with32(longKept, placeOf.locator(longKept), 0, 0x07064b51),
  ],
  ['a long record with a broken mark', 'refused', with32(long, placeOf.end64(long), 0, 0x06064b51)],
  ['a long record of another disk', 'refused', with32(long, placeOf.end64(long), 16, 1)],
  ['a long record with another count for this disk', 'refused', with32(long, placeOf.end64(long), 24, 1)],
  ['a long record without a locator', 'refused', zip([a], {beforeEnd: decoyRecord})],
  [
    'a locator without a long record',
    'refused',
    zip([a], {beforeEnd: Buffer.concat([u32(0x07064b50), u32(0), u64(0), u32(1)])}),
  ],
  [
    'a locator that leads to a long record within an entry',
    'refused',
    zip([stored({name: 'x', content: decoyRecord}), a], {zip64: {locator: 31n}}),
  ],
  [
    'a locator that leads to a long record within an entry, beside true short numbers',
    'refused',
    zip([stored({name: 'x', content: decoyRecord}), a], {zip64: {locator: 31n}, keepShort: true}),
  ],
  [
    'bytes between the long record and its locator',
    'refused',
    Buffer.concat([long.subarray(0, placeOf.locator(long)), other, long.subarray(placeOf.locator(long))]),
  ],
]

const data: readonly Ambiguous[] = [
  ['an entry the directory does not name', 'refused', zip([a, {...b, isHidden: true}])],
  ['an entry the directory does not name, first', 'refused', zip([{...b, isHidden: true}, a])],
  ['an entry that has no data', 'refused', zip([a, {...b, isGhost: true}])],
  ['bytes between two entries', 'refused', zip([{...a, after: other}, b])],
  ['a NUL between two entries', 'refused', zip([{...a, after: Buffer.alloc(1)}, b])],
  ['bytes before the directory', 'refused', zip([a], {beforeDirectory: other})],
  ['bytes behind the directory', 'refused', zip([a], {beforeEnd: other})],
  [
    'bytes behind the packed data',
    'refused',
    zip([{...b, packed: Buffer.concat([zip([b]).subarray(37, 37 + 51), other])}]),
  ],
  ['two entries on the same bytes', 'refused', zip([a, {...a, name: 'c.txt', offset: 0, isGhost: true}])],
  [
    'an entry told to begin inside another',
    'refused',
    zip([stored({name: 'x', content: inner}), {...a, offset: 31, isGhost: true}]),
  ],
  [
    'two entries that have swapped their places',
    'refused',
    with32(with32(two, central, 42, zip([a]).indexOf('PK\x01\x02')), central + 51, 42, 0),
  ],
  [
    'entries in another order than their data',
    'accepted',
    Buffer.concat([
      two.subarray(0, central),
      two.subarray(central + 51, end),
      two.subarray(central, central + 51),
      two.subarray(end),
    ]),
  ],
  ['a broken mark of a local header', 'refused', with32(two, 0, 0, 0x04034b51)],
  ['a local header told to begin a byte later', 'refused', with32(one, placeOf.central(one), 42, 1)],
  ['an extra field of the local header that covers the data', 'refused', with16(one, 0, 28, 10)],
]

/** Where the parts of an archive can be looked for in two places. */
export const ambiguousPlaces: readonly Ambiguous[] = [...ends, ...counts, ...zip64, ...data]
