import {crc32} from 'node:zlib'
import {field, zip, type RawEntry} from '../support/zip.ts'
import {a, b, type Ambiguous} from './ambiguous-pieces.ts'
import {unicodeField} from './entries.ts'

const named = (...names: readonly (string | Buffer)[]): Buffer =>
  zip(names.map((name, index) => ({name, content: String(name).endsWith('/') ? '' : `of number ${index}`, method: 0})))
const refuse = (kind: string, ...names: readonly (string | Buffer)[]): Ambiguous => [kind, 'refused', named(...names)]
const accept = (kind: string, ...names: readonly (string | Buffer)[]): Ambiguous => [kind, 'accepted', named(...names)]
const flagged = (bytes: readonly number[]): RawEntry => ({...a, name: Buffer.from(bytes), flags: 0x800})
const plain = Buffer.from('a.txt')
const high = Buffer.from([0x84, 0x2e, 0x74])
const withPath = (extra: Partial<RawEntry>, name: Buffer = plain): Buffer => zip([{...a, name, ...extra}, b])
const latin = Buffer.from('ä.txt', 'latin1')

const spellings: readonly Ambiguous[] = [
  accept('a dot as the first folder', './a.txt'),
  accept('a dot within', 'd/./a.txt'),
  accept('a doubled slash', 'd//b.txt'),
  accept('a folder with two slashes', 'd//'),
  accept('a folder of its own', 'd/', 'd/b.txt'),
  accept('dots that do not climb', '...', '..a', 'a..', 'd/..b/c'),
  accept('an escaped climb', '%2e%2e/a.txt'),
  accept('a home folder', '~/a.txt'),
  accept('wide dots', '．．/a.txt'),
  accept('a wildcard', 'a*?.txt'),
  accept('a quoted name', '"a".txt'),
  accept('a name of 255 bytes', 'n'.repeat(255)),
  refuse('a climb', '../a.txt'),
  refuse('a climb within', 'd/../a.txt'),
  refuse('a climb at the end', 'd/..'),
  refuse('a climb that is a folder', 'd/../'),
  refuse('an absolute name', '/a.txt'),
  refuse('an absolute name with two slashes', '//a.txt'),
  refuse('a backslash', 'd\\a.txt'),
  refuse('a climb by backslash', '..\\a.txt'),
  refuse('a drive', 'c:a.txt'),
  refuse('no name', ''),
  refuse('a dot as the name', '.'),
  refuse('slashes as the name', '///'),
  refuse('a name cut by NUL', 'a.txt\0.png'),
  refuse('a NUL at the end', 'a.txt\0'),
  refuse('a line break', 'a\n.txt'),
  refuse('a name of 256 bytes', 'n'.repeat(256)),
]

const twice: readonly Ambiguous[] = [
  refuse('one name twice', 'a.txt', 'a.txt'),
  refuse('one name with a dot', 'd/b', 'd/./b'),
  refuse('one name with two slashes', 'd/b', 'd//b'),
  refuse('one name with a dot in front', 'a', './a'),
  refuse('a file and a folder of one name', 'd', 'd/'),
  refuse('a folder and a file of one name', 'd/', 'd'),
  accept('a folder twice', 'd/', 'd/'),
  refuse('a file where a folder is needed', 'd', 'd/b.txt'),
  refuse('a file where a folder was needed', 'd/b.txt', 'd'),
  refuse('names that differ in case', 'a.txt', 'A.TXT'),
  refuse('folders that differ in case', 'd/a.txt', 'D/a.txt'),
  refuse('names that differ in composition', '\u00e9', 'e\u0301'),
  refuse('a sharp s and two', 'stra\u00dfe', 'strasse'),
  refuse('the sign for kelvin and a k', '\u212a', 'k'),
  refuse('a long s and a short one', '\u017f', 's'),
  refuse('a ligature and its letters', '\ufb01', 'fi'),
  refuse('two sigmas', '\u03c2', '\u03c3'),
  accept('a dotless i and one with a dot', '\u0131x', 'jx'),
  accept('folders that differ', 'd/a', 'e/a'),
]

const sets: readonly Ambiguous[] = [
  ['UTF-8 told of plain letters', 'accepted', zip([{...a, flags: 0x800}])],
  ['UTF-8 told of a name that is not', 'refused', zip([{...a, name: latin, flags: 0x800}])],
  ['UTF-8 not told by a writer of Unix', 'accepted', zip([{...a, name: Buffer.from('ä.txt'), flags: 0}])],
  ['an overlong slash', 'refused', zip([flagged([0x61, 0xc0, 0xaf, 0x62])])],
  ['overlong dots', 'refused', zip([flagged([0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x61])])],
  ['half a character', 'refused', zip([flagged([0x61, 0xe2, 0x82])])],
  ['a surrogate', 'refused', zip([flagged([0x61, 0xed, 0xa0, 0x80])])],
  ['a character beyond all planes', 'refused', zip([flagged([0x61, 0xf4, 0x90, 0x80, 0x80])])],
  ['a byte order mark', 'accepted', zip([flagged([0xef, 0xbb, 0xbf, 0x61])])],
  ['a Unicode path that repeats the name', 'accepted', withPath({centralExtra: unicodeField(plain, 'a.txt')})],
  ['a Unicode path for a name beyond the set', 'accepted', withPath({centralExtra: unicodeField(high, 'ä.t')}, high)],
  ['a Unicode path of another plain name', 'refused', withPath({centralExtra: unicodeField(plain, 'b.txt')})],
  ['a Unicode path that climbs', 'refused', withPath({centralExtra: unicodeField(plain, '../ä.txt')})],
  [
    'a Unicode path beside a name that climbs',
    'refused',
    withPath({centralExtra: unicodeField(Buffer.from('../a'), 'ä')}, Buffer.from('../a')),
  ],
  ['a Unicode path with a wrong checksum', 'accepted', withPath({centralExtra: unicodeField(plain, 'b.txt', 1)})],
  [
    'a Unicode path of another version',
    'accepted',
    withPath({
      centralExtra: field(0x7075, Buffer.concat([Buffer.from([2]), unicodeField(plain, 'b.txt').subarray(5)])),
    }),
  ],
  ['a Unicode path that is cut off', 'accepted', withPath({centralExtra: field(0x7075, Buffer.from([1, 2]))})],
  ['a Unicode path in the local header only', 'accepted', withPath({localExtra: unicodeField(plain, 'b.txt')})],
  [
    'two Unicode paths',
    'refused',
    withPath({centralExtra: Buffer.concat([unicodeField(plain, 'a.txt'), unicodeField(plain, 'b.txt')])}),
  ],
  [
    'a Unicode path and UTF-8',
    'accepted',
    withPath({flags: 0x800, centralExtra: unicodeField(plain, 'b.txt', crc32(plain))}),
  ],
]

/** Where a name can be taken for two. */
export const ambiguousNames: readonly Ambiguous[] = [...spellings, ...twice, ...sets]
