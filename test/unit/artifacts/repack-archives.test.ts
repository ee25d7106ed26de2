import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import zlib, {deflateRawSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {listEntries} from '../../../src/artifacts/list.ts'
import {repackArchives, type RepackOptions, type RepackResult} from '../../../src/artifacts/repack-archives.ts'
import {readArchive} from '../../../src/artifacts/zip/archive.ts'
import type {ZipEntry} from '../../../src/artifacts/zip/directory.ts'
import {canReadZstd} from '../../../src/artifacts/zip/inflate.ts'
import {defaultRules} from '../../../src/artifacts/zip/rules.ts'
import {serveArchive} from '../../support/archive-server.ts'
import {testUnless} from '../../support/optional.ts'
import {zip, type RawEntry} from '../../support/zip.ts'

let folder = ''
let destination = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'repack-'))
  destination = join(folder, 'new.zip')
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const {signal} = new AbortController()
const text = 'again and again '.repeat(400)
/** As no other level packs it. */
const packed = deflateRawSync(text, {level: 1, strategy: zlib.constants.Z_FIXED})

async function repack(bytes: Buffer, options: Partial<RepackOptions> = {}): Promise<RepackResult> {
  return repackArchives({sources: [{open: serveArchive(bytes, {etag: '"a"'}).open}], destination, signal, ...options})
}

async function entriesOf(bytes: Buffer): Promise<readonly ZipEntry[]> {
  return (await readArchive(bytes.length, (start, end) => bytes.subarray(start, end), defaultRules)).entries
}

