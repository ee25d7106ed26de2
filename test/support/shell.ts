import {spawn, spawnSync} from 'node:child_process'
import path from 'node:path'
import {dist} from './bundles.ts'

export interface ShellRun {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a shell script with nothing of our environment but PATH, `$NODE` and `$DIST`. For what a spawn alone cannot set up: limits, mounts, pipes. */
export async function runShell(
  script: string,
  {cwd, env = {}}: {readonly cwd: string; readonly env?: Readonly<Record<string, string | undefined>>},
): Promise<ShellRun> {
  const child = spawn('bash', ['-c', script], {
    cwd,
    env: {PATH: process.env['PATH'], NODE: process.env['JOBSIDE_NODE'] ?? process.execPath, DIST: dist, ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString()})
    })
  })
}

/** Undefined if the script ends well here, else the reason not to run what needs it. */
export function missingUnless(script: string, reason: string): string | undefined {
  const {status} = spawnSync('bash', ['-c', script], {stdio: 'ignore', timeout: 10_000})
  return status === 0 ? undefined : reason
}

/** A mount that only the script's own processes see, and that is gone when they are. */
export const missingMounts = (): string | undefined =>
  missingUnless('unshare -m mount -t tmpfs none /mnt', 'needs root and mount namespaces')

export const missingStrace = (): string | undefined =>
  missingUnless('strace -f -o /dev/null -e inject=fsync:error=EIO true', 'needs strace that may inject')

export const missingOtherUser = (): string | undefined =>
  missingUnless(
    `setpriv --reuid 65534 --clear-groups ${JSON.stringify(process.execPath)} --check ${JSON.stringify(path.join(dist, 'get-job.mjs'))}`,
    'needs root, setpriv and a checkout that others may read',
  )
