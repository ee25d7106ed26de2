import {readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {openScene, treeOf, treeOfFiles, sceneWorld, type Scene} from '../support/bundle-scene.ts'
import {isLong} from '../support/long.ts'
import {pullOf} from '../support/struck.ts'

/** The same paths with other content, so that a mixture would show. */
const filesOf = (mark: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({length: 200}, (_, index) => [`d${index % 20}/f${index}`, mark.repeat(5_000)]))
const library = {build: {files: filesOf('a')}, large: {files: filesOf('b')}}

let scene: Scene
beforeAll(async () => {
  scene = await openScene(sceneWorld({library}), {storage: 'redirect'})
})
afterAll(() => scene.close())

test('F86 two runs into one destination follow each other', async () => {
  const trees = [treeOfFiles(filesOf('a')), treeOfFiles(filesOf('b'))]
  for (let round = 0; round < (isLong ? 100 : 4); round += 1) {
    const more = round % 2 === 0 ? [] : ['--overwrite', 'replace']
    const both = await Promise.all(
      (['build', 'large'] as const).map((job) => scene.run('download-artifacts-by-ref', [...pullOf(job), ...more])),
    )
    expect(both.map(({code}) => code)).toEqual([0, 0])
    expect(trees).toContainEqual(treeOf(join(scene.folder, 'out')))
    expect(readdirSync(scene.folder)).toEqual(['out'])
    // Each second pair meets what the one before has left.
    if (round % 4 > 1) rmSync(join(scene.folder, 'out'), {recursive: true})
  }
}, 600_000)

test('F86 of many runs into one destination each ends well, whatever comes and goes beside it', async () => {
  const few = ['--files', 'd7/*'] as const
  for (let round = 0; round < (isLong ? 40 : 6); round += 1) {
    const more = round % 2 === 0 ? [] : ['--overwrite', 'replace']
    const all = Array.from({length: 6}, (_, index) =>
      scene.run('download-artifacts-by-ref', [...pullOf(index % 2 === 0 ? 'build' : 'large'), ...few, ...more]),
    )
    expect((await Promise.all(all)).map(({code, stderr}) => [code, stderr])).toEqual(all.map(() => [0, '']))
    expect(readdirSync(scene.folder)).toEqual(['out'])
  }
  rmSync(join(scene.folder, 'out'), {recursive: true})
}, 600_000)
