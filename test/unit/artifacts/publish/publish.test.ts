import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {fetchArtifacts, fetchMany} from '../../../../src/artifacts/fetch.ts'
import {withLock} from '../../../../src/artifacts/publish/lock.ts'
import {sealText} from '../../../../src/artifacts/publish/seal.ts'
import {ownedName} from '../../../../src/artifacts/publish/owner.ts'
import type {Overwrite} from '../../../../src/artifacts/publish/publish.ts'
import {systemClock} from '../../../../src/base/clock.ts'
import {serveArchive} from '../../../support/archive-server.ts'
import {zip, type RawEntry} from '../../../support/zip.ts'

let folder = ''
let out = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'publish-'))
  out = join(folder, 'out')
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const {signal} = new AbortController()
const entry = (name: string, content = 'new'): RawEntry => ({name, content})

async function unpack(
  entries: readonly RawEntry[],
  overwrite: Overwrite = 'merge',
  destination = out,
): Promise<number> {
  const {files} = await fetchArtifacts({open: serveArchive(zip(entries)).open, destination, overwrite, signal})
  return files
}

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(out, path)), {recursive: true})
    writeFileSync(join(out, path), content)
  }
}

function tree(root = out, path = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const child of readdirSync(join(root, path), {withFileTypes: true})) {
    const inner = path === '' ? child.name : `${path}/${child.name}`
    if (child.isDirectory()) Object.assign(found, tree(root, inner))
    else found[inner] = readFileSync(join(root, inner), 'utf8')
  }
  return found
}

