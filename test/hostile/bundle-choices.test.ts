import {execFileSync} from 'node:child_process'
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import type {Scene} from '../support/bundle-scene.ts'
import {zip, type RawEntry} from '../support/zip.ts'
import type {Tree} from './accepted-archives.ts'
import {entriesOf} from './disk-tree.ts'
import {file, link} from './entries.ts'
import {openHostileScene, runHostile, type HostileOptions, type HostileRun} from './hostile-scene.ts'

/** What people choose of archives in which not everything can be unpacked, on the built bundle. */
const source: RawEntry = file('src/a.c', 'int a;')
const socket: RawEntry = {...file('run/socket', ''), unixMode: 0o140755}
const archives = {
  git: [file('.git/HEAD'), source],
  socket: [socket, source],
  twice: [file('a', '1'), file('a', '2'), source],
  case: [file('README', '1'), file('readme', '2'), source],
  climbing: [file('../x'), source],
  encrypted: [{...file('secret'), flags: 1}, source],
  venv: [link('.venv/bin/python', '/usr/local/bin/python3'), file('.venv/pyvenv.cfg'), source],
  through: [file('lib/a', '1'), link('lib64', 'lib'), file('lib64/a', '1'), source],
  backslash: [file('a\\b'), source],
  deep: [file(`${'d/'.repeat(300)}f`), source],
  pages: [file('app/s/page.js', 's'), file('app/[slug]/page.js', 'slug'), source],
  other: [file('app/s/page.js', 's'), source],
  broken: [{...file('broken.bin', 'abc'), crc: 1}, source],
  renamed: [{...file('other'), local: {name: Buffer.from('OTHER')}}, source],
  overlapping: [
    {...file('a', 'x'.repeat(200)), method: 0},
    {...source, offset: 40},
  ],
  locked: [{...file('secret'), method: 0, flags: 1, packed: Buffer.alloc(13)}, source],
  long: [file(`${'a-long-name/'.repeat(100)}f`), source],
  colon: [file('test:report.xml'), source],
  large: [file('large', 'line\n'.repeat(600_000)), source],
  reports: [file('unit/report.xml'), source],
  folders: [{name: 'd/', unixMode: 0o40755}, {name: 'd/', unixMode: 0o40750}, source],
  future: [{...source, dosDate: ((2050 - 1980) << 9) | (1 << 5) | 1, centralExtra: stamp(2_524_608_000)}],
  nameless: [{...file(''), content: 'x'}, source],
  falseUtf8: [{...file('x'), name: Buffer.from([0x61, 0xff]), flags: 0x800}, source],
  shut: [{...file('shut'), unixMode: 0o100000}, {...file('mine/', ''), unixMode: 0o040000}, file('mine/f', '')],
  oem: [{name: Buffer.from([0x82]), content: 'x', host: 0, externalAttributes: 32}],
} satisfies Record<string, readonly RawEntry[]>
type Name = keyof typeof archives
const names = Object.keys(archives) as Name[]

/** The extended timestamp as Go writes it, wrapped beyond 2038. */
function stamp(seconds: number): Buffer {
  const bytes = Buffer.from([0x55, 0x54, 5, 0, 1, 0, 0, 0, 0])
  bytes.writeUInt32LE(seconds, 5)
  return bytes
}

const modesOf = `
import io, sys, zipfile
print(*[oct(i.external_attr >> 16) for i in zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())).infolist() if i.is_dir()])
`

let scene: Scene
beforeAll(async () => {
  scene = await openHostileScene(names.map((name) => zip(archives[name])))
})
afterAll(() => scene.close())

async function pull(name: Name, argv: readonly string[] = [], options: HostileOptions = {}): Promise<HostileRun> {
  const from = ['--project', 'grp/lib', '--ref', `r${names.indexOf(name)}`, '--job', 'build']
  const path = argv.includes('--path') ? [] : ['--path', 'out']
  return runHostile(scene, 'download-artifacts-by-ref', [...from, ...path, ...argv], options)
}

const ours = 'src/a.c'
const sourceOnly: Tree = {'old/': '755', 'old/file.txt': '644 as it was', 'src/': '755', [ours]: '644 int a;'}

