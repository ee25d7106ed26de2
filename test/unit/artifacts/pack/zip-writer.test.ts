import {execFileSync, spawnSync} from 'node:child_process'
import {closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {crc32, deflateRawSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {createZipWriter, type EntryHead, type ZipWriter} from '../../../../src/artifacts/pack/zip-writer.ts'
import {openSpool} from '../../../../src/artifacts/remote/spool.ts'
import {readArchive} from '../../../../src/artifacts/zip/archive.ts'
import {defaultRules} from '../../../../src/artifacts/zip/rules.ts'
import {testUnless} from '../../../support/optional.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zip-writer-'))
  file = join(folder, 'a.zip')
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

function made(fill: (writer: ZipWriter) => void): Buffer {
  const pieces: Uint8Array[] = []
  const writer = createZipWriter((bytes) => void pieces.push(bytes))
  fill(writer)
  const size = writer.end()
  expect(size).toBe(pieces.reduce((sum, {length}) => sum + length, 0))
  return Buffer.concat(pieces)
}

function head(path: string, content: Buffer, more: Partial<EntryHead> = {}): EntryHead {
  const size = {packedBytes: content.length, bytes: content.length}
  return {path, type: 'file', mode: 0o644, method: 0, crc: crc32(content), ...size, ...more}
}

function sample(writer: ZipWriter): void {
  const text = Buffer.from('again and again '.repeat(300))
  const packed = deflateRawSync(text)
  const script = Buffer.from('#!/bin/sh\n')
  writer.add(head('bin', Buffer.alloc(0), {type: 'directory', mode: 0o750}))
  writer.add(head('bin/latest', Buffer.from('run'), {type: 'symlink', mode: 0o777}))
  writer.data(Buffer.from('run'))
  writer.add(head('bin/run', script, {mode: 0o755}))
  writer.data(script)
  writer.add(head('empty', Buffer.alloc(0)))
  writer.add(head('größe.txt', text, {method: 8, packedBytes: packed.length}))
  writer.data(packed.subarray(0, 10))
  writer.data(packed.subarray(10))
}

const listing = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
for i in z.infolist(): print(ascii(i.filename), oct(i.external_attr >> 16), i.file_size, i.date_time[0], hex(i.flag_bits), i.compress_type)
print(z.testzip())
`
const python = (...args: readonly string[]): readonly string[] =>
  execFileSync('python3', ['-c', ...args], {encoding: 'utf8'})
    .trim()
    .split('\n')
const without = (command: string): string | undefined =>
  spawnSync('sh', ['-c', `command -v ${command}`]).status === 0 ? undefined : `${command} is not installed`

describe('a zip of packed entries', () => {
  test('is the same each time, and Python reads names, kinds, modes, sizes and checksums', () => {
    const bytes = made(sample)
    expect(made(sample).equals(bytes)).toBe(true)
    writeFileSync(file, bytes)
    expect(python(listing, file)).toEqual([
      "'bin/' 0o40750 0 1980 0x0 0",
      "'bin/latest' 0o120777 3 1980 0x0 0",
      "'bin/run' 0o100755 10 1980 0x0 0",
      "'empty' 0o100644 0 1980 0x0 0",
      "'gr\\xf6\\xdfe.txt' 0o100644 4800 1980 0x800 8",
      'None',
    ])
  })

  for (const [command, ...args] of [
    ['unzip', '-tq'],
    ['zip', '-T'],
    ['bsdtar', '-tvf'],
    ['7z', 't', '-bd'],
  ] as const)
    testUnless(without(command))(`is found sound by ${command}`, () => {
      writeFileSync(file, made(sample))
      const {status, stderr} = spawnSync(command, [...args, file], {
        encoding: 'utf8',
        env: {...process.env, LC_ALL: 'C.UTF-8'},
      })
      expect({status, stderr}).toEqual({status: 0, stderr: ''})
    })

  test('has the long form of its count from 65,535 entries on, and not before', async () => {
    for (const [count, isLong] of [
      [65_534, false],
      [65_535, true],
      [70_000, true],
    ] as const) {
      const bytes = made((writer) => {
        for (let index = 0; index < count; index += 1) writer.add(head(`f${index}`, Buffer.alloc(0)))
      })
      const {entries} = await readArchive(bytes.length, (start, end) => bytes.subarray(start, end), defaultRules)
      expect({count: entries.length, isLong: bytes.includes('PK\x06\x06')}).toEqual({count, isLong})
      writeFileSync(file, bytes)
      expect(python('import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).infolist()))', file)).toEqual([
        `${count}`,
      ])
    }
  })

  test('has the long form of sizes and places beyond 4 GiB, which other readers find', async () => {
    const huge = 2 ** 32 + 5
    const after = Buffer.from('what comes after it')
    const fd = openSync(file, 'w')
    let at = 0
    const block = Buffer.alloc(2 ** 20)
    const writer = createZipWriter((bytes) => {
      // A hole takes no room.
      if (bytes.length < block.length / 2) writeSync(fd, bytes, 0, bytes.length, at)
      at += bytes.length
    })
    writer.add(head('huge', Buffer.alloc(0), {packedBytes: huge, bytes: huge, crc: 1}))
    for (let left = huge; left > 0; left -= block.length) writer.data(block.subarray(0, Math.min(left, block.length)))
    writer.add(head('after', after))
    writer.data(after)
    const size = writer.end()
    closeSync(fd)
    truncateSync(file, size)
    const spool = openSpool(file)
    try {
      const {entries} = await readArchive(size, (start, end) => spool.read(start, end), defaultRules)
      expect(entries.map(({path, bytes, packedBytes}) => ({path, bytes, packedBytes}))).toEqual([
        {path: 'huge', bytes: huge, packedBytes: huge},
        {path: 'after', bytes: after.length, packedBytes: after.length},
      ])
    } finally {
      spool.close()
    }
    const read =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.getinfo("huge").file_size, z.read("after").decode())'
    expect(python(read, file)).toEqual([`${huge} ${after.toString()}`])
    expect(execFileSync('unzip', ['-p', file, 'after'], {encoding: 'utf8'})).toBe(after.toString())
  })

  test('is never made of more or fewer bytes than an entry says', () => {
    const five = head('a', Buffer.from('12345'))
    expect(() =>
      made((writer) => {
        writer.add(five)
        writer.data(Buffer.from('1234'))
      }),
    ).toThrow('lacks 1 of its bytes')
    expect(() =>
      made((writer) => {
        writer.add(five)
        writer.data(Buffer.from('123456'))
        writer.add(five)
      }),
    ).toThrow('lacks -1 of its bytes')
  })
})
