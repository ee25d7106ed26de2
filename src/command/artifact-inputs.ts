import {output, type Place} from './action.ts'
import {bytes, flag, integer, list, oneOf, optional, path, type Values} from './fields.ts'

/** Of every command that unpacks artifacts. */
export const artifactInputs = {
  path: path('Folder to unpack into; made if it is not there', {default: '.', isWritten: true}),
  files: list('Only files that match this pattern, such as "dist/**"; with ! in front, not these'),
  allowUnmatched: flag('A name, pattern or stage may fit nothing; without it each must fit something'),
  strip: integer('Leading folders to take off each name', {default: 0, max: 64}),
  unpack: flag('Unpack the archive; without it the archive is kept as it is', {default: true}),
  archive: optional(
    path(
      'Write the chosen files into this one zip instead of unpacking them; the same archives and choice give the same bytes',
      {
        isWritten: true,
      },
    ),
  ),
  overwrite: oneOf(
    'What to do with files that are there already; replace empties the folder first',
    ['merge', 'replace', 'fail', 'skip'],
    {
      default: 'merge',
    },
  ),
  replaceRepository: flag('With overwrite replace: also a folder that is a Git repository'),
  ifMissing: oneOf('What to do if there are no such artifacts', ['fail', 'warn', 'ignore'], {default: 'fail'}),
  symlinks: oneOf(
    'Links in the archive: make those that stay inside, leave all out, or refuse them',
    ['safe', 'skip', 'error'],
    {
      default: 'safe',
    },
  ),
  jobs: optional(integer('Threads to unpack with; by default one a core, at most 4', {min: 1, max: 16})),
  maxBytes: bytes('Most bytes the chosen files may unpack to', {default: '10GiB'}),
  maxFileBytes: bytes('Most bytes one file may unpack to', {default: '8GiB'}),
  maxFiles: integer('Most entries an archive may have', {default: 100_000, min: 1}),
  maxRatio: optional(
    integer('Most bytes unpacked for each packed one, counted beyond 10 MiB; any by default', {min: 1}),
  ),
  maxDepth: integer('Most folders that a file may lie in; its path may have four bytes for each, and 1,024 at least', {
    default: 256,
    min: 1,
    max: 10_000,
  }),
  allowPrefix: flag('Accept bytes in front of the archive, as in a self-extracting one'),
  allowCollisions: flag('Accept names that differ only in case or in how accents are composed'),
  allowBackslash: flag('Accept a backslash as part of a name, except on Windows'),
} as const

export type ArtifactInputs = Values<typeof artifactInputs>

/** Where they go: a zip of the chosen files, the archive as it is, or a folder. */
export function targetOf({
  path: folder,
  archive,
  unpack,
  overwrite,
}: Pick<ArtifactInputs, 'path' | 'archive' | 'unpack' | 'overwrite'>): Place {
  if (archive !== undefined) return {name: 'archive', path: archive, kind: 'file'}
  if (unpack) return {name: 'path', path: folder, kind: 'folder', isEmptied: overwrite === 'replace'}
  // `--path x.zip` names the file itself.
  return {name: 'path', path: /\.zip$/i.test(folder) ? folder : `${folder}/artifacts.zip`, kind: 'file'}
}

/** What every command that unpacks archives puts out. */
export const artifactOutputs = {
  found: output.flag('Whether there were such artifacts'),
  path: output.text('Folder they were unpacked into'),
  archive: output.text('Zip that was written, if any'),
  files: output.integer('How many files and links'),
  bytes: output.integer('How many bytes they have'),
  sha256: output.text('SHA-256 of the archive; empty unless it was read whole'),
} as const
