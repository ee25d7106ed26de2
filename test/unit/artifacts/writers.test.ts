import {execFileSync, spawnSync} from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {fetchArtifacts, type FetchOptions} from '../../../src/artifacts/fetch.ts'
import {listEntries, treeOf} from '../../../src/artifacts/list.ts'
import {pack} from '../../../src/artifacts/pack/repack.ts'
import {repackArchives} from '../../../src/artifacts/repack-archives.ts'
import type {Way} from '../../../src/artifacts/unpack/options.ts'
import {serveArchive} from '../../support/archive-server.ts'
import {field, u16, u32, zip} from '../../support/zip.ts'

let folder = ''
let source = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'writers-'))
  source = join(folder, 'source')
  makeSource()
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const {signal} = new AbortController()

/** What a build leaves behind: a script, a link, an empty folder, an empty file, a name beyond ASCII, something large. */
const files: Readonly<Record<string, {readonly content: string; readonly mode: number}>> = {
  'bin/run.sh': {content: '#!/bin/sh\nexit 0\n', mode: 0o755},
  'docs/größe.txt': {content: 'Größe\n', mode: 0o644},
  'docs/empty': {content: '', mode: 0o644},
  'large.txt': {content: 'line of text\n'.repeat(500_000), mode: 0o644},
}

function makeSource(): void {
  for (const [path, {content, mode}] of Object.entries(files)) {
    mkdirSync(join(source, path, '..'), {recursive: true})
    writeFileSync(join(source, path), content)
    chmodSync(join(source, path), mode)
    utimesSync(join(source, path), 1_700_000_000, 1_700_000_000)
  }
  mkdirSync(join(source, 'nothing'))
  symlinkSync('run.sh', join(source, 'bin/latest'))
}

/** Every path with its type, mode, link target or content. */
function treeAt(root: string, path = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(root, path))) {
    const inner = path === '' ? name : `${path}/${name}`
    const stat = lstatSync(join(root, inner))
    if (stat.isDirectory()) Object.assign(found, {[`${inner}/`]: ''}, treeAt(root, inner))
    else if (stat.isSymbolicLink()) found[inner] = `-> ${readlinkSync(join(root, inner))}`
    else
      found[inner] =
        `${(stat.mode & 0o777).toString(8)} ${stat.size} ${readFileSync(join(root, inner)).toString('base64').slice(-60)}`
  }
  return found
}

async function unpacked(
  bytes: Buffer,
  options: Partial<FetchOptions> = {},
): Promise<{readonly tree: Record<string, string>; readonly way: Way}> {
  const destination = mkdtempSync(join(folder, 'out-'))
  rmSync(destination, {recursive: true})
  const {way} = await fetchArtifacts({open: serveArchive(bytes, {etag: '"a"'}).open, destination, signal, ...options})
  return {tree: treeAt(destination), way}
}

interface Writer {
  readonly name: string
  /** The command that must be there. */
  readonly needs?: string
  /** What it cannot keep. */
  readonly loses?: readonly ('links' | 'modes')[]
  /** It follows links. */
  readonly copies?: boolean
  readonly write: (file: string) => void | Promise<void>
}

function run(command: string, args: readonly string[], input?: string): void {
  execFileSync(command, args, {
    cwd: source,
    stdio: ['pipe', 'ignore', 'pipe'],
    input: input ?? '',
    env: {...process.env, LC_ALL: 'C.UTF-8'},
  })
}

