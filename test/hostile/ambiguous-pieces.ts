import {zip, type RawEntry} from '../support/zip.ts'

/** An archive that readers are known to read differently, or one that only looks so; and whether we may accept it. */
export type Ambiguous = readonly [kind: string, verdict: 'accepted' | 'refused', bytes: Buffer]

export const a: RawEntry = {name: 'a.txt', content: 'the first file\n'}
export const b: RawEntry = {name: 'd/b.txt', content: 'the second file, in a folder\n'.repeat(20)}
export const other = Buffer.from('evil!')
export const stored = (entry: RawEntry): RawEntry => ({...entry, method: 0})
/** A whole archive, to be hidden in another. */
export const inner = zip([{name: 'a.txt', content: 'another reading\n'}])

/** Where the parts of an archive begin: the first of each kind, but the last end record. */
export const placeOf = {
  central: (bytes: Buffer): number => bytes.indexOf('PK\x01\x02'),
  end64: (bytes: Buffer): number => bytes.indexOf('PK\x06\x06'),
  locator: (bytes: Buffer): number => bytes.indexOf('PK\x06\x07'),
  end: (bytes: Buffer): number => bytes.lastIndexOf('PK\x05\x06'),
} as const

/** A copy with a number of two bytes changed: `at` counts from the place given. */
export function with16(bytes: Buffer, place: number, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt16LE(value, place + at)
  return copy
}

/** The same of four bytes. */
export function with32(bytes: Buffer, place: number, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value, place + at)
  return copy
}
