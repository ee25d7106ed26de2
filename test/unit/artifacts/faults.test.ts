import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createHash} from 'node:crypto'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {fetchArtifacts, type FetchOptions, type FetchResult} from '../../../src/artifacts/fetch.ts'
import {keepArchive} from '../../../src/artifacts/keep-archive.ts'
import {ActionError} from '../../../src/base/errors.ts'
import type {Clock} from '../../../src/base/clock.ts'
import {serveArchive, type ArchiveServer, type Behaviour} from '../../support/archive-server.ts'
import {zip} from '../../support/zip.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faults-'))
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

/** About six mebibytes that do not pack, in files of 200 kB: so large that ranges are worth it. */
function archiveOf(seed: number): Buffer {
  return zip(
    Array.from({length: 30}, (_, index) => ({
      name: `d${index % 3}/f${index}`,
      content: noise(200_000, seed + index),
      descriptor: 16,
    })),
  )
}
const archive = archiveOf(1)
const other = archiveOf(1_000)

function digestOf(path: string): string {
  const hash = createHash('sha256')
  for (const sub of readdirSync(path).sort()) {
    for (const name of readdirSync(join(path, sub)).sort())
      hash.update(name).update(readFileSync(join(path, sub, name)))
  }
  return hash.digest('hex')
}

async function fetchFrom(server: ArchiveServer, options: Partial<FetchOptions> = {}): Promise<FetchResult> {
  return fetchArtifacts({
    open: server.open,
    knownBytes: archive.length,
    destination: join(folder, 'out'),
    signal: new AbortController().signal,
    clock,
    ...options,
  })
}

async function treeFrom(
  behaviour: Behaviour,
  options: Partial<FetchOptions> = {},
): Promise<{readonly digest: string; readonly server: ArchiveServer; readonly result: FetchResult}> {
  const server = serveArchive(archive, behaviour)
  const result = await fetchFrom(server, options)
  const digest = digestOf(join(folder, 'out'))
  expect(readdirSync(folder)).toEqual(['out'])
  rmSync(join(folder, 'out'), {recursive: true})
  return {digest, server, result}
}

async function failure(behaviour: Behaviour, options: Partial<FetchOptions> = {}): Promise<ActionError> {
  try {
    await fetchFrom(serveArchive(archive, behaviour), options)
  } catch (error) {
    expect(readdirSync(folder)).toEqual([])
    if (error instanceof ActionError) return error
    throw error
  }
  throw new Error('did not fail')
}

const strong = {etag: '"one"'}
const points = Array.from({length: 50}, (_, index) => Math.floor((archive.length * index) / 50))

