import {setImmediate as turn} from 'node:timers/promises'
import {crc32} from 'node:zlib'
import {readExactly} from '../publish/disk.ts'
import {fileMode, folderMode, workItem} from '../unpack/segments.ts'
import type {Chosen} from '../unpack/selection.ts'
import {checkLocalHeader, longestHeader} from '../zip/local-header.ts'
import {createZipWriter} from './zip-writer.ts'

/** An entry whose data has been checked, where it lies. */
export interface PackedEntry extends Chosen {
  /** The archive, open. */
  readonly fd: number
  /** Where the next entry of that archive, or its directory, begins. */
  readonly end: number
  /** Of a link: where it leads. */
  readonly target: string | undefined
}

const blockBytes = 2 ** 20
/** Between so many bytes, or entries, signals get their turn. */
const turnBytes = 8 * blockBytes
const turnEntries = 200

/** Whether the packed bytes of an entry can stand in another zip as they are, for every reader. */
export function canCopy({entry: {type, method}}: Chosen): boolean {
  return type === 'directory' || method === 0 || method === 8
}

/**
 * Writes a zip of the entries, in order of their names, without unpacking them: their packed bytes are copied. Gives its size. The same archives
 * and the same choice give the same bytes.
 */
export async function copyEntries(
  entries: readonly PackedEntry[],
  write: (bytes: Uint8Array) => void,
  signal: AbortSignal,
): Promise<number> {
  const writer = createZipWriter(write)
  let bytesLeft = turnBytes
  let entriesLeft = turnEntries
  const step = async (bytes: number): Promise<void> => {
    bytesLeft -= bytes
    if (bytesLeft > 0 && entriesLeft > 0) return
    bytesLeft = turnBytes
    entriesLeft = turnEntries
    await turn()
    signal.throwIfAborted()
  }
  for (const packed of entries.toSorted((a, b) => (a.out < b.out ? -1 : 1))) {
    const {entry, out, target} = packed
    // It is the folder that all else lies in.
    if (out === '') continue
    if (entry.type === 'directory') {
      writer.add({path: out, type: 'directory', mode: folderMode(entry.unixMode), ...nothing})
    } else if (target !== undefined) {
      const content = Buffer.from(target)
      const size = content.length
      writer.add({
        path: out,
        type: 'symlink',
        mode: 0o777,
        ...nothing,
        crc: crc32(content),
        packedBytes: size,
        bytes: size,
      })
      writer.data(content)
    } else {
      const {crc, packedBytes, bytes, method} = entry
      const mode = fileMode(entry.unixMode)
      writer.add({path: out, type: 'file', mode, method: method === 8 ? 8 : 0, crc, packedBytes, bytes})
      for (const piece of packedPieces(packed)) {
        writer.data(piece)
        await step(piece.length)
      }
    }
    entriesLeft -= 1
    await step(0)
  }
  return writer.end()
}

const nothing = {method: 0, crc: 0, packedBytes: 0, bytes: 0} as const

/** The packed bytes alone. Small entries are read with their header in one go. */
function* packedPieces(packed: PackedEntry): Generator<Buffer, void, undefined> {
  const {fd, end} = packed
  const item = workItem(packed, end)
  const headBytes = longestHeader(item)
  const first = Buffer.allocUnsafe(Math.min(headBytes + item.packedBytes, end - item.offset, blockBytes))
  readExactly(fd, first, item.offset)
  const start = checkLocalHeader(first, item).length
  const dataEnd = start + item.packedBytes
  yield first.subarray(start, dataEnd)
  for (let at = first.length; at < dataEnd; at += blockBytes) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, dataEnd - at))
    readExactly(fd, block, item.offset + at)
    yield block
  }
}
