import {spawnSync} from 'node:child_process'
import {chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {ownedName} from '../../src/artifacts/publish/owner.ts'
import type {Scene} from '../support/bundle-scene.ts'
import {testUnless} from '../support/optional.ts'
import {missingUnless} from '../support/shell.ts'
import {zip, type RawEntry} from '../support/zip.ts'
import {file} from './entries.ts'
import {expectRefused} from './expect-refused.ts'
import {openHostileScene, runHostile, type HostileOptions, type HostileRun} from './hostile-scene.ts'

/** A process of this machine that has ended. */
const deadName = (): string => {
  const {pid} = spawnSync(process.execPath, ['-e', ''])
  return ownedName().replace(`-${process.pid}-`, `-${pid}-`)
}
const dead = deadName()
const at = (name: string): string => `.out.${name}.d`
const folderOf = (name: string): readonly RawEntry[] => [
  {name: `${at(name)}/`, unixMode: 0o40700},
  {...file(`${at(name)}/journal`, '{"destination":"/nowhere","overwrite":"merge"}\n'), unixMode: 0o100600},
  file(`${at(name)}/new/pwned`),
]

const carried: readonly (readonly [what: string, entries: readonly RawEntry[]])[] = [
  ['a private folder with a journal', folderOf(dead)],
  ['one in other letters', [file(`.OUT.${dead.toUpperCase()}.D/journal`)]],
  ['one with a trailing dot', [file(`${at(dead)}./journal`)]],
  ['one as a stream', [file(`${at(dead)}::$INDEX_ALLOCATION/journal`)]],
  ['one with a character that is not seen', [file(`.out.\u200b${dead}.d/journal`)]],
  ['one in letters that fold to ours', [file('.out.job\u017fide.lock')]],
  ['one below a folder', [file(`a/b/${at(dead)}/journal`)]],
  ['a lock', [file('.out.jobside.lock', dead)]],
  ['a lock in the making', [file(`.out.jobside.lock.${dead}`)]],
]

let scene: Scene
beforeAll(async () => {
  scene = await openHostileScene([...carried.map(([, entries]) => zip(entries)), zip([file('good')])])
})
afterAll(() => scene.close())

async function pull(index: number, path: string, options: HostileOptions = {}): Promise<HostileRun> {
  const from = ['--project', 'grp/lib', '--ref', `r${index}`, '--job', 'build']
  return runHostile(scene, 'download-artifacts-by-ref', [...from, '--path', path], options)
}

describe('H1 an archive that carries what runs of ours keep for themselves is refused:', () => {
  test.each(carried.map(([what], index) => [what, index] as const))('%s', async (_, index) => {
    expectRefused(await pull(index, 'out'), 'runs of jobside keep for themselves')
  })
})

/** What somebody planted beside the destination: a tree that is to be written into the folder `victim`. */
function plant(work: string, name: string, victim: string, text = ''): string {
  const own = join(work, at(name))
  mkdirSync(join(own, 'new'), {recursive: true})
  mkdirSync(victim, {recursive: true})
  writeFileSync(join(own, 'new', 'pwned'), 'pwned')
  writeFileSync(join(own, 'journal'), JSON.stringify({destination: victim, overwrite: 'merge'}) + text, {mode: 0o600})
  chmodSync(own, 0o700)
  return own
}

describe('H1 a journal that no run of ours wrote', () => {
  test.each([
    ['of an earlier version', ''],
    ['with a proof made up', `\n${'0'.repeat(64)}`],
  ])('%s moves nothing anywhere, and is told', async (_, text) => {
    const run = await pull(carried.length, 'out', {
      prepare(work) {
        plant(work, dead, join(work, 'victim'), text)
        plant(work, deadName(), join(work, 'out'), text)
      },
    })
    expect(run.code).toBe(0)
    expect(Object.keys(run.after).filter((path) => /(?:victim|out)\/pwned/.test(path))).toEqual([])
    expect(run.out['good']).toBe('644 x')
    expect(run.stdout).toContain('no run of ours can be shown to have written it')
  })
})

const root = testUnless(missingUnless('test "$(id -u)" = 0', 'needs root'))

describe('H1 in a folder shared with another user', () => {
  root('the private folder that the other has planted is left alone', async () => {
    const {code, after} = await pull(carried.length, 'out', {
      prepare(work) {
        const own = plant(work, dead, join(work, 'victim'))
        for (const path of [own, join(own, 'new'), join(own, 'journal')]) chownSync(path, 65_534, 65_534)
      },
    })
    expect(code).toBe(0)
    expect(Object.keys(after).filter((path) => path.endsWith('victim/pwned'))).toEqual([])
  })

  root('the lock of the other is told at once, and does not hold for long', async () => {
    const run = await pull(carried.length, 'out', {
      prepare(work) {
        const path = join(work, '.out.jobside.lock')
        writeFileSync(path, ownedName())
        chownSync(path, 65_534, 65_534)
      },
    })
    expect(run.code).toBe(73)
    expect(run.stdout).toMatch(/\.out\.jobside\.lock is locked by another user \(65534\): waiting at most 3 s/)
    expect(run.stdout).toContain('delete')
  })
})

describe('G17 a lock of a container that is gone', () => {
  test('is told at once, with the most that is waited and what to do', async () => {
    let said = ''
    const run = await pull(carried.length, 'out', {
      prepare: (work) => writeFileSync(join(work, '.out.jobside.lock'), '00000000-7-00000000'),
      during(child, work) {
        child.stdout?.on('data', (piece: Buffer) => {
          said += piece.toString()
          // Whoever does as told gets on.
          if (said.includes('delete the file')) spawnSync('rm', ['-f', join(work, '.out.jobside.lock')])
        })
      },
    })
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/is locked by process 7 of another machine or container: waiting at most 120 s/)
  })

  test('that is no file at all is told as such', async () => {
    const run = await pull(carried.length, 'out', {
      prepare: (work) => mkdirSync(join(work, '.out.jobside.lock')),
      during: (child) =>
        child.stdout?.on('data', (piece: Buffer) => /is locked by/.test(String(piece)) && child.kill()),
    })
    expect(run.stdout).toContain('is locked by something that is no run of ours')
  })
})

describe('what a run leaves', () => {
  test('is nothing: no key, no lock, no folder', async () => {
    const run = await pull(carried.length, 'out')
    const names = Object.keys(run.after).filter((path) => !(path in run.before))
    expect(names.filter((path) => !path.endsWith('out/good'))).toEqual([])
    expect(readdirSync(dirname(scene.folder)).filter((name) => /^jobside-[0-9a-f]{32}$/.test(name))).toEqual([])
  })
})
