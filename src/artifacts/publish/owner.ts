import {createHash, randomBytes} from 'node:crypto'
import {readFileSync, readlinkSync, statSync} from 'node:fs'
import {hostname} from 'node:os'

/** Long enough for any run: what another machine left behind is not touched before. */
const abandonedMs = 24 * 60 * 60 * 1000

/** A name nobody else has, that tells which process on which machine made it: `MACHINE-PID-RANDOM`. */
export function ownedName(): string {
  return `${machine()}-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** True for what runs of ours keep beside a destination, or inside it: private folders and locks, whoever's they are. */
export function isPrivate(name: string): boolean {
  return /^\..*\.(?:[0-9a-f]{8}-\d+-[0-9a-f]{8}\.d|jobside\.lock(?:\.[0-9a-f]{8}-\d+-[0-9a-f]{8})?)$/.test(name)
}

/** True if the process that made this file or folder is certainly gone. */
export function isAbandoned(name: string, path: string): boolean {
  const owner = /(?<machine>[0-9a-f]{8})-(?<pid>\d+)-[0-9a-f]{8}/.exec(name)?.groups
  if (!owner) return false
  const isHere = owner['machine'] === machine()
  if (isHere && isGone(Number(owner['pid']))) return true
  const found = statSync(path, {throwIfNoEntry: false})
  return found !== undefined && Date.now() - found.mtimeMs > abandonedMs
}

/** True if its owner was a process of this machine that has ended. */
export function hasDied(name: string): boolean {
  const owner = /(?<machine>[0-9a-f]{8})-(?<pid>\d+)-[0-9a-f]{8}/.exec(name)?.groups
  return owner !== undefined && owner['machine'] === machine() && isGone(Number(owner['pid']))
}

function isGone(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

let known: string | undefined

/** Process ids mean something only within one start of one system, and within one container of it. */
function machine(): string {
  known ??= createHash('sha256')
    .update(
      `${hostname()} ${attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))} ${attempt(() => readlinkSync('/proc/self/ns/pid'))}`,
    )
    .digest('hex')
    .slice(0, 8)
  return known
}

function attempt(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}