const writers: readonly Writer[] = [
  {name: 'Info-ZIP', needs: 'zip', write: (file) => run('zip', ['-qry', file, '.'])},
  {
    name: 'Info-ZIP into a pipe, with descriptors',
    needs: 'zip',
    loses: ['links'],
    write: (file) => run('sh', ['-c', `zip -qry - . -x bin/latest | cat > ${file}`]),
  },
  {name: 'Info-ZIP with zip64', needs: 'zip', write: (file) => run('zip', ['-qry', '-fz', file, '.'])},
  {name: '7-Zip', needs: '7z', write: (file) => run('7z', ['a', '-tzip', '-snl', file, '.'])},
  {
    name: 'bsdtar',
    needs: 'bsdtar',
    write: (file) => run('bsdtar', ['-cf', file, '--format', 'zip', 'bin', 'docs', 'large.txt', 'nothing']),
  },
  {
    name: 'Python',
    needs: 'python3',
    loses: ['links'],
    write: (file) => run('python3', ['-c', pythonWriter, file]),
  },
  {name: "Java's jar", needs: 'jar', loses: ['modes'], copies: true, write: (file) => run('jar', ['-cMf', file, '.'])},
  {
    name: 'archiver',
    write: async (file) => {
      writeFileSync(file, await pack(entriesForPack()))
    },
  },
  {name: 'a runner, with descriptors and extended times', write: (file) => writeFileSync(file, runnerLike())},
]

const pythonWriter = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    for base, folders, names in os.walk('.'):
        for name in folders + names:
            path = os.path.join(base, name)
            if not os.path.islink(path): z.write(path)
