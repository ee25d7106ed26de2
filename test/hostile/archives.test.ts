import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {ActionError} from '../../src/base/errors.ts'
import {fetchArtifacts, type FetchOptions} from '../../src/artifacts/fetch.ts'
import {canReadZstd} from '../../src/artifacts/zip/inflate.ts'
import {serveArchive} from '../support/archive-server.ts'
import {zip} from '../support/zip.ts'
import {accepted, type Tree} from './accepted-archives.ts'
import {diskTree, entriesOf} from './disk-tree.ts'
import {file, link, one} from './entries.ts'
import {refusedLies} from './refused-lies.ts'
import {refusedNames} from './refused-names.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

async function unpack(bytes: Buffer, options: Partial<FetchOptions> = {}): Promise<string[]> {
  const warnings: string[] = []
  await fetchArtifacts({
    open: serveArchive(bytes, {etag: '"same"'}).open,
    knownBytes: bytes.length,
    destination: join(folder, 'out'),
    signal: new AbortController().signal,
    warn: (text) => warnings.push(text),
    ...options,
  })
  return warnings
}

async function refusal(bytes: Buffer, options: Partial<FetchOptions> = {}): Promise<string> {
  try {
    await unpack(bytes, options)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    expect(error.kind).toBe('untrusted')
    // Whoever is refused is told what to do.
    expect(error.hint).toMatch(/--[a-z]|Have |Look /)
    // Nothing published, nothing left behind, and nothing in the message that a terminal would act on.
    expect(readdirSync(folder)).toEqual([])
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    return error.message
  }
  throw new Error('was accepted')
}

const zeros = Buffer.alloc(12 * 2 ** 20)

describe('names that are refused', () => {
  test.each(refusedNames)('%s', async (_what, bytes, why) => {
    expect(await refusal(bytes)).toContain(why)
  })

  test('H22 device names and trailing dots, where the rules are those of Windows', async () => {
    for (const name of ['CON', 'aux.txt', 'NUL', 'COM1', 'LPT\u00b9', 'a.', 'b ', 'a/nul/b']) {
      expect(await refusal(one(file(name)), {rules: {windows: true}})).toContain('Windows')
      rmSync(join(folder, 'out'), {recursive: true, force: true})
    }
    expect(await unpack(one(file('aux.txt')))).toEqual(['"aux.txt" is a name that Windows does not allow.'])
  })
})

describe('archives that lie', () => {
  test.each(refusedLies)('%s', async (_what, bytes, why) => {
    expect(await refusal(bytes)).toContain(why)
  })

  test('H34 more entries than allowed', async () => {
    const many = zip(
      Array.from({length: 100_001}, (_, index) => ({name: `f${index}`, method: 0})),
      {zip64: true},
    )
    expect(await refusal(many)).toContain('100001 entries, more than the 100000')
  })

  test('H35 70,000 entries behind a 16-bit count that wrapped', async () => {
    const many = zip(Array.from({length: 70_000}, (_, index) => ({name: `f${index}`, method: 0})))
    expect(await refusal(many)).toContain('more entries than the 4464')
  })

  test('H31 more bytes in all than allowed', async () => {
    expect(await refusal(zip([file('a', 'abc'), file('b', 'defg')]), {rules: {maxBytes: 6}})).toContain(
      'unpacks to 7 bytes',
    )
  })

  test('H47 no bytes, where the size is not known beforehand', async () => {
    expect(await refusal(Buffer.alloc(0), {knownBytes: undefined})).toContain('0 bytes')
  })

  test('H46 the same archive cut anywhere', async () => {
    const whole = zip([file('a', 'hello'.repeat(40)), {name: 'd/'}, {...file('d/b', 'world'), descriptor: 16}])
    for (let length = 0; length < whole.length; length += 1) {
      expect(await refusal(whole.subarray(0, length), {knownBytes: length})).toContain('refused')
    }
  })

  test('H46 and H52 every bit of a small archive flipped: the true content or a refusal', async () => {
    const whole = zip([file('a', 'hello'), {...file('b', 'world, world'), descriptor: 16}])
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const changed = Buffer.from(whole)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      try {
        await unpack(changed)
        const names = readdirSync(join(folder, 'out'), {withFileTypes: true}).flatMap((entry) =>
          entry.isFile() ? [entry.name] : [],
        )
        const contents = names.map((name) => readFileSync(join(folder, 'out', name), 'utf8'))
        // A flipped mode or date is no lie that could be noticed, and a file may have become a link that stays inside.
        if (contents.length > 0) expect(['hello', 'world, world']).toEqual(expect.arrayContaining(contents))
      } catch (error) {
        if (!(error instanceof ActionError)) throw error
      }
      rmSync(join(folder, 'out'), {recursive: true, force: true})
    }
  })

  test('H44 Zstandard is named where this Node cannot read it', async () => {
    if (canReadZstd()) return
    expect(await refusal(one({name: 'a', packed: Buffer.from('x'), content: 'x', method: 93}))).toContain('Zstandard')
  })
})

