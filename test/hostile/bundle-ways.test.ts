import {randomBytes} from 'node:crypto'
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import type {Scene} from '../support/bundle-scene.ts'
import {testUnless} from '../support/optional.ts'
import {u32, zip, type RawEntry} from '../support/zip.ts'
import {entriesOf} from './disk-tree.ts'
import {file, link, one} from './entries.ts'
import {expectRefused} from './expect-refused.ts'
import {atOnce, oldFiles, openHostileScene, runHostile, type HostileOptions, type HostileRun} from './hostile-scene.ts'

/** Hostile archives by the other ways in which built bundles read them. */

const isLong = process.env['JOBSIDE_LONG'] === '1'

/** So large that the entries before it are fetched by ranges of their own. */
const ballast: RawEntry = {name: 'ballast', content: randomBytes(3 * 2 ** 20), method: 0}
const before = (...entries: readonly RawEntry[]): Buffer => zip([...entries, ballast])
const descriptor = Buffer.concat([u32(0x08074b50), u32(1), u32(2), u32(2)])
const many = (count: number): RawEntry[] =>
  Array.from({length: count}, (_, index) => ({name: `d${index % 50}/f${index}`, method: 0}))

const byRef = (index: number): readonly string[] => ['--project', 'grp/lib', '--ref', `r${index}`, '--job', 'build']
const byId = (index: number): readonly string[] => [
  '--project',
  'grp/lib',
  '--pipeline-id',
  String(1_000 + index),
  '--job',
  'build',
]
const pull = 'download-artifacts-by-ref'
const intoOut = ['--path', 'out']
const part = ['--files', 'a', ...intoOut]

interface Run {
  readonly what: string
  readonly bytes: Buffer
  readonly command: string
  readonly argv: (index: number) => readonly string[]
  readonly why: string
}
const pulled = (what: string, bytes: Buffer, more: readonly string[], why: string): Run => ({
  what,
  bytes,
  command: pull,
  argv: (index) => [...byRef(index), ...more],
  why,
})
const listed = (what: string, bytes: Buffer, why: string): Run => ({
  what,
  bytes,
  command: 'list-artifacts',
  argv: byId,
  why,
})

const refused: readonly Run[] = [
  pulled('H01 a name that climbs, by ranges', before(file('a'), file('../x')), intoOut, '".." in its name'),
  pulled('H06 a link out, by ranges', before(link('a', '../x')), part, 'leaves the folder'),
  pulled('H28 a wrong checksum, by ranges', before({...file('a'), crc: 1}), part, 'wrong checksum'),
  pulled(
    'H29 a wrong size, by ranges',
    before({...file('a', 'abcabcabcabc'), local: {bytes: 5}, central: {bytes: 5}}),
    part,
    'more than the 5 bytes',
  ),
  pulled('H36 a hidden entry, by ranges', before({...file('a'), after: one(file('evil'))}), part, 'belong to no entry'),
  pulled('H37 another name, by ranges', before({...file('a'), local: {name: Buffer.from('b')}}), part, 'another name'),
  pulled(
    'H37 a descriptor that disagrees, by ranges',
    before({...file('a', 'xx'), method: 0, flags: 8, local: {crc: 0, bytes: 0, packedBytes: 0}, after: descriptor}),
    part,
    'descriptor that disagrees',
  ),
  pulled(
    'H45 data that makes no sense, by ranges',
    before({...file('a'), packed: Buffer.alloc(400, 0xff)}),
    part,
    'cannot be unpacked',
  ),
  pulled('H34 100,001 entries', zip(many(100_001), {zip64: true}), intoOut, '100001 entries, more than the 100000'),
  pulled('H35 70,000 entries behind a count that wrapped', zip(many(70_000)), intoOut, 'more entries than the 4464'),
  pulled(
    'H31 more bytes in all than allowed',
    zip([file('a', 'abc'), file('b', 'defg')]),
    [...intoOut, '--max-bytes', '6'],
    'unpacks to 7 bytes',
  ),
  pulled(
    'H10 a link where none is wanted',
    zip([link('l', 'f'), file('f')]),
    [...intoOut, '--symlinks', 'error'],
    'links are not wanted',
  ),
  listed('H36 a ghost, listed', zip([file('a'), {...file('ghost'), isGhost: true}]), 'central directory'),
  listed('H41 a locator that points nowhere, listed', zip([file('a')], {zip64: {locator: 5n}}), 'zip64 end record'),
  {
    what: 'H13 a name twice, pulled by its pipeline',
    bytes: zip([file('a', '1'), file('a', '2')]),
    command: 'download-artifacts',
    argv: (index) => [...byId(index), ...intoOut],
    why: 'occurs twice',
  },
]

const accepted = {
  many: zip(many(65_000)),
  bidi: one(file('a\u202eb\u200bc')),
  sensitive: zip([file('.npmrc'), file('aux.txt')]),
  controls: one(file('a\x1b]0;title\x07')),
  empty: zip([]),
  folder: one(file('d/x')),
  file: one(file('x', 'new')),
}
const soundNames = Object.keys(accepted) as (keyof typeof accepted)[]
const indexOf = (name: keyof typeof accepted): number => refused.length + soundNames.indexOf(name)

