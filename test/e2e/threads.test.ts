import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {deflateRawSync} from 'node:zlib'
import {afterAll, beforeAll, beforeEach, describe, expect, jest, test} from '@jest/globals'
import type {StorageMode} from '../../src/sandbox/world/world.ts'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {jobVariables, openScene, pullByRef, sha256, sceneWorld, type Scene} from '../support/bundle-scene.ts'
import {dist, startBundle, type BundleRun} from '../support/bundles.ts'
import {runProgram} from '../support/clients.ts'
import {runShell} from '../support/shell.ts'
import {field, u32, zip, type RawEntry} from '../support/zip.ts'

jest.setTimeout(90_000)

/** Threads exist only in what is built: these tests are of the bundle, which is its own worker. */
const bundle = 'download-artifacts-by-ref'
const modified = 1_700_000_000
const stamp = field(0x5455, Buffer.concat([Buffer.from([1]), u32(modified)]))
const text = (seed: number, bytes: number): string => {
  let state = seed + 1
  const words: string[] = []
  for (let length = 0; length < bytes; length += 8) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words.push((state >>> 20).toString(36).padEnd(7, 'x'))
  }
  return words.join(' ').slice(0, bytes)
}

/** Packed here, so that archives that differ in one entry need not pack all the others again. */
const packedOnce = (entry: RawEntry): RawEntry =>
  entry.method === undefined && entry.content ? {...entry, method: 8, packed: deflateRawSync(entry.content)} : entry

/** 30 MB in 220 files: small ones, some too large to hold, packed and stored, links, scripts, an empty folder. */
const entries: readonly RawEntry[] = [
  ...Array.from({length: 200}, (_, index): RawEntry => ({
    name: `lib/part-${index % 7}/${index}.txt`,
    content: text(index, 90_000),
    unixMode: index % 5 === 0 ? 0o100755 : 0o100644,
    centralExtra: stamp,
    ...(index % 3 === 0 ? {descriptor: 16 as const} : {}),
    ...(index % 11 === 0 ? {method: 0} : {}),
  })),
  {name: 'large/packed.bin', content: text(1_000, 6 * 2 ** 20), centralExtra: stamp},
  {name: 'large/stored.bin', content: text(2_000, 6 * 2 ** 20), method: 0, centralExtra: stamp},
  {name: 'nothing/', centralExtra: stamp},
  {name: 'empty', content: '', centralExtra: stamp},
  ...Array.from({length: 16}, (_, index): RawEntry => ({
    name: `links/${index}`,
    content: `../lib/part-${index % 7}/${index}.txt`,
    method: 0,
    unixMode: 0o120777,
    centralExtra: stamp,
  })),
]
const packedEntries = entries.map(packedOnce)
const archive = zip(packedEntries)

const worldWith = (bytes: Buffer): WorldFile => sceneWorld({library: {build: {base64: bytes.toString('base64')}}})

/** Everything below a folder by its path: type, mode, time, and content or target. */
function inventory(root: string, path = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(root, path))) {
    const inner = join(path, name)
    const stat = lstatSync(join(root, inner))
    const about = `${(stat.mode & 0o7777).toString(8)} ${Math.floor(stat.mtimeMs / 1000)}`
    if (stat.isDirectory()) Object.assign(found, {[`${inner}/`]: ''}, inventory(root, inner))
    else if (stat.isSymbolicLink()) found[inner] = `${about} -> ${readlinkSync(join(root, inner))}`
    else found[inner] = `${about} ${sha256(readFileSync(join(root, inner)))}`
  }
  return found
}

/** The tree as the entries say it. */
function expectedTree(): Record<string, string> {
  const found: Record<string, string> = {}
  for (const {name, content = '', unixMode = 0o100644} of entries) {
    const path = String(name)
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth += 1) found[`${parts.slice(0, depth).join('/')}/`] = ''
    const mode = (unixMode & 0o111) === 0 ? 0o644 : 0o755
    if (path.endsWith('/')) found[path] = ''
    else if ((unixMode & 0o170000) === 0o120000) found[path] = `777 ${modified} -> ${String(content)}`
    else found[path] = `${(mode & ~process.umask()).toString(8)} ${modified} ${sha256(content)}`
  }
  return found
}

