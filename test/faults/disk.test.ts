import {chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {jobVariables, openScene, pullByRef, treeOf, sceneWorld, type Scene} from '../support/bundle-scene.ts'
import {testUnless} from '../support/optional.ts'
import {
  missingMounts,
  missingOtherUser,
  missingStrace,
  missingUnless,
  runShell,
  type ShellRun,
} from '../support/shell.ts'

/** 40 files of 64 KiB that pack well: 2.6 MB on the disk out of a small archive. */
const files = Object.fromEntries(
  Array.from({length: 40}, (_, index) => [`d${index % 4}/f${index}`, `file ${index}\n`.padEnd(65_536, 'abcdefgh')]),
)

let scene: Scene
beforeAll(async () => {
  scene = await openScene(sceneWorld({library: {build: {files}}}), {storage: 'redirect'})
  chmodSync(scene.folder, 0o777)
})
afterAll(() => scene.close())
beforeEach(() => {
  scene.sandbox.clearRequests()
  for (const name of readdirSync(scene.folder)) rmSync(join(scene.folder, name), {recursive: true, force: true})
})

const bundle = '"$NODE" "$DIST/download-artifacts-by-ref.mjs"'
const pull = `${bundle} ${pullByRef.join(' ')}`
const shell = (script: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<ShellRun> =>
  runShell(script, {cwd: scene.folder, env: {...jobVariables(scene.sandbox), ...env}})
/** With a file system of its own at `disk`, whose content is listed at the end. */
const onMount = (options: string, script: string): string =>
  `exec unshare -m bash -c ${quoted(`mkdir disk && mount -t tmpfs -o ${options} none disk && { ${script}; code=$?; echo "left: $(ls -A disk | tr '\\n' ' ')"; exit $code; }`)}`
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
const arrived = (): number => Object.keys(treeOf(join(scene.folder, 'out')) ?? {}).length

describe('F82 a disk that is full', () => {
  const mounts = testUnless(missingMounts())

  mounts('while files are written ends in 73, names path and bytes, and is given its space back', async () => {
    const {code, stdout, stderr} = await shell(onMount('size=1m', `${pull} --path disk/out`))
    expect({code, said: stdout + stderr}).toEqual({
      code: 73,
      said: expect.stringMatching(/Cannot write.*(\d+ bytes|ENOSPC)/),
    })
    expect(stdout + stderr).toMatch(/disk/)
    expect(stdout).toMatch(/left: $/m)
  })

  mounts('while the archive comes ends in 73', async () => {
    const {code, stdout} = await shell(onMount('size=4k', `${pull} --path disk/out`))
    expect(code).toBe(73)
    expect(stdout).toMatch(/left: $/m)
  })

  mounts('of inodes ends in 73', async () => {
    const {code, stdout, stderr} = await shell(onMount('nr_inodes=12', `${pull} --path disk/out`))
    expect({code, said: stdout + stderr}).toEqual({code: 73, said: expect.stringMatching(/Cannot write/)})
    expect(stdout).toMatch(/left: $/m)
  })

  mounts('keeps an old tree as it was', async () => {
    const script = `mkdir disk/out; echo old > disk/out/old; ${pull} --path disk/out --overwrite replace; code=$?; ls disk/out; (exit $code)`
    const {code, stdout} = await shell(onMount('size=1m', script))
    expect(code).toBe(73)
    expect(stdout).toMatch(/^old$/m)
    expect(stdout).toMatch(/left: out $/m)
  })

  mounts('cannot take a kept zip either', async () => {
    const {code, stdout} = await shell(onMount('size=4k', `${pull} --no-unpack --path disk/a.zip`))
    expect(code).toBe(73)
    expect(stdout).toMatch(/left: $/m)
  })
})

describe('F84 a place that cannot be written', () => {
  testUnless(missingMounts())('as it is read-only is refused before a request', async () => {
    const {code, stdout, stderr} = await shell(onMount('ro', `${pull} --path disk/out`))
    expect({code, said: stdout + stderr}).toEqual({code: 73, said: expect.stringMatching(/EROFS/)})
    expect(scene.sandbox.requests()).toEqual([])
  })

  testUnless(missingOtherUser())('by this user is refused before a request', async () => {
    mkdirSync(join(scene.folder, 'mine'), {mode: 0o755})
    const {code, stdout, stderr} = await shell(`exec setpriv --reuid 65534 --clear-groups ${pull} --path mine/out`)
    expect({code, said: stdout + stderr}).toEqual({code: 73, said: expect.stringMatching(/EACCES/)})
    expect(scene.sandbox.requests()).toEqual([])
  })

  test('as a file has its name is refused before a request', async () => {
    writeFileSync(join(scene.folder, 'out'), 'a file')
    const {code} = await shell(`exec ${pull} --path out`)
    expect(code).toBe(73)
    expect(scene.sandbox.requests()).toEqual([])
  })
})

describe('F87 another device', () => {
  testUnless(missingMounts())('as the destination is a mount: everything is made inside of it', async () => {
    const {code, stdout} = await shell(onMount('size=16m', `${pull} --path disk && ls disk/d1 | wc -l`))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^10$/m)
    expect(stdout).toMatch(/left: d0 d1 d2 d3 $/m)
  })

  testUnless(missingStrace())(
    'at the last moment, as every rename says so, costs a copy and nothing else',
    async () => {
      mkdirSync(join(scene.folder, 'out'))
      writeFileSync(join(scene.folder, 'out', 'kept'), 'kept')
      const strace =
        'strace -f -o /dev/null -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:error=EXDEV:when=2+2'
      const {code, stdout, stderr} = await shell(`exec ${strace} ${pull} --path out`)
      expect({code, said: stdout + stderr}).toMatchObject({code: 0})
      expect(arrived()).toBe(41)
      expect(readdirSync(scene.folder)).toEqual(['out'])
    },
  )
})

describe('F83 a write that fails', () => {
  test('by the limit of a file’s size ends in 73', async () => {
    const {code, signal, stdout, stderr} = await shell(`ulimit -f 32; exec ${pull} --path out`)
    expect({code, signal, said: stdout + stderr}).toEqual({
      code: 73,
      signal: null,
      said: expect.stringMatching(/EFBIG/),
    })
    expect(readdirSync(scene.folder)).toEqual([])
  })

  const strace = testUnless(missingStrace())
  strace('that first takes half of what it is given and then fails ends in 73', async () => {
    // The limit is for what is traced alone: the trace is longer.
    const limited = `bash -c 'ulimit -f 32; exec ${pull} --path out'`
    const {code, stdout, stderr} = await shell(`exec strace -f -o trace -e trace=write ${limited}`)
    expect({code, said: stdout + stderr}).toEqual({code: 73, said: expect.stringMatching(/EFBIG/)})
    const trace = readFileSync(join(scene.folder, 'trace'), 'latin1')
    expect(trace).toMatch(/, 65536\) = 32768\n.*, 32768\) = -1 EFBIG/)
    expect(readdirSync(scene.folder)).toEqual(['trace'])
  })

  for (const [what, inject] of [
    ['EIO', 'pwrite64:error=EIO:when=1'],
    ['EDQUOT', 'pwrite64:error=EDQUOT:when=1'],
  ] as const) {
    strace(`with ${what} ends in 73 and leaves nothing`, async () => {
      const {code, stdout, stderr} = await shell(
        `exec strace -f -o /dev/null -e trace=pwrite64 -e inject=${inject} ${pull} --path out`,
      )
      expect({code, said: stdout + stderr}).toEqual({code: 73, said: expect.stringContaining(what)})
      expect(readdirSync(scene.folder)).toEqual([])
    })
  }

  strace('on the time of a file ends in 73 and leaves nothing', async () => {
    const {code, stdout, stderr} = await shell(
      `exec strace -f -o /dev/null -e trace=utimensat -e inject=utimensat:error=EPERM ${pull} --path out`,
    )
    expect({code, said: stdout + stderr}).toEqual({
      code: 73,
      said: expect.stringMatching(/Cannot write .*\/d0\/f0: EPERM/),
    })
    expect(readdirSync(scene.folder)).toEqual([])
  })

  strace('on fsync ends in 73 and leaves nothing', async () => {
    const {code, stdout, stderr} = await shell(
      `exec strace -f -o /dev/null -e trace=fsync -e inject=fsync:error=EIO ${pull} --no-unpack --path a.zip`,
    )
    expect({code, said: stdout + stderr}).toEqual({code: 73, said: expect.stringContaining('EIO')})
    expect(readdirSync(scene.folder)).toEqual([])
  })
})