describe('what is there already', () => {
  test('merge adds and replaces, and leaves the rest', async () => {
    put({a: 'old', 'd/b': 'old', 'd/keep': 'old', other: 'old'})
    await unpack([entry('a'), entry('d/b'), entry('d/e/f'), entry('g/h')])
    expect(tree()).toEqual({a: 'new', 'd/b': 'new', 'd/keep': 'old', 'd/e/f': 'new', 'g/h': 'new', other: 'old'})
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('replace leaves nothing of what was there', async () => {
    put({a: 'old', 'd/b': 'old'})
    await unpack([entry('x')], 'replace')
    expect(tree()).toEqual({x: 'new'})
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('fail adds only, and refuses before it fetches the content if a file is there', async () => {
    put({a: 'old'})
    await expect(unpack([entry('b'), entry('a')], 'fail')).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(tree()).toEqual({a: 'old'})
    await unpack([entry('b')], 'fail')
    expect(tree()).toEqual({a: 'old', b: 'new'})
  })

  test('skip keeps what is there and counts only what it wrote', async () => {
    put({a: 'old'})
    expect(await unpack([entry('a'), entry('b')], 'skip')).toBe(1)
    expect(tree()).toEqual({a: 'old', b: 'new'})
  })

  test('a folder in the place of a file, and a file in the place of a folder, are in the way', async () => {
    put({'a/b': 'old', c: 'old'})
    await expect(unpack([entry('a')])).rejects.toMatchObject({kind: 'cannotWrite'})
    await expect(unpack([entry('c/d')])).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(tree()).toEqual({'a/b': 'old', c: 'old'})
  })

  test('an empty destination keeps its permissions', async () => {
    mkdirSync(out, {mode: 0o750})
    await unpack([entry('a')])
    expect(statSync(out).mode & 0o777).toBe(0o750)
  })

  test('missing folders around the destination are made, and removed again if nothing comes', async () => {
    const deep = join(folder, 'x/y/z')
    await expect(unpack([entry('../a')], 'merge', deep)).rejects.toMatchObject({kind: 'untrusted'})
    expect(readdirSync(folder)).toEqual([])
    await unpack([entry('a')], 'merge', deep)
    expect(tree(deep)).toEqual({a: 'new'})
  })

  test('a destination that is a link to a folder means that folder', async () => {
    mkdirSync(join(folder, 'real'))
    symlinkSync('real', out)
    await unpack([entry('a')])
    expect(tree(join(folder, 'real'))).toEqual({a: 'new'})
    expect(lstatSync(out).isSymbolicLink()).toBe(true)
  })

  test('F82 a change that fails half-way is taken back', async () => {
    put({a: 'old', 'z/b': 'old'})
    if (spawnSync('chattr', ['+i', join(out, 'z/b')]).status !== 0) return
    try {
      await expect(unpack([entry('a'), entry('n'), entry('z/b')])).rejects.toMatchObject({kind: 'cannotWrite'})
      expect(tree()).toEqual({a: 'old', 'z/b': 'old'})
      expect(readdirSync(folder)).toEqual(['out'])
    } finally {
      spawnSync('chattr', ['-i', join(out, 'z/b')])
    }
  })
})

describe('killed runs', () => {
  const deadName = (): string => {
    const {pid} = spawnSync(process.execPath, ['-e', ''])
    return ownedName().replace(`-${process.pid}-`, `-${pid}-`)
  }
  const writeSealed = (stale: string, journal: object): void => {
    const text = JSON.stringify(journal)
    chmodSync(stale, 0o700)
    writeFileSync(join(stale, 'journal'), `${text}\n${sealText(stale, text)}`, {mode: 0o600})
  }

  test('what one left behind is swept by the next', async () => {
    const stale = join(folder, `.out.${deadName()}.d`)
    mkdirSync(join(stale, 'new'), {recursive: true})
    writeFileSync(join(stale, 'new', 'half'), 'half')
    // Killed while it took the lock.
    writeFileSync(join(folder, `.out.jobside.lock.${deadName()}`), 'half')
    await unpack([entry('a')])
    expect(tree()).toEqual({a: 'new'})
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('one that was killed while it moved its tree over is finished first', async () => {
    put({a: 'old', b: 'old'})
    const stale = join(folder, `.out.${deadName()}.d`)
    mkdirSync(join(stale, 'new'), {recursive: true})
    writeFileSync(join(stale, 'new', 'b'), 'from the killed run')
    writeSealed(stale, {destination: out, overwrite: 'merge'})
    await unpack([entry('c')])
    expect(tree()).toEqual({a: 'old', b: 'from the killed run', c: 'new'})
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('one that was killed between the two renames of a replacement is finished first', async () => {
    const stale = join(folder, `.out.${deadName()}.d`)
    put({a: 'old'})
    mkdirSync(join(stale, 'new'), {recursive: true})
    writeFileSync(join(stale, 'new', 'b'), 'from the killed run')
    writeSealed(stale, {destination: out, overwrite: 'replace'})
    renameSync(out, join(stale, 'old-tree'))
    await unpack([entry('c')])
    expect(tree()).toEqual({b: 'from the killed run', c: 'new'})
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('what a living run or another machine has there is left alone, until it is a day old', async () => {
    const living = join(folder, `.out.${ownedName()}.d`)
    const foreign = join(folder, `.out.00000000-1-00000000.d`)
    const old = join(folder, `.out.00000000-1-11111111.d`)
    for (const one of [living, foreign, old]) mkdirSync(one)
    utimesSync(old, 0, 0)
    await unpack([entry('a')])
    expect(existsSync(living)).toBe(true)
    expect(existsSync(foreign)).toBe(true)
    expect(existsSync(old)).toBe(false)
  })

  test('a lock of a dead run is taken over', async () => {
    const path = join(folder, '.out.jobside.lock')
    writeFileSync(path, deadName())
    await expect(withLock(path, {clock: systemClock, signal}, () => 'done')).resolves.toBe('done')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('two runs', () => {
  test('F86 into one folder follow each other', async () => {
    const set = (mark: string): RawEntry[] =>
      Array.from({length: 50}, (_, index) => entry(`d${index % 7}/f${index}`, mark))
    put({'d0/f0': 'old'})
    await Promise.all(['one', 'two', 'three', 'four'].map((mark) => unpack(set(mark))))
    expect(new Set(Object.values(tree())).size).toBe(1)
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('a lock is waited for', async () => {
    const path = join(folder, 'lock')
    const order: string[] = []
    const first = withLock(path, {clock: systemClock, signal}, async () => {
      await systemClock.sleep(30)
      order.push('first')
    })
    await withLock(path, {clock: systemClock, signal}, () => order.push('second'))
    await first
    expect(order).toEqual(['first', 'second'])
  })

  test('a lock that is held too long is an error that names it', async () => {
    const path = join(folder, 'lock')
    await withLock(path, {clock: systemClock, signal}, async () => {
      await expect(withLock(path, {clock: systemClock, signal, patienceMs: 0}, () => 0)).rejects.toThrow('is locked')
    })
  })
})

describe('several archives as one tree', () => {
  const sources = [
    {
      name: 'unit 1/2',
      open: serveArchive(zip([{name: 'reports/'}, entry('reports/1.xml', 'one'), entry('same', 'one')])).open,
    },
    {
      name: 'unit 2/2',
      open: serveArchive(zip([{name: 'reports/'}, entry('reports/2.xml', 'two'), entry('same', 'two')])).open,
    },
  ]

  test('a path that two bring is refused, with the names of both jobs', async () => {
    await expect(fetchMany({sources, destination: out, signal})).rejects.toThrow(
      'Both the job "unit 1/2" and the job "unit 2/2" bring "same"',
    )
    expect(readdirSync(folder)).toEqual([])
  })

  test.each([
    ['first', 'one'],
    ['last', 'two'],
  ] as const)('unless the %s is to win', async (clashes, content) => {
    const result = await fetchMany({sources, destination: out, signal, clashes})
    expect(tree()).toEqual({'reports/1.xml': 'one', 'reports/2.xml': 'two', same: content})
    expect(result).toMatchObject({files: 3, bytes: 9})
  })

  test('or each gets a folder of its own', async () => {
    await fetchMany({
      sources: sources.map((source, index) => ({...source, into: `job-${index}`})),
      destination: out,
      signal,
    })
    expect(Object.keys(tree()).sort()).toEqual([
      'job-0/reports/1.xml',
      'job-0/same',
      'job-1/reports/2.xml',
      'job-1/same',
    ])
  })

  test('a folder that leaves the destination is a mistake', async () => {
    await expect(
      fetchMany({sources: [{...sources[0]!, into: '../x'}], destination: out, signal}),
    ).rejects.toMatchObject({kind: 'usage'})
  })
})