/** Makes the child tell of each thread it starts. */
const telling = ['--import', 'data:text/javascript,process.on("worker",()=>process.stderr.write("[a thread]\\n"))']
const threadsOf = ({stderr}: {readonly stderr: string}): number => stderr.split('[a thread]').length - 1

describe.each<StorageMode>(['disk', 'redirect'])('from a store that is a %s', (storage) => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene(worldWith(archive), {storage})
  })
  afterAll(() => scene.close())
  beforeEach(() => rmSync(join(scene.folder, 'out'), {recursive: true, force: true}))

  test.each([
    [1, 0],
    [2, 2],
    [4, 4],
  ])('--jobs %i unpacks the tree as it was, with %i threads', async (jobs, threads) => {
    const argv = [...pullByRef, '--path', 'out', '--jobs', String(jobs)]
    const run = await scene.run(bundle, argv, {nodeOptions: telling})
    expect({code: run.code, threads: threadsOf(run)}).toEqual({code: 0, threads})
    expect(inventory(join(scene.folder, 'out'))).toEqual(expectedTree())
    expect(readdirSync(scene.folder)).toEqual(['out'])
  })

  test('a bundle that was moved, under an odd name, is still its own worker', async () => {
    const away = join(scene.folder, 'ein Ort, 100% #ü')
    mkdirSync(away)
    const file = join(away, 'renamed?.mjs')
    copyFileSync(join(dist, `${bundle}.mjs`), file)
    const node = process.env['JOBSIDE_NODE'] ?? process.execPath
    const run = await runProgram(node, [...telling, file, ...pullByRef, '--path', 'out', '--jobs', '2'], {
      cwd: scene.folder,
      env: jobVariables(scene.sandbox),
    })
    expect({code: run.code, threads: threadsOf(run)}).toEqual({code: 0, threads: 2})
    expect(inventory(join(scene.folder, 'out'))).toEqual(expectedTree())
    rmSync(away, {recursive: true})
  })

  test.each([0, 2])('where only %i threads can start, the work is done all the same', async (most) => {
    // As where a container has no process left to give: pthread_create answers EAGAIN.
    const few = `import {Worker} from 'node:worker_threads';import {syncBuiltinESMExports} from 'node:module';import threads from 'node:worker_threads';
      let left=${most};threads.Worker=class extends Worker{constructor(...all){if(left--<=0)throw Object.assign(new Error('EAGAIN'),{code:'ERR_WORKER_INIT_FAILED'});super(...all)}};syncBuiltinESMExports()`
    const nodeOptions = [...telling, '--import', `data:text/javascript,${encodeURIComponent(few)}`]
    const run = await scene.run(bundle, [...pullByRef, '--path', 'out', '--jobs', '4'], {nodeOptions})
    expect({code: run.code, threads: threadsOf(run)}).toEqual({code: 0, threads: most})
    expect(inventory(join(scene.folder, 'out'))).toEqual(expectedTree())
  })

  test('where few files may be open, threads unpack all of it', async () => {
    const script = `ulimit -n 64; exec "$NODE" "$DIST/${bundle}.mjs" ${pullByRef.join(' ')} --path out --jobs 4`
    const {code, stdout, stderr} = await runShell(script, {cwd: scene.folder, env: jobVariables(scene.sandbox)})
    expect({code, said: stdout + stderr}).toMatchObject({code: 0})
    expect(inventory(join(scene.folder, 'out'))).toEqual(expectedTree())
  })

  test.each([
    ['files of less than 16 MiB', 'lib/part-0'],
    ['large files alone, which zlib has threads of its own for,', 'large'],
  ])('%s go without threads', async (_, files) => {
    const argv = [...pullByRef, '--path', 'out', '--jobs', '4', '--files', files]
    const run = await scene.run(bundle, argv, {nodeOptions: telling})
    expect({code: run.code, threads: threadsOf(run)}).toEqual({code: 0, threads: 0})
  })
})

