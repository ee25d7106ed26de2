import {readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect} from '@jest/globals'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {openScene, pullByRef, sceneWorld, type Scene} from '../support/bundle-scene.ts'
import {nodeProgram} from '../support/clients.ts'
import {testUnless} from '../support/optional.ts'
import {u32, zip, type RawEntry} from '../support/zip.ts'

/** Method 93, which newer runners can write: read where Node has Zstandard (22.15 and later), refused by name elsewhere. */
const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const longestBlock = 128 * 1024

/** A Zstandard frame without compression: raw blocks, or for repeated bytes such blocks of one byte. */
function frame(content: Buffer, isRepeated = false): Buffer {
  // One segment, and four bytes for the size of the content.
  const pieces = [magic, Buffer.from([0xa0]), u32(content.length)]
  for (let at = 0; at < content.length || at === 0; at += longestBlock) {
    const block = content.subarray(at, at + longestBlock)
    const isLast = at + longestBlock >= content.length ? 1 : 0
    pieces.push(u32(isLast | (isRepeated ? 2 : 0) | (block.length << 3)).subarray(0, 3))
    pieces.push(isRepeated ? block.subarray(0, 1) : block)
  }
  return Buffer.concat(pieces)
}

const small = Buffer.from('packed by a newer runner\n')
const large = Buffer.alloc(9 * 2 ** 20, 'z')
const packed = (name: string, content: Buffer, data: Buffer): RawEntry => ({name, content, method: 93, packed: data})
const sound = [packed('small.txt', small, frame(small)), packed('large.txt', large, frame(large, true))]

function worldWith(entries: readonly RawEntry[]): WorldFile {
  return sceneWorld({library: {build: {base64: zip(entries).toString('base64')}}})
}

const majors = [20, 22, 24, 26].map((major) => {
  const isOurs = process.version.startsWith(`v${major}.`)
  return {major, ...(isOurs ? {file: process.execPath, missing: undefined} : nodeProgram(major))}
})

describe.each(majors)('on Node $major', ({major, file, missing}) => {
  let scene: Scene | undefined
  beforeAll(async () => {
    scene = await openScene(worldWith(sound))
  })
  afterEach(() => rmSync(join(scene?.folder ?? '', 'out'), {recursive: true, force: true}))
  afterAll(() => scene?.close())
  const check = testUnless(missing)
  const pull = async (from: Scene | undefined) =>
    from?.run('download-artifacts-by-ref', [...pullByRef, '--path', 'out'], {node: file})

  if (major < 22) {
    check('Zstandard is refused by its name', async () => {
      const run = await pull(scene)
      expect(run?.code).toBe(76)
      expect(`${run?.stdout}${run?.stderr}`).toContain('Zstandard')
      expect(readdirSync(scene?.folder ?? '')).toEqual([])
    })
    return
  }

  check('small and large entries are read', async () => {
    const run = await pull(scene)
    expect(run?.code).toBe(0)
    expect(readFileSync(join(scene?.folder ?? '', 'out/small.txt'))).toEqual(small)
    expect(readFileSync(join(scene?.folder ?? '', 'out/large.txt')).equals(large)).toBe(true)
  })

  const broken: readonly (readonly [what: string, entry: RawEntry])[] = [
    ['bytes behind the data', packed('x', small, Buffer.concat([frame(small), Buffer.from('more')]))],
    ['a second frame', packed('x', small, Buffer.concat([frame(small), frame(small)]))],
    ['data that is cut', packed('x', small, frame(small).subarray(0, -1))],
    ['a wrong checksum', {...packed('x', small, frame(small)), crc: 7}],
    ['no Zstandard at all', packed('x', small, Buffer.from('something else'))],
    ['bytes behind large data', packed('x', large, Buffer.concat([frame(large, true), Buffer.from('more')]))],
    ['large data that is cut', packed('x', large, frame(large, true).subarray(0, -4))],
  ]
  for (const [what, entry] of broken) {
    check(`${what}: refused, and nothing is written`, async () => {
      const own = await openScene(worldWith([entry]))
      try {
        expect((await pull(own))?.code).toBe(76)
        expect(readdirSync(own.folder)).toEqual([])
      } finally {
        await own.close()
      }
    })
  }
})
