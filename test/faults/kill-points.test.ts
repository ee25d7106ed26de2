import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect} from '@jest/globals'
import {jobVariables, openScene, treeOf, treeOfFiles, sceneWorld, type Scene} from '../support/bundle-scene.ts'
import {isLong} from '../support/long.ts'
import {testUnless} from '../support/optional.ts'
import {missingMounts, missingStrace, runShell, type ShellRun} from '../support/shell.ts'

/** Not at random moments but in the place of each call that changes the disk: `strace` kills the process instead of letting it through. */
type Files = Readonly<Record<string, string>>
const fresh: Files = {a: 'new', 'd/b': 'new', 'd/c': 'new', e: 'new'}
const old: Files = {a: 'old', 'd/b': 'old', gone: 'old'}
const library = {build: {files: fresh}, extra: {files: {extra: 'extra'}}}

let scene: Scene
const out = (): string => join(scene.folder, 'out')
beforeAll(async () => {
  scene = await openScene(sceneWorld({library}), {storage: 'redirect'})
})
afterAll(() => scene.close())
beforeEach(() => rmSync(out(), {recursive: true, force: true}))

const shell = (script: string): Promise<ShellRun> =>
  runShell(script, {cwd: scene.folder, env: jobVariables(scene.sandbox)})
const pull = (job: string, path: string): string =>
  `"$NODE" "$DIST/download-artifacts-by-ref.mjs" --project grp/lib --ref main --job ${job} --path ${path}`
const killing = (calls: string, nth: number): string =>
  `strace -f -o /dev/null -e trace=${calls} -e inject=${calls}:signal=KILL:when=${nth}`

const rename = '?rename,?renameat,?renameat2'
/** Each by all its names; an architecture has only some of them. */
const others = ['?mkdir,?mkdirat', '?link,?linkat', '?unlink,?unlinkat,?rmdir', '?ftruncate', '?write,?pwrite64']

/** What was there after the kill at the first, second, … of these calls, until a run got through. */
async function killAtEach(
  calls: string,
  before: Files,
  more: string,
  check: (after: ReturnType<typeof treeOf>) => void,
): Promise<readonly ReturnType<typeof treeOf>[]> {
  const seen: ReturnType<typeof treeOf>[] = []
  for (let nth = 1; nth < 1_000; nth += 1) {
    rmSync(out(), {recursive: true, force: true})
    for (const [path, content] of Object.entries(before)) {
      mkdirSync(dirname(join(out(), path)), {recursive: true})
      writeFileSync(join(out(), path), content)
    }
    const {code, signal} = await shell(`exec ${killing(calls, nth)} ${pull('build', 'out')} ${more}`)
    if (code === 0) return seen
    expect(signal).toBe('SIGKILL')
    seen.push(treeOf(out()))
    check(treeOf(out()))
    // Another archive: what it finds must be whole without its own doing.
    expect((await shell(`exec ${pull('extra', 'out')}`)).code).toBe(0)
    expect(
      [before, {...before, ...fresh}, fresh].map((files) => treeOfFiles({...files, extra: 'extra'})),
    ).toContainEqual(treeOf(out()))
    expect(readdirSync(scene.folder)).toEqual(['out'])
  }
  throw new Error('no run got through')
}

const strace = testUnless(missingStrace())
const oldTree = treeOfFiles(old)
const newTree = treeOfFiles(fresh)
const oldOrNew = (after: ReturnType<typeof treeOf>): void => expect([oldTree, newTree]).toContainEqual(after)
const newOrNothing = (after: ReturnType<typeof treeOf>): void => expect([undefined, newTree]).toContainEqual(after)
/** A merge is many renames: each file is old or new, and none is missing that was there. */
function oldOrNewFiles(after: ReturnType<typeof treeOf> = {}): void {
  expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(old)))
  for (const [path, digest] of Object.entries(after)) expect([oldTree[path], newTree[path]]).toContain(digest)
}

