import {crc32} from 'node:zlib'
import {field, u16, u32, u64, zip, zip64Field, type RawEntry} from '../support/zip.ts'
import {a, b, other, placeOf, stored, with16, with32, type Ambiguous} from './ambiguous-pieces.ts'

const content = Buffer.from(a.content ?? '')
const sum = crc32(content)
const text = stored(a)
const later = {crc: 0, bytes: 0, packedBytes: 0}
const signature = u32(0x08074b50)
/** A stored entry whose descriptor is this. */
const described = (after: Buffer, more: Partial<RawEntry> = {}): Buffer =>
  zip([{...text, flags: 8, local: later, after, ...more}, b])
const size = content.length

/** One field told in one of the two headers of an entry, otherwise than in the other. */
const fields: readonly Ambiguous[] = (['local', 'central'] as const).flatMap((header) => {
  const where = header === 'local' ? 'the local header' : 'the directory'
  const entry = (change: object, of: RawEntry = a): Buffer => zip([{...of, [header]: change}, b])
  const refused = (what: string, bytes: Buffer): Ambiguous => [`${what} in ${where} only`, 'refused', bytes]
  return [
    refused('another name', entry({name: Buffer.from('b.txt')})),
    refused('a longer name', entry({name: Buffer.from('aa.txt')})),
    refused('a shorter name', entry({name: Buffer.from('a.tx')})),
    refused('no name', entry({name: Buffer.alloc(0)})),
    refused('a name in capitals', entry({name: Buffer.from('A.TXT')})),
    refused('a name that goes on behind a NUL', entry({name: Buffer.from('a.txt\0.png')})),
    refused('a name that climbs', entry({name: Buffer.from('../.txt')})),
    refused('a name with a backslash', entry({name: Buffer.from('d\\b.txt')}, {...a, name: 'd/b.txt'})),
    refused('stored', entry({method: 0})),
    refused('deflated', entry({method: 8}, text)),
    refused('bzip2', entry({method: 12})),
    refused('encryption', entry({flags: 1})),
    refused('strong encryption', entry({flags: 0x41})),
    refused('a masked header', entry({flags: 0x2000})),
    refused('UTF-8', entry({flags: 0x800})),
    refused('a descriptor', entry({flags: 8})),
    ['another effort of packing in ' + where + ' only', 'accepted', entry({flags: 2})],
    refused('another checksum', entry({crc: 1})),
    refused('no checksum', entry({crc: 0})),
    refused('a smaller size', entry({bytes: 5})),
    refused('a larger size', entry({bytes: 99})),
    refused('no size', entry({bytes: 0})),
    refused('a smaller packed size', entry({packedBytes: 5})),
    refused('a larger packed size', entry({packedBytes: 40})),
    refused('no packed size', entry({packedBytes: 0})),
    refused('both sizes of a stored entry', entry({bytes: 5, packedBytes: 5}, text)),
  ]
})

const descriptors: readonly Ambiguous[] = [
  ...([12, 16, 20, 24] as const).map((descriptor): Ambiguous => [
    `a descriptor of ${descriptor} bytes`,
    'accepted',
    zip([{...text, descriptor}, b]),
  ]),
  [
    'a descriptor with another checksum',
    'refused',
    described(Buffer.concat([signature, u32(1), u32(size), u32(size)])),
  ],
  ['a descriptor with another size', 'refused', described(Buffer.concat([signature, u32(sum), u32(size), u32(5)]))],
  [
    'a descriptor with another packed size',
    'refused',
    described(Buffer.concat([signature, u32(sum), u32(5), u32(size)])),
  ],
  [
    'a descriptor without a mark and with another size',
    'refused',
    described(Buffer.concat([u32(sum), u32(size), u32(5)])),
  ],
  [
    'a long descriptor with another size',
    'refused',
    described(Buffer.concat([signature, u32(sum), u64(size), u64(5)])),
  ],
  [
    'a descriptor with another mark',
    'refused',
    described(Buffer.concat([u32(0x08074b51), u32(sum), u32(size), u32(size)])),
  ],
  ['a descriptor of eight bytes', 'refused', described(Buffer.concat([u32(sum), u32(size)]))],
  ['a descriptor told and not there', 'refused', described(Buffer.alloc(0))],
  [
    'a descriptor beside the true numbers',
    'accepted',
    zip([{...text, descriptor: 16, local: {crc: sum, bytes: size, packedBytes: size}}, b]),
  ],
  [
    'a descriptor beside other numbers',
    'refused',
    zip([{...text, descriptor: 16, local: {crc: sum, bytes: 5, packedBytes: 5}}, b]),
  ],
  ['a descriptor bit without a descriptor', 'accepted', zip([stored({...a, flags: 8})])],
  [
    'a descriptor without its bit',
    'refused',
    zip([{...text, after: Buffer.concat([signature, u32(sum), u32(size), u32(size)])}, b]),
  ],
  [
    'a descriptor and a local header within the content',
    'accepted',
    zip([
      {
        ...text,
        descriptor: 16,
        content: Buffer.concat([content, signature, u32(sum), u32(size), u32(size), zip([stored(b)])]),
      },
    ]),
  ],
]

