import {fstatSync} from 'node:fs'
import {clean} from '../base/clean.ts'
import {ActionError} from '../base/errors.ts'
import {StdoutClosed} from './host.ts'
import type {Stream, Surroundings} from './host.ts'
import type {Redactor} from './redact.ts'

/** The two streams of the process: the narrative, redacted, on either of them, and the result on standard output. */
export interface Outlet {
  readonly narrateTo: (stream: 'stdout' | 'stderr') => void
  /** The stream of the narrative. */
  readonly stream: () => Stream
  /** Writes a piece of narrative. A reader that went away is no reason to fail: the work goes on unseen. */
  readonly narrate: (text: string) => void
  /** The runner's own commands that hold a secret, without redaction: where the runner hears them, never where a result goes. */
  readonly command: (text: string) => void
  readonly print: (data: string | Uint8Array) => Promise<void>
}

export function createOutlet({stdout, stderr}: Surroundings, redactor: Redactor): Outlet {
  const broken = new Map<Stream, Error>()
  for (const stream of [stdout, stderr]) stream.on('error', (error: Error) => broken.set(stream, error))
  let narrator = stdout
  const write = (text: string, stream = narrator): void => {
    if (text !== '' && !broken.has(stream)) stream.write(text)
  }
  return {
    narrateTo: (stream) => void (narrator = stream === 'stdout' ? stdout : stderr),
    stream: () => narrator,
    narrate: (text) => write(redactor.redact(text)),
    command(text) {
      // The runner reads both streams of a step as pipes. What was led into a file would be kept there, secret and all, unheard.
      const heard = [narrator, stderr].find((stream) => !isFile(stream))
      if (heard) write(text, heard)
    },
    async print(data) {
      throwIfBroken(broken.get(stdout))
      const piece = typeof data === 'string' ? redactor.hide(data) : data
      // Awaiting each piece keeps a long log out of memory, and learns of a full disk before the command ends well.
      throwIfBroken(await new Promise<Error | null | undefined>((resolve) => stdout.write(piece, resolve)))
    },
  }
}

/** Whether a stream of the process was led into a regular file. */
export function isFile({fd}: Stream): boolean {
  try {
    return fd !== undefined && fstatSync(fd).isFile()
  } catch {
    return false
  }
}

/** Writes a page such as `--help`, or fails the process. A reader that went away before its end is no error. */
export function writePage(stream: Stream, text: string): void {
  stream.on('error', (error) => {
    try {
      throwIfBroken(error)
    } catch (failure) {
      if (!(failure instanceof ActionError)) return
      process.exitCode = failure.exitCode
      if (stream.fd !== 2) process.stderr.write(`error: ${failure.message}.\n`)
    }
  })
  stream.write(text)
}

function throwIfBroken(error: Error | null | undefined): void {
  if (!error) return
  const code = 'code' in error ? String(error.code) : error.name
  if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') throw new StdoutClosed()
  throw new ActionError('cannotWrite', `Writing to standard output failed: ${clean(code, 40)}`, {cause: error})
}
