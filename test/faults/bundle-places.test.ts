import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {openHostileScene} from '../hostile/hostile-scene.ts'
import {treeOf, type Scene} from '../support/bundle-scene.ts'
import {zip} from '../support/zip.ts'

/** Where results go, against where files go: on built bundles. */
const archive = zip([
  {name: 'a.txt', content: 'of the archive\n'},
  {name: 'sub/b.txt', content: 'LD_PRELOAD=of-the-archive\n'},
  {name: 'here', content: '.', unixMode: 0o120777},
  {name: 'here/c.txt', content: 'through a link\n'},
])
let scene: Scene
let cwd = ''
beforeAll(async () => {
  scene = await openHostileScene([archive])
})
afterAll(() => scene.close())
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'jobside-places-'))
})
afterEach(() => rmSync(cwd, {recursive: true, force: true}))

const at = (name: string): string => join(cwd, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')
const pull = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const folder = argv.includes('--path') ? [] : ['--path', 'out']
  const line = ['--project', 'grp/lib', '--job-id', '100000', ...folder, ...argv]
  const {code, stdout, stderr} = await scene.run('download-artifacts', line, {cwd, env})
  return {code, said: stdout + stderr}
}

describe('a result and a file of the archive never take each other’s place:', () => {
  test.each([
    ['--json, the same file', ['--json', 'out/a.txt']],
    ['--dotenv, the same file', ['--dotenv', 'out/a.txt']],
    ['--annotations, the same file', ['--annotations', 'out/a.txt']],
    ['--lock, the same file', ['--lock', 'out/a.txt']],
    ['in another spelling', ['--json', './out/../out//a.txt']],
    ['in another case', ['--json', 'out/A.TXT']],
    ['where a folder is to be', ['--json', 'out/sub']],
    ['below a link of the archive', ['--json', 'out/here/x.json']],
    ['reached through a link of the archive', ['--json', 'out/c.txt']],
    ['with files that are to stay', ['--json', 'out/a.txt', '--overwrite', 'skip']],
    ['with nothing to be overwritten', ['--json', 'out/a.txt', '--overwrite', 'fail']],
  ])('%s', async (_, argv) => {
    const {code, said} = await pull(argv)
    expect({code, said}).toEqual({code: 73, said: expect.stringMatching(/Cannot write .*\/out\//)})
    expect(Object.keys(treeOf(at('out')) ?? {}).filter((name) => name === 'sub/b.txt')).toEqual([])
  })

  test('in the current folder, which --path names by default', async () => {
    const {code, said} = await pull(['--path', '.', '--dotenv', 'sub/b.txt'])
    expect({code, said}).toEqual({code: 73, said: expect.stringContaining('--dotenv is to be written there')})
    expect(read('sub/b.txt')).not.toContain('LD_PRELOAD')
  })

  test('GITHUB_OUTPUT, what earlier steps have written included', async () => {
    mkdirSync(at('out'))
    writeFileSync(at('out/a.txt'), 'earlier=1\n')
    const {code, said} = await pull([], {GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: at('out/a.txt')})
    expect({code, said}).toEqual({code: 73, said: expect.stringContaining('GITHUB_OUTPUT is to be written there')})
    expect(read('out/a.txt')).toContain('earlier=1\n')
    expect(read('out/a.txt')).not.toContain('of the archive')
  })

  test('and the way out that is named works', async () => {
    const {said} = await pull(['--json', 'out/a.txt'])
    const [, pattern = ''] = /--files '(.*?)'/.exec(said) ?? []
    expect(await pull(['--json', 'out/a.txt', '--files', pattern])).toMatchObject({code: 0})
    expect(JSON.parse(read('out/a.txt'))).toMatchObject({found: true})
  })

  test('a result beside them is no harm', async () => {
    expect(await pull(['--json', 'out/gate.json', '--dotenv', 'out/sub/gate.env'])).toMatchObject({code: 0})
    expect([read('out/a.txt'), existsSync(at('out/sub/gate.env'))]).toEqual(['of the archive\n', true])
  })
})

describe('refused before a byte is written or asked for:', () => {
  const replaced = ['--overwrite', 'replace']
  test.each([
    ['--json in the folder that is emptied', [...replaced, '--json', 'out/gate.json'], /json .*empties/],
    ['--dotenv, through a link', [...replaced, '--dotenv', 'link/gate.env'], /dotenv .*empties/],
    ['--lock', [...replaced, '--lock', 'out/jobs.lock'], /lock .*empties/],
    ['a result below a file', ['--archive', 'all.zip', '--json', 'all.zip/gate.json'], /json .*below archive/],
    [
      'a result in place of the kept archive',
      ['--unpack=false', '--json', 'out/artifacts.zip'],
      /json and path name the same/,
    ],
    [
      'a result in place of the token file',
      ['--token-file', 'token', '--json', './token'],
      /json .*token-file is read from/,
    ],
    ['a result in place of the sources', ['--sources', 'token', '--dotenv', 'token'], /dotenv .*sources is read from/],
  ])('%s', async (_, argv, why) => {
    mkdirSync(at('out'))
    writeFileSync(at('out/old.txt'), 'old\n')
    writeFileSync(at('token'), 'glpat-12345678901234567890')
    symlinkSync('out', at('link'))
    const before = treeOf(cwd)
    scene.sandbox.clearRequests()
    const {code, said} = await pull(argv)
    expect({code, said}).toEqual({code: 64, said: expect.stringMatching(why)})
    expect([treeOf(cwd), scene.sandbox.requests()]).toEqual([before, []])
  })

  test('GITHUB_OUTPUT in the folder that is emptied', async () => {
    mkdirSync(at('out'))
    writeFileSync(at('out/github'), 'earlier=1\n')
    const {code} = await pull(replaced, {GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: at('out/github')})
    expect([code, read('out/github')]).toEqual([64, 'earlier=1\n'])
  })
})
