import {ftruncateSync, openSync, unlinkSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, posix} from 'node:path'
import {readArchive} from '../../src/artifacts/zip/archive.ts'
import type {ZipEntry} from '../../src/artifacts/zip/directory.ts'
import {refuseTooLarge} from '../../src/artifacts/zip/layout.ts'
import {defaultRules} from '../../src/artifacts/zip/rules.ts'
import {segmentsOf} from '../../src/artifacts/unpack/segments.ts'
import {unpackSegment} from '../../src/artifacts/unpack/unpack.ts'
import {ActionError} from '../../src/base/errors.ts'
import {field, zip, zip64Field, type RawEnd, type RawEntry} from '../../test/support/zip.ts'
import type {Random} from '../random.ts'
import {hold, type Target} from '../target.ts'
import {holdUnpacked} from '../unpacked-tree.ts'

const rules = {...defaultRules, maxBytes: 2 ** 20, maxFiles: 50}
const link = (name: string, target: string): RawEntry => ({name, content: target, method: 0, unixMode: 0o120777})

/** The reader as a whole: end records, directory, layout, local headers, data, links. */
export const archive: Target = {
  name: 'archive',
  about:
    'what is accepted lies in one tree, links and modes included, has one reading and no byte that belongs to no entry',
  seeds: [
    zip([]),
    zip([{name: 'a', content: 'hello'}, {name: 'd/'}, {name: 'd/b', content: 'world, world', descriptor: 16}]),
    zip([{name: 'd/', unixMode: 0o40700}, link('l', 'd'), {name: 'l/f', content: 'x', unixMode: 0o100600}]),
    zip([link('lib.so', 'lib.so.1'), {name: 'lib.so.1', content: 'x'}, link('d/up', '../lib.so.1')]),
    zip([{name: 'a', content: 'stored', method: 0, zip64: true}], {zip64: true}),
    zip([
      {name: 'ü', content: 'x', descriptor: 24},
      {name: Buffer.from([0x81]), content: 'y', host: 0},
    ]),
    zip([{name: 'a', content: 'x'}], {comment: Buffer.from('a comment')}),
    zip([
      {
        name: 'a',
        content: 'x',
        centralExtra: Buffer.concat([field(0x5455, Buffer.from([1, 0, 0, 0, 0])), field(1, zip64Field([1, 3, 0]))]),
      },
    ]),
  ],
  words: [
    'PK\x01\x02',
    'PK\x03\x04',
    'PK\x05\x06',
    'PK\x06\x06',
    'PK\x06\x07',
    'PK\x07\x08',
    '../',
    '/',
    '\x01\x00',
    '\x75\x70',
    '\xff\xff\xff\xff',
  ],
  generate,
  async run(input) {
    try {
      await readWhole(input)
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      hold(error.kind === 'untrusted', `refused as ${error.kind}`)
      hold(!/[\u0000-\u001f\u007f-\u009f]/.test(error.message), 'a control character in a message')
    }
  },
}

const path = join(tmpdir(), `fuzz-archive-${process.pid}`)
let fd: number | undefined

/** On a file, as in a run; it has no name any more. */
function fileOf(input: Buffer): number {
  if (fd === undefined) {
    fd = openSync(path, 'w+')
    unlinkSync(path)
  }
  ftruncateSync(fd, 0)
  writeSync(fd, input, 0, input.length, 0)
  return fd
}

async function readWhole(input: Buffer): Promise<void> {
  const {entries, ends, place} = await readArchive(input.length, (start, end) => input.subarray(start, end), rules)
  refuseTooLarge(entries, rules)
  const file = fileOf(input)
  const chosen = entries.map((entry) => ({entry, out: entry.path}))
  for (const segment of segmentsOf(chosen, ends)) await unpackSegment(file, segment, undefined)
  await holdUnpacked(input, entries, rules)
  // Accepted: from here on nothing of ours is used.
  let at = 0
  for (const entry of [...entries].sort((one, other) => one.offset - other.offset)) {
    hold(entry.offset === at, 'a gap between entries')
    hold(input.readUInt32LE(at) === 0x04034b50, 'no local header')
    const name = input.toString('latin1', at + 30, at + 30 + input.readUInt16LE(at + 26))
    hold(name === entry.rawName, 'another name in the local header')
    at = ends[entry.index] ?? Number.NaN
  }
  hold(entries.length === 0 || at === place.start, 'bytes before the directory')
  entries.forEach(holdInside)
  const files = entries.filter(({type}) => type !== 'directory').map((entry) => entry.path.toLowerCase())
  hold(new Set(files).size === files.length, 'two entries of one name')
}

function holdInside({path: name, bytes}: ZipEntry): void {
  hold(
    name === '' || posix.join('/tree', name) === `/tree/${name}`,
    `the path ${JSON.stringify(name)} is not what it seems`,
  )
  hold(bytes <= rules.maxBytes, 'too many bytes')
}

const names = [
  'a',
  'b',
  'A',
  'd/a',
  'd/',
  'd/e/f',
  'l',
  'l/a',
  'd/l',
  'd/l/m',
  './',
  '../x',
  '/x',
  'a/../b',
  './a',
  'a//b',
  'ü',
  'é',
  'e\u0301',
  '.git/x',
  'C:x',
  'a\\b',
  '__proto__',
  '',
]
const targets = [
  'a',
  'd/a',
  '..',
  '../..',
  '../a',
  'd/../a',
  '/a',
  '.',
  'd/e/f',
  '../d/a',
  '',
  'd',
  'l',
  'l/..',
  'l/a',
  'gone/../a',
  'd/e/..',
]

function generate(random: Random): Buffer {
  const entries = Array.from({length: random.below(5)}, () => randomEntry(random))
  const end: RawEnd = random.chance(2)
    ? {}
    : {
        ...(random.chance(3) && {comment: Buffer.from(random.chance(3) ? zip([]) : 'text')}),
        ...(random.chance(4) && {count: random.below(6)}),
        ...(random.chance(6) && {prefix: Buffer.from('#!')}),
        ...(random.chance(6) && {suffix: Buffer.from('x')}),
        ...(random.chance(6) && {directoryStart: random.below(200)}),
        ...(random.chance(3) && {
          zip64: random.chance(2) ? true : {start: BigInt(random.below(300))},
          keepShort: random.chance(2),
        }),
      }
  return zip(entries, end)
}

function randomEntry(random: Random): RawEntry {
  if (random.chance(4)) return link(random.pick(names), random.pick(targets))
  return {
    name: random.pick(names),
    content: random.pick(['', 'x', 'hello, hello, hello, hello', '\0'.repeat(300)]),
    ...(random.chance(3) && {descriptor: random.pick([12, 16, 20, 24] as const)}),
    ...(random.chance(3) && {method: random.pick([0, 8, 9, 93])}),
    ...(random.chance(6) && {flags: random.pick([1, 8, 0x40, 0x800, 0x2000])}),
    ...(random.chance(6) && {
      unixMode: random.pick([0o40755, 0o40700, 0o120777, 0o10644, 0o104755, 0o100600, 0o100777]),
    }),
    ...(random.chance(6) && {zip64: true}),
    ...(random.chance(8) && {isHidden: true}),
    ...(random.chance(8) && {isGhost: true}),
    ...(random.chance(8) && {offset: random.below(100)}),
    ...(random.chance(8) && {after: Buffer.from('PK')}),
    ...(random.chance(8) && {local: {name: Buffer.from('z')}}),
    ...(random.chance(8) && {central: {bytes: random.below(100)}}),
    ...(random.chance(8) && {host: 0}),
  }
}