let scene: Scene
let runs: readonly Promise<HostileRun>[] = []
beforeAll(async () => {
  const archives = [...refused.map(({bytes}) => bytes), ...soundNames.map((name) => accepted[name])]
  // This version has no tree, so that lists are read out of the archive.
  scene = await openHostileScene(archives, {version: '18.7'})
  runs = atOnce(
    3,
    refused.map(
      ({command, argv}, index) =>
        async () =>
          runHostile(scene, command, argv(index)),
    ),
  )
})
afterAll(() => scene.close())

describe('the built bundle lists', () => {
  test('H18 control characters in a name, which it lists so that no terminal acts on them', async () => {
    const run = await runHostile(scene, 'list-artifacts', byId(indexOf('controls')))
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('a\\x1b]0;title\\x07')
    expect(run.stdout + run.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })
})

describe('the built bundle refuses, and leaves everything as it was:', () => {
  test.each(refused.map((run, index) => ({...run, index})))('$what', async ({index, why}) => {
    const run = await runs[index]
    if (!run) throw new Error('was not run')
    expectRefused(run, why)
  })

  test('H12 a link in the place of a folder, which it does not follow', async () => {
    const run = await runHostile(scene, pull, [...byRef(indexOf('folder')), ...intoOut], {
      prepare(work) {
        mkdirSync(join(work, 'elsewhere'))
        symlinkSync('../elsewhere', join(work, 'out', 'd'))
      },
    })
    expect(run.code).toBe(73)
    expect(entriesOf(run.after)).toEqual(entriesOf(run.before))
  })

  test.each(['../x', 'a/../../x', '/x', 'a//x', './x', 'x/'])(
    'H71 the file path %j, before a request',
    async (path) => {
      scene.sandbox.clearRequests()
      const argv = [...byId(indexOf('file')), '--file', path, '--output', '../stolen']
      const run = await runHostile(scene, 'get-artifact-file', argv)
      expect({code: run.code, requests: scene.sandbox.requests()}).toEqual({code: 64, requests: []})
      expect(entriesOf(run.after)).toEqual(entriesOf(run.before))
    },
  )
})

describe('the built bundle unpacks, beside what is there:', () => {
  const unpacked = async (name: keyof typeof accepted, options?: HostileOptions): Promise<HostileRun> => {
    const run = await runHostile(scene, pull, [...byRef(indexOf(name)), ...intoOut], options)
    expect({code: run.code, said: run.stderr}).toEqual({code: 0, said: ''})
    return run
  }

  test('H12 a file in the place of a link, and leaves alone what that means', async () => {
    const {out, after} = await unpacked('file', {
      prepare(work) {
        writeFileSync(join(work, 'secret'), 'untouched')
        symlinkSync('../secret', join(work, 'out', 'x'))
      },
    })
    expect({x: out['x'], secret: after['a/b/job/secret']}).toEqual({x: '644 new', secret: '644 untouched'})
  })

  test('H34 65,000 empty entries, each checked and the archive kept', async () => {
    const argv = [...byRef(indexOf('many')), '--unpack=false', '--path', 'out/kept.zip']
    const {code, stdout, after} = await runHostile(scene, pull, argv)
    expect({code, stdout}).toMatchObject({code: 0, stdout: expect.stringContaining('65000 files')})
    expect(after['a/b/job/out/kept.zip']).toHaveLength('644 '.length + accepted.many.length)
  })

  // Making that many files takes the system itself longer than the limit for hostile archives.
  testUnless(isLong ? undefined : 'it takes half a minute: set JOBSIDE_LONG=1')(
    'H34 65,000 empty entries',
    async () => {
      const {out} = await unpacked('many', {cpuSeconds: 40})
      expect(Object.keys(out)).toHaveLength(65_000 + 50 + Object.keys(oldFiles).length)
    },
    120_000,
  )

  test('H19 a name with bidi and zero-width characters, and shows it as codes', async () => {
    expect((await unpacked('bidi')).out['a\u202eb\u200bc']).toBe('644 x')
    const {code, stdout} = await runHostile(scene, 'list-artifacts', byId(indexOf('bidi')))
    expect({code, stdout}).toMatchObject({code: 0, stdout: expect.stringContaining('a\\u202eb\\u200bc')})
    expect(stdout).not.toMatch(/[\u200b\u202e]/)
  })

  test('H22 H23 names that tools obey or Windows refuses, and tells of them', async () => {
    const {stdout} = await unpacked('sensitive')
    expect(stdout).toContain('Files that change how tools behave come with it: ".npmrc".')
    expect(stdout).toContain('"aux.txt" is a name that Windows does not allow.')
  })

  test('H48 an empty archive, and says that there is nothing in it', async () => {
    expect((await unpacked('empty')).stdout).toContain('0 files')
  })
})