describe('archives that are accepted', () => {
  const tree = (): Tree => diskTree(join(folder, 'out'))

  test.each(accepted)('%s', async (_what, bytes, expected) => {
    await unpack(bytes)
    expect(entriesOf(tree())).toEqual(entriesOf(expected))
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('H48 says that there is nothing in an empty archive', async () => {
    expect(await unpack(zip([]))).toEqual(['The archive is empty: 0 files.'])
  })

  test('H23 tells once of files that tools obey', async () => {
    const warnings = await unpack(zip([file('.npmrc'), file('a/.env'), file('.gitlab-ci.yml'), file('.ssh/config')]))
    expect(warnings).toEqual([
      'Files that change how tools behave come with it: ".npmrc", "a/.env", ".gitlab-ci.yml", ".ssh/config".',
    ])
  })

  // A busy disk takes long to make that many files, whoever asks.
  test('H34 65,000 empty entries', async () => {
    await unpack(zip(Array.from({length: 65_000}, (_, index) => ({name: `d${index % 50}/f${index}`, method: 0}))))
    expect(readdirSync(join(folder, 'out', 'd7'))).toHaveLength(1_300)
  }, 120_000)

  test('options move the rules: prefix, collisions, backslashes, ratio', async () => {
    await unpack(zip([file('a')], {prefix: Buffer.from('#!/bin/sh\n')}), {rules: {allowPrefix: true}})
    await unpack(zip([file('b'), file('B')]), {rules: {allowCollisions: true}})
    await unpack(one(file('c\\d')), {rules: {allowBackslash: true}})
    await unpack(one({name: 'zeros', content: zeros}), {rules: {maxRatio: 2_000}})
    const tight = unpack(one({name: 'zeros', content: zeros}), {rules: {maxRatio: 200}})
    await expect(tight).rejects.toThrow('more than 200 times its size')
    expect(Object.keys(tree()).sort()).toEqual(['B', 'a', 'b', 'c\\d', 'zeros'])
  })

  test.each(accepted.filter(([what]) => what.startsWith('A6')))(
    '%s, once more into the same folder',
    async (_what, bytes, expected) => {
      await unpack(bytes)
      await unpack(bytes)
      expect(entriesOf(tree())).toEqual(entriesOf(expected))
      await unpack(bytes, {overwrite: 'replace'})
      await unpack(bytes, {overwrite: 'skip'})
      expect(entriesOf(tree())).toEqual(entriesOf(expected))
    },
  )

  test('A6 a link in the destination is not followed by what passes a link of that name in the archive', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(join(folder, 'out'))
    symlinkSync('../elsewhere', join(folder, 'out', 'lib'))
    const venv = zip([link('lib64', 'lib'), file('lib64/a')])
    await expect(unpack(venv)).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
  })

  test.each([1, 4])('D6 modes are those of the archive and the umask, with %d threads', async (jobs) => {
    const key = {...file('key', 'k'.repeat(6 * 2 ** 20)), unixMode: 0o100640}
    const before = process.umask(0o027)
    try {
      await unpack(zip([key, {...file('tool'), unixMode: 0o100777}, {name: 'd/', unixMode: 0o40777}]), {jobs})
    } finally {
      process.umask(before)
    }
    expect(
      Object.values(tree())
        .map((mode) => mode.slice(0, 3))
        .sort(),
    ).toEqual(['640', '750', '750'])
  })

  test('links can be refused or left out', async () => {
    const bytes = zip([link('l', 'f'), file('f')])
    expect(await refusal(bytes, {symlinks: 'error'})).toContain('links are not wanted')
    await unpack(bytes, {symlinks: 'skip'})
    expect(tree()).toEqual({f: '644 x'})
  })
})

describe('what lies in the destination already', () => {
  test('H12 a link in the place of a folder is never followed', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(join(folder, 'out'))
    symlinkSync('../elsewhere', join(folder, 'out', 'd'))
    await expect(unpack(one(file('d/x')))).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['elsewhere', 'out'])
  })

  test('H12 a link in the place of a file is replaced, and what it means is left alone', async () => {
    writeFileSync(join(folder, 'secret'), 'untouched')
    mkdirSync(join(folder, 'out'))
    symlinkSync('../secret', join(folder, 'out', 'x'))
    await unpack(one(file('x', 'new')))
    expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('untouched')
    expect(lstatSync(join(folder, 'out', 'x')).isFile()).toBe(true)
  })

  test.each(['', '/', '~', '~/x', '$HOME', '..', '../..', 'C:\\', '.. '])(
    'H85 the destination %j is refused before a request',
    async (destination) => {
      const server = serveArchive(one(file('x')))
      const options = {open: server.open, destination, signal: new AbortController().signal}
      if (destination === '.. ')
        await expect(fetchArtifacts({...options, destination: '../'})).rejects.toMatchObject({kind: 'usage'})
      else await expect(fetchArtifacts(options)).rejects.toMatchObject({kind: 'usage'})
      expect(server.requests).toEqual([])
    },
  )

  test('F84 a file in the place of the destination is refused before a request', async () => {
    writeFileSync(join(folder, 'out'), '')
    const server = serveArchive(one(file('x')))
    await expect(
      fetchArtifacts({open: server.open, destination: join(folder, 'out', 'x'), signal: new AbortController().signal}),
    ).rejects.toMatchObject({kind: 'cannotWrite'})
    expect(server.requests).toEqual([])
    expect(existsSync(join(folder, 'out'))).toBe(true)
  })
})
