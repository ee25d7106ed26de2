import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {crc32, deflateRawSync, gzipSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {ActionError} from '../../src/errors.ts'
import {fetchArtifacts, type FetchOptions} from '../../src/artifacts/fetch.ts'
import {canReadZstd} from '../../src/artifacts/inflate.ts'
import {serveArchive} from '../support/archive-server.ts'
import {field, u16, u32, zip, zip64Field, type RawEntry} from '../support/zip.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

async function unpack(bytes: Buffer, options: Partial<FetchOptions> = {}): Promise<string[]> {
  const warnings: string[] = []
  await fetchArtifacts({
    open: serveArchive(bytes, {etag: '"same"'}).open,
    knownBytes: bytes.length,
    destination: join(folder, 'out'),
    signal: new AbortController().signal,
    warn: (text) => warnings.push(text),
    ...options,
  })
  return warnings
}

async function refusal(bytes: Buffer, options: Partial<FetchOptions> = {}): Promise<string> {
  try {
    await unpack(bytes, options)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    expect(error.kind).toBe('untrusted')
    // Nothing published, nothing left behind, and nothing in the message that a terminal would act on.
    expect(readdirSync(folder)).toEqual([])
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    return error.message
  }
  throw new Error('was accepted')
}

const one = (entry: RawEntry): Buffer => zip([entry])
const link = (name: string, target: string): RawEntry => ({name, content: target, method: 0, unixMode: 0o120777})
const file = (name: string, content = 'x'): RawEntry => ({name, content})
const zeros = Buffer.alloc(64 * 2 ** 20)
const deflated = deflateRawSync(Buffer.from('hello world, hello world'))
const plain = Buffer.from('hello world, hello world')
const unicodeField = (of: Buffer, name: string): Buffer =>
  field(0x7075, Buffer.concat([Buffer.from([1]), u32(crc32(of)), Buffer.from(name)]))

describe('names that are refused', () => {
  const rows: readonly (readonly [what: string, entries: readonly RawEntry[], why: string])[] = [
    ['H01 a name that climbs', [file('../x')], '".." in its name'],
    ['H01 a name that climbs in its middle', [file('a/../../x')], '".." in its name'],
    ['H02 an absolute name', [file('/abs')], 'absolute name'],
    ['H02 a name of another host', [file('//host/x')], 'absolute name'],
    ['H03 a name that climbs by backslash', [file('..\\x')], 'backslash'],
    ['H03 a backslash', [file('a\\b')], 'backslash'],
    ['H04 a drive', [file('C:x')], 'drive letter'],
    ['H04 a path on a drive', [file('C:/x')], 'drive letter'],
    ['H04 a device path', [file('\\\\?\\x')], 'backslash'],
    ['H04 what may be a drive or a stream', [file('a:b')], 'drive letter'],
    ['H05 an absolute link and a file through it', [link('x', '/tmp'), file('x/y')], 'also a file'],
    ['H06 a link out and a file through it', [link('x', '../..'), file('x/y')], 'also a file'],
    ['H07 a link to a system file', [link('x', '/etc/passwd')], 'absolute path'],
    ['H08 a link and a file of one name', [link('x', 'y'), file('x')], 'occurs twice'],
    ['H09 a chain of links that leaves', [link('a', 'b'), link('b', '..')], 'leaves the folder'],
    ['H09 links in a circle', [link('l1', 'l2'), link('l2', 'l1')], 'in a circle'],
    ['H09 a link to itself', [link('l', 'l')], 'in a circle'],
    ['H09 a link through another that leaves', [link('d/e/l', '../..'), link('a', 'd/e/l/..')], '".." in the middle'],
    ['H09 a link through another', [file('d/e/f'), link('d/l', 'e'), link('a', 'd/l/f')], 'through another link'],
    ['H11 a link of 100 KB', [link('a', 'b/'.repeat(50_000))], 'longer than'],
    ['H11 a link with a NUL', [link('a', 'b\0c')], 'control character'],
    ['H11 a link with a line break', [link('a', 'b\nc')], 'control character'],
    ['H11 a link to nothing', [link('a', '')], 'link to nothing'],
    ['H13 a name twice with other content', [file('a', '1'), file('a', '2')], 'occurs twice'],
    ['H13 a name twice with the same content', [file('a'), file('a')], 'occurs twice'],
    ['H14 a file that is also a folder', [file('a'), file('a/b')], 'also a file'],
    ['H14 a folder that is also a file', [file('a/b'), file('a')], 'both a file and a folder'],
    ['H15 names that differ in case', [file('A.txt'), file('a.txt')], 'only in case'],
    ['H15 names that differ in composition', [file('\u00e9'), file('e\u0301')], 'only in case'],
    ['H16 an empty name', [file('')], 'empty name'],
    ['H16 the folder itself', [file('.')], 'empty name'],
    ['H16 the folder itself with a slash', [file('./')], 'empty name'],
    ['H16 one name in two spellings', [file('a/b'), file('a//b')], 'occurs twice'],
    ['H16 one name with a dot', [file('a/b'), file('a/./b')], 'occurs twice'],
    ['H17 a NUL', [file('a\0b')], 'control character'],
    ...['\x1b', '\x07', '\r', '\n', '\x7f', '\u0085'].map(
      (character) =>
        [
          `H18 the control character ${character.charCodeAt(0)}`,
          [file(`a${character}b`)],
          'control character',
        ] as const,
    ),
    ['H20 a name that claims UTF-8', [{name: Buffer.from([0x61, 0xff]), flags: 0x800, content: 'x'}], 'not the UTF-8'],
    ['H21 a part of 300 bytes', [file('n'.repeat(300))], 'longer than 255'],
    ['H21 a path beyond 1,024 bytes', [file(`${'d'.repeat(200)}/`.repeat(6) + 'f')], 'longer than 1024'],
    ['H21 folders 3,000 deep', [file(`${'d/'.repeat(3000)}f`)], 'deeper than 64'],
    ...['.git/hooks/x', '.GIT/config', '.git./x', 'a/.git/x', 'git~1/x', '.g\u200bit/x', '.git'].map(
      (name) => [`H23 ${JSON.stringify(name)}`, [file(name)], '.git folder'] as const,
    ),
    ...[0o010644, 0o140644, 0o020644, 0o060644].map(
      (mode) =>
        [
          `H25 the type ${mode.toString(8)}`,
          [{...file('x'), unixMode: mode}],
          'neither a file, a folder nor a link',
        ] as const,
    ),
  ]
  test.each(rows)('%s', async (_what, entries, why) => {
    expect(await refusal(zip(entries))).toContain(why)
  })

  test('H22 device names and trailing dots, where the rules are those of Windows', async () => {
    for (const name of ['CON', 'aux.txt', 'NUL', 'COM1', 'LPT\u00b9', 'a.', 'b ', 'a/nul/b']) {
      expect(await refusal(one(file(name)), {rules: {windows: true}})).toContain('Windows')
      rmSync(join(folder, 'out'), {recursive: true, force: true})
    }
    expect(await unpack(one(file('aux.txt')))).toEqual(['"aux.txt" is a name that Windows does not allow.'])
  })
})

describe('archives that lie', () => {
  const good = file('good', 'some text')
  const rows: readonly (readonly [what: string, bytes: Buffer, why: string])[] = [
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
    ['H31 a thousandfold entry', one({name: 'zeros', content: zeros}), 'more than 200 times'],
    [
      'H32 two entries in the same bytes',
      zip([file('a', 'abcdef'), {...file('b', 'abcdef'), offset: 0, isGhost: true}]),
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
    ['H41 a count of -1', zip([good], {zip64: {count: -1n}}), '64-bit number'],
    ['H41 a record of another length', zip([good], {zip64: {size: 99n}}), 'zip64 end record'],
    ['H41 end records that disagree', zip([good], {zip64: {count: 2n}, keepShort: true}), 'disagree'],
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
    ['H45 endless empty blocks', one({name: 'a', packed: Buffer.alloc(5_000_000), content: 'x'}), 'cannot be unpacked'],
    ['H47 no bytes', Buffer.alloc(0), '0 bytes'],
    ['H47 a web page', Buffer.from('<!DOCTYPE html><html><body>Sign in</body></html>'.padEnd(200)), 'web page'],
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
  test.each(rows)('%s', async (_what, bytes, why) => {
    expect(await refusal(bytes)).toContain(why)
  })

  test('H34 more entries than allowed', async () => {
    const many = zip(
      Array.from({length: 100_001}, (_, index) => ({name: `f${index}`, method: 0})),
      {zip64: true},
    )
    expect(await refusal(many)).toContain('100001 entries, more than the 100000')
  })

  test('H35 70,000 entries behind a 16-bit count that wrapped', async () => {
    const many = zip(Array.from({length: 70_000}, (_, index) => ({name: `f${index}`, method: 0})))
    expect(await refusal(many)).toContain('more entries than the 4464')
  })

  test('H31 more bytes in all than allowed', async () => {
    expect(await refusal(zip([file('a', 'abc'), file('b', 'defg')]), {rules: {maxBytes: 6}})).toContain(
      'unpacks to 7 bytes',
    )
  })

  test('H46 the same archive cut anywhere', async () => {
    const whole = zip([file('a', 'hello'.repeat(40)), {name: 'd/'}, {...file('d/b', 'world'), descriptor: 16}])
    for (let length = 0; length < whole.length; length += 1) {
      expect(await refusal(whole.subarray(0, length), {knownBytes: length})).toContain('refused')
    }
  })

  test('H46 and H52 every bit of a small archive flipped: the true content or a refusal', async () => {
    const whole = zip([file('a', 'hello'), {...file('b', 'world, world'), descriptor: 16}])
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const changed = Buffer.from(whole)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      try {
        await unpack(changed)
        const names = readdirSync(join(folder, 'out'), {withFileTypes: true}).flatMap((entry) =>
          entry.isFile() ? [entry.name] : [],
        )
        const contents = names.map((name) => readFileSync(join(folder, 'out', name), 'utf8'))
        // A flipped mode or date is no lie that could be noticed, and a file may have become a link that stays inside.
        if (contents.length > 0) expect(['hello', 'world, world']).toEqual(expect.arrayContaining(contents))
      } catch (error) {
        if (!(error instanceof ActionError)) throw error
      }
      rmSync(join(folder, 'out'), {recursive: true, force: true})
    }
  })

  test('H44 Zstandard is named where this Node cannot read it', async () => {
    if (canReadZstd) return
    expect(await refusal(one({name: 'a', packed: Buffer.from('x'), content: 'x', method: 93}))).toContain('Zstandard')
  })
})

describe('archives that are accepted', () => {
  const tree = (): Record<string, string> => {
    const found = Object.create(null) as Record<string, string>
    const walk = (path: string): void => {
      for (const name of readdirSync(join(folder, 'out', path))) {
        const inner = path === '' ? name : `${path}/${name}`
        const stat = lstatSync(join(folder, 'out', inner))
        if (stat.isDirectory()) {
          found[`${inner}/`] = (stat.mode & 0o7777).toString(8)
          walk(inner)
        } else if (stat.isSymbolicLink()) found[inner] = `-> ${readlinkSync(join(folder, 'out', inner))}`
        else found[inner] = `${(stat.mode & 0o7777).toString(8)} ${readFileSync(join(folder, 'out', inner), 'latin1')}`
      }
    }
    walk('')
    return found
  }
  const rows: readonly (readonly [what: string, bytes: Buffer, tree: Record<string, string>])[] = [
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
      {a: '755 x', b: '755 x', c: '644 x', d: '644 x'},
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
  test.each(rows)('%s', async (_what, bytes, expected) => {
    await unpack(bytes)
    expect(new Map(Object.entries(tree()))).toEqual(new Map(Object.entries(expected)))
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('H48 says that there is nothing in an empty archive', async () => {
    expect(await unpack(zip([]))).toEqual(['The archive is empty: 0 files.'])
  })

  test('H23 tells once of files that tools obey', async () => {
    const warnings = await unpack(zip([file('.npmrc'), file('a/.env'), file('.gitlab-ci.yml'), file('.ssh/config')]))
    expect(warnings).toEqual([
      'Files that change how tools behave come with it: ".npmrc", "a/.env", ".gitlab-ci.yml", ".ssh/config".',
    ])
  })

  test('H34 65,000 empty entries', async () => {
    await unpack(zip(Array.from({length: 65_000}, (_, index) => ({name: `d${index % 50}/f${index}`, method: 0}))))
    expect(readdirSync(join(folder, 'out', 'd7'))).toHaveLength(1_300)
  })

  test('options move the rules: prefix, collisions, backslashes, ratio', async () => {
    await unpack(zip([file('a')], {prefix: Buffer.from('#!/bin/sh\n')}), {rules: {allowPrefix: true}})
    await unpack(zip([file('b'), file('B')]), {rules: {allowCollisions: true}})
    await unpack(one(file('c\\d')), {rules: {allowBackslash: true}})
    await unpack(one({name: 'zeros', content: zeros.subarray(0, 12 * 2 ** 20)}), {rules: {maxRatio: 2_000}})
    expect(Object.keys(tree()).sort()).toEqual(['B', 'a', 'b', 'c\\d', 'zeros'])
  })

  test('links can be refused or left out', async () => {
    const bytes = zip([link('l', 'f'), file('f')])
    expect(await refusal(bytes, {symlinks: 'error'})).toContain('links are not wanted')
    await unpack(bytes, {symlinks: 'skip'})
    expect(tree()).toEqual({f: '644 x'})
  })
})

describe('what lies in the destination already', () => {
  test('H12 a link in the place of a folder is never followed', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(join(folder, 'out'))
    symlinkSync('../elsewhere', join(folder, 'out', 'd'))
    await expect(unpack(one(file('d/x')))).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['elsewhere', 'out'])
  })

  test('H12 a link in the place of a file is replaced, and what it means is left alone', async () => {
    writeFileSync(join(folder, 'secret'), 'untouched')
    mkdirSync(join(folder, 'out'))
    symlinkSync('../secret', join(folder, 'out', 'x'))
    await unpack(one(file('x', 'new')))
    expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('untouched')
    expect(lstatSync(join(folder, 'out', 'x')).isFile()).toBe(true)
  })

  test.each(['', '/', '~', '~/x', '$HOME', '..', '../..', 'C:\\', '.. '])(
    'H85 the destination %j is refused before a request',
    async (destination) => {
      const server = serveArchive(one(file('x')))
      const options = {open: server.open, destination, signal: new AbortController().signal}
      if (destination === '.. ')
        await expect(fetchArtifacts({...options, destination: '../'})).rejects.toMatchObject({kind: 'usage'})
      else await expect(fetchArtifacts(options)).rejects.toMatchObject({kind: 'usage'})
      expect(server.requests).toEqual([])
    },
  )

  test('F84 a file in the place of the destination is refused before a request', async () => {
    writeFileSync(join(folder, 'out'), '')
    const server = serveArchive(one(file('x')))
    await expect(
      fetchArtifacts({open: server.open, destination: join(folder, 'out', 'x'), signal: new AbortController().signal}),
    ).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(server.requests).toEqual([])
    expect(existsSync(join(folder, 'out'))).toBe(true)
  })
})
