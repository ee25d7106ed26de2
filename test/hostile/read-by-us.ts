import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from '@jest/globals'
import {fetchArtifacts} from '../../src/artifacts/fetch.ts'
import {ActionError} from '../../src/base/errors.ts'
import {serveArchive} from '../support/archive-server.ts'
import {diskTree, entriesOf} from './disk-tree.ts'
import {treeAt, type ReadTree} from './other-readers.ts'

/** What we make of an archive: a tree, or the reason why it cannot be trusted. Nothing may be written beside the tree. */
async function readByUs(folder: string, bytes: Buffer): Promise<ReadTree | string> {
  const yard = mkdtempSync(join(folder, 'yard-'))
  const destination = join(yard, 'out')
  const {signal} = new AbortController()
  const {open} = serveArchive(bytes, {etag: '"a"'})
  try {
    await fetchArtifacts({open, knownBytes: bytes.length, destination, signal})
    expect(Object.keys(diskTree(yard)).filter((path) => !path.startsWith('out/'))).toEqual([])
    return treeAt(destination)
  } catch (error) {
    if (!(error instanceof ActionError) || error.kind !== 'untrusted') throw error
    expect(entriesOf(diskTree(yard))).toEqual(new Map())
    return error.message
  }
}

/** The same of many, in their order. Those that we accept are left in `zips`, by their number: of what we refuse, others may make what they like. */
export async function readAllByUs(
  folder: string,
  archives: readonly Buffer[],
): Promise<readonly (ReadTree | string)[]> {
  mkdirSync(join(folder, 'zips'))
  const trees: (ReadTree | string)[] = []
  for (const [index, bytes] of archives.entries()) {
    const tree = await readByUs(folder, bytes)
    if (typeof tree !== 'string') writeFileSync(join(folder, 'zips', `${index}.zip`), bytes)
    trees.push(tree)
  }
  return trees
}
