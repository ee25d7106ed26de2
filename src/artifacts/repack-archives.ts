import {chmodSync, closeSync, openSync, readFileSync, readlinkSync, statSync} from 'node:fs'
import {onDisk, readExactly, createBlockWriter} from './publish/disk.ts'
import {fileMode, folderMode} from './unpack/segments.ts'
import {gatherTree} from './gather.ts'
import {makeFile} from './publish/make-file.ts'
import type {ArchiveSource, SourceResult, UnpackOptions} from './unpack/options.ts'
import {copyEntries, type PackedEntry} from './pack/copy-entries.ts'
import {packPieces, type PackSource} from './pack/repack.ts'
import type {Chosen} from './unpack/selection.ts'

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
 * Writes one zip of the chosen files of one or many jobs: sorted by name, one date, modes and links kept. What is packed in ways that every reader
 * knows is checked and copied as it is; if anything is not, all is packed anew. Either way the same archives and the same choice give the same
 * bytes. Memory does not grow with the files. Errors as for unpacking.
 */
export async function repackArchives(options: RepackOptions): Promise<RepackResult> {
  const {path, result} = await makeFile(options, async (file, folder) => {
    // A zip is no repository: nothing obeys what lies in it.
    const rules = {...options.rules, allowGitFolder: true}
    let archiveBytes = 0
    const copy = async (packed: readonly PackedEntry[], signal: AbortSignal): Promise<void> => {
      archiveBytes = await writeZip(file, (write) => copyEntries(packed, write, signal))
    }
    const {results, chosen} = await gatherTree({...options, rules, folder, destination: undefined, copy})
    if (chosen) archiveBytes = await writeZip(file, (write) => packTree(`${folder}/new`, chosen, write, options.signal))
    return {results, archiveBytes}
  })
  const sum = (value: (result: SourceResult) => number): number =>
    result.results.reduce((all, one) => all + value(one), 0)
  return {path, ...result, files: sum(({files}) => files), bytes: sum(({bytes}) => bytes)}
}

/** Opens the new zip for what writes it, in blocks. Gives its size. */
async function writeZip(file: string, make: (write: (bytes: Uint8Array) => void) => Promise<number>): Promise<number> {
  const fd = onDisk(file, 0, () => openSync(file, 'wx', 0o600))
  try {
    const blocks = createBlockWriter(fd, file)
    const bytes = await make((piece) => blocks.write(piece))
    blocks.end()
    return bytes
  } finally {
    closeSync(fd)
  }
}

/** Packs a tree anew, for what cannot be copied. */
async function packTree(
  root: string,
  chosen: readonly Chosen[],
  write: (bytes: Uint8Array) => void,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0
  const sorted = chosen.toSorted((a, b) => (a.out < b.out ? -1 : 1))
  for await (const piece of packPieces(sources(root, sorted))) {
    signal.throwIfAborted()
    write(piece)
    bytes += piece.length
  }
  return bytes
}

function* sources(root: string, chosen: readonly Chosen[]): Generator<PackSource> {
  for (const {entry, out} of chosen) {
    const path = `${root}/${out}`
    const {type} = entry
    if (out === '') continue
    if (type === 'directory') yield {path: out, type, mode: folderMode(entry.unixMode), content: Buffer.alloc(0)}
    else if (type === 'symlink') yield {path: out, type, mode: 0o777, content: Buffer.from(readlinkSync(path))}
    else {
      // Where its archive lets not even its owner read it: nobody else sees our private folder.
      if ((fileMode(entry.unixMode) & 0o400) === 0) chmodSync(path, 0o600)
      yield {
        path: out,
        type,
        mode: fileMode(entry.unixMode),
        content: entry.bytes <= wholeBytes ? readFileSync(path) : piecesOf(path),
      }
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
