import {execFileSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import {describe, expect, test} from '@jest/globals'
import {readArchive} from '../../../../src/artifacts/zip/archive.ts'
import {pack, packPieces, type PackEntry, type PackSource} from '../../../../src/artifacts/pack/repack.ts'
import {defaultRules} from '../../../../src/artifacts/zip/rules.ts'

const entries: readonly PackEntry[] = [
  {path: 'bin', type: 'directory', mode: 0o755, content: Buffer.alloc(0)},
  {path: 'bin/run', type: 'file', mode: 0o755, content: Buffer.from('#!/bin/sh\n'.repeat(50))},
  {path: 'bin/latest', type: 'symlink', mode: 0o777, content: Buffer.from('run')},
  {path: 'größe.txt', type: 'file', mode: 0o644, content: Buffer.from('x')},
  {path: 'empty', type: 'file', mode: 0o644, content: Buffer.alloc(0)},
]

describe('pack', () => {
  test('gives the same bytes for the same entries', async () => {
    const first = await pack(entries)
    const second = await pack(entries)
    expect(second.equals(first)).toBe(true)
  })

  test('writes what another reader sees as files, folders, links and modes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pack-'))
    try {
      writeFileSync(join(folder, 'a.zip'), await pack(entries))
      const listing = execFileSync(
        'python3',
        [
          '-c',
          'import zipfile,sys\nfor i in zipfile.ZipFile(sys.argv[1]).infolist(): print(ascii(i.filename), oct(i.external_attr>>16), i.file_size, i.date_time[0])',
          join(folder, 'a.zip'),
        ],
        {encoding: 'utf8'},
      )
      expect(listing.trim().split('\n')).toEqual([
        "'bin/' 0o40755 0 1980",
        "'bin/run' 0o100755 500 1980",
        "'bin/latest' 0o120777 3 1980",
        "'gr\\xf6\\xdfe.txt' 0o100644 1 1980",
        "'empty' 0o100644 0 1980",
      ])
    } finally {
      rmSync(folder, {recursive: true})
    }
  })

  test.each(['a:b', 'a\\b', '../a', 'a//b', ''])(
    'refuses the name %j, which would be changed on the way',
    async (path) => {
      await expect(pack([{path, type: 'file', mode: 0o644, content: Buffer.from('x')}])).rejects.toThrow('Cannot pack')
    },
  )

  test('passes on the failure of a content that comes in pieces', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('some')
      throw new Error('the disk is gone')
    }
    const sources: PackSource[] = [{path: 'a', type: 'file', mode: 0o644, content: broken()}]
    const all = async (): Promise<void> => {
      for await (const piece of packPieces(sources)) expect(piece.length).toBeGreaterThan(0)
    }
    await expect(all()).rejects.toThrow('the disk is gone')
  })

  test('stops reading entries when the taker stops', async () => {
    let read = 0
    async function* endless(): AsyncGenerator<PackSource> {
      for (;;) {
        read += 1
        yield {path: `f${read}`, type: 'file', mode: 0o644, content: Buffer.alloc(3_000_000, read)}
        await Promise.resolve()
      }
    }
    for await (const piece of packPieces(endless())) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    expect(read).toBeLessThan(5)
  })

  test('gives contents that come whole and in pieces the same entry', async () => {
    const noise = randomBytes(5_000)
    const text = Buffer.from('again and again '.repeat(300))
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield text.subarray(0, 100)
      await Promise.resolve()
      yield text.subarray(100)
    }
    const file = (path: string, content: PackSource['content']): PackSource => ({
      path,
      type: 'file',
      mode: 0o644,
      content,
    })
    const sources = [file('noise', noise), file('text', text), file('pieces', pieces()), file('after', text)]
    const all: Uint8Array[] = []
    for await (const piece of packPieces(sources)) all.push(piece)
    const bytes = Buffer.concat(all)
    const archive = await readArchive(bytes.length, (start, end) => bytes.subarray(start, end), defaultRules)
    const about = archive.entries.map(({path, method, flags, bytes: plain, crc}) => ({path, method, flags, plain, crc}))
    const crc = crc32(text)
    expect(about).toEqual([
      {path: 'noise', method: 8, flags: 8, plain: 5_000, crc: crc32(noise)},
      {path: 'text', method: 8, flags: 8, plain: text.length, crc},
      {path: 'pieces', method: 8, flags: 8, plain: text.length, crc},
      {path: 'after', method: 8, flags: 8, plain: text.length, crc},
    ])
  })
})