describe('F81 SIGKILL in the place of a call', () => {
  strace(
    'that renames leaves the old tree, or for an instant none, and the next run finishes it',
    async () => {
      const seen = await killAtEach(rename, old, '--overwrite replace', () => undefined)
      // The journal gets its name, the old tree goes aside, the new one comes.
      expect(seen).toEqual([oldTree, oldTree, undefined])
    },
    120_000,
  )

  strace(
    'that renames within a merge leaves each file old or new, and the next run finishes it',
    async () => {
      expect((await killAtEach(rename, old, '', oldOrNewFiles)).length).toBe(5)
    },
    120_000,
  )

  strace(
    'that makes a copy for another device, as every rename says so, leaves no piece of it after the next run',
    async () => {
      for (const [path, content] of Object.entries(old)) {
        mkdirSync(dirname(join(out(), path)), {recursive: true})
        writeFileSync(join(out(), path), content)
      }
      const calls = rename.replaceAll('?', '')
      // The journal still gets its name; then each file is copied, and the kill comes while the first copy is open.
      const elsewhere = `-e inject=${calls}:error=EXDEV:when=2+ -e inject=fchmod:signal=KILL:when=1`
      const {signal} = await shell(
        `exec strace -f -o /dev/null -e trace=${calls},fchmod ${elsewhere} ${pull('build', 'out')}`,
      )
      expect(signal).toBe('SIGKILL')
      expect(readdirSync(out()).filter((name) => name.endsWith('.tmp')).length).toBe(1)
      // The next run takes the dead lock away, then finds it so too: four files, each copied and then renamed.
      const again = `-e inject=${calls}:error=EXDEV:when=2..8+2`
      const next = await shell(`exec strace -f -o /dev/null -e trace=${calls} ${again} ${pull('extra', 'out')}`)
      expect(next).toMatchObject({code: 0})
      expect(treeOf(out())).toEqual(treeOfFiles({...old, ...fresh, extra: 'extra'}))
      expect(readdirSync(scene.folder)).toEqual(['out'])
    },
    120_000,
  )

  strace(
    'that puts a new zip of chosen files in place leaves the old file or all of the new, and the next run clears up',
    async () => {
      const file = join(scene.folder, 'new.zip')
      const making = `"$NODE" "$DIST/download-artifacts-by-ref.mjs" --project grp/lib --ref main --job build --archive new.zip`
      expect((await shell(`exec ${making}`)).code).toBe(0)
      const whole = readFileSync(file, 'latin1')
      const killedAt = async (calls: string, nth: number): Promise<boolean> => {
        writeFileSync(file, 'old')
        const {code} = await shell(`exec ${killing(calls, nth)} ${making}`)
        expect([code === 0 ? whole : 'old', whole]).toContain(readFileSync(file, 'latin1'))
        return code !== 0
      }
      for (const calls of [rename, '?fsync', '?chmod,?fchmodat', ...(isLong ? others : [])]) {
        let nth = 1
        while (await killedAt(calls, nth)) nth += 1
        expect({calls, isReached: nth > 1 || calls.includes('?link')}).toEqual({calls, isReached: true})
      }
      expect((await shell(`exec ${making}`)).code).toBe(0)
      expect([readFileSync(file, 'latin1') === whole, readdirSync(scene.folder)]).toEqual([true, ['new.zip']])
      rmSync(file)
    },
    isLong ? 600_000 : 120_000,
  )

  for (const calls of isLong ? others : []) {
    strace(
      `of ${calls} into nothing leaves nothing or all`,
      async () => {
        await killAtEach(calls, {}, '', newOrNothing)
      },
      600_000,
    )
    strace(
      `of ${calls} replacing a tree leaves the old or the new one`,
      async () => {
        await killAtEach(calls, old, '--overwrite replace', oldOrNew)
      },
      600_000,
    )
    strace(
      `of ${calls} merging with a tree leaves each file old or new`,
      async () => {
        await killAtEach(calls, old, '', oldOrNewFiles)
      },
      600_000,
    )
  }

  const missing = missingMounts() ?? missingStrace()
  testUnless(missing)(
    'that renames in a mount, which cannot be renamed itself, is finished by the next run',
    async () => {
      const put = Object.entries(old).map(
        ([path, content]) => `mkdir -p disk/$(dirname ${path}); printf ${content} > disk/${path}`,
      )
      for (const nth of isLong ? [1, 2, 3, 4, 5, 6, 7, 8] : [4, 7]) {
        const script = [
          'mkdir -p disk; mount -t tmpfs none disk',
          ...put,
          `${killing(rename, nth)} ${pull('build', 'disk')} --overwrite replace >/dev/null; echo "killed $?"`,
          `${pull('extra', 'disk')} >/dev/null; echo "next $?"`,
          'cd disk; find . -type f | sort | while read -r file; do echo "$file $(cat "$file")"; done',
        ].join('\n')
        const {stdout} = await runShell('exec unshare -m bash -c "$SCRIPT"', {
          cwd: scene.folder,
          env: {...jobVariables(scene.sandbox), SCRIPT: script},
        })
        expect({nth, lines: stdout.trim().split('\n')}).toEqual({
          nth,
          lines: [
            'killed 137',
            'next 0',
            ...Object.entries({...(nth === 1 ? old : fresh), extra: 'extra'})
              .map(([path, content]) => `./${path} ${content}`)
              .sort(),
          ],
        })
      }
    },
    120_000,
  )
})
