import {spawnSync} from 'node:child_process'
import {lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import {afterAll, beforeAll, describe, expect} from '@jest/globals'
import {fetchArtifacts} from '../../src/artifacts/fetch.ts'
import {ActionError} from '../../src/errors.ts'
import {serveArchive} from '../support/archive-server.ts'
import {testUnless} from '../support/optional.ts'
import {field, u16, u32, zip, zip64Field, type RawEntry} from '../support/zip.ts'

/**
 * Archives that readers are known to read differently (the kinds of the ZipDiff study), beside sound ones that look odd. What we accept must be
 * what Python's zipfile and Info-ZIP's unzip make of it, where they make anything.
 */
const a: RawEntry = {name: 'a.txt', content: 'the first file\n'}
const b: RawEntry = {name: 'd/b.txt', content: 'the second file, in a folder\n'.repeat(20)}
const other = Buffer.from('evil!')
const stored = (entry: RawEntry): RawEntry => ({...entry, method: 0})
const unicodeName = (of: string, name: string, crc = crc32(of)): Buffer =>
  field(0x7075, Buffer.concat([Buffer.from([1]), u32(crc), Buffer.from(name)]))
const inner = zip([{name: 'a.txt', content: 'another reading\n'}])

type Verdict = 'accepted' | 'refused'
const table: readonly (readonly [kind: string, verdict: Verdict, bytes: Buffer])[] = [
  ['two plain files', 'accepted', zip([a, b])],
  ['a comment', 'accepted', zip([a], {comment: Buffer.from('made by hand')})],
  ['the longest comment', 'accepted', zip([a, b], {comment: Buffer.alloc(0xffff, 0x20)})],
  [
    'descriptors of 16 bytes',
    'accepted',
    zip([
      {...a, descriptor: 16},
      {...b, descriptor: 16},
    ]),
  ],
  ['descriptors without a signature', 'accepted', zip([{...a, descriptor: 12}, b])],
  ['zip64 all through', 'accepted', zip([{...a, zip64: true}, b], {zip64: true})],
  ['zip64 beside true short numbers', 'accepted', zip([a, b], {zip64: true, keepShort: true})],
  [
    'an unknown extra field',
    'accepted',
    zip([{...a, localExtra: field(0xcafe, other), centralExtra: field(0xcafe, other)}]),
  ],
  ['other extra fields in the two headers', 'accepted', zip([{...a, localExtra: field(0xcafe, other)}])],
  ['a Unicode path that repeats the name', 'accepted', zip([{...a, centralExtra: unicodeName('a.txt', 'a.txt')}])],
  ['a folder of its own', 'accepted', zip([{name: 'd/'}, b])],
  ['a doubled slash', 'accepted', zip([{...b, name: 'd//b.txt'}])],
  ['a dot as the first folder', 'accepted', zip([{...a, name: './a.txt'}])],
  ['no date', 'accepted', zip([{...a, dosDate: 0x21, dosTime: 0}])],
  ['an archive within an archive', 'accepted', zip([stored({name: 'inner.zip', content: inner}), a])],
  ['another name in the local header', 'refused', zip([{...a, local: {name: Buffer.from('b.txt')}}])],
  ['another length of name in the local header', 'refused', zip([{...a, local: {name: Buffer.from('ab.txt')}}])],
  ['another method in the local header', 'refused', zip([{...a, local: {method: 0}}])],
  ['another checksum in the local header', 'refused', zip([{...a, local: {crc: 1}}])],
  ['another size in the local header', 'refused', zip([{...a, local: {bytes: 5}}])],
  ['another packed size in the local header', 'refused', zip([stored({...a, local: {packedBytes: 5}})])],
  ['encryption told in the local header only', 'refused', zip([{...a, local: {flags: 1}}])],
  ['encryption told in the directory only', 'refused', zip([{...a, central: {flags: 1}}])],
  ['a descriptor told in the local header only', 'refused', zip([{...a, descriptor: 16, central: {flags: 0}}])],
  ['a descriptor bit without a descriptor', 'accepted', zip([stored({...a, flags: 8})])],
  [
    'UTF-8 told in the local header only',
    'refused',
    zip([{...a, name: Buffer.from('ä.txt', 'latin1'), local: {flags: 0x800}}]),
  ],
  ['a Unicode path of another plain name', 'refused', zip([{...a, centralExtra: unicodeName('a.txt', 'b.txt')}])],
  ['a Unicode path that climbs', 'refused', zip([{...a, centralExtra: unicodeName('a.txt', '../ä.txt')}])],
  ['a Unicode path with a wrong checksum', 'accepted', zip([{...a, centralExtra: unicodeName('a.txt', 'b.txt', 1)}])],
  ['one name twice', 'refused', zip([a, {...a, content: 'another'}])],
  ['one name in two spellings', 'refused', zip([b, {...b, name: 'd/./b.txt', content: 'another'}])],
  ['names that differ in case', 'refused', zip([a, {...a, name: 'A.TXT', content: 'another'}])],
  ['a file where a folder is needed', 'refused', zip([{name: 'd', content: 'x'}, b])],
  ['a name cut by NUL', 'refused', zip([{...a, name: 'a.txt\0.png'}])],
  ['a backslash', 'refused', zip([{...a, name: 'd\\a.txt'}])],
  ['an absolute name', 'refused', zip([{...a, name: '/a.txt'}])],
  ['a folder with content', 'refused', zip([{name: 'd/', content: 'x', method: 0}, b])],
  ['an entry the directory does not name', 'refused', zip([a, {...b, isHidden: true}])],
  ['an entry that has no data', 'refused', zip([a, {...b, isGhost: true}])],
  ['bytes between two entries', 'refused', zip([{...a, after: other}, b])],
  ['bytes before the directory', 'refused', zip([a], {beforeDirectory: other})],
  ['bytes behind the directory', 'refused', zip([a], {beforeEnd: other})],
  ['bytes before the archive', 'refused', zip([a], {prefix: other})],
  ['bytes behind the archive', 'refused', zip([a], {suffix: other})],
  ['an archive behind an archive', 'refused', Buffer.concat([zip([a]), inner])],
  ['an archive as the comment', 'refused', zip([a], {comment: inner})],
  ['a comment longer than told', 'refused', zip([a], {comment: other, commentLength: 2})],
  ['a comment shorter than told', 'refused', zip([a], {comment: other, commentLength: 9})],
  ['fewer entries told than there are', 'refused', zip([a, b], {count: 1, diskCount: 1})],
  ['more entries told than there are', 'refused', zip([a], {count: 2, diskCount: 2})],
  ['another count for this disk', 'refused', zip([a, b], {diskCount: 1})],
  ['a directory that begins later', 'refused', zip([a, b], {directoryStart: 60})],
  ['a directory of fewer bytes', 'refused', zip([a, b], {directoryBytes: 51})],
  ['two end records that disagree in the count', 'refused', zip([a, b], {zip64: {count: 1n}, keepShort: true})],
  ['two end records that disagree in the place', 'refused', zip([a, b], {zip64: {start: 0n}, keepShort: true})],
  ['a zip64 locator that leads elsewhere', 'refused', zip([a, b], {zip64: {locator: 0n}})],
  ['sizes in 32 and in 64 bits that differ', 'refused', zip([{...a, centralExtra: zip64Field([3, 3])}])],
  ['two entries on the same bytes', 'refused', zip([a, {...a, name: 'c.txt', offset: 0, isGhost: true}])],
  [
    'an entry told to begin inside another',
    'refused',
    zip([stored({name: 'x', content: inner}), {...a, offset: 31, isGhost: true}]),
  ],
  ['an extra field cut off', 'accepted', zip([{...a, centralExtra: Buffer.concat([u16(0xcafe), u16(99), other])}])],
]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ambiguous-'))
  mkdirSync(join(folder, 'zips'))
  for (const [index, [, , bytes]] of table.entries()) writeFileSync(join(folder, 'zips', `${index}.zip`), bytes)
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** Paths and contents; empty folders count. */
function treeAt(root: string, path = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(root, path))) {
    const next = join(path, name)
    if (lstatSync(join(root, next)).isDirectory()) Object.assign(found, {[`${next}/`]: ''}, treeAt(root, next))
    else found[next] = readFileSync(join(root, next), 'latin1')
  }
  return found
}