test('F88 few files may be open: all is unpacked', async () => {
  const {code, stdout, stderr} = await shell(`ulimit -n 40; exec ${pull} --path out`)
  expect({code, said: stdout + stderr}).toMatchObject({code: 0})
  expect(arrived()).toBe(40)
})

describe('F90 standard output', () => {
  test('that nobody reads any more ends the command quietly and leaves its work whole', async () => {
    const {stdout, stderr} = await shell(`${pull} --path out --json - | true; echo "code \${PIPESTATUS[0]}"`)
    expect(stdout).toMatch(/^code 0$/m)
    expect(stderr).not.toMatch(/EPIPE|\n\s+at /)
    expect(arrived()).toBe(40)
  })

  testUnless(missingUnless('test -c /dev/full', 'needs /dev/full'))('that is full ends in 73', async () => {
    const {code, stderr} = await shell(`exec ${pull} --path out --json - > /dev/full`)
    expect({code, stderr}).toEqual({code: 73, stderr: expect.stringMatching(/ENOSPC/)})
  })

  test('that is closed from the start does no harm', async () => {
    const {code} = await shell(`exec ${pull} --path out >&- 2>&-`)
    expect(code).toBe(0)
    expect(arrived()).toBe(40)
  })
})

describe('F91 an odd environment does no harm:', () => {
  test.each([
    ['no TMPDIR', {TMPDIR: '/nowhere/at/all'}],
    ['no HOME', {HOME: undefined}],
    ['a HOME that is not there', {HOME: '/nowhere'}],
    ['LANG=C', {LANG: 'C', LC_ALL: 'C'}],
    ['no TZ that exists', {TZ: 'Nowhere/At_All'}],
  ])('%s', async (_, env) => {
    const {code} = await shell(`exec ${pull} --path out`, env)
    expect(code).toBe(0)
    expect(arrived()).toBe(40)
  })
})