describe('D12 what is not chosen refuses nothing:', () => {
  const harmful = [
    'git',
    'socket',
    'twice',
    'case',
    'climbing',
    'encrypted',
    'locked',
    'venv',
    'backslash',
    'deep',
    'long',
    'nameless',
    'falseUtf8',
  ] as const
  test.each(harmful)('%s', async (name) => {
    const {code, out} = await pull(name, ['--files', 'src/**'])
    expect({code, out: entriesOf(out)}).toEqual({code: 0, out: entriesOf(sourceOnly)})
  })

  test.each([...harmful, 'through'] as const)('%s is kept as it came', async (name) => {
    const {code, out} = await pull(name, ['--unpack=false', '--path', 'out/kept.zip'])
    expect({code, kept: out['out/kept.zip'] ?? out['kept.zip']}).toEqual({
      code: 0,
      kept: `644 ${zip(archives[name]).toString('latin1')}`,
    })
  })

  test('a file of megabytes goes into another zip, and out of it', async () => {
    const {code, out} = await pull('large', ['--archive', 'out/new.zip'])
    expect(code).toBe(0)
    const packed = Buffer.from((out['new.zip'] ?? '').slice('644 '.length), 'latin1')
    expect(packed.includes('large')).toBe(true)
    expect(packed.length).toBeLessThan(100_000)
  })

  test('a colon in a name goes into another zip, and out of it', async () => {
    const {code, out} = await pull('colon', ['--archive', 'out/new.zip'])
    expect({code, packed: out['new.zip']}).toEqual({code: 0, packed: expect.stringContaining('test:report.xml')})
  })

  test('a folder that is named twice has the narrower of its modes in another zip', async () => {
    const {code, out} = await pull('folders', ['--archive', 'out/new.zip'])
    const modes = execFileSync('python3', ['-c', modesOf], {
      input: Buffer.from((out['new.zip'] ?? '').slice(4), 'latin1'),
    })
    expect({code, modes: modes.toString().trim()}).toEqual({code: 0, modes: '0o40750'})
  })

  test('a .git folder goes into another zip', async () => {
    const {code, out} = await pull('git', ['--archive', 'out/new.zip'])
    expect(code).toBe(0)
    expect(out['new.zip']).toContain('.git/HEAD')
  })
})

describe('D13 a refusal names the input that is the way out:', () => {
  test.each<[Name, string, readonly string[]]>([
    ['git', `--files '!.git/HEAD'`, ['--files', '!.git/HEAD']],
    ['socket', `--files '!run/socket'`, ['--files', '!run/socket']],
    ['climbing', `--files '!../x'`, ['--files', '!../x']],
    ['twice', `--files '!a'`, ['--files', '!a']],
    ['case', '--allow-collisions', ['--allow-collisions']],
    ['case', `--files '!readme'`, ['--files', '!readme']],
    ['encrypted', `--files '!secret'`, ['--files', '!secret']],
    ['venv', '--symlinks skip', ['--symlinks', 'skip']],
    ['venv', `--files '!.venv/bin/python'`, ['--files', '!.venv/bin/python']],
    ['backslash', '--allow-backslash', ['--allow-backslash']],
    ['deep', '--max-depth 301', ['--max-depth', '301']],
    ['long', '--max-depth 301', ['--max-depth', '301']],
    ['locked', '--unpack=false', ['--files', '!secret']],
    ['broken', `--files '!broken.bin'`, ['--files', '!broken.bin']],
    ['renamed', `--files '!other'`, ['--files', '!other']],
    ['nameless', `--files '**'`, ['--files', '**']],
    ['falseUtf8', `--files '!aÿ'`, ['--files', '!aÿ']],
  ])('%s: %s', async (name, words, argv) => {
    const refused = await pull(name)
    expect({code: refused.code, isSame: JSON.stringify(refused.before) === JSON.stringify(refused.after)}).toEqual({
      code: 76,
      isSame: true,
    })
    expect(refused.stdout).toContain(words)
    const {code, out} = await pull(name, argv)
    expect({code, source: out[ours]}).toEqual({code: 0, source: '644 int a;'})
  })

  test('or says that the job must pack anew, where every file is in doubt', async () => {
    const {code, stdout} = await pull('overlapping')
    expect({code, stdout}).toEqual({code: 76, stdout: expect.stringMatching(/pack it anew.*get-artifact-file/)})
  })

  test.each([
    ['--max-bytes', '1'],
    ['--max-file-bytes', '1'],
    ['--max-files', '1'],
  ])('%s', async (input, least) => {
    const {code, stdout} = await pull('reports', [input, least])
    expect(code).toBe(76)
    expect(stdout).toContain(`${input} allows more`)
  })

  test('A6 a chosen name that passes a link that was not chosen', async () => {
    const {code, stdout} = await pull('through', ['--files', 'lib64/a'])
    expect(code).toBe(76)
    expect(stdout).toContain('lies below the link "lib64", which is not chosen')
    expect((await pull('through', ['--files', 'lib*'])).code).toBe(0)
  })

  test('A6 links that are left out take what is reached through them along', async () => {
    const {code, stdout, out} = await pull('through', ['--symlinks', 'skip'])
    expect(code).toBe(0)
    expect(stdout).toContain('1 links are left out, as asked, and 1 entries that are reached through them')
    expect(out['lib64']).toBeUndefined()
  })
})

