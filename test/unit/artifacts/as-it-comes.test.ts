import {createHash} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {fetchArtifacts, type FetchOptions, type FetchResult} from '../../../src/artifacts/fetch.ts'
import {keepArchive} from '../../../src/artifacts/keep-archive.ts'
import {fillSpan, type Ready} from '../../../src/artifacts/remote/fill-span.ts'
import {createSpool} from '../../../src/artifacts/remote/spool.ts'
import {createRoom} from '../../../src/artifacts/unpack/room.ts'
import type {Segment} from '../../../src/artifacts/unpack/unpack.ts'
import type {Clock} from '../../../src/base/clock.ts'
import {serveArchive, type ArchiveServer, type Behaviour} from '../../support/archive-server.ts'
import {zip} from '../../support/zip.ts'

/** Archives whose digest nobody wants: they are unpacked as they come, and lie in no file meanwhile. */
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'as-it-comes-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

/** A clock whose sleeps take no time. */
const clock: Clock = {
  now: () => 0,
  date: () => new Date(0),
  random: () => 0.5,
  sleep: async (_ms, signal) => signal?.throwIfAborted(),
}

function noise(bytes: number, seed: number): Buffer {
  const content = Buffer.alloc(bytes)
  let state = seed
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    content[at] = state >>> 24
  }
  return content
}

/** Small files, a large one that is stored, a large one that is packed, a link, and small files again. */
const small = Array.from({length: 24}, (_, index) => ({
  name: `d/f${index}`,
  content: noise(200_000, index),
  descriptor: 16 as const,
}))
const entries = [
  ...small.slice(0, 8),
  {name: 'stored', content: noise(5_000_000, 99), method: 0},
  {name: 'link', content: 'd/f1', method: 0, unixMode: 0o120777},
  ...small.slice(8, 16),
  {name: 'packed', content: noise(5_000_000, 98), descriptor: 16 as const, unixMode: 0o100750},
  ...small.slice(16),
]
const archive = zip(entries)
const wanted = new Map(entries.map(({name, content}) => [name, Buffer.from(content)]))
const sha256 = createHash('sha256').update(archive).digest('hex')
const strong = {etag: '"one"'}

async function fetchFrom(server: ArchiveServer, options: Partial<FetchOptions> = {}): Promise<FetchResult> {
  return fetchArtifacts({
    open: server.open,
    knownBytes: archive.length,
    destination: join(folder, 'out'),
    signal: new AbortController().signal,
    needsSha256: false,
    clock,
    ...options,
  })
}

function expectTree(): void {
  const out = join(folder, 'out')
  for (const [name, content] of wanted) {
    if (name === 'link') expect(readlinkSync(join(out, name))).toBe('d/f1')
    else expect([name, readFileSync(join(out, name)).equals(content)]).toEqual([name, true])
  }
  expect(statSync(join(out, 'packed')).mode & 0o777).toBe(0o750 & ~process.umask())
  expect(readdirSync(folder)).toEqual(['out'])
  rmSync(out, {recursive: true})
}

