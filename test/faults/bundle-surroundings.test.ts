import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {
  jobVariables,
  libraryFiles,
  openScene,
  pullByRef,
  treeOf,
  treeOfFiles,
  type Scene,
} from '../support/bundle-scene.ts'
import {dist} from '../support/bundles.ts'
import {testUnless} from '../support/optional.ts'
import {missingUnless, runShell, type ShellRun} from '../support/shell.ts'

/** Users that nobody has listed, homes and temporary folders that are not there, folders of others, too few files: on the built bundles. */
let scene: Scene
let work = ''
beforeAll(async () => {
  scene = await openScene()
})
afterAll(() => scene.close())
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'jobside-surroundings-'))
  chmodSync(work, 0o755)
})
afterEach(() => rmSync(work, {recursive: true, force: true}))

const variables = (): Readonly<Record<string, string>> => jobVariables(scene.sandbox)
const shell = (script: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<ShellRun> =>
  runShell(script, {cwd: work, env: {...variables(), ...env}})
const pull = (more: string): string =>
  `exec "$NODE" "${dist}/download-artifacts-by-ref.mjs" ${pullByRef.join(' ')} ${more}`

describe('F7', () => {
  test('HOME is the project that the job works in: its default path is no home of a person', async () => {
    const {code} = await shell(pull(''), {HOME: work, CI_PROJECT_DIR: work})
    expect({code, tree: treeOf(work)}).toEqual({code: 0, tree: treeOfFiles(libraryFiles)})
  })

  test('HOME is another folder: that is refused as one', async () => {
    const home = join(work, 'home')
    mkdirSync(home)
    const {code, stdout} = await shell(pull('--path home'), {HOME: home})
    expect(code).toBe(64)
    expect(stdout).toContain('is the home folder')
  })

  test('a temporary folder that is not there: the list is made all the same', async () => {
    const line = `exec "$NODE" "${dist}/list-artifacts.mjs" --project grp/lib --ref main --job build`
    const {code, stdout, stderr} = await shell(line, {TMPDIR: join(work, 'nowhere')})
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    expect(stdout).toContain('dist/lib.js')
  })

  /** The folders of a test are its user's alone. */
  const openToOthers = (): void => chmodSync(tmpdir(), 0o711)
  const missing = missingUnless('test "$(id -u)" = 0 && command -v setpriv', 'needs root and setpriv')
  testUnless(missing)('a user that nobody has listed, without HOME', async () => {
    openToOthers()
    const own = join(work, 'own')
    mkdirSync(own)
    // The bundle and Node must be readable for that user.
    cpSync(join(dist, 'download-artifacts-by-ref.mjs'), join(own, 'pull.mjs'))
    chownSync(own, 54_321, 54_321)
    const {code, stdout, stderr} = await shell(
      `cd own && exec setpriv --reuid 54321 --regid 54321 --clear-groups "$NODE" pull.mjs ${pullByRef.join(' ')} --path out`,
      {HOME: undefined},
    )
    expect({code, stdout, stderr}).toMatchObject({code: 0, stderr: ''})
    expect(treeOf(join(own, 'out'))).toEqual(treeOfFiles(libraryFiles))
  })

  testUnless(missing)(
    'D16 a folder of another user in the destination is what is named, before anything is changed',
    async () => {
      openToOthers()
      const own = join(work, 'own')
      mkdirSync(join(own, 'dist'), {recursive: true})
      cpSync(join(dist, 'download-artifacts-by-ref.mjs'), join(own, 'pull.mjs'))
      chownSync(own, 54_321, 54_321)
      const {code, stdout} = await shell(
        `cd own && exec setpriv --reuid 54321 --regid 54321 --clear-groups "$NODE" pull.mjs ${pullByRef.join(' ')} --path .`,
      )
      expect(code).toBe(73)
      expect(stdout).toMatch(/Cannot write \S*own\/dist: EACCES/)
      expect(readdirSync(own).sort()).toEqual(['dist', 'pull.mjs'])
    },
  )
})

describe('H7 too few open files', () => {
  test.each([17, 18, 19, 20, 21, 22, 24])('%d: a sentence, no bug of ours', async (count) => {
    const {code, stdout, stderr} = await shell(`ulimit -n ${count}; ${pull('--path out')}`)
    // With fewer than it needs itself, Node does not come as far as our first line.
    if (stderr.startsWith('node:internal')) return
    expect(stdout + stderr).not.toMatch(/bug in jobside|Unexpected error/)
    expect([0, 69, 73]).toContain(code)
  })

  test.each(['127.0.0.1', 'localhost'])(
    'of the client, at %s: that is what is told, and no name is blamed',
    async (host) => {
      const told: string[] = []
      // Where Node itself has just enough to start depends on its version.
      for (const count of [17, 18, 19, 20, 21, 22, 23, 24]) {
        const line = `ulimit -n ${count}; exec "$NODE" "${dist}/get-job.mjs" --project grp/lib --job-id 201 --attempts 2`
        const address = variables()['CI_API_V4_URL']?.replace('127.0.0.1', host)
        const {code, stdout, stderr} = await shell(line, {
          GITLAB_TOKEN: 'glpat-dev',
          CI_API_V4_URL: address,
          CI_SERVER_URL: address,
        })
        const said = stdout + stderr
        expect(said).not.toMatch(/bug in jobside|Unexpected error|no host of this name/)
        if (!said.includes('this process has too many open files')) continue
        told.push(said)
        expect([code, said]).toEqual([69, expect.stringContaining('Raise the limit of open files (ulimit -n)')])
      }
      expect(told).not.toEqual([])
    },
  )
})

describe('16.7 nothing is left in the destination', () => {
  test.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)('after %s', async (signal) => {
    scene.setFaults([{route: 'ref-artifacts', delayMs: 3_000}] as never)
    const run = await scene.run('download-artifacts-by-ref', [...pullByRef, '--path', 'out'], {
      cwd: work,
      during(child) {
        // Once: a second signal means that nobody wants to wait for an orderly end.
        const timer = setInterval(() => {
          if (readdirSync(work).length === 0) return
          clearInterval(timer)
          child.kill(signal)
        }, 5)
        child.once('close', () => clearInterval(timer))
      },
    })
    scene.setFaults([])
    expect(run.code === null ? run.signal : run.code).not.toBe(1)
    expect(readdirSync(work).filter((name) => name !== 'out')).toEqual([])
    expect(existsSync(join(work, '.out.jobside.lock'))).toBe(false)
    writeFileSync(join(work, 'still-writable'), '')
  })
})