const zip64: readonly Ambiguous[] = [
  ['zip64 all through', 'accepted', zip([{...a, zip64: true}, b], {zip64: true})],
  ['sizes in 32 and in 64 bits that differ', 'refused', zip([{...a, centralExtra: zip64Field([3, 3])}])],
  [
    'sizes in 32 and in 64 bits that are the same',
    'accepted',
    zip([{...text, centralExtra: zip64Field([size, size])}]),
  ],
  ['sizes in 64 bits in the local header that differ', 'accepted', zip([{...text, localExtra: zip64Field([3, 3])}])],
  [
    'a size in 64 bits in the local header instead',
    'accepted',
    zip([{...text, local: {bytes: 0xffffffff, packedBytes: 0xffffffff}, localExtra: zip64Field([size, size])}]),
  ],
  [
    'another size in 64 bits in the local header instead',
    'refused',
    zip([{...text, local: {bytes: 0xffffffff, packedBytes: 0xffffffff}, localExtra: zip64Field([5, 5])}]),
  ],
  [
    'sizes in 64 bits told in the local header and not there',
    'refused',
    zip([{...text, local: {bytes: 0xffffffff, packedBytes: 0xffffffff}}]),
  ],
  [
    'two zip64 fields',
    'refused',
    zip([{...text, zip64: true, centralExtra: Buffer.concat([zip64Field([size, size, 0]), zip64Field([5, 5, 0])])}]),
  ],
  [
    'a zip64 field behind another that is cut off',
    'refused',
    zip([{...text, zip64: true, centralExtra: Buffer.concat([u16(0xcafe), u16(99), zip64Field([size, size, 0])])}]),
  ],
  [
    'a zip64 field in another order',
    'refused',
    zip([{...text, zip64: true, centralExtra: zip64Field([0, size, size])}]),
  ],
  [
    'an offset in 64 bits that leads elsewhere',
    'refused',
    zip([a, {...stored(b), zip64: true, centralExtra: zip64Field([580, 580, 3])}]),
  ],
  [
    'a disk in the zip64 field',
    'refused',
    with16(
      zip([{...text, zip64: true, centralExtra: field(1, Buffer.concat([u64(size), u64(size), u64(0), u32(1)]))}]),
      placeOf.central(zip([text])),
      34,
      0xffff,
    ),
  ],
]

const harmless: readonly Ambiguous[] = [
  [
    'an unknown extra field',
    'accepted',
    zip([{...a, localExtra: field(0xcafe, other), centralExtra: field(0xcafe, other)}]),
  ],
  ['other extra fields in the two headers', 'accepted', zip([{...a, localExtra: field(0xcafe, other)}])],
  ['an extra field cut off', 'accepted', zip([{...a, centralExtra: Buffer.concat([u16(0xcafe), u16(99), other])}])],
  ['another date in the local header', 'accepted', with16(zip([a]), 0, 12, 0x5555)],
  ['another version needed in the local header', 'accepted', with16(zip([a]), 0, 4, 10)],
  ['no date', 'accepted', zip([{...a, dosDate: 0x21, dosTime: 0}])],
  ['text told of a binary file', 'accepted', with16(zip([a]), placeOf.central(zip([a])), 36, 1)],
]

const types: readonly Ambiguous[] = [
  ['a folder by its mode, a file by its name', 'refused', zip([{name: 'd', method: 0, unixMode: 0o40755}])],
  ['a file by its mode, a folder by its name', 'accepted', zip([{name: 'd/', method: 0, unixMode: 0o100644}])],
  [
    'a folder by the attribute of DOS alone',
    'accepted',
    zip([{name: 'd', method: 0, host: 0, externalAttributes: 0x10}]),
  ],
  [
    'a link by the mode of a writer that has none',
    'accepted',
    with32(zip([{...text, host: 0}]), placeOf.central(zip([text])), 38, 0o120777 * 0x10000),
  ],
  [
    'a link by its mode, a folder by its name',
    'refused',
    zip([{name: 'd/', content: 'x', method: 0, unixMode: 0o120777}]),
  ],
  ['a folder with content', 'refused', zip([{name: 'd/', content: 'x', method: 0}, b])],
  ['a folder with packed bytes', 'refused', zip([{name: 'd/', packed: Buffer.from([3, 0, 0]), method: 8}])],
]

/** Where two places of an archive tell the same thing, and not the same. */
export const ambiguousHeaders: readonly Ambiguous[] = [...fields, ...descriptors, ...zip64, ...harmless, ...types]