describe('D8, D4 and B16 patterns', () => {
  test('D8 an exact name is that name', async () => {
    const {out} = await pull('pages', ['--files', 'app/[slug]/page.js'])
    expect(out['app/[slug]/page.js']).toBe('644 slug')
    expect(out['app/s/page.js']).toBeUndefined()
  })

  test('D8 one that is not there is told with the spelling of a name', async () => {
    const {code, stdout} = await pull('reports', ['--files', 'app/[slug]/page.js'])
    expect(code).toBe(66)
    expect(stdout).toContain('app/\\[slug\\]/page.js')
  })

  test('B16 a pattern that looks in the wrong folder is offered as one for every folder', async () => {
    const {code, stdout} = await pull('reports', ['--files', '*.xml'])
    expect(code).toBe(66)
    expect(stdout).toContain('"**/*.xml" finds it in every folder')
  })

  test('D4 each must fit something, unless it need not', async () => {
    const files = ['--files', 'src/**', '--files', 'dist/**']
    const {code, stdout} = await pull('reports', files)
    expect(code).toBe(66)
    expect(stdout).toContain('matches "dist/**"')
    expect((await pull('reports', [...files, '--allow-unmatched'])).code).toBe(0)
  })
})

describe('G11 --overwrite replace', () => {
  const prepare =
    (...paths: readonly string[]) =>
    (work: string): void => {
      for (const path of paths) {
        mkdirSync(join(work, 'out', path, '..'), {recursive: true})
        writeFileSync(join(work, 'out', path), 'x')
      }
    }
  test.each([
    ['a checkout', ['.git/HEAD']],
    ['a worktree', ['.git']],
    ['a bare repository', ['HEAD', 'objects/x', 'refs/x']],
    ['a folder of checkouts', ['vendor/.git']],
  ])('of %s is refused, and done if it is meant', async (_, paths) => {
    const refused = await pull('reports', ['--overwrite', 'replace'], {prepare: prepare(...paths)})
    expect({code: refused.code, out: refused.out['old/file.txt']}).toEqual({code: 64, out: '644 as it was'})
    expect(refused.stdout).toContain('--replace-repository')
    const meant = await pull('reports', ['--overwrite', 'replace', '--replace-repository'], {
      prepare: prepare(...paths),
    })
    expect({code: meant.code, out: meant.out['old/file.txt']}).toEqual({code: 0, out: undefined})
  })
})

describe('what is at the destination', () => {
  test('B10 files that are all there are counted, and not called an empty archive', async () => {
    const {code, stdout} = await pull('reports', ['--overwrite', 'skip'], {
      prepare(work) {
        for (const path of ['unit/report.xml', ours]) {
          mkdirSync(join(work, 'out', path, '..'), {recursive: true})
          writeFileSync(join(work, 'out', path), 'mine')
        }
      },
    })
    expect(code).toBe(0)
    expect(stdout).toContain('2 files were there already, and left as they were.')
    expect(stdout).not.toMatch(/empty|no file/)
  })

  test('H4 a folder in which nothing can be is an error at once', async () => {
    const {code, stdout} = await pull('reports', ['--path', '/proc/x/y'])
    expect(code).toBe(73)
    expect(stdout).toContain('/proc/x')
  })

  test.each([
    ['a new archive', ['--archive', '/proc/x/y']],
    ['a new archive deeper down', ['--archive', '/proc/x/y/z.zip']],
    ['a kept archive', ['--archive', '/proc/x/y', '--unpack=false']],
  ])('H4 a place for %s in which nothing can be is an error at once', async (_, argv) => {
    const ended = {code: 73, said: expect.stringContaining('/proc/x')}
    const {code, stdout} = await pull('reports', argv)
    expect({code, said: stdout}).toEqual(ended)
    const from = ['--project', 'grp/lib', '--pipeline-id', `${1_000 + names.indexOf('reports')}`, '--job', 'build']
    const byPipeline = await runHostile(scene, 'download-artifacts', [...from, ...argv])
    expect({code: byPipeline.code, said: byPipeline.stdout}).toEqual(ended)
  })

  test('F11 a time after 2038 is kept', async () => {
    let year = ''
    await pull('future', ['--path', 'out'], {
      prepare: (work) => chmodSync(join(work, 'out'), 0o755),
      during: (child, work) =>
        child.on('exit', () => {
          year = execFileSync('date', ['-u', '-r', join(work, 'out', ours), '+%Y'], {encoding: 'utf8'}).trim()
        }),
    })
    expect(year).toBe('2050')
  })

  test('F11 a name in a character set that nobody tells is told', async () => {
    const {code, stdout} = await pull('oem')
    expect(code).toBe(0)
    expect(stdout).toContain('does not say in which character set 1 of its names are')
  })
})

test('D6 what the archive lets nobody read stays so', async () => {
  const {code, out} = await pull('shut')
  expect({code, file: out['shut'], folder: out['mine/']}).toEqual({code: 0, file: '0 x', folder: '700'})
})
