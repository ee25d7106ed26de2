import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {ownedName} from '../../../../src/artifacts/publish/owner.ts'
import {sealText} from '../../../../src/artifacts/publish/seal.ts'
import {finishPublishing, publishTree, removePrivate} from '../../../../src/artifacts/publish/publish.ts'
import {sha256, treeOf, treeOfFiles} from '../../../support/bundle-scene.ts'
import {testUnless} from '../../../support/optional.ts'
import {missingUnless} from '../../../support/shell.ts'

let folder = ''
let out = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'killed-'))
  out = join(folder, 'out')
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

type Files = Readonly<Record<string, string>>
const old: Files = {a: 'old', 'd/b': 'old', gone: 'old'}
const fresh: Files = {a: 'new', 'd/b': 'new', 'd/c': 'new', e: 'new'}

function put(root: string, files: Files): void {
  mkdirSync(root, {recursive: true})
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), {recursive: true})
    writeFileSync(join(root, path), content)
  }
}

/** What a run that was killed has left, each part of it as files. */
interface Left {
  readonly there: Files | undefined
  readonly parts: Readonly<Record<string, Files>>
}

/** The private folder of a killed run beside the destination, or inside it as for a mount. */
function leave({there, parts}: Left, place: 'beside' | 'inside'): string {
  const own = join(place === 'inside' ? out : folder, '.out.killed.d')
  if (there) put(out, there)
  for (const [part, files] of Object.entries(parts)) put(join(own, part), files)
  mkdirSync(own, {recursive: true})
  chmodSync(own, 0o700)
  const text = JSON.stringify({destination: out, overwrite: 'replace'})
  writeFileSync(join(own, 'journal'), `${text}\n${sealText(own, text)}`, {mode: 0o600})
  return own
}

/** What is there when the private folder has been removed, as the next run does. */
function afterFinishing(own: string): ReturnType<typeof treeOf> {
  expect(finishPublishing(own, (destination) => destination === out)).toBe(true)
  removePrivate(own)
  return treeOf(out)
}

describe('F81 a replacement that was killed is finished,', () => {
  test.each<[string, Left]>([
    ['before its first rename', {there: old, parts: {new: fresh}}],
    ['between its two renames', {there: undefined, parts: {'old-tree': old, new: fresh}}],
    ['after its last rename', {there: fresh, parts: {'old-tree': old}}],
    [
      'while the new tree was copied, where no rename is possible',
      {there: {a: 'new', 'd/b': 'new'}, parts: {'old-tree': old, new: {'d/c': 'new', e: 'new'}}},
    ],
  ])('%s', (_, left) => {
    expect(afterFinishing(leave(left, 'beside'))).toEqual(treeOfFiles(fresh))
  })

  test.each<[string, Left]>([
    ['before anything was moved', {there: old, parts: {new: fresh}}],
    ['while the old tree went aside', {there: {'d/b': 'old'}, parts: {half: {a: 'old', gone: 'old'}, new: fresh}}],
    [
      'when half of one folder had gone aside',
      {there: {'d/b': 'old'}, parts: {half: {a: 'old', 'd/x': 'old'}, new: fresh}},
    ],
    ['between the two halves', {there: {}, parts: {'old-tree': old, new: fresh}}],
    [
      'while the new tree came: what has come stays',
      {there: {a: 'new'}, parts: {'old-tree': old, new: {'d/b': 'new', 'd/c': 'new', e: 'new'}}},
    ],
    ['when all had come', {there: fresh, parts: {'old-tree': old, new: {}}}],
  ])('in a mount, %s', (_, left) => {
    expect(afterFinishing(leave(left, 'inside'))).toEqual(treeOfFiles(fresh))
  })

  test('in a mount: what other runs keep there is theirs', () => {
    const other = `.out.${ownedName()}.d/new/f`
    const own = leave({there: {...old, [other]: 'theirs'}, parts: {new: fresh}}, 'inside')
    expect(afterFinishing(own)).toEqual(treeOfFiles({...fresh, [other]: 'theirs'}))
  })

  test('between its two renames, although somebody has made the destination anew: both are there', () => {
    const own = leave({there: {mine: 'later'}, parts: {'old-tree': old, new: fresh}}, 'beside')
    expect(afterFinishing(own)).toEqual({...treeOfFiles(fresh), mine: sha256('later')})
  })
})

describe('F82 a replacement that fails', () => {
  test('while the new tree comes into a mount is taken back', () => {
    put(out, {...old, '.x.jobside.lock/own': 'of others'})
    const own = join(out, `.out.${ownedName()}.d`)
    // A lock stays where it is, so this one is in the way.
    put(join(own, 'new'), {...fresh, '.x.jobside.lock': 'a file'})
    expect(() => publishTree(own, out, 'replace')).toThrow('.x.jobside.lock')
    removePrivate(own)
    expect(treeOf(out)).toEqual(treeOfFiles({...old, '.x.jobside.lock/own': 'of others'}))
  })

  const missing = missingUnless('f=$(mktemp) && chattr +i $f && chattr -i $f && rm $f', 'needs root and chattr')
  testUnless(missing)('while the old tree goes aside is taken back', () => {
    put(out, old)
    const stuck = join(out, 'gone')
    spawnSync('chattr', ['+i', stuck])
    try {
      const own = join(out, `.out.${ownedName()}.d`)
      put(join(own, 'new'), fresh)
      expect(() => publishTree(own, out, 'replace')).toThrow('EPERM')
      removePrivate(own)
      expect(treeOf(out)).toEqual(treeOfFiles(old))
    } finally {
      spawnSync('chattr', ['-i', stuck])
    }
  })
})
