import {Open, type File} from 'unzipper'

/** What GitLab's metadata file knows of an entry of an archive. */
export interface ZipEntry {
  /** As stored; directories end in "/". */
  readonly path: string
  readonly size: number
  /** Unix mode with its file type bits, or 0 where the archive keeps none. */
  readonly mode: number
  /** Rejects for content that cannot be inflated. */
  content(): Promise<Buffer>
}

/** The entries of an archive of a world, by another reader than the client's. Bytes that are no zip have none. */
export async function zipEntries(zip: Buffer): Promise<readonly ZipEntry[]> {
  try {
    const {files} = await Open.buffer(zip)
    return files.map(entryOf)
  } catch {
    return []
  }
}

function entryOf(file: File): ZipEntry {
  const {path, uncompressedSize: size, externalFileAttributes: attributes} = file
  return {path, size, mode: attributes >>> 16, content: async () => file.buffer()}
}