// Slow by its nature: each point is a whole run, and the archive has to be larger than what is fetched in one piece anyway.
describe('bodies that break off', () => {
  test('the digest is the one of the archive, by ranges and whole', async () => {
    const sha256 = createHash('sha256').update(archive).digest('hex')
    const byRange = await treeFrom(strong)
    const whole = await treeFrom({...strong, ranges: false})
    expect(byRange.result).toMatchObject({sha256, way: 'range', fetchedBytes: archive.length, files: 30})
    expect(whole.result).toMatchObject({sha256, way: 'whole', fetchedBytes: archive.length, requests: 1})
    expect(byRange.digest).toBe(whole.digest)
  })

  test.each([
    ['by ranges with a strong tag', strong, 1],
    ['by ranges without a tag', {}, 5],
    ['whole with a strong tag', {...strong, ranges: false}, 1],
    ['whole without a tag', {ranges: false}, 5],
    ['whole, where the connection just ends', {ranges: false, quietCut: true}, 5],
    ['whole, where only the job told the length', {ranges: false, quietCut: true, lengths: false}, 5],
    ['by ranges, where the connection just ends', {quietCut: true}, 1],
  ])(
    'F11-F14 cut once at up to 50 points, %s: the same tree, and at most twice the bytes',
    async (_what, behaviour: Behaviour, every: number) => {
      const good = (await treeFrom(strong)).digest
      for (const point of points.filter((_, index) => index % every === 0)) {
        let hasCut = false
        const {digest, server} = await treeFrom({
          ...behaviour,
          cutAt: (_index, length) => {
            if (hasCut || length < point / 40) return undefined
            hasCut = true
            return Math.min(point, length - 1)
          },
        })
        expect(digest).toBe(good)
        expect(server.sent()).toBeLessThanOrEqual(2 * archive.length)
      }
    },
  )

  test('F14 a cut body of unknown length is found by its missing end', async () => {
    const behaviour: Behaviour = {
      ranges: false,
      lengths: false,
      quietCut: true,
      cutAt: (index) => (index === 0 ? 900_000 : undefined),
    }
    const {server} = await treeFrom(behaviour, {knownBytes: undefined})
    expect(server.requests).toHaveLength(2)
  })

  test('F11 a connection that always breaks at once ends in a clear failure', async () => {
    const error = await failure({cutAt: () => 10})
    expect(error).toMatchObject({kind: 'unreachable'})
    expect(error.message).toContain('in 6 tries')
  })

  test('more than a mebibyte of progress starts the count of tries again', async () => {
    const {server} = await treeFrom({
      ...strong,
      ranges: true,
      cutAt: (index, length) => (index > 0 && length > 1_200_000 ? 1_200_000 : undefined),
    })
    expect(server.requests.length).toBeGreaterThan(4)
  })

  test('F15 more bytes than expected are not believed', async () => {
    const {server} = await treeFrom({ranges: false, extra: (index) => (index === 0 ? Buffer.from('more') : undefined)})
    expect(server.requests).toHaveLength(2)
    expect(await failure({ranges: false, extra: () => Buffer.from('more')})).toMatchObject({kind: 'untrusted'})
  })

  test('an archive of another size than GitLab says is not believed', async () => {
    expect(await failure({}, {knownBytes: archive.length - 1})).toMatchObject({kind: 'untrusted'})
    expect(await failure({ranges: false}, {knownBytes: archive.length + 5})).toMatchObject({kind: 'untrusted'})
  })

  test('a declared length that is no number is not believed', async () => {
    const {server} = await treeFrom({
      headers: (index, headers) => (index === 0 ? {...headers, 'content-length': '1e9'} : headers),
    })
    expect(server.requests.length).toBeGreaterThan(2)
  })
})

describe('ranges', () => {
  test('F43 a server that ignores them is read whole, by the request that showed it', async () => {
    const {result} = await treeFrom({ranges: false})
    expect(result).toMatchObject({requests: 1, fetchedBytes: archive.length, way: 'whole'})
  })

  test('F43 a resumed request that is answered whole begins at 0 again', async () => {
    const {server} = await treeFrom({...strong, ranges: false, cutAt: (index) => (index === 0 ? 3_000_000 : undefined)})
    expect(server.requests[1]).toMatchObject({range: {start: 3_000_000}, ifRange: '"one"'})
  })

  test('resumes only on a strong tag', async () => {
    const cutAt = (index: number): number | undefined => (index === 0 ? 3_000_000 : undefined)
    for (const etag of ['W/"one"', undefined, '""']) {
      const server = serveArchive(archive, {ranges: false, cutAt, ...(etag === undefined ? {} : {etag})})
      await fetchFrom(server)
      expect(server.requests[1]).toEqual({range: undefined, ifRange: undefined})
    }
  })

  test.each([
    ['another start', 'bytes 5-104/200'],
    ['no total', 'bytes 0-99/*'],
    ['stars', 'bytes */*'],
    ['another total', `bytes 0-${archive.length - 1}/${archive.length + 9}`],
    ['nonsense', 'pages 1-2/3'],
  ])('F45 a partial answer with %s is not used', async (_what, contentRange) => {
    const {server} = await treeFrom({
      ...strong,
      headers: (index, headers) => (index === 1 ? {...headers, 'content-range': contentRange} : headers),
    })
    expect(server.requests.length).toBeGreaterThan(2)
  })

  test('F45 a server whose partial answers are never what was asked for is asked for the whole', async () => {
    const {server} = await treeFrom({
      ...strong,
      headers: (_, headers) =>
        'content-range' in headers ? {...headers, 'content-range': `bytes 0-${archive.length - 1}/*`} : headers,
    })
    expect(server.requests.map(({range}) => range === undefined)).toEqual([false, true])
  })

  test('F45 a partial answer in several parts is not used', async () => {
    const multipart = (index: number, headers: Record<string, string>): Record<string, string> => {
      if (index !== 1) return headers
      const {['content-range']: _, ...rest} = headers
      return {...rest, 'content-type': 'multipart/byteranges'}
    }
    expect((await treeFrom({...strong, headers: multipart})).server.requests.length).toBeGreaterThan(2)
  })

  test.each([
    ['a strong tag', (index: number) => (index < 2 ? '"one"' : '"two"')],
    ['a weak tag', () => 'W/"same"'],
    ['no tag', () => undefined],
  ])('F44 an archive replaced between two requests is the old or the new one, with %s', async (_what, etag) => {
    const olds = [digestAfter(archive), digestAfter(other)]
    const sets = await Promise.all(olds)
    for (const [knownBytes, at] of [
      [undefined, 2],
      [archive.length, 1],
      [archive.length, 2],
    ] as const) {
      const server = serveArchive(archive, {etag, content: (index) => (index < at ? archive : other)})
      try {
        await fetchFrom(server, {knownBytes})
        expect(sets).toContain(digestOf(join(folder, 'out')))
      } catch (error) {
        expect(error).toMatchObject({kind: 'untrusted'})
        expect(existsSync(join(folder, 'out'))).toBe(false)
      }
      rmSync(join(folder, 'out'), {recursive: true, force: true})
    }
  })

  async function digestAfter(bytes: Buffer): Promise<string> {
    const destination = join(folder, `good-${bytes.length}-${bytes[60]}`)
    await fetchArtifacts({open: serveArchive(bytes).open, destination, signal: new AbortController().signal, clock})
    const digest = digestOf(destination)
    rmSync(destination, {recursive: true})
    return digest
  }

  test('fetches little more than the chosen files', async () => {
    const server = serveArchive(archive, strong)
    const result = await fetchFrom(server, {selection: {files: ['d1/f4']}})
    expect(result).toMatchObject({files: 1, bytes: 200_000, way: 'range', sha256: undefined})
    expect(server.requests.length).toBeLessThanOrEqual(3)
    expect(server.sent()).toBeLessThan(1.4 * 2 ** 20)
  })

  test('every range but the first is tied to the same file by its tag', async () => {
    const server = serveArchive(archive, strong)
    await fetchFrom(server)
    expect(new Set(server.requests.slice(1).map(({ifRange}) => ifRange))).toEqual(new Set(['"one"']))
  })
})

