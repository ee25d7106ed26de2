import {randomBytes} from 'node:crypto'
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import type {WorldFile} from '../../src/sandbox/world-types.ts'
import {openScene, pullByRef, treeOf, world, type Scene} from '../support/bundle-scene.ts'
import type {BundleRun} from '../support/bundles.ts'

const isLong = process.env['JOBSIDE_LONG'] === '1'
const rounds = {kill: isLong ? 200 : 8, stop: isLong ? 50 : 5}
/** Far more than the two seconds that we promise and see: a loaded machine must not fail the test. */
const exitLimitMs = 10_000

const files = Object.fromEntries(
  Array.from({length: 300}, (_, index) => [`d${index % 30}/f${index}`, randomBytes(6_000).toString('hex')]),
)
const manyFiles: WorldFile = {
  ...world,
  projects: world.projects?.map((project) =>
    project.path === 'grp/lib'
      ? {
          ...project,
          pipelines: [
            {id: 21, ref: 'main', user: 'dev', jobs: [{id: 201, name: 'build', status: 'success', artifacts: {files}}]},
          ],
        }
      : project,
  ),
} as WorldFile

let scene: Scene
let complete: ReturnType<typeof treeOf>
let durationMs = 0
const out = (): string => join(scene.folder, 'out')
beforeAll(async () => {
  scene = await openScene(manyFiles, {storage: 'redirect'})
  const started = performance.now()
  expect((await pull()).code).toBe(0)
  durationMs = performance.now() - started
  complete = treeOf(out())
  expect(Object.keys(complete ?? {})).toHaveLength(300)
}, 60_000)
afterAll(() => scene.close())
beforeEach(() => rmSync(out(), {recursive: true, force: true}))

interface Ended extends BundleRun {
  /** From the signal to the end. */
  readonly afterMs: number
}

async function pull(signal?: NodeJS.Signals, afterMs = 0, more: readonly string[] = []): Promise<Ended> {
  let sentAt = 0
  const argv = [...pullByRef, '--path', 'out', ...more]
  const run = await scene.run('download-artifacts-by-ref', argv, {
    env: {TMPDIR: scene.folder},
    during: (child) => {
      if (!signal) return
      const timer = setTimeout(() => {
        sentAt = performance.now()
        child.kill(signal)
      }, afterMs)
      child.once('exit', () => clearTimeout(timer))
    },
  })
  return {...run, afterMs: sentAt === 0 ? 0 : performance.now() - sentAt}
}

/** Random, but spread over the whole run: the first round always hits it early. */
const atRandom = (round: number, of: number): number => ((round + Math.random()) / of) * durationMs * 1.1
describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('F80 at random moments of a download and extraction leaves nothing over', async () => {
    const code = signal === 'SIGTERM' ? 143 : 130
    let stopped = 0
    for (let round = 0; round < rounds.stop; round += 1) {
      const ended = await pull(signal, atRandom(round, rounds.stop))
      // Before our handlers are there, the signal ends the process by itself.
      if (ended.signal === null) expect([0, code]).toContain(ended.code)
      if (ended.code !== 0) stopped += 1
      expect(ended.afterMs).toBeLessThan(exitLimitMs)
      expect(ended.stderr + ended.stdout).not.toMatch(/unexpected|please report|\n\s+at /i)
      const tree = treeOf(out())
      if (ended.code === 0) expect(tree).toEqual(complete)
      else expect([undefined, complete]).toContainEqual(tree)
      expect(readdirSync(scene.folder).filter((name) => name !== 'out')).toEqual([])
      rmSync(out(), {recursive: true, force: true})
    }
    expect(stopped).toBeGreaterThan(0)
  }, 600_000)
})

test.each([
  ['nothing there', [], false],
  ['an old tree that is replaced', ['--overwrite', 'replace'], true],
] as const)(
  'F81 SIGKILL at random moments, with %s, leaves old or new, and the next run sweeps',
  async (_, more, hasOld) => {
    for (let round = 0; round < rounds.kill / 2; round += 1) {
      rmSync(out(), {recursive: true, force: true})
      if (hasOld) {
        mkdirSync(out())
        writeFileSync(join(out(), 'old'), 'old')
      }
      const before = treeOf(out())
      await pull('SIGKILL', atRandom(round, rounds.kill / 2), more)
      const tree = treeOf(out())
      // Between the two renames of a replacement there is neither: the next run finishes it.
      expect([before, complete, undefined]).toContainEqual(tree)
      const next = await pull(undefined, 0, more)
      expect({code: next.code, tree: treeOf(out())}).toEqual({code: 0, tree: complete})
      expect(readdirSync(scene.folder)).toEqual(['out'])
    }
  },
  600_000,
)

test('F81 SIGKILL while files are merged into a tree is finished by the next run', async () => {
  for (let round = 0; round < rounds.kill / 4; round += 1) {
    rmSync(out(), {recursive: true, force: true})
    mkdirSync(join(out(), 'd1'), {recursive: true})
    writeFileSync(join(out(), 'd1', 'f1'), 'old')
    writeFileSync(join(out(), 'kept'), 'kept')
    await pull('SIGKILL', atRandom(round, rounds.kill / 4))
    const next = await pull()
    expect(next.code).toBe(0)
    const {kept, ...rest} = treeOf(out()) ?? {}
    expect(kept).toBeDefined()
    expect(rest).toEqual(complete)
    expect(readdirSync(scene.folder)).toEqual(['out'])
  }
}, 600_000)

describe('F80 a signal', () => {
  test.each([
    ['in a wait', 'wait-for-job', ['--job', 'endless', '--pipeline-id', '11', '--interval', '20s'], []],
    [
      'in the pause between two tries',
      'download-artifacts-by-ref',
      [...pullByRef, '--path', 'out'],
      [{on: '**', answer: {status: 503, headers: {'Retry-After': '100'}}}],
    ],
    [
      'in a body that has stalled',
      'download-artifacts-by-ref',
      [...pullByRef, '--path', 'out'],
      [{on: 'storage', stall: {bytes: 10, for: '60s'}}],
    ],
  ] as const)(
    '%s ends it with its code',
    async (_, name, argv, faults) => {
      scene.setFaults(faults)
      for (const [signal, code] of [
        ['SIGTERM', 143],
        ['SIGINT', 130],
      ] as const) {
        let sentAt = 0
        const {
          code: ended,
          stdout,
          stderr,
        } = await scene.run(name, argv, {
          during: (child) =>
            void setTimeout(() => {
              sentAt = performance.now()
              child.kill(signal)
            }, 1_500),
        })
        expect({ended, said: stdout + stderr}).toEqual({
          ended: code,
          said: expect.stringContaining(`Stopped by ${signal}`),
        })
        expect(performance.now() - sentAt).toBeLessThan(exitLimitMs)
        expect(readdirSync(scene.folder)).toEqual([])
      }
      scene.setFaults([])
    },
    60_000,
  )
})

test('F86 two runs into one destination follow each other', async () => {
  for (let round = 0; round < (isLong ? 100 : 3); round += 1) {
    rmSync(out(), {recursive: true, force: true})
    const both = await Promise.all([pull(), pull()])
    expect(both.map(({code}) => code)).toEqual([0, 0])
    expect(treeOf(out())).toEqual(complete)
    expect(readdirSync(scene.folder)).toEqual(['out'])
  }
}, 600_000)
