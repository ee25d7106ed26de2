import {Writable} from 'node:stream'
import {detectHost} from '../../src/hosts/detect.ts'
import type {Host, Stream, Surroundings} from '../../src/hosts/host.ts'

/** A stream that remembers what was written, as a terminal of that many columns or as a pipe. */
export function memoryStream(columns?: number): {readonly stream: Stream; readonly text: () => string} {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  const terminal = columns === undefined ? {} : {isTTY: true, columns}
  return {stream: Object.assign(stream, terminal), text: () => Buffer.concat(chunks).toString()}
}

export interface MemoryHost {
  readonly host: Host
  readonly stdout: () => string
  readonly stderr: () => string
}

/** A host in the given environment whose streams are remembered. */
export async function memoryHost(
  env: Surroundings['env'],
  options: {argv?: readonly string[]; cwd?: string; columns?: number} = {},
): Promise<MemoryHost> {
  const stdout = memoryStream(options.columns)
  const stderr = memoryStream(options.columns)
  const {argv = [], cwd = '/'} = options
  const date = (): Date => new Date(1_700_000_000_000)
  const host = await detectHost({argv, env, cwd, stdout: stdout.stream, stderr: stderr.stream}, date)
  return {host, stdout: stdout.text, stderr: stderr.text}
}
