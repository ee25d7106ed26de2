import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {spellGlob} from '../../base/glob.ts'

/** What an archive may hold. Every number and every permission can be moved by the caller. */
export interface Rules {
  /** Entries, folders included. */
  readonly maxFiles: number
  /** Unpacked bytes of all chosen entries, and of one. */
  readonly maxBytes: number
  readonly maxFileBytes: number
  /** Unpacked to packed, counted only above `ratioFromBytes` unpacked. Endless by default: what counts is what there is room for. */
  readonly maxRatio: number
  readonly ratioFromBytes: number
  /** Bytes of one component of a name, of a whole name, and how many folders deep. */
  readonly maxNameBytes: number
  readonly maxPathBytes: number
  readonly maxDepth: number
  /** Bytes of the central directory. */
  readonly maxDirectoryBytes: number
  /** Bytes before the archive, as in a self-extracting one. */
  readonly allowPrefix: boolean
  /** Names that differ only in case or in how accents are composed. */
  readonly allowCollisions: boolean
  /** A backslash as a byte of a name. Never on Windows. */
  readonly allowBackslash: boolean
  /** A part of a name that is `.git`: only where the entries go into another archive. */
  readonly allowGitFolder: boolean
  /** Names must be possible on Windows: no streams, no device names, no trailing dots. */
  readonly windows: boolean
}

export const defaultRules: Rules = {
  maxFiles: 100_000,
  maxBytes: 10 * 2 ** 30,
  maxFileBytes: 8 * 2 ** 30,
  maxRatio: Infinity,
  ratioFromBytes: 10 * 2 ** 20,
  maxNameBytes: 255,
  maxPathBytes: 1_024,
  maxDepth: 256,
  maxDirectoryBytes: 64 * 2 ** 20,
  allowPrefix: false,
  allowCollisions: false,
  allowBackslash: false,
  allowGitFolder: false,
  windows: process.platform === 'win32',
}

/** Where no choice of files helps, as every file of it is in doubt. */
const otherWays =
  'Have its job pack it anew. Until then get-artifact-file brings single files, as GitLab itself reads the archive.'

/** The archive as a whole cannot be trusted. */
export function badArchive(why: string, hint: string | undefined = otherWays): ActionError {
  return new ActionError('untrusted', `The archive is refused: ${why}.`, {hint})
}

/** What the directory says of one entry cannot be, and so nothing of it can be believed. `why` continues "the entry NAME ...". */
export function badEntry(name: string, why: string, hint?: string): ActionError {
  return badArchive(`the entry "${clean(name, 120)}" ${why}`, hint)
}

/** The data of one entry is not what the directory says: whoever does not choose it gets the rest. */
export function badData(path: string, why: string, help = ''): ActionError {
  return badEntry(path, why, `${help}${leaveOut(path)} leaves it out of what is unpacked.`)
}

/** Why one entry cannot be unpacked, though the archive can be read; and the input that would let it pass, if there is one. */
export interface Fault {
  readonly why: string
  readonly input?: string | undefined
}

/** The refusal of an entry that was chosen: another choice is the way out. `others` is said instead of leaving out this entry alone. */
export function refuseEntry(path: string, {why, input}: Fault, others?: string): ActionError {
  const pass = input === undefined ? '' : `${input} accepts it. `
  return badEntry(path, why, `${pass}${others ?? ''}${leaveOut(path)} leaves it out.`)
}

/** The words that choose everything but this entry. */
export function leaveOut(path: string): string {
  // No pattern means an entry without a name.
  if (path === '') return "--files '**'"
  return `--files '!${spellGlob(path).replaceAll("'", '?')}'`
}
