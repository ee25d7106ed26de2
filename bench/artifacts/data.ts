import {closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync} from 'node:fs'
import path from 'node:path'
import {crc32, deflateRawSync} from 'node:zlib'

/** A generator that gives the same numbers on every machine. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Archive A: many small text files, about 1 GiB unpacked in 10,000. Made once; scale 0.1 makes a tenth of them. */
export function makeSmallFiles(file: string, scale: number): void {
  const random = createRandom(12_345)
  const words = Array.from({length: 8_000}, () =>
    Array.from({length: 2 + Math.floor(random() * 9)}, () => String.fromCharCode(97 + Math.floor(random() * 26))).join(
      '',
    ),
  )
  const parts: string[] = []
  for (let bytes = 0; bytes < 32 * 2 ** 20;) {
    const word = `${words[Math.floor(random() * random() * words.length)] ?? ''}${random() < 0.1 ? '\n' : ' '}`
    parts.push(word)
    bytes += word.length
  }
  const text = Buffer.from(parts.join(''))
  writeZip(file, Math.round(10_000 * scale), (index) => {
    const size = Math.floor(60_000 + random() * 94_000)
    const at = Math.floor(random() * (text.length - size))
    return {
      name: `dist/package-${Math.floor(index / 100)}/some/module-${index}.txt`,
      data: text.subarray(at, at + size),
    }
  })
}

/** Archive B: twenty large files that hardly pack, 500 MB. */
export function makeLargeFiles(file: string, scale: number): void {
  const random = createRandom(999)
  writeZip(file, 20, (index) => {
    const data = noise(random, 25e6 * scale)
    for (let at = 0; at < data.length; at += 64) data[at] = 0
    return {name: `big/file-${index}.bin`, data}
  })
}

/** Archives that are fetched at once, by the id of their pipeline: of text and binaries, and of what is packed already, as jars and images are. */
export const partNames: Readonly<Record<number, readonly string[]>> = {
  11: ['C1', 'C2', 'C3', 'C4'],
  12: ['D1', 'D2', 'D3', 'D4'],
}

/** Four archives of 100 MB of each kind, as the jobs of a matrix leave them. */
export function makeParts(folder: string, scale: number): void {
  const [mixed = [], packed = []] = Object.values(partNames)
  for (const [part, name] of mixed.entries()) {
    const random = createRandom(77 + part)
    const text = Buffer.from(textOf(random, 1_000_000))
    writeZip(`${folder}/${name}.zip`, Math.round(520 * scale), (index) => {
      const at = Math.floor(random() * (text.length - 200_000))
      return index % 131 === 0
        ? {name: `part-${part}/${index}.bin`, data: noise(random, 1e7 * Math.sqrt(scale))}
        : {name: `part-${part}/${index}.txt`, data: text.subarray(at, at + 200_000)}
    })
  }
  for (const [part, name] of packed.entries()) {
    const random = createRandom(99 + part)
    writeZip(`${folder}/${name}.zip`, 40, (index) => ({
      name: `part-${part}/${index}.jar`,
      data: noise(random, 25e5 * scale),
    }))
  }
}

/** Bytes that do not pack at all. */
function noise(random: () => number, bytes: number): Buffer {
  const data = Buffer.alloc(Math.round(bytes) & ~3)
  for (let at = 0; at < data.length; at += 4) data.writeUInt32LE(Math.floor(random() * 2 ** 32), at)
  return data
}

/** What is packed anew: text files of about 8 KB, as a folder and as an archive that holds a quarter more. Made once. */
export function makeTree(folder: string, archive: string, count: number): void {
  const random = createRandom(4_711)
  const data = (): Buffer => Buffer.from(textOf(random, 1_200).padEnd(8_192, '\n'))
  const names = Array.from({length: count}, (_, index) => `files/${index % 100}/${index}.txt`)
  const contents = names.map(data)
  if (!existsSync(folder)) {
    for (const [index, name] of names.entries()) {
      mkdirSync(path.dirname(`${folder}.new/${name}`), {recursive: true})
      writeFileSync(`${folder}.new/${name}`, contents[index] ?? '')
    }
    renameSync(`${folder}.new`, folder)
  }
  writeZip(archive, Math.round(count * 1.25), (index) => ({
    name: names[index] ?? `logs/${index}.txt`,
    data: contents[index] ?? data(),
  }))
}

function textOf(random: () => number, words: number): string {
  return Array.from({length: words}, () => Math.floor(random() * random() * 40_000).toString(36)).join(' ')
}

/** The least that has to be fetched for the files whose names fit: their entries with header and descriptor, and the directory. */
export function wantedBytes(file: string, names: RegExp): number {
  const bytes = readFileSync(file)
  const end = bytes.length - 22
  const directory = bytes.readUInt32LE(end + 16)
  let sum = bytes.length - directory
  for (let at = directory; at < end;) {
    const length = bytes.readUInt16LE(at + 28)
    if (names.test(bytes.toString('latin1', at + 46, at + 46 + length))) {
      sum += 30 + length + bytes.readUInt32LE(at + 20) + 16
    }
    at += 46 + length
  }
  return sum
}

/** As a runner writes it: deflated, with a descriptor behind each entry. */
function writeZip(
  file: string,
  count: number,
  make: (index: number) => {readonly name: string; readonly data: Buffer},
): void {
  if (existsSync(file)) return
  const fd = openSync(`${file}.new`, 'w')
  const records: Buffer[] = []
  let offset = 0
  for (let index = 0; index < count; index += 1) {
    const {name, data} = make(index)
    const packed = deflateRawSync(data, {level: 6})
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(8, 6)
    head.writeUInt16LE(8, 8)
    head.writeUInt16LE(0x5821, 12)
    head.writeUInt16LE(name.length, 26)
    const numbers = Buffer.alloc(12)
    numbers.writeUInt32LE(crc32(data), 0)
    numbers.writeUInt32LE(packed.length, 4)
    numbers.writeUInt32LE(data.length, 8)
    const record = Buffer.alloc(46)
    record.writeUInt32LE(0x02014b50, 0)
    record.writeUInt16LE(0x314, 4)
    head.copy(record, 6, 4, 14)
    numbers.copy(record, 16)
    record.writeUInt16LE(name.length, 28)
    record.writeUInt32LE((0o100644 << 16) >>> 0, 38)
    record.writeUInt32LE(offset, 42)
    const bytes = Buffer.concat([head, Buffer.from(name), packed, Buffer.from('PK\x07\x08'), numbers])
    writeSync(fd, bytes)
    offset += bytes.length
    records.push(record, Buffer.from(name))
  }
  const directory = Buffer.concat(records)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  writeSync(fd, Buffer.concat([directory, end]))
  closeSync(fd)
  renameSync(`${file}.new`, file)
}
