import {closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect} from '@jest/globals'
import {readArchive} from '../../../../src/artifacts/zip/archive.ts'
import {defaultRules} from '../../../../src/artifacts/zip/rules.ts'
import {segmentsOf} from '../../../../src/artifacts/unpack/segments.ts'
import {openSpool} from '../../../../src/artifacts/remote/spool.ts'
import {unpackSegment} from '../../../../src/artifacts/unpack/unpack.ts'
import {testUnless} from '../../../support/optional.ts'
import {u16, u32, u64, zip64Field} from '../../../support/zip.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'huge-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const bytes = 2 ** 32 + 1
/** Of so many zeros. */
const crc = 0x41d912ff

/** An archive of one stored file of 4 GiB and a byte, all zeros: a hole in a sparse file, so it takes no room. */
function writeSparse(path: string): number {
  const name = Buffer.from('huge.bin')
  const numbers = [u32(crc), u32(0xffffffff), u32(0xffffffff)]
  const localField = zip64Field([bytes, bytes])
  const head = [u16(45), u16(0), u16(0), u16(0), u16(0x21), ...numbers, u16(name.length)]
  const local = Buffer.concat([u32(0x04034b50), ...head, u16(localField.length), name, localField])
  const centralField = zip64Field([bytes, bytes])
  const central = Buffer.concat([
    u32(0x02014b50),
    u16(0x32d),
    ...head,
    u16(centralField.length),
    u16(0),
    u16(0),
    u16(0),
    u32((0o100644 << 16) >>> 0),
    u32(0),
    name,
    centralField,
  ])
  const start = local.length + bytes
  const end = Buffer.concat([
    u32(0x06064b50),
    u64(44),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    u64(1),
    u64(1),
    u64(central.length),
    u64(start),
    u32(0x07064b50),
    u32(0),
    u64(start + central.length),
    u32(1),
    u32(0x06054b50),
    u16(0),
    u16(0),
    u16(1),
    u16(1),
    u32(central.length),
    u32(0xffffffff),
    u16(0),
  ])
  const fd = openSync(path, 'w')
  writeSync(fd, local, 0, local.length, 0)
  const tail = Buffer.concat([central, end])
  writeSync(fd, tail, 0, tail.length, start)
  closeSync(fd)
  truncateSync(path, start + tail.length)
  return start + tail.length
}

const isShort = process.env['JOBSIDE_LONG'] === '1' ? undefined : 'it takes some ten seconds: set JOBSIDE_LONG=1'

testUnless(isShort)(
  'H49 a file of 4 GiB and a byte is read to its last byte and its checksum',
  async () => {
    const path = join(folder, 'huge.zip')
    const archiveBytes = writeSparse(path)
    const spool = openSpool(path)
    try {
      const archive = await readArchive(archiveBytes, (start, end) => spool.read(start, end), defaultRules)
      const [entry] = archive.entries
      expect({bytes: entry?.bytes, packedBytes: entry?.packedBytes}).toEqual({bytes, packedBytes: bytes})
      const chosen = archive.entries.map((one) => ({entry: one, out: one.path}))
      const segments = segmentsOf(chosen, archive.ends)
      expect(segments).toHaveLength(1)
      // Without a folder everything is checked and nothing is written.
      for (const segment of segments) expect(await unpackSegment(spool.fd, segment, undefined)).toEqual([])
    } finally {
      spool.close()
    }
  },
  60_000,
)
