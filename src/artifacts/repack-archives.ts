import {closeSync, openSync, readFileSync, readlinkSync, statSync} from 'node:fs'
import {systemClock} from '../base/clock.ts'
import {checkDestination, inTheWay} from './publish/destination.ts'
import {onDisk, readExactly, createBlockWriter} from './publish/disk.ts'
import {fileMode, folderMode} from './unpack/segments.ts'
import {gatherTree} from './gather.ts'
import {publishFile} from './keep-archive.ts'
import {withLock} from './publish/lock.ts'
import {lookAt} from './publish/merge-tree.ts'
import type {ArchiveSource, SourceResult, UnpackOptions} from './unpack/options.ts'
import {packPieces, type PackSource} from './pack/repack.ts'
import type {Chosen} from './unpack/selection.ts'
import {closeStaging, openStaging} from './publish/staging.ts'

export interface RepackOptions extends UnpackOptions {
  readonly sources: readonly ArchiveSource[]
  /** The zip to write. */
  readonly destination: string
}

export interface RepackResult {
  /** The zip, absolute, and its size. */
  readonly path: string
  readonly archiveBytes: number
  /** What is in it. */
  readonly files: number
  readonly bytes: number
  readonly results: readonly SourceResult[]
}

/** Files up to this are read whole; larger ones in pieces. */
const wholeBytes = 2 ** 20

/**
 * Writes one zip of the chosen files of one or many jobs. The same files give the same bytes whatever archives they came in: sorted by name,
 * one date, modes and links kept. Memory does not grow with the files. Errors as for unpacking.
 */
export async function repackArchives(options: RepackOptions): Promise<RepackResult> {
  const {clock = systemClock, signal, warn, overwrite = 'merge'} = options
  const path = checkDestination(options.destination, {kind: 'file'})
  if (overwrite === 'fail' && lookAt(path)) throw inTheWay(path, 'It exists already, and nothing may be overwritten.')
  const staging = await openStaging(path, {clock, signal, warn})
  try {
    const {results, chosen} = await gatherTree({
      ...options,
      // A zip is no repository: nothing obeys what lies in it.
      rules: {...options.rules, allowGitFolder: true},
      folder: staging.folder,
      destination: undefined,
    })
    const file = `${staging.folder}/repacked.zip`
    const archiveBytes = await packTree(`${staging.folder}/new`, chosen, file, signal)
    await withLock(staging.lock, {clock, signal, warn}, () => publishFile(file, path, overwrite))
    const sum = (of: (result: SourceResult) => number): number => results.reduce((all, one) => all + of(one), 0)
    return {path, archiveBytes, files: sum(({files}) => files), bytes: sum(({bytes}) => bytes), results}
  } finally {
    closeStaging(staging)
  }
}

async function packTree(root: string, chosen: readonly Chosen[], file: string, signal: AbortSignal): Promise<number> {
  const fd = onDisk(file, 0, () => openSync(file, 'wx', 0o600))
  let bytes = 0
  try {
    const blocks = createBlockWriter(fd, file)
    const sorted = chosen.toSorted((a, b) => (a.out < b.out ? -1 : 1))
    for await (const piece of packPieces(sources(root, sorted))) {
      signal.throwIfAborted()
      blocks.write(piece)
      bytes += piece.length
    }
    blocks.end()
    return bytes
  } finally {
    closeSync(fd)
  }
}

function* sources(root: string, chosen: readonly Chosen[]): Generator<PackSource> {
  for (const {entry, out} of chosen) {
    const path = `${root}/${out}`
    const {type} = entry
    if (out === '') continue
    if (type === 'directory') yield {path: out, type, mode: folderMode(entry.unixMode), content: Buffer.alloc(0)}
    else if (type === 'symlink') yield {path: out, type, mode: 0o777, content: Buffer.from(readlinkSync(path))}
    else
      yield {
        path: out,
        type,
        mode: fileMode(entry.unixMode),
        content: entry.bytes <= wholeBytes ? readFileSync(path) : piecesOf(path),
      }
  }
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const fd = openSync(path, 'r')
  try {
    const {size} = statSync(path)
    for (let at = 0; at < size; at += wholeBytes) {
      const piece = Buffer.allocUnsafe(Math.min(wholeBytes, size - at))
      readExactly(fd, piece, at)
      yield piece
    }
  } finally {
    closeSync(fd)
  }
}
