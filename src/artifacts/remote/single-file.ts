import {chmodSync, readFileSync, rmSync} from 'node:fs'
import type {OpenFile} from '../../gitlab/api/types.ts'
import type {Archive} from '../zip/archive.ts'
import type {ZipEntry} from '../zip/directory.ts'
import {safePath} from '../zip/entry-path.ts'
import {remoteOptions, type Counts} from './counts.ts'
import type {ArchiveSource, ReadOptions} from '../unpack/options.ts'
import {badData, type Rules} from '../zip/rules.ts'
import {fetchWhole} from './remote-archive.ts'
import {workItem} from '../unpack/segments.ts'
import type {Chosen} from '../unpack/selection.ts'
import {createSpool} from './spool.ts'
import type {Link} from '../unpack/unpack.ts'

/**
 * One file of an archive by GitLab's single-file route, as an archive of that file alone. Only where GitLab's tree tells type and mode: the
 * route itself does not, and a file must be the same whichever way it came. Its time is the one thing that neither tells.
 */
export async function singleFile(
  source: ArchiveSource,
  path: string,
  rules: Rules,
): Promise<{readonly archive: Archive; readonly open: OpenFile} | undefined> {
  const row = await source.treeEntry?.(path)
  if (!source.openEntry || !row?.mode || row.size === undefined) return undefined
  const unixMode = Number.parseInt(row.mode, 8)
  const kind = unixMode & 0o170000
  if (kind !== 0o100000 && kind !== 0o120000 && kind !== 0) return undefined
  const entry: ZipEntry = {
    index: 0,
    path: safePath(path, rules),
    fault: undefined,
    hasGuessedName: false,
    rawName: '',
    type: kind === 0o120000 ? 'symlink' : 'file',
    unixMode,
    modified: undefined,
    flags: 0,
    method: 0,
    crc: 0,
    packedBytes: row.size,
    bytes: row.size,
    offset: 0,
  }
  const place = {start: 0, bytes: 0, count: 1, prefix: 0}
  return {
    archive: {bytes: row.size, place, entries: [entry], ends: Float64Array.of(row.size)},
    open: source.openEntry(path),
  }
}

/** Fetches it into the tree. A link comes back to be made. The length is all there is to check it by, so each try begins anew. */
export async function fetchSingle(
  open: OpenFile,
  chosen: readonly Chosen[],
  root: string,
  counts: Counts,
  options: ReadOptions,
): Promise<readonly Link[]> {
  const [only] = chosen
  if (!only) return []
  const item = workItem(only, 0)
  const path = `${root}/${item.out}`
  const spool = createSpool(path)
  try {
    const {bytes} = await fetchWhole(
      remoteOptions(
        {
          // That route knows no ranges.
          open: ({signal, budget}) => open({signal, budget}),
          asked: {file: item.path, knownBytes: async () => item.bytes},
          knownBytes: item.bytes,
          counts,
          all: [counts],
          maxBytes: item.bytes,
        },
        options,
      ),
      undefined,
      (position, piece) => spool.write(position, piece),
      () => spool.truncate(0),
    )
    spool.truncate(bytes)
  } finally {
    spool.close()
  }
  if (item.type === 'file') {
    chmodSync(path, item.mode & ~process.umask())
    return []
  }
  if (item.bytes > 4_096) throw badData(item.path, 'is a link whose target is too long')
  const target = readFileSync(path, 'utf8')
  rmSync(path)
  return [{item, target}]
}