describe('entries that are copied', () => {
  test('keep their packed bytes, and nothing else of the archive they came in', async () => {
    const source: readonly RawEntry[] = [
      {name: 'z/text', content: text, packed, descriptor: 16, dosDate: 0x5000, localExtra: Buffer.alloc(12)},
      {name: 'stored', content: 'as it is', method: 0, unixMode: 0o104777, zip64: true},
      {name: Buffer.from([0x82]), content: 'x', host: 0, externalAttributes: 32},
    ]
    const result = await repack(zip(source, {comment: Buffer.from('of the source')}))
    const bytes = readFileSync(destination)
    expect(result).toMatchObject({path: destination, archiveBytes: bytes.length, files: 3, bytes: text.length + 9})
    expect(bytes.includes(packed)).toBe(true)
    expect(bytes.includes('of the source')).toBe(false)
    expect(
      (await entriesOf(bytes)).map(({path, method, flags, unixMode, packedBytes}) => [
        path,
        method,
        flags,
        unixMode.toString(8),
        packedBytes,
      ]),
    ).toEqual([
      ['stored', 0, 0, '100775', 8],
      ['z/text', 8, 0, '100644', packed.length],
      ['é', 8, 0x800, '100644', 3],
    ])
  })

  test('give the same bytes by ranges and in one piece, with one thread and with two, in any order of the sources', async () => {
    const noise = (seed: number): Buffer =>
      Buffer.from(Array.from({length: 3_000_000}, (_, index) => ((index + seed) * 2_654_435_761) >>> 24))
    const archives = [1, 2].map((seed) =>
      zip([
        {name: `large-${seed}`, content: 'line of text\n'.repeat(800_000)},
        {name: `left-out-${seed}.log`, content: noise(seed), method: 0},
        {name: `d/noise-${seed}`, content: noise(seed), method: 0},
        {name: `d/link-${seed}`, content: `noise-${seed}`, method: 0, unixMode: 0o120777},
      ]),
    )
    const made: Buffer[] = []
    for (const [ranges, jobs, order] of [
      [true, 1, archives],
      [false, 2, archives],
      [true, 2, archives.toReversed()],
    ] as const) {
      const sources = order.map((bytes) => ({open: serveArchive(bytes, {ranges, etag: '"a"'}).open}))
      await repackArchives({sources, destination, signal, jobs, selection: {files: ['large-*', 'd/**']}})
      made.push(readFileSync(destination))
    }
    expect((await entriesOf(made[0] ?? Buffer.alloc(0))).map(({path}) => path)).toEqual([
      'd/link-1',
      'd/link-2',
      'd/noise-1',
      'd/noise-2',
      'large-1',
      'large-2',
    ])
    expect(made.map((bytes) => bytes.equals(made[0] ?? Buffer.alloc(0)))).toEqual([true, true, true])
  })

  test.each<[string, RawEntry]>([
    ['a wrong checksum', {name: 'b', content: text, crc: 1}],
    ['data that does not inflate', {name: 'b', content: text, packed: Buffer.from('no deflate')}],
    ['data that goes on behind its end', {name: 'b', content: text, packed: Buffer.concat([packed, packed])}],
    ['another size', {name: 'b', content: text, packed: deflateRawSync('short')}],
    ['another name in its local header', {name: 'b', content: text, local: {name: Buffer.from('c')}}],
    ['a large content and a wrong checksum', {name: 'b', content: text.repeat(900), crc: 1}],
  ])('are refused with %s, and the old zip stays', async (_, entry) => {
    writeFileSync(destination, 'old')
    await expect(repack(zip([{name: 'a', content: 'a'}, entry]))).rejects.toMatchObject({kind: 'untrusted'})
    expect([readdirSync(folder), readFileSync(destination, 'utf8')]).toEqual([['new.zip'], 'old'])
  })

  test('count unpacked against the limits', async () => {
    const bytes = zip([{name: 'a', content: text}])
    await expect(repack(bytes, {rules: {maxBytes: text.length - 1}})).rejects.toThrow('unpacks to')
    await expect(repack(bytes, {rules: {maxFileBytes: text.length - 1}})).rejects.toThrow('unpacks to')
    await expect(repack(bytes, {rules: {maxRatio: 2, ratioFromBytes: 0}})).rejects.toThrow('times its size')
    await repack(bytes, {rules: {maxBytes: text.length}})
    expect(readdirSync(folder)).toEqual(['new.zip'])
  })

  test('leave nothing behind when they are stopped', async () => {
    const stop = new AbortController()
    const server = serveArchive(zip([{name: 'a', content: text}]), {etag: '"a"'})
    const open: typeof server.open = async (request) => {
      stop.abort(new Error('stopped'))
      return server.open(request)
    }
    await expect(repackArchives({sources: [{open}], destination, signal: stop.signal})).rejects.toThrow('stopped')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('what cannot be copied is packed anew:', () => {
  test('a file that GitLab sends alone', async () => {
    const bytes = zip([
      {name: 'filler', content: Buffer.alloc(5_000_000, 'filler'), method: 0},
      {name: 'text', content: text, packed},
    ])
    const rows = (await listEntries({open: serveArchive(bytes).open, signal})).entries
    const source = {
      open: serveArchive(bytes, {ranges: false}).open,
      treeEntry: async (asked: string) => rows.find((row) => row.path === asked),
      openEntry: () => serveArchive(Buffer.from(text), {ranges: false}).open,
    }
    const {results} = await repackArchives({sources: [source], destination, signal, selection: {files: ['text']}})
    expect(results.map(({way}) => way)).toEqual(['single-file'])
    expect((await entriesOf(readFileSync(destination))).map(({path, bytes: size}) => [path, size])).toEqual([
      ['text', text.length],
    ])
  })

  test('a file that is reached through a link of its archive', async () => {
    await repack(
      zip([
        {name: 'lib64', content: 'lib', method: 0, unixMode: 0o120777},
        {name: 'lib/a', content: '1'},
        {name: 'lib64/b', content: '2'},
      ]),
    )
    expect((await entriesOf(readFileSync(destination))).map(({path, type}) => [path, type])).toEqual([
      ['lib/a', 'file'],
      ['lib/b', 'file'],
      ['lib64', 'symlink'],
    ])
  })

  testUnless(canReadZstd() ? undefined : 'this Node has no Zstandard')('a file packed by Zstandard', async () => {
    const compress = (zlib as unknown as {zstdCompressSync: (data: string) => Buffer}).zstdCompressSync
    await repack(zip([{name: 'text', content: text, method: 93, packed: compress(text)}]))
    expect((await entriesOf(readFileSync(destination))).map(({path, method}) => [path, method])).toEqual([['text', 8]])
  })
})
