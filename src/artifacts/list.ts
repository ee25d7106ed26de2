import {rmSync} from 'node:fs'
import {join} from 'node:path'
import type {TreeEntry} from '../gitlab/api/types.ts'
import type {ZipEntry} from './zip/directory.ts'
import {makeTemporaryFolder} from './publish/disk.ts'
import {createCounts} from './remote/counts.ts'
import {openArchive} from './remote/opened.ts'
import type {ArchiveSource, ReadOptions, Way} from './unpack/options.ts'
import {defaultRules} from './zip/rules.ts'
import {ReplacedFile} from './remote/tries.ts'

export interface ListResult {
  /** As GitLab's tree route gives them, recursively: folders that have no entry of their own included. Sorted by path. */
  readonly entries: readonly TreeEntry[]
  readonly fetchedBytes: number
  readonly requests: number
  readonly way: Way
}

/**
 * The entries of an archive, out of its central directory: a request or two where the server gives parts, else the whole archive, kept in a
 * temporary file meanwhile. Nothing is unpacked. Errors as for unpacking.
 */
export async function listEntries(options: ArchiveSource & ReadOptions): Promise<ListResult> {
  const folder = makeTemporaryFolder('jobside-list-')
  const counts = createCounts(options)
  const read = async (isWhole: boolean): Promise<ListResult> => {
    const path = join(folder, 'archive.zip')
    const rules = {...defaultRules, ...options.rules}
    const {archive, supply, spool} = await openArchive({
      source: options,
      counts,
      all: [counts],
      path,
      isWhole,
      rules,
      options,
    })
    spool.close()
    return {
      entries: treeOf(archive.entries),
      fetchedBytes: counts.bytes,
      requests: counts.requests,
      way: supply ? 'range' : 'whole',
    }
  }
  try {
    return await read(false).catch(async (error: unknown) => {
      if (error instanceof ReplacedFile) return read(true)
      throw error
    })
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

/** Entries as GitLab's tree shows them. */
export function treeOf(entries: readonly ZipEntry[]): readonly TreeEntry[] {
  const rows = new Map<string, TreeEntry>()
  const addFolders = (path: string): void => {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (rows.has(folder)) return
      rows.set(folder, {name: nameOf(folder), path: `${folder}/`, type: 'directory', mode: null})
    }
  }
  for (const {path, type, bytes, unixMode} of entries) {
    if (path === '') continue
    const mode = unixMode === 0 ? null : unixMode.toString(8).padStart(6, '0')
    const row = {name: nameOf(path), mode}
    rows.set(path, type === 'directory' ? {...row, path: `${path}/`, type} : {...row, path, type: 'file', size: bytes})
    addFolders(path)
  }
  return [...rows.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
