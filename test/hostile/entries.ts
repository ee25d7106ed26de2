import {crc32} from 'node:zlib'
import {field, u32, zip, type RawEntry} from '../support/zip.ts'

/** An archive of one entry. */
export const one = (entry: RawEntry): Buffer => zip([entry])

/** A symbolic link as Unix writers store it. */
export const link = (name: string, target: string): RawEntry => ({
  name,
  content: target,
  method: 0,
  unixMode: 0o120777,
})

/** A plain file. */
export const file = (name: string, content = 'x'): RawEntry => ({name, content})

/** Info-ZIP's Unicode path field, for an entry whose plain name is `of`. */
export const unicodeField = (of: Buffer, name: string, crc = crc32(of)): Buffer =>
  field(0x7075, Buffer.concat([Buffer.from([1]), u32(crc), Buffer.from(name)]))
