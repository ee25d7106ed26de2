import {createHash, createHmac, randomBytes, timingSafeEqual} from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join, sep} from 'node:path'
import {flush} from './disk.ts'
import {isOursAlone} from './owner.ts'

const {O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY} = constants
const keyBytes = 32

/**
 * Proves to a later run that a text was written by a run of ours. The key is new each time and lies outside every tree that an archive, a
 * repository or another user could have filled; `folder` is the private folder that the text is about. Undefined where no such place is.
 */
export function sealText(folder: string, text: string): string | undefined {
  for (const path of keyPlaces(folder)) {
    try {
      const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600)
      try {
        const key = randomBytes(keyBytes)
        writeFileSync(fd, key)
        flush(fd)
        return signature(key, folder, text)
      } finally {
        closeSync(fd)
      }
    } catch {
      // The next place may take it.
    }
  }
  return undefined
}

/** True if a run of ours wrote that text about that folder, and has not ended since. */
export function isSealed(folder: string, text: string, seal: string): boolean {
  return keyPlaces(folder).some((path) => {
    const key = readKey(path)
    return key !== undefined && isSame(signature(key, folder, text), seal)
  })
}

/** Nothing about that folder can be proved any more. */
export function breakSeal(folder: string): void {
  for (const path of keyPlaces(folder)) {
    try {
      rmSync(path, {force: true})
    } catch {
      // Another's.
    }
  }
}

function signature(key: Uint8Array, folder: string, text: string): string {
  return createHmac('sha256', key).update(`${folder}\0${text}`).digest('hex')
}

function isSame(text: string, other: string): boolean {
  return text.length === other.length && timingSafeEqual(Buffer.from(text), Buffer.from(other))
}

function readKey(path: string): Buffer | undefined {
  try {
    const fd = openSync(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    try {
      const found = fstatSync(fd)
      if (!found.isFile() || found.size !== keyBytes || !isOursAlone(found)) return undefined
      return readFileSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Temporary folders that no archive fills: those around or inside which somebody unpacks or checks out are left out. */
function keyPlaces(folder: string): readonly string[] {
  const name = `jobside-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`
  const roots = [...new Set([tmpdir(), ...(sep === '/' ? ['/tmp', '/var/tmp'] : [])])]
  return roots.filter((root) => isOutside(root, dirname(folder))).map((root) => join(root, name))
}

function isOutside(root: string, place: string): boolean {
  try {
    if (!statSync(root).isDirectory()) return false
    // Nothing is ever unpacked into the root.
    const trees = [place, realpathSync(process.cwd())].filter((tree) => dirname(tree) !== tree)
    for (let around = realpathSync(root); ; around = dirname(around)) {
      if (trees.includes(around) || existsSync(join(around, '.git'))) return false
      if (dirname(around) === around) return true
    }
  } catch {
    return false
  }
}
