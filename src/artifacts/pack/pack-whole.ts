import {crc32, deflateRawSync} from 'node:zlib'

/** What of archiver's engine (compress-commons 7) is used here. */
interface Engine {
  offset: number
  write(piece: Uint8Array | string): boolean
  _appendBuffer(entry: Entry, content: Buffer, done: (error: null, entry: Entry) => void): void
  _afterAppend(entry: Entry): void
  _writeLocalFileHeader(entry: Entry): void
  _writeCentralFileHeader(entry: Entry): void
}

interface Entry {
  getMethod(): number
  setMethod(method: number): void
  setSize(bytes: number): void
  setCompressedSize(bytes: number): void
  setCrc(crc: number): void
  getGeneralPurposeBit(): {useDataDescriptor(is: boolean): void}
}

const [stored, deflated] = [0, 8]

/**
 * Makes the archive pack what it is given whole in one call of zlib, and write a header at once. archiver itself takes a stream, a trip to zlib's
 * threads and some thirty small writes for each entry: for files of 8 KB four times the cost of packing them. What comes in pieces goes archiver's way.
 * Headers then state sizes and checksum themselves. What does not shrink is stored.
 */
export function packWholeEntries(archive: object, level: number): void {
  const engine = engineOf(archive)
  const writeLocal = engine._writeLocalFileHeader.bind(engine)
  const writeCentral = engine._writeCentralFileHeader.bind(engine)
  engine._writeLocalFileHeader = (entry) => atOnce(engine, () => writeLocal(entry))
  engine._writeCentralFileHeader = (entry) => atOnce(engine, () => writeCentral(entry))
  engine._appendBuffer = (entry, content, done) => {
    const packed =
      entry.getMethod() === stored ? content : deflateRawSync(content, {level, chunkSize: content.length + 64})
    const isSmaller = packed.length < content.length
    entry.setMethod(isSmaller ? deflated : stored)
    entry.setSize(content.length)
    entry.setCompressedSize(isSmaller ? packed.length : content.length)
    entry.setCrc(crc32(content))
    entry.getGeneralPurposeBit().useDataDescriptor(false)
    engine._writeLocalFileHeader(entry)
    engine.write(isSmaller ? packed : content)
    engine._afterAppend(entry)
    done(null, entry)
  }
}

function engineOf(archive: object): Engine {
  const {engine} = (archive as {readonly _module: {readonly engine: Engine}})._module
  for (const name of ['_appendBuffer', '_afterAppend', '_writeLocalFileHeader', '_writeCentralFileHeader'] as const) {
    if (typeof engine[name] !== 'function') throw new Error(`archiver's engine has no ${name} any more`)
  }
  return engine
}

/** Joins what `work` writes to one write. */
function atOnce(engine: Engine, work: () => void): void {
  const pieces: Uint8Array[] = []
  const {offset} = engine
  engine.write = (piece) => {
    pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
    engine.offset += piece.length
    return true
  }
  try {
    work()
  } finally {
    // What is left is that of its class.
    Reflect.deleteProperty(engine, 'write')
    engine.offset = offset
  }
  engine.write(Buffer.concat(pieces))
}
