import {deflateRawSync, gzipSync} from 'node:zlib'
import {field, u16, u32, zip, zip64Field} from '../support/zip.ts'
import {file, one} from './entries.ts'
import type {Refused} from './refused-names.ts'

const good = file('good', 'some text')
const plain = Buffer.from('hello world, hello world')
const deflated = deflateRawSync(plain)
const whole = zip([file('a', 'hello'.repeat(40)), {name: 'd/'}, {...file('d/b', 'world'), descriptor: 16}])
const inner = zip([file('a', 'another reading')])
/** A deflate block that holds its bytes as they are, and is not the last: how overlapping entries quote each other's headers. */
const quoted = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0]), u16(bytes.length), u16(~bytes.length), bytes])
const quotedHeader = zip([file('b')]).subarray(0, 31)
const emptyStored = Buffer.from([0, 0, 0, 0xff, 0xff])
/** Four empty blocks of the fixed code, ten bits each. */
const emptyFixed = Buffer.from([0x02, 0x08, 0x20, 0x80, 0])
const repeated = (block: Buffer): Buffer => Buffer.alloc(2 ** 20, block)

/** Archives refused because two of their numbers, or two readings of them, differ; as `refusedNames`. */
export const refusedLies: readonly Refused[] = [
  ['H28 a wrong checksum, stored', one({name: 'a', content: 'x', method: 0, crc: 1}), 'wrong checksum'],
  ['H28 a wrong checksum, deflated', one({name: 'a', content: 'xyz', crc: 1}), 'wrong checksum'],
  [
    'H29 a size that is too small',
    one({name: 'a', packed: deflated, content: plain, local: {bytes: 5}, central: {bytes: 5}}),
    'more than the 5 bytes',
  ],
  [
    'H29 a size that is too large',
    one({name: 'a', packed: deflated, content: plain, local: {bytes: 99}, central: {bytes: 99}}),
    'not to the 99',
  ],
  [
    'H30 packed bytes that run into the directory',
    one({name: 'a', content: 'abc', method: 0, central: {packedBytes: 900, bytes: 900}}),
    'reaches into the central directory',
  ],
  [
    'H30 packed bytes beyond the end of the data',
    one({name: 'a', content: plain, packed: Buffer.concat([deflated, Buffer.from('evil')])}),
    'bytes after the end of its data',
  ],
  [
    'H31 ten gibibytes declared',
    one({name: 'a', content: 'x', zip64: true, centralExtra: zip64Field([10 * 2 ** 30, 3, 0])}),
    'more than the 8589934592 allowed',
  ],
  [
    'H31 one gibibyte declared',
    one({name: 'a', content: 'x', zip64: true, centralExtra: zip64Field([2 ** 30, 3, 0])}),
    'another size or checksum in its local header',
  ],
  [
    'H32 two entries in the same bytes',
    zip([file('a', 'abcdef'), {...file('b', 'abcdef'), offset: 0, isGhost: true}]),
    'overlaps',
  ],
  [
    'H32 a quoted overlap',
    zip([
      {name: 'a', packed: Buffer.concat([quoted(quotedHeader), deflated]), content: plain},
      {...file('b'), offset: 31 + 5, isGhost: true},
    ]),
    'overlaps',
  ],
  [
    'H32 an entry inside another',
    zip([
      {name: 'x', content: inner, method: 0},
      {...file('a', 'another reading'), offset: 31, isGhost: true},
    ]),
    'overlaps',
  ],
  ['H35 more entries than declared', zip([good, file('b')], {count: 1, diskCount: 1}), 'more entries than the 1'],
  ['H35 fewer entries than declared', zip([good, file('b')], {count: 3, diskCount: 3}), '2 entries but declares 3'],
  [
    'H36 an entry that the directory hides',
    zip([good, {...file('evil'), isHidden: true}, file('c')]),
    'belong to no entry',
  ],
  ['H36 a hidden entry before the first', zip([{...file('evil'), isHidden: true}, good]), 'before its first entry'],
  ['H36 an entry without data', zip([good, {...file('ghost'), isGhost: true}]), 'central directory'],
  ['H37 another name', one({name: 'a', content: 'x', local: {name: Buffer.from('b')}}), 'another name'],
  ['H37 another method', one({name: 'a', content: 'xx', method: 8, local: {method: 0}}), 'another method'],
  ['H37 another encryption bit', one({name: 'a', content: 'xx', local: {flags: 1}}), 'another set of flags'],
  ['H37 another checksum', one({name: 'a', content: 'xx', local: {crc: 7}}), 'another size or checksum'],
  ['H37 another size', one({name: 'a', content: 'xx', local: {bytes: 7}}), 'another size or checksum'],
  [
    'H37 a descriptor that disagrees',
    one({
      name: 'a',
      content: 'xx',
      method: 0,
      flags: 8,
      local: {crc: 0, bytes: 0, packedBytes: 0},
      after: Buffer.concat([u32(0x08074b50), u32(1), u32(2), u32(2)]),
    }),
    'descriptor that disagrees',
  ],
  [
    'H37 no descriptor where one is due',
    one({name: 'a', content: 'xx', flags: 8, local: {crc: 0, bytes: 0, packedBytes: 0}}),
    'lacks its data descriptor',
  ],
  ['H38 two end records', zip([good], {comment: zip([]), commentLength: 22}), 'two'],
  ['H38 a zip in the comment', zip([good], {comment: zip([file('evil')])}), 'two'],
  [
    'H38 the mark of an end record in the comment',
    zip([good], {comment: Buffer.from('PK\x05\x06')}),
    'another end record',
  ],
  [
    'H38 a comment shorter than it says',
    zip([good], {comment: Buffer.from('hello'), commentLength: 9}),
    'its end is cut off',
  ],
  [
    'H38 a comment longer than it says',
    zip([good], {comment: Buffer.from('hello'), commentLength: 2}),
    'bytes follow its end record',
  ],
  ['H39 bytes before', zip([good], {prefix: Buffer.from('#!/bin/sh\n')}), 'bytes lie before'],
  ['H39 bytes after', zip([good], {suffix: Buffer.from('tail')}), 'bytes follow'],
  ['H40 a directory elsewhere', zip([good], {directoryStart: 3}), 'bytes lie before'],
  ['H40 a directory outside', zip([good], {directoryStart: 0x7fffffff}), 'lies outside'],
  [
    'H40 a directory of another size',
    zip([good], {directoryBytes: 20, directoryStart: zip([good]).length - 42}),
    'central directory',
  ],
  ['H41 a locator that points nowhere', zip([good], {zip64: {locator: 5n}}), 'zip64 end record'],
  ['H41 a size of 2^60', zip([good], {zip64: {bytes: 2n ** 60n}}), '64-bit number'],
  ['H41 a start of 2^63', zip([good], {zip64: {start: 2n ** 63n}}), '64-bit number'],
  ['H41 a size above 2^53', zip([good], {zip64: {bytes: 2n ** 53n + 2n}}), '64-bit number'],
  ['H41 a count of -1', zip([good], {zip64: {count: -1n}}), '64-bit number'],
  ['H41 a record of another length', zip([good], {zip64: {size: 99n}}), 'zip64 end record'],
  ['H41 end records that disagree', zip([good], {zip64: {count: 2n}, keepShort: true}), 'disagree'],
  [
    'H41 two zip64 fields',
    one({
      name: 'a',
      content: 'x',
      zip64: true,
      centralExtra: Buffer.concat([zip64Field([1, 3, 0]), zip64Field([1, 3, 0])]),
    }),
    'the same extra field twice',
  ],
  [
    'H41 a cut zip64 field',
    one({name: 'a', content: 'x', zip64: true, centralExtra: field(1, Buffer.alloc(8))}),
    'cut off',
  ],
  [
    'H41 no zip64 field',
    one({name: 'a', content: 'x', zip64: true, centralExtra: Buffer.from([9])}),
    'lacks its zip64 field',
  ],
  [
    'H41 a size given twice',
    one({name: 'a', content: 'x', centralExtra: zip64Field([77, 77, 0])}),
    'both in 32 and in 64 bits',
  ],
  [
    'H41 an entry of 2^60 bytes',
    one({name: 'a', content: 'x', zip64: true, centralExtra: zip64Field([2n ** 60n, 1, 0])}),
    '64-bit number',
  ],
  ['H42 a part of a split archive', zip([good], {disk: 1}), 'split archive'],
  ['H42 a disk told in 64 bits', zip([{...good, disk: 0xffff, centralExtra: field(1, u32(1))}]), 'split archive'],
  ['H42 an entry on another disk', one({...good, disk: 3}), 'split archive'],
  ['H43 an encrypted entry', one({...good, flags: 1}), 'is encrypted'],
  ['H43 strong encryption', one({...good, flags: 0x40}), 'is encrypted'],
  ...[1, 6, 9, 12, 14, 95, 98, 99].map(
    (method) =>
      [
        `H44 method ${method}`,
        one({name: 'a', packed: Buffer.from('x'), content: 'x', method}),
        `method ${method} (`,
      ] as const,
  ),
  [
    'H45 deflate that makes no sense',
    one({name: 'a', packed: Buffer.alloc(400, 0xff), content: 'x'}),
    'cannot be unpacked',
  ],
  [
    'H45 codes that cannot be',
    one({name: 'a', packed: Buffer.from([5, 0xe0, 0xff, 0xff, 0xff, 0xff]), content: 'x'}),
    'cannot be unpacked',
  ],
  [
    'H45 stored blocks of no length',
    one({name: 'a', packed: Buffer.alloc(5_000_000), content: 'x'}),
    'cannot be unpacked',
  ],
  [
    'H45 endless empty stored blocks',
    one({name: 'a', packed: repeated(emptyStored), content: 'x'}),
    'cannot be unpacked',
  ],
  ['H45 endless empty blocks', one({name: 'a', packed: repeated(emptyFixed), content: 'x'}), 'cannot be unpacked'],
  ['H46 all but the last byte', whole.subarray(0, -1), 'its end is cut off'],
  ['H46 the first half', whole.subarray(0, whole.length / 2), 'a zip whose end is missing'],
  ['H46 the first byte', whole.subarray(0, 1), 'its end is missing'],
  ['H47 a web page', Buffer.from('<!DOCTYPE html><html><body>Down for a while</body></html>'.padEnd(200)), 'web page'],
  ['H47 no bytes', Buffer.alloc(0), '0 bytes'],
  ['H47 gzip', gzipSync('hello'.repeat(100)), 'gzip'],
  ['H47 7-Zip', Buffer.concat([Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1'), Buffer.alloc(100)]), '7-Zip'],
  ['H47 RAR', Buffer.concat([Buffer.from('Rar!\x1a\x07'), Buffer.alloc(100)]), 'RAR'],
  ['H47 Zstandard', Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(100)]), 'Zstandard'],
  [
    'bytes between the data and the directory',
    zip([good], {beforeDirectory: Buffer.from('APK Sig Block')}),
    'belong to no entry',
  ],
  ['bytes between the directory and its end', zip([good], {beforeEnd: Buffer.from('extra')}), 'bytes lie before'],
  ['a folder with content', one({name: 'a/', content: 'x', method: 0}), 'folder with content'],
  [
    'a stored entry of two sizes',
    one({name: 'a', content: 'abc', method: 0, local: {bytes: 2}, central: {bytes: 2}}),
    'two different sizes',
  ],
  ['an entry whose offset is another', zip([good, {...file('b'), offset: 5}]), 'overlaps'],
]
