import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {fetchArtifacts} from '../../src/artifacts/fetch.ts'
import {repackArchives} from '../../src/artifacts/repack-archives.ts'
import {serveArchive} from '../support/archive-server.ts'
import {accepted} from './accepted-archives.ts'
import {diskTree, entriesOf} from './disk-tree.ts'
import {refusedLies} from './refused-lies.ts'
import {refusedNames} from './refused-names.ts'

/** Whatever must not be unpacked must not be passed on in a new zip either; what is sound is the same out of it. */
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'repacked-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const {signal} = new AbortController()
const serve = (bytes: Buffer) => ({open: serveArchive(bytes, {etag: '"a"'}).open, knownBytes: bytes.length})

async function repack(bytes: Buffer): Promise<Buffer> {
  const destination = join(folder, 'new.zip')
  await repackArchives({sources: [serve(bytes)], destination, signal})
  return readFileSync(destination)
}

describe('an archive that is accepted, repacked and unpacked', () => {
  test.each(accepted)('%s', async (_what, bytes, expected) => {
    await fetchArtifacts({...serve(await repack(bytes)), destination: join(folder, 'out'), signal})
    expect(entriesOf(diskTree(join(folder, 'out')))).toEqual(entriesOf(expected))
  })
})

describe('an archive that is refused goes into no new zip', () => {
  // A zip is no repository: nothing obeys a folder in it.
  const unsafe = [...refusedNames, ...refusedLies].filter(([, , why]) => !why.includes('.git'))
  test.each(unsafe)('%s', async (_what, bytes, why) => {
    await expect(repack(bytes)).rejects.toThrow(why)
    expect(readdirSync(folder)).toEqual([])
  })
})
