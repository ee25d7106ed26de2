import {mkdtempSync, readlinkSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import type {Scene} from '../support/bundle-scene.ts'
import {zip} from '../support/zip.ts'
import {file, link} from './entries.ts'
import {openHostileScene} from './hostile-scene.ts'

/** What two archives, each of them safe, can do together in one folder: on the built bundle. */
const archives = {
  first: [file('d/e/f/x'), file('d/e/secret', 'inside'), link('s', 'd/e/f'), link('l', 's/../secret')],
  turned: [link('s', '.')],
  chained: [link('s', 't'), link('t', '.')],
  elsewhere: [file('d/e/g/x'), link('s', 'd/e/g')],
  plain: [file('s', 'a file')],
}
type Name = keyof typeof archives
const names = Object.keys(archives) as Name[]

let scene: Scene
let work = ''
beforeAll(async () => {
  scene = await openHostileScene(names.map((name) => zip(archives[name])))
})
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'jobside-two-archives-'))
})
afterEach(() => rmSync(work, {recursive: true, force: true}))
afterAll(() => scene.close())

async function pull(name: Name, ...argv: readonly string[]) {
  const from = ['--project', 'grp/lib', '--ref', `r${names.indexOf(name)}`, '--job', 'build', '--path', 'out']
  const {code, stdout, stderr} = await scene.run('download-artifacts-by-ref', [...from, ...argv], {cwd: work})
  return {code, said: stdout + stderr}
}

describe('a link of a later archive that would lead an earlier one out of the folder', () => {
  test.each(['turned', 'chained'] as const)('is refused, and nothing changes: %s', async (name) => {
    expect((await pull('first')).code).toBe(0)
    const {code, said} = await pull(name)
    expect({code, said}).toEqual({code: 76, said: expect.stringMatching(/the link "l", which is there already/)})
    expect(said).toContain('--overwrite replace')
    expect(readlinkSync(join(work, 'out', 's'))).toBe('d/e/f')
  })

  test.each([
    ['--overwrite', 'replace'],
    ['--symlinks', 'skip'],
    ['--overwrite', 'skip'],
  ])('is no harm with %s %s', async (...argv) => {
    await pull('first')
    expect((await pull('turned', ...argv)).code).toBe(0)
  })

  test('is taken where the earlier one stays inside', async () => {
    await pull('first')
    expect((await pull('elsewhere')).code).toBe(0)
    expect(readlinkSync(join(work, 'out', 's'))).toBe('d/e/g')
    expect((await pull('plain')).code).toBe(0)
  })

  test('is taken twice, and beside links of the job that have always led out', async () => {
    await pull('turned')
    symlinkSync('../..', join(work, 'out', 'mine'))
    expect((await pull('turned')).code).toBe(0)
    expect((await pull('elsewhere')).code).toBe(0)
  })
})
