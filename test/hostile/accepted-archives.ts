import {field, u16, zip, type RawEntry} from '../support/zip.ts'
import {file, link, one, unicodeField} from './entries.ts'

/** The mode of a folder, the mode and content of a file, the target of a link. */
export type Tree = Readonly<Record<string, string>>

const nested = Array.from({length: 10}).reduce<RawEntry>(
  (inner) => ({name: 'in.zip', content: one(inner), method: 0}),
  file('in.txt'),
)

/** Odd archives that are sound, each with the tree it must become. Tried on the engine and on the built bundle. */
export const accepted: readonly (readonly [what: string, bytes: Buffer, tree: Tree])[] = [
  ['H04 a colon within a name', one(file('logs/12:30:00.txt')), {'logs/': '755', 'logs/12:30:00.txt': '644 x'}],
  [
    'H10 links as real artifacts have them',
    zip([
      link('lib/lib.so', 'lib.so.1'),
      link('lib/lib.so.1', 'lib.so.1.2'),
      file('lib/lib.so.1.2'),
      link('.bin/t', '../lib/lib.so.1.2'),
    ]),
    {
      'lib/': '755',
      'lib/lib.so': '-> lib.so.1',
      'lib/lib.so.1': '-> lib.so.1.2',
      'lib/lib.so.1.2': '644 x',
      '.bin/': '755',
      '.bin/t': '-> ../lib/lib.so.1.2',
    },
  ],
  [
    'A6 a macOS framework',
    zip([
      file('F.framework/Versions/A/App', 'app'),
      link('F.framework/Versions/Current', 'A'),
      link('F.framework/App', 'Versions/Current/App'),
    ]),
    {
      'F.framework/': '755',
      'F.framework/App': '-> Versions/Current/App',
      'F.framework/Versions/': '755',
      'F.framework/Versions/A/': '755',
      'F.framework/Versions/A/App': '644 app',
      'F.framework/Versions/Current': '-> A',
    },
  ],
  [
    'A6 npm workspaces',
    zip([
      link('node_modules/.bin/tool', '../tool/bin.js'),
      link('node_modules/tool', '../packages/tool'),
      file('packages/tool/bin.js'),
    ]),
    {
      'node_modules/': '755',
      'node_modules/.bin/': '755',
      'node_modules/.bin/tool': '-> ../tool/bin.js',
      'node_modules/tool': '-> ../packages/tool',
      'packages/': '755',
      'packages/tool/': '755',
      'packages/tool/bin.js': '644 x',
    },
  ],
  [
    'A6 a venv, with files reached through its link',
    zip([
      file('venv/lib/a.py', 'a'),
      link('venv/lib64', 'lib'),
      {name: 'venv/lib64/site/'},
      file('venv/lib64/a.py', 'a'),
      file('venv/lib64/site/b.py', 'b'),
    ]),
    {
      'venv/': '755',
      'venv/lib/': '755',
      'venv/lib/a.py': '644 a',
      'venv/lib/site/': '755',
      'venv/lib/site/b.py': '644 b',
      'venv/lib64': '-> lib',
    },
  ],
  [
    'A6 a link that goes up out of a folder of the archive',
    zip([file('d/e/f'), file('d/g'), link('d/l', 'e'), link('a', 'd/l/f'), link('b', 'd/e/../g')]),
    {
      'd/': '755',
      'd/e/': '755',
      'd/e/f': '644 x',
      'd/g': '644 x',
      'd/l': '-> e',
      a: '-> d/l/f',
      b: '-> d/e/../g',
    },
  ],
  [
    'D12 the folder itself and names below it, as bsdtar writes them',
    zip([{name: './'}, {name: './d/'}, file('./a.txt'), file('./d/b')]),
    {'a.txt': '644 x', 'd/': '755', 'd/b': '644 x'},
  ],
  [
    'D12 backslashes of a DOS writer',
    zip([
      {...file('native\\amd64\\lib.so'), host: 0, externalAttributes: 32},
      {name: 'empty\\', method: 0, host: 10, externalAttributes: 16},
    ]),
    {'native/': '755', 'native/amd64/': '755', 'native/amd64/lib.so': '644 x', 'empty/': '755'},
  ],
  [
    'D12 a folder twice',
    zip([{name: 'd/'}, file('d/a'), {name: 'd/', unixMode: 0o40750}]),
    {'d/': '750', 'd/a': '644 x'},
  ],
  [
    'D12 folders 65 deep',
    one(file(`${'d/'.repeat(65)}f`)),
    {
      ...Object.fromEntries(Array.from({length: 65}, (_, index) => ['d/'.repeat(index + 1), '755'])),
      [`${'d/'.repeat(65)}f`]: '644 x',
    },
  ],
  [
    'D6 modes that keep others out',
    zip([
      {...file('key'), unixMode: 0o100600},
      {...file('tool'), unixMode: 0o100700},
      {...file('shared'), unixMode: 0o100666},
      {...file('odd'), unixMode: 0o106751},
      {name: 'closed/', unixMode: 0o40700},
      {name: 'open/', unixMode: 0o41777},
    ]),
    {key: '600 x', tool: '700 x', shared: '644 x', odd: '751 x', 'closed/': '700', 'open/': '755'},
  ],
  [
    'F5 a log that repeats itself',
    one({name: 'log', content: 'again and again\n'.repeat(2 ** 20)}),
    {log: `644 ${'again and again\n'.repeat(2 ** 20)}`},
  ],
  [
    'F11 a name of a Latin-1 locale',
    one({name: Buffer.from('r\xe9sum\xe9', 'latin1'), content: 'x'}),
    {résumé: '644 x'},
  ],
  [
    'H16 spellings of a path',
    zip([file('a//b'), file('c/./d')]),
    {'a/': '755', 'a/b': '644 x', 'c/': '755', 'c/d': '644 x'},
  ],
  ['H19 bidi and zero-width characters', one(file('a\u202eb\u200b')), {'a\u202eb\u200b': '644 x'}],
  ['H20 code page 437', one({name: Buffer.from([0x81]), content: 'x'}), {ü: '644 x'}],
  [
    'H20 the Unicode path field',
    one({name: Buffer.from([0x81]), content: 'x', centralExtra: unicodeField(Buffer.from([0x81]), 'ű')}),
    {ű: '644 x'},
  ],
  [
    'H20 a stale Unicode path field',
    one({name: Buffer.from([0x81]), content: 'x', centralExtra: unicodeField(Buffer.from('a'), 'ű')}),
    {ü: '644 x'},
  ],
  [
    'H24 odd modes',
    zip([
      {...file('a'), unixMode: 0o104755},
      {...file('b'), unixMode: 0o100777},
      {...file('c'), unixMode: 0o100000},
      {...file('d'), unixMode: 0o102644},
    ]),
    {a: '755 x', b: '755 x', c: '0 x', d: '644 x'},
  ],
  [
    'H26 owners',
    one({...file('a'), centralExtra: field(0x7875, Buffer.from([1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0]))}),
    {a: '644 x'},
  ],
  ['H27 an impossible month', one({...file('a'), dosDate: (15 << 5) | 1}), {a: '644 x'}],
  ['H27 the year 2107', one({...file('a'), dosDate: (127 << 9) | (12 << 5) | 31}), {a: '644 x'}],
  [
    'H27 a malformed NTFS field',
    one({...file('a'), centralExtra: Buffer.concat([u16(10), u16(900), Buffer.from('zz')])}),
    {a: '644 x'},
  ],
  [
    'H33 a zip in a zip',
    one({name: 'in.zip', content: zip([file('b')]), method: 0}),
    {'in.zip': `644 ${zip([file('b')]).toString('latin1')}`},
  ],
  ['H33 ten zips in each other', one(nested), {'in.zip': `644 ${String(nested.content?.toString('latin1'))}`}],
  ['H48 an empty archive', zip([]), {}],
  ...([12, 16, 20, 24] as const).map(
    (descriptor) =>
      [
        `H49 a descriptor of ${descriptor} bytes`,
        zip([{...file('a'), descriptor}, file('b')]),
        {a: '644 x', b: '644 x'},
      ] as const,
  ),
  ['H49 a stored entry with a descriptor', one({...file('a', 'abc'), method: 0, descriptor: 16}), {a: '644 abc'}],
  [
    'H49 an empty folder as two bytes of deflate',
    one({name: 'd/', packed: Buffer.from([3, 0]), method: 8, descriptor: 16}),
    {'d/': '755'},
  ],
  ['H49 zip64 where it is not needed', zip([{...file('a'), zip64: true}], {zip64: true}), {a: '644 x'}],
  ['H49 zip64 beside true short numbers', zip([file('a')], {zip64: true, keepShort: true}), {a: '644 x'}],
  ['H49 UTF-8', one(file('größe/日本')), {'größe/': '755', 'größe/日本': '644 x'}],
  ['H49 a writer that is not Unix', one({...file('a'), host: 0, externalAttributes: 32}), {a: '644 x'}],
  ['H49 a comment', zip([file('a')], {comment: Buffer.alloc(60_000, 0x61)}), {a: '644 x'}],
  [
    'H50 names of JavaScript',
    zip([file('__proto__'), file('constructor/prototype/x'), file('toString')]),
    {
      ['__proto__']: '644 x',
      'constructor/': '755',
      'constructor/prototype/': '755',
      'constructor/prototype/x': '644 x',
      toString: '644 x',
    },
  ],
]
