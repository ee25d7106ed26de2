import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {pack, type PackEntry} from '../../artifacts/pack/repack.ts'
import type {ArtifactsFile, EntryFile} from './world-types.ts'
import {zipEntries, type ZipEntry} from './zip-entries.ts'

/** An uploaded zip. It is built when it is first looked at, so that a large world starts at once. */
export interface Archive {
  readonly filename: string
  /** Builds the zip if need be. Everything below may be used only after it has resolved once. */
  ready(): Promise<void>
  bytes(): Buffer
  /** Lower-case hex. */
  sha256(): string
  entries(): Promise<readonly ZipEntry[]>
  /** Another archive under the same name, as if somebody had uploaded again. */
  replaced(): Archive
}

/** The archive that a world file describes, or null for a job that uploads reports only. */
export function createArchive(spec: ArtifactsFile, folder: string): Archive | null {
  const filename = `${spec.name ?? 'artifacts'}.zip`
  const {files, file, base64} = spec
  if (file !== undefined) return archiveOf(filename, async () => readFileSync(resolve(folder, file)))
  if (base64 !== undefined) return archiveOf(filename, async () => Buffer.from(base64, 'base64'))
  if (files === undefined) return null
  return archiveOf(filename, async () => pack(Object.entries(files).map(([path, entry]) => packEntry(path, entry))))
}

function archiveOf(filename: string, build: () => Promise<Buffer>): Archive {
  let building: Promise<void> | undefined
  let zip: Buffer | undefined
  let digest: string | undefined
  let list: Promise<readonly ZipEntry[]> | undefined
  let other: Archive | undefined

  function bytes(): Buffer {
    if (!zip) throw new Error(`${filename} was used before it was ready`)
    return zip
  }
  async function make(): Promise<void> {
    zip = await build()
  }
  const replacement = async () => {
    await (building ??= make())
    return pack([entryOf('REPLACED', 'file', 0o644, 'uploaded again\n'), ...(await kept(await zipEntries(bytes())))])
  }
  return {
    filename,
    ready: () => (building ??= make()),
    bytes,
    sha256: () => (digest ??= createHash('sha256').update(bytes()).digest('hex')),
    entries: async () => (list ??= zipEntries(bytes())),
    replaced: () => (other ??= archiveOf(filename, replacement)),
  }
}

function packEntry(path: string, entry: EntryFile): PackEntry {
  if (typeof entry === 'string') return entryOf(path, 'file', 0o644, entry)
  if ('symlink' in entry) return entryOf(path, 'symlink', 0o777, entry.symlink)
  const mode = entry.mode === undefined ? undefined : Number.parseInt(entry.mode, 8)
  if ('directory' in entry) return entryOf(path, 'directory', mode ?? 0o755, '')
  return entryOf(path, 'file', mode ?? 0o644, 'text' in entry ? entry.text : Buffer.from(entry.base64, 'base64'))
}

const modified = new Date(Date.UTC(2026, 0, 1))

function entryOf(path: string, type: PackEntry['type'], mode: number, content: string | Buffer): PackEntry {
  return {path, type, mode, modified, content: Buffer.from(content)}
}

async function kept(entries: readonly ZipEntry[]): Promise<readonly PackEntry[]> {
  return Promise.all(
    entries.map(async (entry) => entryOf(entry.path, typeOf(entry), entry.mode & 0o7777, await entry.content())),
  )
}

function typeOf({path, mode}: ZipEntry): PackEntry['type'] {
  if (path.endsWith('/')) return 'directory'
  return (mode & 0o170000) === 0o120000 ? 'symlink' : 'file'
}