/** What we make of an archive: a tree, or a refusal that says it cannot be trusted. */
async function ours(bytes: Buffer): Promise<Readonly<Record<string, string>> | 'refused'> {
  const destination = mkdtempSync(join(folder, 'ours-'))
  try {
    const {signal} = new AbortController()
    await fetchArtifacts({open: serveArchive(bytes, {etag: '"a"'}).open, knownBytes: bytes.length, destination, signal})
    return treeAt(destination)
  } catch (error) {
    if (!(error instanceof ActionError) || error.kind !== 'untrusted') throw error
    expect(treeAt(destination)).toEqual({})
    return 'refused'
  }
}

const python = `
import os, sys, zipfile
zips, out = sys.argv[1], sys.argv[2]
for name in os.listdir(zips):
    try:
        zipfile.ZipFile(os.path.join(zips, name)).extractall(os.path.join(out, name))
        open(os.path.join(out, name + '.ok'), 'w').close()
    except Exception as error:
        print(name, error)
`

interface Peer {
  readonly name: string
  readonly missing: string | undefined
  /** Unpacks all archives of a folder into folders of their names, and makes NAME.ok where it called that a success. */
  readonly unpack: (zips: string, out: string) => void
}

const lacks = (command: string): string | undefined =>
  spawnSync('sh', ['-c', `command -v ${command}`]).status === 0 ? undefined : `${command} is not installed`

const peers: readonly Peer[] = [
  {
    name: "Python's zipfile",
    missing: lacks('python3'),
    unpack: (zips, out) => void spawnSync('python3', ['-c', python, zips, out]),
  },
  {
    name: "Info-ZIP's unzip",
    missing: lacks('unzip'),
    unpack(zips, out) {
      for (const name of readdirSync(zips)) {
        const {status} = spawnSync('unzip', ['-qq', '-o', join(zips, name), '-d', join(out, name)], {input: ''})
        // 1 is a success with warnings.
        if (status === 0 || status === 1) writeFileSync(join(out, `${name}.ok`), '')
      }
    },
  },
]

describe('archives that can be read in two ways', () => {
  testUnless(undefined)('are refused, and odd ones that have one reading only are not', async () => {
    const verdicts: [string, string][] = []
    for (const [kind, , bytes] of table) {
      verdicts.push([kind, (await ours(bytes)) === 'refused' ? 'refused' : 'accepted'])
    }
    expect(verdicts).toEqual(table.map(([kind, verdict]) => [kind, verdict]))
  })

  for (const {name, missing, unpack} of peers) {
    testUnless(missing)(`are never read otherwise than by ${name}`, async () => {
      const out = mkdtempSync(join(folder, 'peer-'))
      unpack(join(folder, 'zips'), out)
      let agreed = 0
      for (const [index, [kind, , bytes]] of table.entries()) {
        const isRead = readdirSync(out).includes(`${index}.zip.ok`)
        const tree = await ours(bytes)
        if (!isRead || tree === 'refused') continue
        expect({kind, tree}).toEqual({kind, tree: treeAt(join(out, `${index}.zip`))})
        agreed += 1
      }
      expect(agreed).toBeGreaterThan(10)
    })
  }
})