describe('an archive whose digest nobody wants', () => {
  test('gives the same tree, by ranges and whole, and no digest', async () => {
    for (const ranges of [true, false]) {
      const result = await fetchFrom(serveArchive(archive, {...strong, ranges}))
      expect(result).toMatchObject({sha256: undefined, files: entries.length, fetchedBytes: archive.length})
      expectTree()
    }
  })

  test('has its digest all the same if one is expected, or if all of it is to be read in one piece', async () => {
    for (const more of [{expectedSha256: sha256}, {isWhole: true}, {needsSha256: true}]) {
      expect(await fetchFrom(serveArchive(archive, strong), more)).toMatchObject({sha256})
      expectTree()
    }
    const wrong = fetchFrom(serveArchive(archive, strong), {expectedSha256: 'f'.repeat(64)})
    await expect(wrong).rejects.toMatchObject({kind: 'untrusted'})
    expect(readdirSync(folder)).toEqual([])
  })

  test('is kept as it is without one, and is checked against one that is expected', async () => {
    const destination = join(folder, 'kept.zip')
    const keeping = {destination, signal: new AbortController().signal, clock, needsSha256: false}
    const keep = async (expectedSha256?: string) =>
      keepArchive({...keeping, open: serveArchive(archive).open, expectedSha256})
    expect(await keep()).toMatchObject({sha256: undefined, archiveBytes: archive.length})
    expect(await keep(sha256)).toMatchObject({sha256})
    await expect(keep('f'.repeat(64))).rejects.toMatchObject({kind: 'untrusted'})
    expect(readFileSync(destination).equals(archive)).toBe(true)
  })

  test.each([
    ['with a strong tag', strong, false],
    ['without a tag', {}, false],
    ['without a tag, where the connection just ends', {}, true],
  ])('is the same when its download breaks off anywhere, %s', async (_what, tag: Behaviour, quietCut) => {
    for (let point = 1; point < archive.length; point += 2_600_000) {
      let hasCut = false
      const server = serveArchive(archive, {
        ...tag,
        quietCut,
        pieceBytes: 50_000,
        cutAt: (index, length) => {
          if (hasCut || index === 0 || length < point / 8) return undefined
          hasCut = true
          return Math.min(point, length - 1)
        },
      })
      await fetchFrom(server)
      expectTree()
      expect(server.sent()).toBeLessThanOrEqual(2 * archive.length)
    }
  })

  test.each(['stored', 'packed', 'd/f20'])('is refused, and nothing left, if %s was changed', async (name) => {
    const broken = Buffer.from(archive)
    const at = broken.indexOf(name) + 100_000
    broken[at] = (broken[at] ?? 0) ^ 1
    await expect(fetchFrom(serveArchive(broken, strong))).rejects.toMatchObject({
      kind: 'untrusted',
      message: expect.stringContaining(`"${name}"`),
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test('leaves nothing when it is stopped in the middle of a large file', async () => {
    for (const after of [1.5e6, 5e6, 9e6, 13e6]) {
      const stop = new AbortController()
      const progress = (bytes: number): void => {
        if (bytes > after) stop.abort(new Error('SIGTERM'))
      }
      const stopped = fetchFrom(serveArchive(archive, strong), {signal: stop.signal, progress})
      await expect(stopped).rejects.toThrow('SIGTERM')
      expect(readdirSync(folder)).toEqual([])
    }
  })
})

describe('memory for what has come', () => {
  const signal = new AbortController().signal

  test('is never more than allowed, and is used again', async () => {
    const room = createRoom(3 * 2 ** 20)
    const taken = [room.take(2 ** 20), room.take(10)]
    expect(taken.every((memory) => memory !== undefined)).toBe(true)
    expect(room.take(2 ** 20)).toBeUndefined()
    const freed = room.freed(signal)
    if (taken[0]) room.giveBack(taken[0])
    await freed
    expect(room.take(2 ** 20)).toBe(taken[0])
  })

  test('is not waited for after the end', async () => {
    const stop = new AbortController()
    const freed = createRoom(0).freed(stop.signal)
    stop.abort()
    expect(await freed).toBeUndefined()
  })

  test('is done without where there is none: then the archive is a file, the same bytes', async () => {
    const segments: Segment[] = [
      {start: 10, end: 110, isLarge: false, items: []},
      {start: 150, end: 200, isLarge: false, items: []},
    ]
    const content = noise(200, 1)
    for (const most of [0, 2 ** 21, 2 ** 23]) {
      const spool = createSpool(join(folder, `spool-${most}`))
      const room = createRoom(most)
      const whole: Ready[] = []
      const open = (): never => {
        throw new Error('nothing here is large')
      }
      const way = {room, open}
      const places = {spool, way, signal, whole: (ready: Ready) => whole.push(ready)}
      const filling = fillSpan({start: 10, end: 200, segments}, places)
      for (let at = 10; at < 200; at += 30) await filling.take(at, content.subarray(at, Math.min(200, at + 30)))
      expect(whole.map(({memory}) => memory !== undefined)).toEqual([most > 0, most > 2 ** 21])
      for (const {segment, memory} of whole) {
        const {start, end} = segment
        const found = memory ? Buffer.from(memory, 0, end - start) : spool.read(start, end)
        expect(found.equals(content.subarray(start, end))).toBe(true)
      }
      expect(filling.checked()).toBe(200)
      spool.close()
    }
  })
})
