import {createHash} from 'node:crypto'
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, afterEach, describe, expect, test} from '@jest/globals'
import {removeFolders, temporaryFolder} from '../support/run-command.ts'
import {zip} from '../support/zip.ts'
import {again, closeSandbox, lib, pipeline, plain, pull, tree} from './by-ref.ts'
import {job} from './world.ts'

afterEach(closeSandbox)
afterAll(removeFolders)

describe('from each kind of storage', () => {
  test.each(['disk', 'redirect', 'proxy'] as const)('%s: the same files, modes and outputs', async (storage) => {
    const run = await pull(plain, ['--path', 'vendor'], {options: {storage}})
    expect(run.code).toBe(0)
    const folder = path.join(run.cwd, 'vendor')
    expect(tree(folder)).toEqual(['bin/tool', 'dist/VERSION', 'dist/app.js', 'dist/app.js.map'])
    expect(statSync(path.join(folder, 'bin/tool')).mode & 0o777).toBe(0o755)
    expect(run.outputs).toMatchObject({found: true, path: folder, archive: null, files: 4, bytes: 25, ref: 'main'})
    expect(run.said).toContain('4 files, ')
    const toStore = run.requests.filter(({origin}) => origin === 'storage')
    expect(toStore.length > 0).toBe(storage === 'redirect')
    expect(toStore.flatMap(({credentials}) => credentials)).toEqual([])
  })
})

describe('what is made of it', () => {
  test('only the files that match, without their first folder', async () => {
    const run = await pull(plain, ['--files', 'dist/**', '--files', '!**/*.map', '--strip', '1'])
    expect([run.code, tree(run.cwd)]).toEqual([0, ['VERSION', 'app.js']])
  })

  test('the archive as it is, with its checksum', async () => {
    const run = await pull(plain, ['--unpack', 'false'])
    const kept = path.join(run.cwd, 'artifacts.zip')
    const digest = createHash('sha256').update(readFileSync(kept)).digest('hex')
    expect([run.code, tree(run.cwd)]).toEqual([0, ['artifacts.zip']])
    expect(run.outputs).toMatchObject({archive: kept, sha256: digest})
    const right = await again([...lib, '--sha256', digest])
    expect(right.code).toBe(0)
  })

  test('one zip of the chosen files, the same bytes each time', async () => {
    const run = await pull(plain, ['--archive', 'out.zip', '--files', 'dist/**'])
    const twice = await again([...lib, '--archive', 'out.zip', '--files', 'dist/**'])
    const bytes = [run, twice].map(({cwd}) => readFileSync(path.join(cwd, 'out.zip')))
    expect([run.code, twice.code]).toEqual([0, 0])
    expect(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0))).toBe(true)
  })

  test('nothing of another checksum: 76, and the destination as it was', async () => {
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'mine.txt'), 'mine')
    const run = await pull(plain, ['--sha256', 'a'.repeat(64)], {cwd})
    expect([run.code, tree(cwd)]).toEqual([76, ['mine.txt']])
  })

  test('nothing over what is there with --overwrite fail: 73', async () => {
    const cwd = temporaryFolder()
    mkdirSync(path.join(cwd, 'dist'))
    writeFileSync(path.join(cwd, 'dist/app.js'), 'mine')
    const run = await pull(plain, ['--overwrite', 'fail'], {cwd})
    expect([run.said, run.code]).toEqual([expect.stringContaining('dist/app.js'), 73])
    expect(readFileSync(path.join(cwd, 'dist/app.js'), 'utf8')).toBe('mine')
    expect(tree(cwd)).toEqual(['dist/app.js'])
  })

  test('nothing if no file matches: 66, unless that may be missing', async () => {
    const {code, said, cwd} = await pull(plain, ['--files', 'nothing/**'])
    expect([code, tree(cwd)]).toEqual([66, []])
    expect(said).toContain('No file in the archive matches "nothing/**"')
    const argv = [...lib, '--files', 'nothing/**', '--if-missing', 'ignore']
    expect((await again(argv)).outputs?.['found']).toBe(false)
  })
})

describe('an archive that cannot be trusted', () => {
  const whole = zip([
    {name: 'a.txt', content: 'a'.repeat(4_000)},
    {name: 'b.txt', content: 'b'},
  ])
  const broken = Buffer.from(whole).fill(0x41, 40, 60)
  const hostile = zip([{name: '../evil.txt', content: 'x'}])
  const archives = [
    ['truncated', whole.subarray(0, whole.length - 30)],
    ['damaged', broken],
    ['hostile', hostile],
    ['no zip at all', Buffer.from('<html>hello</html>')],
  ] as const
  test.each(archives)('%s: 76, and the destination as it was', async (_, bytes) => {
    const outside = temporaryFolder()
    const cwd = path.join(outside, 'inside')
    mkdirSync(cwd)
    writeFileSync(path.join(cwd, 'mine.txt'), 'mine')
    const artifacts = {base64: bytes.toString('base64')}
    const run = await pull([pipeline(21, job(201, 'build', 'success', {artifacts}))], [], {cwd})
    expect([run.said, run.code]).toEqual([expect.any(String), 76])
    expect(tree(outside)).toEqual(['inside/mine.txt'])
  })

  test('one that breaks off is asked for again', async () => {
    const options = {faults: [{on: 'GET /projects/**', times: 1, cut: {bytes: 50}}]}
    const run = await pull(plain, [], {options})
    expect([run.code, tree(run.cwd)]).toEqual([0, ['bin/tool', 'dist/VERSION', 'dist/app.js', 'dist/app.js.map']])
  })

  test('one that always breaks off gives 69 and leaves nothing', async () => {
    const run = await pull(plain, [], {options: {faults: [{on: 'GET /projects/**', cut: {bytes: 50}}]}})
    expect([run.said, run.code]).toEqual([expect.any(String), 69])
    expect(tree(run.cwd)).toEqual([])
  })
})