describe('an interrupted run', () => {
  test('F80 leaves the destination as it was and nothing behind', async () => {
    mkdirSync(join(folder, 'out'))
    writeFileSync(join(folder, 'out', 'old'), 'old')
    for (const after of [0, 1]) {
      const stop = new AbortController()
      const server = serveArchive(archive, {
        ...strong,
        headers: (index, headers) => {
          if (index === after) stop.abort(new Error('SIGTERM'))
          return headers
        },
      })
      await expect(fetchFrom(server, {signal: stop.signal})).rejects.toThrow('SIGTERM')
      expect(readdirSync(folder)).toEqual(['out'])
      expect(readdirSync(join(folder, 'out'))).toEqual(['old'])
    }
  })
})

describe('the expected digest', () => {
  const sha256 = createHash('sha256').update(archive).digest('hex')

  test('makes the archive be read whole, and must fit', async () => {
    const {result} = await treeFrom(strong, {expectedSha256: sha256.toUpperCase()})
    expect(result).toMatchObject({way: 'whole', sha256})
    expect((await failure(strong, {expectedSha256: 'f'.repeat(64)})).message).toContain('SHA-256')
  })

  test('a kept zip is the same bytes, and is checked before it gets its name', async () => {
    const signal = new AbortController().signal
    const destination = join(folder, 'kept.zip')
    const result = await keepArchive({open: serveArchive(archive, strong).open, destination, signal, clock})
    expect(result).toMatchObject({sha256, files: 30, bytes: 6_000_000, isSkipped: false})
    expect(readFileSync(destination).equals(archive)).toBe(true)
    const broken = Buffer.from(archive)
    broken[1_000_000] = (broken[1_000_000] ?? 0) ^ 1
    await expect(keepArchive({open: serveArchive(broken).open, destination, signal, clock})).rejects.toMatchObject({
      kind: 'untrusted',
    })
    expect(readFileSync(destination).equals(archive)).toBe(true)
    expect(
      await keepArchive({open: serveArchive(broken).open, destination, signal, clock, overwrite: 'skip'}),
    ).toMatchObject({isSkipped: true, requests: 0})
    await expect(
      keepArchive({open: serveArchive(archive).open, destination, signal, clock, overwrite: 'fail'}),
    ).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(readdirSync(folder)).toEqual(['kept.zip'])
  })
})