describe('what only a thread can find', () => {
  const sound = {name: 'lib/bad.txt', content: text(9, 50_000)}
  const short = {bytes: 40_000}
  test.each<[string, RawEntry, RegExp]>([
    ['a wrong checksum', {...sound, crc: 7}, /wrong checksum/],
    ['a content longer than declared', {...sound, local: short, central: short}, /more than the 40000 bytes/],
    ['data that is no Deflate', {...sound, packed: Buffer.from('\x07no deflate at all')}, /cannot be unpacked/],
    [
      'a large entry with a wrong checksum',
      {name: 'lib/bad.txt', content: text(9, 5 * 2 ** 20), crc: 7},
      /wrong checksum/,
    ],
    [
      'a link with a wrong checksum',
      {name: 'lib/bad.txt', content: 'x', method: 0, unixMode: 0o120777, crc: 7},
      /wrong checksum/,
    ],
  ])('%s ends the run with 76, and the destination is as before', async (_, bad, words) => {
    const middle = Math.floor(entries.length / 2)
    const scene = await openScene(
      worldWith(zip([...packedEntries.slice(0, middle), bad, ...packedEntries.slice(middle)])),
    )
    try {
      mkdirSync(join(scene.folder, 'out'))
      writeFileSync(join(scene.folder, 'out', 'old'), 'old')
      const before = inventory(scene.folder)
      const argv = [...pullByRef, '--path', 'out', '--jobs', '3']
      const run = await scene.run(bundle, argv, {nodeOptions: telling})
      expect({code: run.code, threads: threadsOf(run)}).toEqual({code: 76, threads: 3})
      expect(run.stderr + run.stdout).toMatch(words)
      expect(run.stderr + run.stdout).toContain('lib/bad.txt')
      expect(inventory(scene.folder)).toEqual(before)
    } finally {
      await scene.close()
    }
  })
})

describe('SIGTERM while threads unpack', () => {
  /** Signals a run as soon as `isTime` says so, asked often. */
  async function stopWhen(scene: Scene, isTime: (stderr: string) => boolean): Promise<BundleRun> {
    const argv = [...pullByRef, '--path', 'out', '--jobs', '2']
    const child = startBundle(bundle, argv, {cwd: scene.folder, env: jobVariables(scene.sandbox), nodeOptions: telling})
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (piece: Buffer) => (stdout += piece.toString()))
    child.stderr?.on('data', (piece: Buffer) => (stderr += piece.toString()))
    const timer = setInterval(() => isTime(stderr) && child.kill('SIGTERM'), 1)
    return new Promise((resolve) =>
      child.on('close', (code, signal) => {
        clearInterval(timer)
        resolve({code, signal, stdout, stderr})
      }),
    )
  }

  /** How many files lie in a private folder. */
  function madeSoFar(folder: string): number {
    try {
      const own = readdirSync(folder).find((name) => name.endsWith('.d'))
      return own === undefined ? 0 : readdirSync(join(folder, own, 'new', 'lib', 'part-0')).length
    } catch {
      return 0
    }
  }

  test('and wait for more: 143, and nothing is left', async () => {
    const scene = await openScene(worldWith(archive), {storage: 'redirect'})
    try {
      scene.setFaults([{on: 'storage', after: 2, stall: {bytes: 3_000_000, for: '60s'}}])
      let isSent = false
      const run = await stopWhen(scene, () => !isSent && (isSent = madeSoFar(scene.folder) > 5))
      expect({code: run.code, signal: run.signal, threads: threadsOf(run)}).toEqual({
        code: 143,
        signal: null,
        threads: 2,
      })
      expect(readdirSync(scene.folder)).toEqual([])
    } finally {
      await scene.close()
    }
  })

  test('at any moment: 143 and nothing is left, or all was done before', async () => {
    const scene = await openScene(worldWith(archive), {storage: 'redirect'})
    try {
      for (const after of [0, 1, 5, 10, 20, 30]) {
        let isSent = false
        const run = await stopWhen(
          scene,
          (stderr) =>
            !isSent && (isSent = after === 0 ? stderr.includes('[a thread]') : madeSoFar(scene.folder) >= after),
        )
        const isDone = run.code === 0
        expect({code: run.code, signal: run.signal}).toEqual({code: isDone ? 0 : 143, signal: null})
        expect(readdirSync(scene.folder)).toEqual(isDone ? ['out'] : [])
        if (isDone) expect(inventory(join(scene.folder, 'out'))).toEqual(expectedTree())
        rmSync(join(scene.folder, 'out'), {recursive: true, force: true})
      }
    } finally {
      await scene.close()
    }
  })
})
