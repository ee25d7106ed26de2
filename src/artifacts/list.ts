import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {ActionError} from '../base/errors.ts'
import type {TreeEntry} from '../gitlab/api/types.ts'
import type {ZipEntry} from './zip/directory.ts'
import {makeTemporaryFolder} from './publish/disk.ts'
import {createCounts, type Counts} from './remote/counts.ts'
import {openArchive, type OpenRequest} from './remote/opened.ts'
import type {Source} from './remote/source.ts'
import type {ArchiveSource, ReadOptions, Way} from './unpack/options.ts'
import {fileMode} from './unpack/segments.ts'
import type {Archive} from './zip/archive.ts'
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
  const counts = createCounts(options)
  const {archive, supply} = await readDirectory(options, counts)
  return {
    entries: treeOf(archive.entries),
    fetchedBytes: counts.bytes,
    requests: counts.requests,
    way: supply ? 'range' : 'whole',
  }
}

/** Of an archive that comes in one piece only, more than this is not read for the sake of one entry. */
const mostBytes = 4 * 2 ** 20

/**
 * The permissions that an archive gives one of its files, out of its central directory; undefined if that has no such file, cannot be read, or would
 * cost more than a request or two. Of a link, those of a plain file: what GitLab sends for it is its target as text.
 */
export async function modeInArchive(
  options: Pick<ArchiveSource, 'open' | 'knownBytes'> & ReadOptions,
  path: string,
): Promise<number | undefined> {
  const source = {...options, attempts: 1, rules: {maxBytes: mostBytes}}
  const insteadOfWhole = async () => ({archive: noArchive, open: options.open})
  try {
    const {archive} = await readDirectory(source, createCounts(options), insteadOfWhole)
    const entry = archive.entries.find((candidate) => candidate.path === path && candidate.type !== 'directory')
    return entry && plainMode(entry.unixMode)
  } catch (error) {
    options.signal.throwIfAborted()
    if (!(error instanceof ActionError)) throw error
    return undefined
  }
}

/** Of a regular file or a link, before the umask. */
export function plainMode(unixMode: number): number {
  return fileMode((unixMode & 0o170000) === 0o120000 ? 0 : unixMode)
}

const noArchive: Archive = {
  bytes: 0,
  place: {start: 0, bytes: 0, count: 0, prefix: 0},
  entries: [],
  ends: new Float64Array(),
}

async function readDirectory(
  options: ArchiveSource & ReadOptions,
  counts: Counts,
  insteadOfWhole?: OpenRequest['insteadOfWhole'],
): Promise<Source> {
  const folder = makeTemporaryFolder('jobside-list-')
  const read = async (isWhole: boolean): Promise<Source> => {
    const path = join(folder, 'archive.zip')
    const rules = {...defaultRules, ...options.rules}
    const request = {source: options, counts, all: [counts], path, isWhole, rules, options, insteadOfWhole}
    const {spool, ...source} = await openArchive(request)
    spool.close()
    return source
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
