import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import type {Scene} from '../support/bundle-scene.ts'
import {accepted} from './accepted-archives.ts'
import {ambiguousHeaders} from './ambiguous-headers.ts'
import {ambiguousNames} from './ambiguous-names.ts'
import {ambiguousPlaces} from './ambiguous-places.ts'
import {entriesOf} from './disk-tree.ts'
import {atOnce, oldFiles, openHostileScene, runHostile, type HostileRun} from './hostile-scene.ts'
import {expectRefused} from './expect-refused.ts'
import {publicArchives} from './public-archives.ts'
import {refusedLies} from './refused-lies.ts'
import {refusedNames} from './refused-names.ts'

/** The tables of hostile archives, pulled by the built bundle out of a GitLab on loopback. */
const isLong = process.env['JOBSIDE_LONG'] === '1'

type Row = readonly [what: string, bytes: Buffer, ...unknown[]]

const ways = {
  ranges: ['--strategy', 'latest-pipeline', '--path', 'out'],
  whole: ['--strategy', 'latest-job', '--path', 'out'],
  kept: ['--strategy', 'latest-job', '--unpack=false', '--path', 'out/kept.zip'],
  repacked: ['--strategy', 'latest-pipeline', '--archive', 'out/new.zip'],
} as const
type Way = keyof typeof ways

/** One run: a row of a table, and how its archive is read. */
interface Case<T extends Row> {
  readonly name: string
  readonly row: T
  readonly way: Way
}

/** JOBSIDE_LONG=1 takes every archive by every way. CI takes the first archive of each row of the matrix, and of `both` the last by another way. */
function casesOf<T extends Row>(
  rows: readonly T[],
  pairs: readonly (readonly [Way, Way | undefined])[],
): readonly Case<T>[] {
  const idOf = (row: T | undefined): string | undefined => row && (/^H\d\d/.exec(row[0])?.[0] ?? row[0])
  let count = 0
  return rows.flatMap((row, index) => {
    const isFirst = idOf(rows[index - 1]) !== idOf(row)
    const isLast = idOf(rows[index + 1]) !== idOf(row)
    if (isFirst) count += 1
    const [first, last] = pairs[count % pairs.length] ?? ['ranges', undefined]
    const chosen: readonly (Way | undefined)[] = isLong ? pairs.flat() : isFirst ? [first] : isLast ? [last] : []
    return [...new Set(chosen)].flatMap((way) => (way ? [{name: `${row[0]}, ${way}`, row, way}] : []))
  })
}

/** What can be read in two ways, and what other tools are tested with. CI takes one in forty. */
const readings: readonly (readonly [what: string, bytes: Buffer, verdict: string])[] = [
  ...[...ambiguousHeaders, ...ambiguousNames, ...ambiguousPlaces].map(
    ([kind, verdict, bytes]) => [kind, bytes, verdict] as const,
  ),
  ...publicArchives.map(({name, bytes, verdict}) => [name, bytes, verdict] as const),
].filter((_, index) => isLong || index % 40 === 20)

const names = casesOf(refusedNames, [
  ['ranges', undefined],
  ['whole', undefined],
])
const lies = casesOf(refusedLies, [
  ['ranges', 'kept'],
  ['whole', undefined],
  ['ranges', undefined],
  ['whole', 'repacked'],
])
/** What cannot be unpacked, but harms nobody as a zip. */
const isJustKept = ({row: [what], way}: Case<Row>): boolean =>
  way === 'kept' && /^(?:H43|H44|a folder with content)/.test(what)
const sound = casesOf(accepted, [
  ['ranges', undefined],
  ['whole', undefined],
])
const odd = readings.map((row): Case<(typeof readings)[number]> => ({name: `${row[2]}: ${row[0]}`, row, way: 'ranges'}))
const cases: readonly Case<Row>[] = [...names, ...lies, ...sound, ...odd]

let scene: Scene
let runs: readonly Promise<HostileRun>[] = []
beforeAll(async () => {
  scene = await openHostileScene(cases.map(({row}) => row[1]))
  const jobs = cases.map(({way}, index) => async () => {
    const from = ['--project', 'grp/lib', '--ref', `r${index}`, '--job', 'build']
    return runHostile(scene, 'download-artifacts-by-ref', [...from, ...ways[way]])
  })
  runs = atOnce(3, jobs)
})
afterAll(() => scene.close())

const runOf = async (one: Case<Row>): Promise<HostileRun> => {
  const run = await runs[cases.indexOf(one)]
  if (!run) throw new Error('was not run')
  return run
}

describe('the built bundle refuses, and leaves everything as it was:', () => {
  test.each(names)('$name', async (one) => {
    const run = await runOf(one)
    expectRefused(run, one.row[2])
    expect(run.stdout).toContain('the entry "')
  })

  test.each(lies.filter((one) => !isJustKept(one)))('$name', async (one) => {
    expectRefused(await runOf(one), one.row[2])
  })
})

if (lies.some(isJustKept)) {
  describe('the built bundle keeps as it is, since nothing of it is written by name:', () => {
    test.each(lies.filter(isJustKept))('$name', async (one) => {
      const {code, out} = await runOf(one)
      expect({code, kept: out['kept.zip']}).toEqual({code: 0, kept: `644 ${one.row[1].toString('latin1')}`})
    })
  })
}

describe('the built bundle unpacks, beside what is there:', () => {
  test.each(sound)('$name', async (one) => {
    const {code, out, stderr} = await runOf(one)
    const expected = entriesOf({...oldFiles, ...one.row[2]})
    expect({code, stderr, out: entriesOf(out)}).toEqual({code: 0, stderr: '', out: expected})
  })
})

describe('the built bundle unpacks or refuses, as the engine does,', () => {
  test.each(odd)('$name', async (one) => {
    const run = await runOf(one)
    if (one.row[2] === 'refused') expectRefused(run, '')
    else
      expect({code: run.code, stderr: run.stderr, old: run.out['old/file.txt']}).toEqual({
        code: 0,
        stderr: '',
        old: oldFiles['old/file.txt'],
      })
  })
})
