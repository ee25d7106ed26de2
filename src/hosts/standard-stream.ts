import {closeSync, constants, fstatSync, openSync, writeSync} from 'node:fs'
import type {Stream} from './host.ts'

/**
 * Standard output or standard error. Node's own stream is made when it is needed, for it brings sockets and all kinds of streams, a tenth of what
 * `--version` costs. Until then what is written goes straight into the file or the pipe; what does not go there at once, and every error, is left to Node's.
 */
export function standardStream(name: 'stdout' | 'stderr'): Stream {
  const fd = name === 'stdout' ? 1 : 2
  const listeners: ((error: Error) => void)[] = []
  let own: Stream | undefined
  let way: number | undefined
  const make = (): Stream => {
    if (way !== undefined && way > fd) closeSync(way)
    const made = name === 'stdout' ? process.stdout : process.stderr
    listeners.forEach((listener) => made.on('error', listener))
    return (own = made)
  }
  const get = (): Stream => own ?? make()
  return {
    fd,
    get isTTY() {
      return isDevice(fd) && get().isTTY === true
    },
    get columns() {
      return this.isTTY ? get().columns : undefined
    },
    get rows() {
      return this.isTTY ? get().rows : undefined
    },
    on(event, listener) {
      listeners.push(listener)
      own?.on(event, listener)
    },
    write(data, done) {
      const bytes = Buffer.from(data)
      const written = own ? 0 : writeAtOnce((way ??= straightWay(fd)), bytes)
      if (written < bytes.length) get().write(bytes.subarray(written), done)
      else done?.()
    },
  }
}

/** A terminal is one. */
function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice()
  } catch {
    return false
  }
}

/**
 * A descriptor to write by without ever waiting for a reader, or -1: of a pipe a second one, since those who share ours would be surprised by one
 * that does not wait.
 */
function straightWay(fd: number): number {
  try {
    const about = fstatSync(fd)
    if (about.isFile()) return fd
    if (!about.isFIFO() || process.platform !== 'linux') return -1
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return -1
  }
}

/** How many bytes went there. */
function writeAtOnce(fd: number, bytes: Uint8Array): number {
  if (fd < 0) return 0
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written)
  } catch {
    // A full pipe, a full disk, a reader that went away: Node's stream meets it again and says so in its own way.
  }
  return written
}
