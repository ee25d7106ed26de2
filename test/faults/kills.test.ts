import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from '@jest/globals'
import {openScene, sha256, treeOf, type Scene} from '../support/bundle-scene.ts'
import {isLong} from '../support/long.ts'
import {expectSoon} from '../support/stopwatch.ts'
import {createTally, isHit, loads, phaseIn, pullOf, runStruck, type Struck} from '../support/struck.ts'

const bundle = 'download-artifacts-by-ref'
/** A signal that comes late would be a hit on nothing: more are sent until this many have hit. */
const rounds = (hits: number): {hits: number; most: number} => ({hits: isLong ? hits : 2, most: isLong ? 3 * hits : 12})
/** Which rows run without JOBSIDE_LONG: each kind once. */
const some = <Row extends readonly unknown[]>(rows: readonly Row[], ...chosen: readonly number[]): readonly Row[] =>
  isLong ? rows : rows.filter((_, index) => chosen.includes(index))

type Tree = Readonly<Record<string, string>>
interface Load {
  readonly tree: Tree
  /** How long its work is expected to take; learned, as the machine's other work changes it. */
  workMs: number
}

let scene: Scene
const whole = new Map<string, Load>()
const out = (): string => join(scene.folder, 'out')
const clear = (): void => rmSync(out(), {recursive: true, force: true})
beforeAll(async () => {
  scene = await openScene(loads, {storage: 'redirect'})
  for (const job of ['build', 'large'] as const) {
    clear()
    const {code, workMs} = await runStruck(scene, bundle, pullOf(job))
    expect(code).toBe(0)
    whole.set(job, {tree: treeOf(out()) ?? {}, workMs})
  }
}, 60_000)
afterAll(() => scene.close())
beforeEach(clear)

const loadOf = (job: string): Load => whole.get(job) ?? {tree: {}, workMs: 0}

/** At a random moment of its work; each eighth time at one of its first half second, in which Node and the bundle load. */
async function strike(
  signal: NodeJS.Signals,
  job: 'build' | 'large',
  round: number,
  more: readonly string[] = [],
): Promise<Struck> {
  const isWork = round % 8 !== 7
  const load = loadOf(job)
  const afterMs = Math.random() * (isWork ? load.workMs : 500)
  const struck = await runStruck(scene, bundle, [...pullOf(job), ...more], {signal, afterMs, isWork})
  const hasStruck = struck.signal !== null || struck.code !== 0
  if (isWork) load.workMs *= hasStruck ? 1.1 : 0.8
  return struck
}

const stops = [
  ['SIGTERM', 'build', 143, 30],
  ['SIGTERM', 'large', 143, 30],
  ['SIGINT', 'build', 130, 15],
  ['SIGINT', 'large', 130, 15],
] as const
describe.each(some(stops, 1, 2))('%s to a pull of "%s"', (signal, job, code, most) => {
  test('F80 at random moments of a download and extraction leaves nothing over, soon', async () => {
    const limit = rounds(most)
    const tally = createTally(`F80 ${signal} ${job}`)
    const exits: number[] = []
    for (let round = 0; tally.hits() < limit.hits && round < limit.most; round += 1) {
      const ended = await strike(signal, job, round)
      const wasStopped = ended.code === code
      // Before our handlers are there, and when Node has taken them away at its end, the signal ends the process by itself.
      if (ended.signal === null) expect([0, code]).toContain(ended.code)
      else expect(['start', 'over']).toContain(ended.phase)
      if (wasStopped) expect(ended.stdout + ended.stderr).toContain(`Stopped by ${signal}`)
      // One that has begun to move its tree over ends well: that is no hit.
      tally.add(wasStopped || !isHit(ended.phase) ? ended.phase : 'over')
      if (wasStopped) exits.push(ended.exitMs)
      expect(ended.stderr + ended.stdout).not.toMatch(/unexpected|please report|\n\s+at /i)
      const isComplete = ended.code === 0 || ended.phase === 'over'
      expect(treeOf(out())).toEqual(isComplete ? loadOf(job).tree : undefined)
      expect(readdirSync(scene.folder).filter((name) => name !== 'out')).toEqual([])
      clear()
    }
    tally.tell()
    expect(tally.hits()).toBe(limit.hits)
    expectSoon(exits)
  }, 900_000)
})

const kills = [
  ['nothing there', 'build', [], 60],
  ['nothing there', 'large', [], 40],
  ['an old tree that is replaced', 'build', ['--overwrite', 'replace'], 40],
  ['an old tree that is replaced', 'large', ['--overwrite', 'replace'], 20],
  ['a tree that is merged with', 'build', [], 40],
] as const
describe.each(some(kills, 0, 3, 4))('SIGKILL, with %s, to a pull of "%s"', (what, job, more, most) => {
  test('F81 at random moments of a download and extraction leaves old or new, and the next run sweeps', async () => {
    const limit = rounds(most)
    const tally = createTally(`F81 ${what}, ${job}`)
    const {tree} = loadOf(job)
    const old = oldTree(what)
    const expected = what === 'a tree that is merged with' ? {kept: sha256('kept'), ...tree} : tree
    for (let round = 0; tally.hits() < limit.hits && round < limit.most; round += 1) {
      clear()
      for (const [path, content] of Object.entries(old)) {
        mkdirSync(join(out(), path, '..'), {recursive: true})
        writeFileSync(join(out(), path), content)
      }
      const before = treeOf(out())
      const {signal} = await strike('SIGKILL', job, round, more)
      // What it has left tells better than any clock that it was at work.
      const phase = phaseIn(scene.folder, true)
      tally.add(signal === 'SIGKILL' ? phase : undefined)
      const after = treeOf(out())
      if (what === 'a tree that is merged with' && phase === 'move') expectMixed(after ?? {}, before ?? {}, expected)
      // Between the two renames of a replacement there is neither: the next run finishes it.
      else if (after !== undefined || phase !== 'move') expect([before, expected]).toContainEqual(after)
      const next = await runStruck(scene, bundle, [...pullOf(job), ...more])
      expect({code: next.code, tree: treeOf(out())}).toEqual({code: 0, tree: expected})
      expect(readdirSync(scene.folder)).toEqual(['out'])
    }
    tally.tell()
    expect(tally.hits()).toBe(limit.hits)
  }, 1_800_000)
})

function oldTree(what: string): Readonly<Record<string, string>> {
  if (what === 'nothing there') return {}
  return what.startsWith('an old') ? {old: 'old', 'd1/f1': 'old'} : {kept: 'kept', 'd1/f1': 'old'}
}

/** A merge is many renames: each file is old or new as a whole, and what is not of the archive stays. */
function expectMixed(tree: Tree, before: Tree, after: Tree): void {
  expect(tree['kept']).toBe(before['kept'])
  expect(tree['d1/f1']).toBeDefined()
  for (const [path, digest] of Object.entries(tree)) expect([before[path], after[path]]).toContain(digest)
}
