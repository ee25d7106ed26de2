import {readDirectory, type ZipEntry} from './directory.ts'
import {longestEnd, readEnd, type DirectoryPlace} from './end-record.ts'
import {entryEnds} from './layout.ts'
import type {Rules} from './rules.ts'

/** An archive whose directory has been read and believed. */
export interface Archive {
  readonly bytes: number
  readonly place: DirectoryPlace
  readonly entries: readonly ZipEntry[]
  /** By index: where the entry's bytes end. */
  readonly ends: Float64Array
}

/** Gives bytes of the archive, wherever it lies. */
export type ReadBytes = (start: number, end: number) => Promise<Buffer> | Buffer

/**
 * Reads end records and central directory, and checks that they have one reading. What is wrong with the name or the kind of a single entry is
 * in that entry, for whoever chooses it. Throws an ActionError of kind untrusted that names the entry and the rule.
 */
export async function readArchive(bytes: number, read: ReadBytes, rules: Rules): Promise<Archive> {
  const tail = await read(Math.max(0, bytes - longestEnd), bytes)
  const place = readEnd(tail, bytes, rules)
  const directory = await read(place.start, place.start + place.bytes)
  const entries = readDirectory(directory, place, rules)
  const ends = entryEnds(entries, place)
  return {bytes, place, entries, ends}
}
