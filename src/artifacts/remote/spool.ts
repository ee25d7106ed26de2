import {createHash} from 'node:crypto'
import {closeSync, fstatSync, ftruncateSync, openSync} from 'node:fs'
import {setImmediate as turn} from 'node:timers/promises'
import {clean} from '../../base/clean.ts'
import {ActionError} from '../../base/errors.ts'
import {onDisk, readExactly, writeAll} from '../publish/disk.ts'
import type {ArchiveSource} from '../unpack/options.ts'

/** The archive as a file, or as much of it as is wanted: parts never fetched are holes. */
export interface Spool {
  readonly path: string
  readonly fd: number
  write(position: number, bytes: Uint8Array): void
  /** Forgets everything from a place on. */
  truncate(bytes: number): void
  read(start: number, end: number): Buffer
  bytes(): number
  close(): void
}

export function createSpool(path: string): Spool {
  const fd = onDisk(path, 0, () => openSync(path, 'w+', 0o600))
  return spoolOn(fd, path)
}

/** An archive that lies on the disk already. It is only read. */
export function openSpool(path: string): Spool {
  return spoolOn(
    onDisk(path, 0, () => openSync(path, 'r')),
    path,
  )
}

function spoolOn(fd: number, path: string): Spool {
  return {
    path,
    fd,
    write: (position, bytes) => writeAll(fd, bytes, position, path),
    truncate: (bytes) => onDisk(path, bytes, () => ftruncateSync(fd, bytes)),
    read(start, end) {
      const bytes = Buffer.allocUnsafe(end - start)
      readExactly(fd, bytes, start)
      return bytes
    },
    bytes: () => fstatSync(fd).size,
    close: () => closeSync(fd),
  }
}

const blockBytes = 2 ** 20

/** SHA-256 of the whole file, made while it fills. */
export interface Digest {
  /** Everything up to this end is there. Other work gets its turn in between. */
  upTo(end: number): Promise<void>
  hex(): Promise<string>
}

export function createDigest(spool: Spool, bytes: number): Digest {
  const hash = createHash('sha256')
  const block = Buffer.allocUnsafe(blockBytes)
  let at = 0
  const upTo = async (end: number): Promise<void> => {
    while (at < end) {
      const piece = block.subarray(0, Math.min(blockBytes, end - at))
      readExactly(spool.fd, piece, at)
      hash.update(piece)
      at += piece.length
      await turn()
    }
  }
  return {
    upTo,
    async hex() {
      await upTo(bytes)
      return hash.digest('hex')
    },
  }
}

/** Whether somebody will see the digest, or it is compared. */
export function isDigestNeeded({isWhole, expectedSha256}: ArchiveSource, needsSha256 = true): boolean {
  return needsSha256 || isWhole === true || expectedSha256 !== undefined
}

/** Throws unless the archive has the digest that its source must have. */
export function checkSha256(found: string | undefined, {name, expectedSha256}: ArchiveSource): void {
  if (expectedSha256 === undefined || found === expectedSha256.trim().toLowerCase()) return
  const whose = name === undefined ? '' : ` of "${clean(name, 100)}"`
  throw new ActionError(
    'untrusted',
    `The archive${whose} has the SHA-256 ${found}, not the expected ${clean(expectedSha256, 80)}.`,
  )
}