`

function entriesForPack(): Parameters<typeof pack>[0] {
  return [
    {path: 'nothing', type: 'directory', mode: 0o755, content: Buffer.alloc(0)},
    {path: 'bin/latest', type: 'symlink', mode: 0o777, content: Buffer.from('run.sh')},
    ...Object.entries(files).map(([path, {content, mode}]) => ({
      path,
      type: 'file' as const,
      mode,
      content: Buffer.from(content),
    })),
  ]
}

/** As GitLab Runner's default writer leaves them: every file with a descriptor, Unix times in an extra field, links stored. */
function runnerLike(): Buffer {
  const times = {
    centralExtra: field(0x5455, Buffer.concat([Buffer.from([1]), u32(1_700_000_000)])),
    localExtra: field(0x7875, Buffer.concat([u16(1), u16(0)])),
  }
  return zip([
    {name: 'bin/', ...times},
    ...Object.entries(files).map(([name, {content, mode}]) => ({
      name,
      content,
      unixMode: 0o100000 | mode,
      descriptor: 16 as const,
      method: 8,
      ...times,
    })),
    {name: 'bin/latest', content: 'run.sh', method: 0, unixMode: 0o120777, descriptor: 16, ...times},
    {name: 'nothing/', packed: Buffer.from([3, 0]), method: 8, descriptor: 16, ...times},
  ])
}

function isThere(command: string | undefined): boolean {
  return command === undefined || spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

const absent = writers.filter(({needs}) => !isThere(needs)).map(({name}) => name)

describe('archives by other writers', () => {
  test(`at least six writers are there${absent.length === 0 ? '' : ` (absent: ${absent.join(', ')})`}`, () => {
    expect(writers.length - absent.length).toBeGreaterThanOrEqual(6)
  })

  test.each(writers.filter(({needs}) => isThere(needs)))(
    '$name: the tree is the one that was packed',
    async ({name, loses = [], copies, write}) => {
      const file = join(folder, `${name.replace(/\W/g, '-')}.zip`)
      await write(file)
      const {tree} = await unpacked(readFileSync(file))
      const expected = treeAt(source)
      if (loses.includes('links')) delete expected['bin/latest']
      if (copies) expected['bin/latest'] = expected['bin/run.sh'] ?? ''
      for (const path of loses.includes('modes') ? ['bin/run.sh', 'bin/latest'] : []) {
        if (path in expected) expected[path] = (expected[path] ?? '').replace('755', '644')
      }
      expect(tree).toEqual(expected)
    },
  )

  test('an extended time is kept to the second', async () => {
    const destination = join(folder, 'timed')
    await fetchArtifacts({open: serveArchive(runnerLike()).open, destination, signal})
    expect(lstatSync(join(destination, 'bin/run.sh')).mtimeMs).toBe(1_700_000_000_000)
    expect(lstatSync(join(destination, 'nothing')).mtimeMs).toBe(1_700_000_000_000)
  })
})

describe('the three sources', () => {
  const large = (): Buffer =>
    zip([
      {name: 'filler', content: noise(), method: 0},
      {name: 'bin/run.sh', content: '#!/bin/sh\n', unixMode: 0o100755},
      {name: 'bin/link', content: 'run.sh', method: 0, unixMode: 0o120777},
    ])
  const noise = (): Buffer => Buffer.from(Array.from({length: 2_000_000}, (_, index) => (index * 2_654_435_761) >>> 24))

  test.each(['bin/run.sh', 'bin/link'])(
    'give the same for %s: by ranges, whole, and by the single-file route',
    async (path) => {
      const bytes = large()
      const selection = {files: [path]}
      const content = path === 'bin/link' ? 'run.sh' : '#!/bin/sh\n'
      const rows = (await listEntries({open: serveArchive(bytes).open, signal})).entries
      const options: Partial<FetchOptions> = {
        selection,
        treeEntry: async (asked) => rows.find((row) => row.path === asked),
        openEntry: () => serveArchive(Buffer.from(content), {ranges: false}).open,
      }
      const byRange = await unpacked(bytes, options)
      const single = await unpacked(bytes, {...options, open: serveArchive(bytes, {ranges: false}).open})
      const whole = await unpacked(bytes, {selection, open: serveArchive(bytes, {ranges: false}).open})
      expect([byRange.way, single.way, whole.way]).toEqual(['range', 'single-file', 'whole'])
      expect(single.tree).toEqual(byRange.tree)
      expect(whole.tree).toEqual(byRange.tree)
      expect(Object.keys(byRange.tree)).toEqual(['bin/', path])
    },
  )

  test('give the same rows for a listing, folders without an entry included', async () => {
    const bytes = large()
    const byRange = await listEntries({open: serveArchive(bytes).open, signal})
    const whole = await listEntries({open: serveArchive(bytes, {ranges: false}).open, signal})
    expect([byRange.way, whole.way]).toEqual(['range', 'whole'])
    expect(whole.entries).toEqual(byRange.entries)
    expect(byRange.entries).toEqual([
      {name: 'bin', path: 'bin/', type: 'directory', mode: null},
      {name: 'link', path: 'bin/link', type: 'file', size: 6, mode: '120777'},
      {name: 'run.sh', path: 'bin/run.sh', type: 'file', size: 10, mode: '100755'},
      {name: 'filler', path: 'filler', type: 'file', size: 2_000_000, mode: '100644'},
    ])
    expect(treeOf([])).toEqual([])
  })
})

describe('repacking', () => {
  test('one zip of many, with the same bytes whatever order the entries came in', async () => {
    const a = {name: 'a', content: 'one', unixMode: 0o100755}
    const link = {name: 'd/l', content: '../a', method: 0, unixMode: 0o120777}
    const b = {name: 'd/b', content: 'two'.repeat(600_000)}
    const results = []
    for (const entries of [
      [a, b, link],
      [link, b, a],
    ]) {
      const destination = join(folder, `re-${results.length}.zip`)
      const result = await repackArchives({sources: [{open: serveArchive(zip(entries)).open}], destination, signal})
      results.push(readFileSync(destination))
      expect(result).toMatchObject({files: 3, bytes: 1_800_007, archiveBytes: results.at(-1)?.length})
    }
    expect(results[0]?.equals(results[1] ?? Buffer.alloc(0))).toBe(true)
    const {tree} = await unpacked(results[0] ?? Buffer.alloc(0))
    expect(Object.keys(tree)).toEqual(['a', 'd/', 'd/b', 'd/l'])
    expect(tree['d/l']).toBe('-> ../a')
    expect(tree['a']).toMatch(/^755/)
  })

  test('only the chosen files of several jobs', async () => {
    const sources = ['x', 'y'].map((name) => ({
      name,
      into: name,
      open: serveArchive(
        zip([
          {name: 'keep.txt', content: name},
          {name: 'drop.log', content: 'no'},
        ]),
      ).open,
    }))
    const destination = join(folder, 'several.zip')
    await repackArchives({sources, destination, selection: {files: ['*.txt']}, signal})
    expect(Object.keys((await unpacked(readFileSync(destination))).tree)).toEqual([
      'x/',
      'x/keep.txt',
      'y/',
      'y/keep.txt',
    ])
  })
})
